import type { CaptureDamage } from '../../protocol/capture';
import type { CaptureFormat } from './captureMagic';
import { pcapMagic, sectionHeaderType, sectionLittleEndian } from './captureMagic';
import { uint32 } from '../bytes/integers';
import type { PcapState } from './pcapWalker';
import { PcapWalker } from './pcapWalker';
import type { PcapngState } from './pcapngWalker';
import { PcapngWalker } from './pcapngWalker';
import type { RawPacket } from './rawPacket';
import type { FileExtras } from './recordWalker';

/**
 * A place between two records from which a new reader can go on. Plain data; holds for the same file only.
 */
export interface ReaderCheckpoint {
  /** File offset of the next record. */
  readonly offset: number;
  /** Packets before it. */
  readonly packets: number;
  /** Opaque; null before the format is known. */
  readonly state: { format: 'pcap'; pcap: PcapState } | { format: 'pcapng'; pcapng: PcapngState } | null;
}

/** The bytes begin like no capture file that we know. */
export class NotACaptureError extends Error {
  override readonly name = 'NotACaptureError';
}

/** A carry buffer larger than this is given back after the record that needed it. */
const keptCarryBytes = 1024 * 1024;

/**
 * Reads a pcap or pcapng file from a stream of chunks, cut anywhere. Every packet before the first damage is handed
 * over; the packet object and its bytes are reused, so both are valid only during the call. Nothing but
 * `NotACaptureError` is ever thrown, and no more than one record (at most 64 MiB) is buffered.
 */
export class CaptureFileReader {
  private walker: PcapWalker | PcapngWalker | null = null;
  private fileDamage: CaptureDamage | null = null;
  private ended = false;
  /** File offset of the byte after all that was pushed. */
  private received = 0;
  /** File offset of index 0 of the bytes that the walker is working on. */
  private base = 0;
  /** Start of a record whose rest has not come yet, in the first `carryLength` bytes. */
  private carry = new Uint8Array(64 * 1024);
  private carryLength = 0;

  /** @param extras gets what a pcapng file holds besides packets */
  constructor(
    private readonly onPacket: (packet: RawPacket) => void,
    private readonly extras: FileExtras = {},
  ) {}

  /** A reader that goes on at the checkpoint: the next `push` gets the bytes from `checkpoint.offset` on. */
  static resume(checkpoint: ReaderCheckpoint, onPacket: (packet: RawPacket) => void): CaptureFileReader {
    const reader = new CaptureFileReader(onPacket);
    const { state } = checkpoint;
    if (state?.format === 'pcap') reader.walker = new PcapWalker(onPacket, { header: state.pcap.header });
    if (state?.format === 'pcapng') reader.walker = new PcapngWalker(onPacket, state.pcapng);
    if (reader.walker) reader.walker.packets = checkpoint.packets;
    reader.received = checkpoint.offset;
    reader.base = checkpoint.offset;
    return reader;
  }

  /** Null until enough bytes came to know it. */
  get format(): CaptureFormat | null {
    return this.walker === null ? null : this.walker instanceof PcapWalker ? 'pcap' : 'pcapng';
  }

  /** Different link types in order of appearance; pcap has one. */
  get linkTypes(): number[] {
    return this.walker?.linkTypes ?? [];
  }

  /** Packets handed over, those before the checkpoint included. */
  get packets(): number {
    return this.walker?.packets ?? 0;
  }

  /** Why reading stopped before the end of the file; `offset` is the file offset of the record that is damaged. */
  get damage(): CaptureDamage | null {
    return this.fileDamage;
  }

  /** True when the file can hold times finer than a microsecond. */
  get nanoseconds(): boolean {
    return this.walker?.nanoseconds ?? false;
  }

  /** Between records; inside `onPacket` it is the place after that packet. */
  checkpoint(): ReaderCheckpoint {
    const { walker } = this;
    if (!walker) return { offset: 0, packets: 0, state: null };
    return {
      offset: this.base + walker.position,
      packets: walker.packets,
      state:
        walker instanceof PcapWalker
          ? { format: 'pcap', pcap: walker.saveState() }
          : { format: 'pcapng', pcapng: walker.saveState() },
    };
  }

