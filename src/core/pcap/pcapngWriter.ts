import { markerComment } from '../../protocol/markers';
import type { Marker } from '../../protocol/markers';
import {
  blockTime,
  enhancedPacketLength,
  interfaceDescription,
  momentBlock,
  sectionHeader,
  writeEnhancedPacket,
} from './pcapngBlocks';
import type { RawPacket } from './rawPacket';

/**
 * Writes a pcapng file with one section, least significant byte first, times in nanoseconds
 * (draft-ietf-opsawg-pcapng). Interfaces are described before their first packet and numbered in that order.
 */
export class PcapngWriter {
  /** Interface number by `interfaceIndex` and link type of the packets. */
  private readonly interfaces = new Map<string, number>();

  /** @param names of interfaces, by `interfaceIndex` of the packets; others get none. */
  constructor(private readonly names: readonly string[] = []) {}

  /** Section Header Block; the section length is left open. */
  header(): Uint8Array {
    return sectionHeader();
  }

  /** Enhanced Packet Block, with the description of its interface in front when the interface is new. */
  packet(packet: RawPacket): Uint8Array {
    const key = `${packet.interfaceIndex} ${packet.linkType}`;
    const known = this.interfaces.get(key);
    if (known !== undefined) return enhancedPacket(packet, known);
    const index = this.interfaces.size;
    this.interfaces.set(key, index);
    const name = this.names[packet.interfaceIndex] ?? '';
    const description = interfaceDescription({ linkType: packet.linkType, snapLengthBytes: 0, name, timeDigits: 9 });
    const first = enhancedPacket(packet, index);
    const both = new Uint8Array(description.length + first.length);
    both.set(description);
    both.set(first, description.length);
    return both;
  }

  /** A moment of the capture; after the first packet. */
  moment(marker: Marker): Uint8Array {
    return momentBlock(0, blockTime(marker.timeUs), 9, markerComment(marker));
  }
}

function enhancedPacket(packet: RawPacket, index: number): Uint8Array {
  const block = new Uint8Array(enhancedPacketLength(packet.bytes.length));
  writeEnhancedPacket(block, new DataView(block.buffer), 0, packet, index, 9);
  return block;
}
