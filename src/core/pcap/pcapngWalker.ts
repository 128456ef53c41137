import { uint16, uint16LittleEndian, uint32, uint32LittleEndian } from '../bytes/integers';
import { sectionHeaderType, sectionLittleEndian } from './captureMagic';
import type { InterfaceClock } from './interfaceClock';
import { finerThanMicroseconds, interfaceClock, setTime } from './interfaceClock';
import { commentsOf } from './packetComments';
import { packetTimeUs } from './rawPacket';
import type { RawPacket } from './rawPacket';
import type { FileExtras, RecordWalker } from './recordWalker';
import { maxCapturedLength, reusedPacket, tooLongReason } from './recordWalker';

/** A longer block is taken as damage. */
export const maxBlockLength = 64 * 1024 * 1024;
/** More interfaces in one section are taken as damage. */
export const maxInterfaces = 65_536;

const blockTypes = {
  interfaceDescription: 1,
  packet: 2,
  simplePacket: 3,
  interfaceStatistics: 5,
  enhancedPacket: 6,
  decryptionSecrets: 10,
} as const;
/** Secrets type of a TLS key log: `TLSK`. */
const tlsKeyLog = 0x544c534b;
const interfaceOptions = { end: 0, timeResolution: 9, timeOffset: 14 } as const;

interface CaptureInterface {
  readonly linkType: number;
  /** 0 for no limit. */
  readonly snapLengthBytes: number;
  readonly clock: InterfaceClock;
}

/** Where a pcapng file stands between two blocks. Plain data. */
export interface PcapngState {
  littleEndian: boolean;
  /** Interfaces of the current section; the first `interfaceCount` of them belong to the state. */
  interfaces: readonly CaptureInterface[];
  interfaceCount: number;
  /** Interfaces of all sections before. */
  earlierInterfaces: number;
  /** Link types of the file; the first `linkTypeCount` of them belong to the state. */
  linkTypes: readonly number[];
  linkTypeCount: number;
  nanoseconds: boolean;
  /** Time of the newest packet: the time of a Simple Packet Block, which has none of its own. */
  seconds: number;
  fraction: number;
}

/**
 * Walks a pcapng file (draft-ietf-opsawg-pcapng): sections in either byte order, Enhanced, Simple and obsolete Packet
 * Blocks; all other blocks are skipped. The interface index counts over all sections of the file.
 */
export class PcapngWalker implements RecordWalker {
  readonly linkTypes: number[];
  nanoseconds: boolean;
  packets = 0;
  position = 0;
  needed = 12;
  damage: string | null = null;
  private littleEndian: boolean;
  private interfaces: CaptureInterface[];
  private earlierInterfaces: number;
  private readonly linkTypesSeen: Set<number>;
  private readonly packet: RawPacket = reusedPacket();
  /** Options of the block that is being handed over. */
  private block: Uint8Array = new Uint8Array(0);
  private optionsStart = 0;
  private optionsEnd = 0;

  constructor(
    private readonly onPacket: (packet: RawPacket) => void,
    state?: PcapngState,
    private readonly extras: FileExtras = {},
  ) {
    this.littleEndian = state?.littleEndian ?? true;
    this.interfaces = state ? state.interfaces.slice(0, state.interfaceCount) : [];
    this.earlierInterfaces = state?.earlierInterfaces ?? 0;
    this.linkTypes = state ? state.linkTypes.slice(0, state.linkTypeCount) : [];
    this.linkTypesSeen = new Set(this.linkTypes);
    this.nanoseconds = state?.nanoseconds ?? false;
    this.packet.seconds = state?.seconds ?? 0;
    this.packet.nanoseconds = state?.fraction ?? 0;
    this.packet.comments = () => commentsOf(this.block, this.optionsStart, this.optionsEnd, this.littleEndian);
  }