  /**
   * Takes the next bytes of the file; the chunk may be reused afterwards. Bytes after a damage are ignored.
   * @throws NotACaptureError when the first bytes are those of no capture file.
   */
  push(chunk: Uint8Array): void {
    if (this.fileDamage || this.ended || chunk.length === 0) return;
    const chunkOffset = this.received;
    this.received += chunk.length;
    let used = 0;
    while (this.carryLength > 0) {
      const needed = this.walker?.needed ?? 12;
      const taken = Math.min(needed - this.carryLength, chunk.length - used);
      this.keep(chunk, used, used + taken, needed);
      used += taken;
      if (this.carryLength < needed) return;
      this.base = chunkOffset + used - this.carryLength;
      const position = this.walk(this.carry, 0, this.carryLength);
      if (this.fileDamage) return;
      this.base += position;
      if (this.walker) this.walker.position = 0;
      this.carry.copyWithin(0, position, this.carryLength);
      this.carryLength -= position;
      if (position > 0 && this.carry.length > keptCarryBytes) this.carry = new Uint8Array(64 * 1024);
    }
    if (used === chunk.length) return;
    this.base = chunkOffset;
    const position = this.walk(chunk, used, chunk.length);
    if (this.fileDamage) return;
    this.keep(chunk, position, chunk.length, this.walker?.needed ?? 12);
    this.base += position;
    if (this.walker) this.walker.position = 0;
  }

  /**
   * No more bytes will come: a record that is not whole is damage.
   * @throws NotACaptureError when the file is empty or too short to tell what it is.
   */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    if (this.fileDamage) return;
    if (!this.walker) {
      this.detect(this.carry.subarray(0, this.carryLength), true);
    }
    if (this.carryLength === 0) return;
    const needed = this.walker?.needed ?? 0;
    this.fileDamage = {
      offset: this.received - this.carryLength,
      reason: `cut short: the file ends ${this.carryLength} bytes into a record of at least ${needed}`,
    };
  }

  /** Lets the walker go over the bytes, notes damage, and says where the first record that is not whole starts. */
  private walk(bytes: Uint8Array, start: number, end: number): number {
    const walker = this.walker ?? this.detect(bytes.subarray(start, end), false);
    if (!walker) return start;
    walker.walk(bytes, start, end);
    if (walker.damage !== null) {
      this.fileDamage = { offset: this.base + walker.position, reason: walker.damage };
      this.carryLength = 0;
    }
    return walker.position;
  }

  private detect(bytes: Uint8Array, final: boolean): PcapWalker | PcapngWalker | null {
    if (bytes.length >= 4 && pcapMagic(bytes)) {
      this.walker = new PcapWalker(this.onPacket);
    } else if (bytes.length >= 12 && uint32(bytes, 0) === sectionHeaderType && sectionLittleEndian(bytes, 0) !== null) {
      this.walker = new PcapngWalker(this.onPacket, undefined, this.extras);
    } else if (final || bytes.length >= 12) {
      this.ended = true;
      const reason = this.received === 0 ? 'the file is empty' : 'the file begins like no capture file';
      throw new NotACaptureError(reason);
    }
    return this.walker;
  }

  /** Appends a part of the chunk to the carry, growing it as bytes come and never on the word of a length field. */
  private keep(chunk: Uint8Array, start: number, end: number, needed: number): void {
    const length = this.carryLength + end - start;
    if (length > this.carry.length) {
      const grown = new Uint8Array(Math.min(Math.max(needed, length), Math.max(2 * this.carry.length, length)));
      grown.set(this.carry.subarray(0, this.carryLength));
      this.carry = grown;
    }
    this.carry.set(chunk.subarray(start, end), this.carryLength);
    this.carryLength = length;
  }
}
