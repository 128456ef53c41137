import { uint16, uint16LittleEndian, uint32, uint32LittleEndian } from '../bytes/integers';
import type { PcapMagic } from './captureMagic';
import { pcapMagic } from './captureMagic';
import type { RawPacket } from './rawPacket';
import type { RecordWalker } from './recordWalker';
import { maxCapturedLength, reusedPacket, tooLongReason } from './recordWalker';

/** What the file header says; null before it was read. Plain data. */
export interface PcapState {
  header: (PcapMagic & { linkType: number; lengthOrder: LengthOrder }) | null;
}

/** Files before version 2.3 hold the original length first; 2.3 was written both ways (libpcap sf-pcap.c). */
type LengthOrder = 'captured-first' | 'original-first' | 'smaller-is-captured';

/** Walks a pcap file (draft-ietf-opsawg-pcap): all four magics and Kuznetzov's variant. */
export class PcapWalker implements RecordWalker {
  readonly linkTypes: number[] = [];
  packets = 0;
  position = 0;
  needed = 24;
  damage: string | null = null;
  private readonly packet: RawPacket = reusedPacket();

  constructor(
    private readonly onPacket: (packet: RawPacket) => void,
    private readonly state: PcapState = { header: null },
  ) {
    if (state.header) this.linkTypes.push(state.header.linkType);
  }

  get nanoseconds(): boolean {
    return this.state.header?.nanoseconds ?? false;
  }

  saveState(): PcapState {
    return { header: this.state.header };
  }

  walk(bytes: Uint8Array, start: number, end: number): void {
    this.position = start;
    if (!this.state.header) {
      this.needed = 24;
      if (end - start < 24) return;
      this.readHeader(bytes.subarray(start, start + 24));
      if (this.damage !== null) return;
      this.position = start + 24;
    }
    this.walkRecords(bytes, end);
  }

  private readHeader(bytes: Uint8Array): void {
    const magic = pcapMagic(bytes);
    if (!magic) {
      this.damage = 'file header without a pcap magic';
      return;
    }
    const short = magic.littleEndian ? uint16LittleEndian : uint16;
    const major = short(bytes, 4);
    const minor = short(bytes, 6);
    if (major !== 2) {
      this.damage = `pcap version ${major}.${minor} is not supported`;
      return;
    }
    // The upper 16 bits say how long a frame check sequence is, or are reserved.
    const linkType = (magic.littleEndian ? uint32LittleEndian : uint32)(bytes, 20) & 0xffff;
    const lengthOrder = minor < 3 ? 'original-first' : minor === 3 ? 'smaller-is-captured' : 'captured-first';
    this.state.header = { ...magic, linkType, lengthOrder };
    this.linkTypes.push(linkType);
  }

  private walkRecords(bytes: Uint8Array, end: number): void {
    const header = this.state.header;
    if (!header) return;
    const { littleEndian, lengthOrder } = header;
    const headerLength = header.modified ? 24 : 16;
    const fractionUnit = header.nanoseconds ? 1 : 1000;
    const fractionsPerSecond = header.nanoseconds ? 1e9 : 1e6;
    const { packet, onPacket } = this;
    packet.linkType = header.linkType;
    // Read once: both are calls into the runtime.
    const { buffer, byteOffset } = bytes;
    let at = this.position;
    for (;;) {
      if (end - at < headerLength) {
        this.needed = headerLength;
        return;
      }
      let seconds: number;
      let fraction: number;
      let captured: number;
      let original: number;
      if (littleEndian) {
        seconds = uint32LittleEndian(bytes, at);
        fraction = uint32LittleEndian(bytes, at + 4);
        captured = uint32LittleEndian(bytes, at + 8);
        original = uint32LittleEndian(bytes, at + 12);
      } else {
        seconds = uint32(bytes, at);
        fraction = uint32(bytes, at + 4);
        captured = uint32(bytes, at + 8);
        original = uint32(bytes, at + 12);
      }
      if (lengthOrder === 'original-first' || (lengthOrder === 'smaller-is-captured' && captured > original)) {
        const first = captured;
        captured = original;
        original = first;
      }
      if (captured > maxCapturedLength) {
        this.damage = tooLongReason(captured);
        return;
      }
      const next = at + headerLength + captured;
      if (next > end) {
        this.needed = headerLength + captured;
        return;
      }
      if (fraction >= fractionsPerSecond) {
        seconds += Math.floor(fraction / fractionsPerSecond);
        fraction %= fractionsPerSecond;
      }
      this.position = next;
      this.packets += 1;
      packet.number = this.packets;
      packet.seconds = seconds;
      packet.nanoseconds = fraction * fractionUnit;
      packet.originalLength = original;
      packet.bytes = new Uint8Array(buffer, byteOffset + at + headerLength, captured);
      onPacket(packet);
      at = next;
    }
  }
}
