import { parseHelperInput } from '../protocol/captureGuards';
import { type CaptureBackendChoice, captureWireVersion, type EndLine, type StartLine } from '../protocol/captureWire';
import { LineSplitter } from '../protocol/lines';
import type { OutputQueue } from './outputQueue';
import type { PacketSource } from './packetSource';
import { CaptureFault } from '../protocol/captureFault';

/** Longest line that is read: a filter of the greatest length, every character escaped, with room. */
const maxInputLineBytes = 64 * 1024;
const startTimeoutMs = 10_000;

export interface SessionParts {
  output: OutputQueue;
  /** What may be tried for a choice, in that order; each may reject with a CaptureFault BINDING_MISSING. */
  backends(choice: CaptureBackendChoice): (() => Promise<PacketSource>)[];
  /** Called as soon as the device is open. @returns the user id to report @throws CaptureFault */
  dropPrivileges(): number | null;
  pid: number;
  /** Called once: nothing more will be sent. */
  exit(code: 0 | 1): void;
}

/** One run of the helper, from its first input line to its `end` line. Holds root from `start` to `dropPrivileges`. */
export class Session {
  private state: 'waiting' | 'opening' | 'capturing' | 'closing' | 'ended' = 'waiting';
  private source: PacketSource | null = null;
  private statsTimer: NodeJS.Timeout | null = null;
  private stopReason: 'stop' | 'stdin-closed' | null = null;
  private readonly startTimer: NodeJS.Timeout;
  private readonly lines: LineSplitter;

  constructor(private readonly parts: SessionParts) {
    this.lines = new LineSplitter(
      maxInputLineBytes,
      (line) => this.onLine(Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8')),
      () => this.fail(new CaptureFault('PROTOCOL', `An input line is longer than ${maxInputLineBytes} bytes.`)),
    );
    this.startTimer = setTimeout(() => {
      this.fail(new CaptureFault('PROTOCOL', `No start line came within ${startTimeoutMs / 1000} seconds.`));
    }, startTimeoutMs);
  }

  input(chunk: Uint8Array): void {
    if (this.state !== 'ended') this.lines.push(chunk);
  }

  fail(error: unknown): void {
    if (this.state === 'ended') return;
    if (this.state === 'capturing') this.sendStats();
    const { code, message, hint } = error instanceof CaptureFault ? error : new CaptureFault('INTERNAL', String(error));
    this.parts.output.send({ kind: 'error', code, message: message.slice(0, 4096), hint });
    this.end('error', 1);
  }

  /** `stdin-closed`: whoever wanted the packets is gone. */
  stop(reason: 'stop' | 'stdin-closed'): void {
    // While the device is being opened the backend cannot be closed safely, so the request waits.
    if (this.state === 'opening') this.stopReason ??= reason;
    else if (this.state === 'capturing') void this.finish(reason);
    else if (this.state === 'waiting') this.end(reason, 0);
  }

  private onLine(text: string): void {
    const parsed = parseHelperInput(text);
    if (parsed.verdict === 'invalid') this.fail(new CaptureFault('PROTOCOL', `Input refused: ${parsed.reason}.`));
    if (parsed.verdict !== 'line') return;
    if (parsed.line.kind === 'stop') return this.stop('stop');
    if (this.state !== 'waiting')
      return this.fail(new CaptureFault('PROTOCOL', 'A second start came in the same run.'));
    this.state = 'opening';
    clearTimeout(this.startTimer);
    this.start(parsed.line).catch((error: unknown) => this.fail(error));
  }

  private async start(line: StartLine): Promise<void> {
    let refusal = new CaptureFault(
      'BINDING_MISSING',
      `Nothing that captures as ${line.backend} was found.`,
      'Install tcpdump, or choose another way in the setting networkTraffic.capture.backend.',
    );
    for (const load of this.parts.backends(line.backend)) {
      try {
        return await this.capture(await load(), line);
      } catch (error) {
        const isRefusal = error instanceof CaptureFault && /^(NOT_PERMITTED|BINDING_MISSING)$/.test(error.code);
        if (!isRefusal) throw error;
        // More rights help where the first of these was said, whatever else is missing.
        if (refusal.code !== 'NOT_PERMITTED') refusal = error;
      }
    }
    throw refusal;
  }

  private async capture(source: PacketSource, line: StartLine): Promise<void> {
    const { output } = this.parts;
    // Held in a field from here on: an unpatched source that is collected after a failed open hangs the process.
    this.source = source;
    const device = await source.open(line, output, (fault) => this.fail(fault));
    const uid = this.parts.dropPrivileges();
    this.state = 'capturing';
    output.send({
      kind: 'hello',
      version: captureWireVersion,
      pid: this.parts.pid,
      uid,
      interface: line.interface,
      snapLengthBytes: line.snapLengthBytes,
      backend: source.backend,
      ...device,
    });
    this.statsTimer = setInterval(() => this.sendStats(), 1000);
    if (this.stopReason !== null) this.stop(this.stopReason);
  }

  private sendStats(): void {
    const { source, parts } = this;
    if (source === null) return;
    parts.output.send({ kind: 'stats', timeUs: Date.now() * 1000, ...source.stats(), shed: parts.output.shed });
  }

  private async finish(reason: 'stop' | 'stdin-closed'): Promise<void> {
    this.state = 'closing';
    await this.source?.close(reason === 'stop');
    this.sendStats();
    this.end(reason, 0);
  }

  private end(reason: EndLine['reason'], code: 0 | 1): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    clearTimeout(this.startTimer);
    if (this.statsTimer !== null) clearInterval(this.statsTimer);
    this.parts.output.send({ kind: 'end', reason, shed: this.parts.output.shed });
    this.parts.exit(code);
  }
}