  saveState(): PcapngState {
    return {
      littleEndian: this.littleEndian,
      interfaces: this.interfaces,
      interfaceCount: this.interfaces.length,
      earlierInterfaces: this.earlierInterfaces,
      linkTypes: this.linkTypes,
      linkTypeCount: this.linkTypes.length,
      nanoseconds: this.nanoseconds,
      seconds: this.packet.seconds,
      fraction: this.packet.nanoseconds,
    };
  }

  walk(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    this.position = start;
    for (;;) {
      if (end - at < 12) {
        this.needed = 12;
        return;
      }
      const type = this.uint32(bytes, at);
      if (type === sectionHeaderType) {
        const littleEndian = sectionLittleEndian(bytes, at);
        if (littleEndian === null) {
          this.damage = 'section header without a byte-order magic';
          return;
        }
        // The length of a section header is written in the section's own byte order.
        this.littleEndian = littleEndian;
      }
      const length = this.uint32(bytes, at + 4);
      if (length < 12 || length % 4 !== 0 || length > maxBlockLength) {
        this.damage = `block claims a length of ${length} bytes`;
        return;
      }
      const next = at + length;
      if (next > end) {
        this.needed = length;
        return;
      }
      if (this.uint32(bytes, next - 4) !== length) {
        this.damage = 'the two lengths of a block differ';
        return;
      }
      this.readBlock(bytes, type, at, next);
      if (this.damage !== null) return;
      this.position = next;
      at = next;
    }
  }

  private readBlock(bytes: Uint8Array, type: number, at: number, next: number): void {
    switch (type) {
      case sectionHeaderType:
        return this.startSection(bytes, at, next);
      case blockTypes.interfaceDescription:
        return this.addInterface(bytes, at, next);
      case blockTypes.enhancedPacket:
        return this.readPacket(bytes, at, next, true);
      case blockTypes.packet:
        return this.readPacket(bytes, at, next, false);
      case blockTypes.simplePacket:
        return this.readSimplePacket(bytes, at, next);
      case blockTypes.interfaceStatistics:
        return this.readMoment(bytes, at, next);
      case blockTypes.decryptionSecrets:
        return this.readSecrets(bytes, at, next);
    }
  }

  /** What is odd in these blocks is no damage: nothing that counts depends on them. */
  private readMoment(bytes: Uint8Array, at: number, next: number): void {
    const { moment } = this.extras;
    const source = next - at < 24 ? undefined : this.interfaces[this.uint32(bytes, at + 8)];
    if (moment === undefined || source === undefined) return;
    const time = reusedPacket();
    setTime(time, source.clock, this.uint32(bytes, at + 12), this.uint32(bytes, at + 16));
    for (const comment of commentsOf(bytes, at + 20, next - 4, this.littleEndian)) moment(packetTimeUs(time), comment);
  }

  private readSecrets(bytes: Uint8Array, at: number, next: number): void {
    const start = at + 16;
    if (next - at < 20 || this.uint32(bytes, at + 8) !== tlsKeyLog) return;
    this.extras.keyLog?.(bytes.subarray(start, Math.min(next - 4, start + this.uint32(bytes, at + 12))));
  }

  private startSection(bytes: Uint8Array, at: number, next: number): void {
    const major = next - at < 28 ? 0 : this.uint16(bytes, at + 12);
    if (major !== 1) {
      this.damage = next - at < 28 ? 'section header is too short' : `pcapng version ${major} is not supported`;
      return;
    }
    this.earlierInterfaces += this.interfaces.length;
    this.interfaces = [];
  }

  private addInterface(bytes: Uint8Array, at: number, next: number): void {
    if (next - at < 20) {
      this.damage = 'interface description is too short';
      return;
    }
    const linkType = this.uint16(bytes, at + 8);
    if (this.interfaces.length >= maxInterfaces) {
      this.damage = `more than ${maxInterfaces} interfaces`;
      return;
    }
    const clock = this.readClock(bytes, at + 16, next - 4);
    this.interfaces.push({ linkType, snapLengthBytes: this.uint32(bytes, at + 12), clock });
    if (!this.linkTypesSeen.has(linkType)) {
      this.linkTypesSeen.add(linkType);
      this.linkTypes.push(linkType);
    }
    if (finerThanMicroseconds(clock)) this.nanoseconds = true;
  }

