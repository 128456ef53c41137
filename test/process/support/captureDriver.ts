/**
 * Stands in for the analyzer and the extension, so that a test can run them as any user in any namespace.
 * argv[2] is the configuration as JSON; stdout carries one event a line; the line `stop` on stdin stops the run.
 */
import path from 'node:path';
import type { ElevationOptions } from '../../../src/protocol/analyzerMessages';
import type { HelloLine } from '../../../src/protocol/captureWire';
import { CaptureError } from '../../../src/analyzer/captureError';
import { chooseRuntime } from '../../../src/analyzer/helperRuntime';
import type { HelperSourceOptions } from '../../../src/analyzer/helperSource';
import { HelperSource } from '../../../src/analyzer/helperSource';
import { AskpassEndpoint } from '../../../src/extension/elevation/askpassEndpoint';

export interface DriverConfiguration {
  helperPath: string;
  start: HelperSourceOptions['start'];
  methods: ElevationOptions['methods'];
  /** What the person answers when asked for a password, null for cancel; none: no askpass is offered. */
  answers: (string | null)[];
  /** Milliseconds that the driver does nothing for after hello, as a reader that is too slow. */
  stallMs?: number;
  /** Tells of the first packet only, so that a flood floods nobody but the helper's reader. */
  quiet?: boolean;
}

export type DriverEvent =
  | {
      event: 'hello';
      line: HelloLine;
      uid: number | null;
      pid: number;
      interface: string;
      linkType: number;
      elevation: string;
    }
  | { event: 'packet'; timeUs: number; nanoseconds: number; originalLength: number; data: string; number: number }
  | { event: 'stats'; received: number; shed: number; droppedByKernel: number | null }
  | { event: 'warning'; message: string }
  | { event: 'log'; message: string }
  | { event: 'asked'; prompt: string }
  | { event: 'failed'; code: string; message: string; hint: string }
  /** `code` is null after a clean end; `packets` is how many were handed over. */
  | { event: 'ended'; code: string | null; message: string; hint: string; packets: number };

const emit = (event: DriverEvent): void => {
  process.stdout.write(`${JSON.stringify(event)}\n`);
};

async function main(): Promise<void> {
  const configuration = JSON.parse(process.argv[2] ?? '') as DriverConfiguration;
  const { helperPath, start, methods, answers } = configuration;
  const directory = path.dirname(helperPath);
  const endpoint = new AskpassEndpoint(
    async (prompt) => {
      emit({ event: 'asked', prompt });
      return answers.shift() ?? undefined;
    },
    { directory, runtimePath: process.execPath },
  );
  const askpass = answers.length > 0 ? await endpoint.start() : null;
  let packets = 0;
  const source = new HelperSource({
    helperPath,
    runtimePath: await chooseRuntime(directory),
    start,
    elevation: { methods, askpass },
    events: {
      hello: (line, elevation) => {
        const { uid, pid, linkType } = line;
        emit({ event: 'hello', line, uid, pid, interface: line.interface, linkType, elevation });
        const until = performance.now() + (configuration.stallMs ?? 0);
        while (performance.now() < until);
      },
      packet: (packet) => {
        packets += 1;
        if (configuration.quiet === true && packet.number > 1) return;
        const timeUs = packet.seconds * 1e6 + Math.floor(packet.nanoseconds / 1000);
        const nanoseconds = packet.nanoseconds % 1000;
        const data = Buffer.from(packet.bytes).toString('base64');
        emit({
          event: 'packet',
          timeUs,
          nanoseconds,
          originalLength: packet.originalLength,
          data,
          number: packet.number,
        });
      },
      stats: ({ received, shed, droppedByKernel }) => emit({ event: 'stats', received, shed, droppedByKernel }),
      warning: (message) => emit({ event: 'warning', message }),
    },
    log: (_level, message) => emit({ event: 'log', message }),
  });
  process.stdin.on('data', (chunk: Buffer) => {
    if (chunk.toString().includes('stop')) void source.stop();
  });
  try {
    await source.start();
  } catch (error) {
    const { code, message, hint } = error instanceof CaptureError ? error : new CaptureError('INTERNAL', String(error));
    emit({ event: 'failed', code, message, hint });
  } finally {
    endpoint.dispose();
  }
  const failure = await source.ended;
  const { code = null, message = '', hint = '' } = failure ?? {};
  emit({ event: 'ended', code, message, hint, packets });
  process.exit(0);
}

void main();
