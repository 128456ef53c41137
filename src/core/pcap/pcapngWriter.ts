import { sectionHeaderType } from './captureMagic';
import type { RawPacket } from './rawPacket';

/**
 * Writes a pcapng file with one section, least significant byte first, times in nanoseconds
 * (draft-ietf-opsawg-pcapng). Interfaces are described before their first packet and numbered in that order.
 */
export class PcapngWriter {
  /** Interface number by `interfaceIndex` and link type of the packets. */
  private readonly interfaces = new Map<string, number>();

  /** Section Header Block; the section length is left open. */
  header(): Uint8Array {
    const { block, view } = emptyBlock(sectionHeaderType, 16);
    view.setUint32(8, 0x1a2b3c4d, true);
    view.setUint16(12, 1, true);
    view.setBigInt64(16, -1n, true);
    return block;
  }

  /** Enhanced Packet Block, with the description of its interface in front when the interface is new. */
  packet(packet: RawPacket): Uint8Array {
    const key = `${packet.interfaceIndex} ${packet.linkType}`;
    const known = this.interfaces.get(key);
    if (known !== undefined) return enhancedPacket(packet, known);
    const index = this.interfaces.size;
    this.interfaces.set(key, index);
    const description = interfaceDescription(packet.linkType);
    const first = enhancedPacket(packet, index);
    const both = new Uint8Array(description.length + first.length);
    both.set(description);
    both.set(first, description.length);
    return both;
  }
}

function interfaceDescription(linkType: number): Uint8Array {
  const { block, view } = emptyBlock(1, 20);
  view.setUint16(8, linkType, true);
  view.setUint16(16, 9, true);
  view.setUint16(18, 1, true);
  view.setUint8(20, 9);
  return block;
}

function enhancedPacket(packet: RawPacket, index: number): Uint8Array {
  const { block, view } = emptyBlock(6, 20 + packet.bytes.length);
  const ticks = BigInt(packet.seconds) * 1_000_000_000n + BigInt(packet.nanoseconds);
  view.setUint32(8, index, true);
  view.setUint32(12, Number((ticks >> 32n) & 0xffffffffn), true);
  view.setUint32(16, Number(ticks & 0xffffffffn), true);
  view.setUint32(20, packet.bytes.length, true);
  view.setUint32(24, packet.originalLength, true);
  block.set(packet.bytes, 28);
  return block;
}

/** A block of the type with both lengths set and room for the body, which starts at byte 8. */
function emptyBlock(type: number, bodyLength: number): { block: Uint8Array; view: DataView } {
  const length = 12 + Math.ceil(bodyLength / 4) * 4;
  const block = new Uint8Array(length);
  const view = new DataView(block.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  view.setUint32(length - 4, length, true);
  return { block, view };
}
