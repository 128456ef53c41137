import { parseHelperInput } from '../protocol/captureGuards';
import type { EndLine, HelperInput, StartLine } from '../protocol/captureWire';
import { captureWireVersion } from '../protocol/captureWire';
import { LineSplitter } from '../protocol/lines';
import { chooseInterface, readSystemInterfaces } from './interfaceChoice';
import type { OutputQueue } from './outputQueue';
import type { PacketSource } from './packetSource';
import { SourceError } from './packetSource';
import type { WallClock } from './wallClock';

/** Longest line that is read: a filter of the greatest length, every character escaped, with room. */
const maxInputLineBytes = 64 * 1024;
const startTimeoutMs = 10_000;
const statsIntervalMs = 1000;

export interface SessionParts {
  output: OutputQueue;
  clock: WallClock;
  /** @throws SourceError BINDING_MISSING */
  loadSource(): Promise<PacketSource>;
  /** Called as soon as the device is open. @returns the user id to report @throws SourceError */
  dropPrivileges(): number | null;
  pid: number;
  /** Called once: nothing more will be sent. */
  exit(code: 0 | 1): void;
}

/** One run of the helper, from its first input line to its `end` line. Holds root from `start` to `dropPrivileges`. */
export class Session {
  private state: 'waiting' | 'opening' | 'capturing' | 'ended' = 'waiting';
  private source: PacketSource | null = null;
  private statsTimer: NodeJS.Timeout | null = null;
  private stopReason: 'stop' | 'stdin-closed' | null = null;
  private readonly startTimer: NodeJS.Timeout;
  private readonly lines: LineSplitter;

  constructor(private readonly parts: SessionParts) {
    this.lines = new LineSplitter(
      maxInputLineBytes,
      (line) => this.onLine(Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8')),
      () => this.fail(new SourceError('PROTOCOL', `An input line is longer than ${maxInputLineBytes} bytes.`)),
    );
    this.startTimer = setTimeout(() => {
      this.fail(new SourceError('PROTOCOL', `No start line came within ${startTimeoutMs / 1000} seconds.`));
    }, startTimeoutMs);
  }

  input(chunk: Uint8Array): void {
    if (this.state !== 'ended') this.lines.push(chunk);
  }

  fail(error: unknown): void {
    if (this.state === 'ended') return;
    const { code, message, hint } = error instanceof SourceError ? error : new SourceError('INTERNAL', String(error));
    this.parts.output.send({ kind: 'error', code, message: message.slice(0, 4096), hint });
    this.end('error', 1);
  }

  /** `stdin-closed`: whoever wanted the packets is gone. */
  stop(reason: 'stop' | 'stdin-closed'): void {
    // While the device is being opened the backend cannot be closed safely, so the request waits.
    if (this.state === 'opening') this.stopReason ??= reason;
    else this.finish(reason);
  }

  private onLine(text: string): void {
    const parsed = parseHelperInput(text);
    if (parsed.verdict === 'invalid') this.fail(new SourceError('PROTOCOL', `Input refused: ${parsed.reason}.`));
    if (parsed.verdict === 'line') this.onInput(parsed.line);
  }

  private onInput(line: HelperInput): void {
    if (line.kind === 'stop') {
      this.stop('stop');
    } else if (this.state !== 'waiting') {
      this.fail(new SourceError('PROTOCOL', `A second request, ${line.kind}, came in the same run.`));
    } else {
      this.state = 'opening';
      clearTimeout(this.startTimer);
      const answered = line.kind === 'start' ? this.start(line) : this.answerInterfaces();
      answered.catch((error: unknown) => this.fail(error));
    }
  }

  private async answerInterfaces(): Promise<void> {
    // Listing needs no privilege, so there is no reason to hold one.
    this.parts.dropPrivileges();
    const source = await this.parts.loadSource();
    this.parts.output.send({ kind: 'interfaces', interfaces: source.listInterfaces() });
    this.end('stop', 0);
  }

  private async start(line: StartLine): Promise<void> {
    const { output } = this.parts;
    // Held in a field from here on: a source that is collected after a failed open hangs the process.
    const source = (this.source = await this.parts.loadSource());
    const name = line.interface ?? chooseInterface(source.listInterfaces(), readSystemInterfaces());
    if (name === null) throw new SourceError('NO_SUCH_INTERFACE', 'This machine has no interface to capture on.');
    const device = source.open({ ...line, interface: name }, (timeUs, originalLength, bytes) => {
      if (this.state === 'capturing') output.packet(timeUs, originalLength, bytes);
    });
    const uid = this.parts.dropPrivileges();
    this.state = 'capturing';
    output.send({
      kind: 'hello',
      version: captureWireVersion,
      pid: this.parts.pid,
      uid,
      interface: name,
      snapLengthBytes: line.snapLengthBytes,
      backend: source.backend,
      ...device,
    });
    this.statsTimer = setInterval(() => this.sendStats(), statsIntervalMs);
    if (this.stopReason !== null) this.finish(this.stopReason);
  }

  private sendStats(): void {
    const { output, clock } = this.parts;
    const stepUs = clock.follow();
    if (stepUs !== 0) {
      const message = `The system clock moved by ${(stepUs / 1e6).toFixed(1)} seconds; packet times follow it from here on.`;
      output.send({ kind: 'warning', code: 'CLOCK_STEP', message });
    }
    const { received, shed } = output;
    const droppedByKernel = this.source?.stats().droppedByKernel ?? null;
    output.send({ kind: 'stats', timeUs: clock.nowUs(), received, droppedByKernel, droppedByInterface: null, shed });
  }

  private finish(reason: 'stop' | 'stdin-closed'): void {
    if (this.state === 'capturing') {
      this.source?.close();
      this.sendStats();
    }
    this.end(reason, 0);
  }

  private end(reason: EndLine['reason'], code: 0 | 1): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    clearTimeout(this.startTimer);
    if (this.statsTimer !== null) clearInterval(this.statsTimer);
    const { received, shed } = this.parts.output;
    this.parts.output.send({ kind: 'end', reason, received, shed });
    this.parts.exit(code);
  }
}
