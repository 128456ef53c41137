import type { HelperOutput } from '../protocol/captureWire';

/** When the reader leaves more than this unread, packets are shed. */
const maxBacklogBytes = 4 * 1024 * 1024;
const batchBytes = 64 * 1024;
const batchMs = 20;
/** Longest time that packets are handled without a turn of the event loop; after that they are shed until it turns. */
const maxTurnMs = 200;

/** The part of a writable stream that is used. `writableLength` is what was written and not yet taken by the reader. */
export interface ByteSink {
  readonly writableLength: number;
  write(text: string, encoding: 'utf8' | 'latin1'): boolean;
}

/**
 * Puts lines on the wire, several at a time. Never grows: packets that the reader does not take in time are counted
 * and forgotten, all other lines are always sent.
 */
export class OutputQueue {
  received = 0;
  shed = 0;
  private batch = '';
  private timer: NodeJS.Timeout | null = null;
  private turnStartedMs: number | null = null;

  constructor(
    private readonly sink: ByteSink,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  packet(timeUs: number, originalLength: number, bytes: Buffer): void {
    this.received += 1;
    if (this.sink.writableLength > maxBacklogBytes || this.isStarving()) {
      this.shed += 1;
      return;
    }
    const data = bytes.toString('base64');
    this.batch += `{"kind":"packet","timeUs":${timeUs},"originalLength":${originalLength},"data":"${data}"}\n`;
    if (this.batch.length >= batchBytes) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), batchMs);
  }

  /** Sends a line, after all packets before it. */
  send(line: HelperOutput): void {
    this.flush();
    this.sink.write(`${JSON.stringify(line)}\n`, 'utf8');
  }

  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.batch === '') return;
    const batch = this.batch;
    this.batch = '';
    this.sink.write(batch, 'latin1');
  }

  /** A backend that reads as long as there are packets keeps timers and stdin waiting, so its load is cut down here. */
  private isStarving(): boolean {
    const nowMs = this.nowMs();
    if (this.turnStartedMs === null) {
      this.turnStartedMs = nowMs;
      setImmediate(() => (this.turnStartedMs = null));
    }
    return nowMs - this.turnStartedMs > maxTurnMs;
  }
}
