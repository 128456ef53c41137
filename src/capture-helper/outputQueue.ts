import { type HelperOutput, maxPcapLineBytes } from '../protocol/captureWire';

/** When the reader leaves more than this unread, packets are shed or left to the kernel. */
const maxBacklogBytes = 4 * 1024 * 1024;
const batchBytes = 64 * 1024;
const batchMs = 20;

/** The part of a writable stream that is used. `writableLength` is what was written and not yet taken by the reader. */
export interface ByteSink {
  readonly writableLength: number;
  write(text: string, encoding: 'utf8' | 'latin1'): boolean;
  once(event: 'drain', then: () => void): unknown;
}

/**
 * Puts lines on the wire, several at a time. Never grows: packets that the reader does not take in time are counted
 * and forgotten, all other lines are always sent. Packets are sent between hello and end only.
 */
export class OutputQueue {
  shed = 0;
  private isOpen = false;
  private batch = '';
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly sink: ByteSink) {}

  packet(timeUs: number, nanoseconds: number, originalLength: number, bytes: Buffer): void {
    if (!this.isOpen) return;
    if (this.sink.writableLength > maxBacklogBytes) {
      this.shed += 1;
      return;
    }
    const data = bytes.toString('base64');
    const fine = nanoseconds === 0 ? '' : `"nanoseconds":${nanoseconds},`;
    this.batch += `{"kind":"packet","timeUs":${timeUs},${fine}"originalLength":${originalLength},"data":"${data}"}\n`;
    if (this.batch.length >= batchBytes) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), batchMs);
  }

  /** Passes a piece of a pcap stream on. @returns false when the reader is behind; `whenReady` is called when it is not */
  pcap(bytes: Buffer, whenReady: () => void): boolean {
    for (let at = 0; this.isOpen && at < bytes.length; at += maxPcapLineBytes) {
      const data = bytes.toString('base64', at, Math.min(at + maxPcapLineBytes, bytes.length));
      this.sink.write(`{"kind":"pcap","data":"${data}"}\n`, 'latin1');
    }
    if (this.sink.writableLength <= maxBacklogBytes) return true;
    this.sink.once('drain', whenReady);
    return false;
  }

  /** Sends a line, after all packets before it. */
  send(line: HelperOutput): void {
    this.flush();
    this.sink.write(`${JSON.stringify(line)}\n`, 'utf8');
    if (line.kind === 'hello') this.isOpen = true;
    if (line.kind === 'end') this.isOpen = false;
  }

  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.batch === '') return;
    const batch = this.batch;
    this.batch = '';
    this.sink.write(batch, 'latin1');
  }
}
