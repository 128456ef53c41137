import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { pcapFileHeader, pcapRecord } from '../core/pcap/pcapWriter';
import type { RawPacket } from '../core/pcap/rawPacket';

/** The ring holds this many files, so that dropping the oldest loses an eighth of the limit. */
const filesInRing = 8;

/** Written at once at this size; a timer of the owner flushes smaller amounts. */
const flushBytes = 256 * 1024;

export interface SpoolSegment {
  path: string;
  /** Number of its first packet in the capture. */
  firstNumber: number;
  packets: number;
}

/**
 * The packets of a live capture on disk: a ring of ordinary pcap files, each complete by itself, so that whatever was
 * flushed can be read after any crash. Files are created 0600 in a 0700 folder.
 */
export class Spool {
  private readonly segmentList: SpoolSegment[] = [];
  private descriptor: number | null = null;
  private fileBytes = 0;
  private fileCount = 0;
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;
  private broken: string | null = null;
  /** Packets in files that the ring has dropped, or that could not be written. */
  droppedPackets = 0;

  constructor(
    private readonly directory: string,
    private readonly limitBytes: number,
    private readonly header: { linkType: number; snapLengthBytes: number },
    private readonly onError: (message: string) => void,
  ) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  get segments(): readonly SpoolSegment[] {
    return this.segmentList;
  }

  append(packet: RawPacket): void {
    if (this.broken !== null) {
      this.droppedPackets += 1;
      return;
    }
    const record = pcapRecord(packet, false);
    if (this.descriptor === null || this.fileBytes + record.length > this.limitBytes / filesInRing) {
      this.rotate(packet.number);
      if (this.descriptor === null) {
        this.droppedPackets += 1;
        return;
      }
    }
    this.pending.push(record);
    this.pendingBytes += record.length;
    this.fileBytes += record.length;
    const segment = this.segmentList.at(-1);
    if (segment !== undefined) segment.packets += 1;
    if (this.pendingBytes >= flushBytes) this.flush();
  }

  /** Hands everything to the operating system: what was flushed survives the end of this process. */
  flush(): void {
    if (this.descriptor === null || this.pending.length === 0) return;
    const block = Buffer.concat(this.pending, this.pendingBytes);
    this.pending = [];
    this.pendingBytes = 0;
    try {
      for (let written = 0; written < block.length;) written += writeSync(this.descriptor, block, written);
    } catch (error) {
      this.fail(error);
    }
  }

  close(): void {
    this.flush();
    if (this.descriptor !== null) closeSync(this.descriptor);
    this.descriptor = null;
  }

  private rotate(firstNumber: number): void {
    this.close();
    if (this.broken !== null) return;
    try {
      while (this.segmentList.length >= filesInRing) {
        const oldest = this.segmentList.shift();
        if (oldest === undefined) break;
        this.droppedPackets += oldest.packets;
        rmSync(oldest.path, { force: true });
      }
      const file = path.join(this.directory, `capture-${String(this.fileCount).padStart(4, '0')}.pcap`);
      this.descriptor = openSync(file, 'wx', 0o600);
      this.fileCount += 1;
      const header = pcapFileHeader({ ...this.header, nanoseconds: false });
      writeSync(this.descriptor, header);
      this.fileBytes = header.length;
      this.segmentList.push({ path: file, firstNumber, packets: 0 });
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.broken = error instanceof Error ? error.message : String(error);
    this.onError(`Packets are no longer kept on disk: ${this.broken}`);
  }
}
