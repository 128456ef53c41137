import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { SpoolFigures } from '../protocol/liveCapture';
import { markerComment } from '../protocol/markers';
import type { Marker } from '../protocol/markers';
import type { InterfaceCounts, InterfaceDescription } from '../core/pcap/pcapngBlocks';
import {
  blockTime,
  enhancedPacketLength,
  interfaceDescription,
  interfaceStatistics,
  momentBlock,
  sectionHeader,
  writeEnhancedPacket,
} from '../core/pcap/pcapngBlocks';
import type { RawPacket } from '../core/pcap/rawPacket';
import { takeSpoolLock } from './spoolLock';

/** Written at once at this size; a timer of the owner flushes smaller amounts. */
const bufferBytes = 1024 * 1024;

export interface SpoolSegment {
  path: string;
  /** Number of its first packet in the capture. */
  firstNumber: number;
  packets: number;
}

export interface SpoolOptions {
  directory: string;
  /** All files together. */
  limitBytes: number;
  /** Files of the ring, at least 2: dropping the oldest loses this part of the limit. */
  files: number;
  onError: (message: string) => void;
}

interface RingFile extends SpoolSegment {
  bytes: number;
}

/**
 * The packets of a live capture on disk: a ring of pcapng files, each complete by itself, with its interfaces and their
 * statistics. Only whole blocks are handed to the system and files only grow, so that whatever was flushed can be read after any
 * crash, up to the byte at which a write was cut. Files are created 0600 in a 0700 folder.
 */
export class Spool {
  private readonly ring: RingFile[] = [];
  private readonly interfaces: InterfaceDescription[] = [];
  private readonly newestStatistics: (Uint8Array | null)[] = [];
  /** Of the current file: how many interfaces it describes. */
  private described = 0;
  private descriptor: number | null = null;
  private fileCount = 0;
  private readonly buffer = new Uint8Array(bufferBytes);
  private readonly view = new DataView(this.buffer.buffer);
  private pendingBytes = 0;
  private broken: string | null = null;
  private dropped = 0;

  /** @throws CaptureError SPOOL when the folder cannot be made, or another process writes there */
  constructor(private readonly options: SpoolOptions) {
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    takeSpoolLock(options.directory);
  }

  get segments(): readonly SpoolSegment[] {
    return this.ring;
  }

  get figures(): SpoolFigures {
    return {
      files: this.ring.length,
      bytes: this.ring.reduce((sum, file) => sum + file.bytes, 0),
      limitBytes: this.options.limitBytes,
      droppedPackets: this.dropped,
    };
  }

  /** Returns the number that packets of the interface carry as their `interfaceIndex`. */
  addInterface(description: InterfaceDescription): number {
    this.newestStatistics.push(null);
    return this.interfaces.push(description) - 1;
  }

  /** The packet's bytes are copied. Its `interfaceIndex` is from {@link addInterface}. */
  append(packet: RawPacket): void {
    const described = this.interfaces[packet.interfaceIndex];
    const length = enhancedPacketLength(packet.bytes.length);
    if (this.broken !== null || described === undefined || length > bufferBytes) {
      this.dropped += 1;
      return;
    }
    const current = this.ring.at(-1);
    if (this.descriptor === null || current === undefined || current.bytes + length > this.fileLimitBytes) {
      this.rotate(packet.number);
    }
    const file = this.ring.at(-1);
    if (this.descriptor === null || file === undefined) {
      this.dropped += 1;
      return;
    }
    this.describeInterfaces();
    this.makeRoom(length);
    const { interfaceIndex } = packet;
    writeEnhancedPacket(this.buffer, this.view, this.pendingBytes, packet, interfaceIndex, described.timeDigits);
    this.pendingBytes += length;
    file.bytes += length;
    file.packets += 1;
  }

  /** Counts of an interface since the beginning of the capture; the newest ones end up in every file. */
  statistics(interfaceIndex: number, timeUs: number, counts: InterfaceCounts): void {
    const described = this.interfaces[interfaceIndex];
    if (described === undefined) return;
    const block = interfaceStatistics(interfaceIndex, blockTime(timeUs), described.timeDigits, counts);
    this.newestStatistics[interfaceIndex] = block;
    if (this.descriptor === null || this.broken !== null) return;
    this.describeInterfaces();
    this.write(block);
  }

  /** A moment that somebody besides the network tells of; it stands in the file of its time. */
  moment(marker: Marker): void {
    const [described] = this.interfaces;
    if (described === undefined || this.descriptor === null || this.broken !== null) return;
    this.describeInterfaces();
    this.write(momentBlock(0, blockTime(marker.timeUs), described.timeDigits, markerComment(marker)));
  }

  /** Hands everything to the operating system: what was flushed survives the end of this process. */
  flush(): void {
    if (this.descriptor === null || this.pendingBytes === 0) return;
    const end = this.pendingBytes;
    this.pendingBytes = 0;
    try {
      for (let at = 0; at < end;) at += writeSync(this.descriptor, this.buffer, at, end - at);
    } catch (error) {
      this.fail(error);
    }
  }

  /** A capture without a packet leaves a file that says which interfaces were listened to. */
  close(): void {
    if (this.descriptor === null && this.ring.length === 0 && this.broken === null) this.rotate(1);
    this.closeFile();
  }

  private get fileLimitBytes(): number {
    return this.options.limitBytes / Math.max(2, this.options.files);
  }

  private closeFile(): void {
    if (this.descriptor === null) return;
    this.describeInterfaces();
    this.flush();
    closeSync(this.descriptor);
    this.descriptor = null;
  }

  private rotate(firstNumber: number): void {
    this.closeFile();
    if (this.broken !== null) return;
    try {
      while (this.ring.length >= Math.max(2, this.options.files)) {
        const oldest = this.ring.shift();
        if (oldest === undefined) break;
        this.dropped += oldest.packets;
        rmSync(oldest.path, { force: true });
      }
      const file = path.join(this.options.directory, `capture-${String(this.fileCount).padStart(5, '0')}.pcapng`);
      this.descriptor = openSync(file, 'wx', 0o600);
      this.fileCount += 1;
      this.ring.push({ path: file, firstNumber, packets: 0, bytes: 0 });
      this.described = 0;
      this.write(sectionHeader('Network Traffic Analyzer'));
      this.describeInterfaces();
      for (const block of this.newestStatistics) if (block !== null) this.write(block);
      // Whatever ends this process next, the file is a capture.
      this.flush();
    } catch (error) {
      this.fail(error);
    }
  }

  private describeInterfaces(): void {
    for (; this.described < this.interfaces.length; this.described++) {
      const description = this.interfaces[this.described];
      if (description !== undefined) this.write(interfaceDescription(description));
    }
  }

  private write(block: Uint8Array): void {
    this.makeRoom(block.length);
    this.buffer.set(block, this.pendingBytes);
    this.pendingBytes += block.length;
    const file = this.ring.at(-1);
    if (file !== undefined) file.bytes += block.length;
  }

  private makeRoom(length: number): void {
    if (this.pendingBytes + length > bufferBytes) this.flush();
  }

  private fail(error: unknown): void {
    this.broken = error instanceof Error ? error.message : String(error);
    this.options.onError(`Packets are no longer kept on disk: ${this.broken}`);
  }
}