  private readClock(bytes: Uint8Array, start: number, end: number): InterfaceClock {
    let resolution = 6;
    let offsetSeconds = 0;
    let at = start;
    while (end - at >= 4) {
      const code = this.uint16(bytes, at);
      const length = this.uint16(bytes, at + 2);
      const value = at + 4;
      if (code === interfaceOptions.end || value + length > end) break;
      if (code === interfaceOptions.timeResolution && length >= 1) resolution = bytes[value] ?? 6;
      if (code === interfaceOptions.timeOffset && length >= 8) offsetSeconds = this.int64(bytes, value);
      at = value + Math.ceil(length / 4) * 4;
    }
    return interfaceClock(resolution, offsetSeconds);
  }

  /** Enhanced Packet Block (section 4.3) or the obsolete Packet Block (appendix A): equal but for the interface field. */
  private readPacket(bytes: Uint8Array, at: number, next: number, enhanced: boolean): void {
    if (next - at < 32) {
      this.damage = 'packet block is too short';
      return;
    }
    const index = enhanced ? this.uint32(bytes, at + 8) : this.uint16(bytes, at + 8);
    const source = this.interfaces[index];
    if (!source) {
      this.damage = `packet of an interface that was not described (${index})`;
      return;
    }
    const captured = this.uint32(bytes, at + 20);
    setTime(this.packet, source.clock, this.uint32(bytes, at + 12), this.uint32(bytes, at + 16));
    this.handOver(bytes, at + 28, next, captured, this.uint32(bytes, at + 24), source, index);
  }

  /** Simple Packet Block (section 4.4): belongs to interface 0 and has no time, so it takes the one before it. */
  private readSimplePacket(bytes: Uint8Array, at: number, next: number): void {
    const source = this.interfaces[0];
    if (next - at < 16 || !source) {
      this.damage = source ? 'packet block is too short' : 'packet of an interface that was not described (0)';
      return;
    }
    const original = this.uint32(bytes, at + 8);
    const limit = source.snapLengthBytes === 0 ? original : source.snapLengthBytes;
    this.handOver(bytes, at + 12, next, Math.min(original, limit), original, source, 0);
  }

  private handOver(
    bytes: Uint8Array,
    dataOffset: number,
    next: number,
    captured: number,
    original: number,
    source: CaptureInterface,
    index: number,
  ): void {
    if (captured > maxCapturedLength) {
      this.damage = tooLongReason(captured);
      return;
    }
    if (dataOffset + captured > next - 4) {
      this.damage = `packet block is too short for its ${captured} captured bytes`;
      return;
    }
    const { packet } = this;
    this.block = bytes;
    this.optionsStart = dataOffset + Math.ceil(captured / 4) * 4;
    this.optionsEnd = next - 4;
    this.position = next;
    this.packets += 1;
    packet.number = this.packets;
    packet.originalLength = original;
    packet.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset + dataOffset, captured);
    packet.linkType = source.linkType;
    packet.interfaceIndex = this.earlierInterfaces + index;
    this.onPacket(packet);
  }

  private uint16(bytes: Uint8Array, offset: number): number {
    return this.littleEndian ? uint16LittleEndian(bytes, offset) : uint16(bytes, offset);
  }

  private uint32(bytes: Uint8Array, offset: number): number {
    return this.littleEndian ? uint32LittleEndian(bytes, offset) : uint32(bytes, offset);
  }

  /** Signed; exact up to 2^53, more than any time needs. */
  private int64(bytes: Uint8Array, offset: number): number {
    const first = this.uint32(bytes, offset);
    const second = this.uint32(bytes, offset + 4);
    const [high, low] = this.littleEndian ? [second, first] : [first, second];
    return (high | 0) * 4294967296 + low;
  }
}
