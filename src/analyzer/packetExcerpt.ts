import { packetComments } from '../core/decode/describe';
import type { PacketView } from '../core/decode/packetView';
import { formatIpAddress } from '../core/decode/addresses';
import { PcapngWriter } from '../core/pcap/pcapngWriter';
import type { RawPacket } from '../core/pcap/rawPacket';
import { withoutComments } from '../core/pcap/rawPacket';
import type { PacketStore } from './packetStore';

/** How far back the conversation of a packet is looked for. */
const packetsBefore = 20_000;
/** Of the conversation; what is older is left out. */
const maxExcerptBytes = 8 * 1024 * 1024;

/** A packet with what its conversation said before, as a small capture of its own. */
export interface PacketExcerpt {
  /** pcapng. */
  capture: Uint8Array[];
  /** Packets in it; the one that was asked for is the last. */
  packets: number;
}

/** One packet as it was captured; null when there is no such packet. @throws FileError */
export async function packetBytes(
  store: PacketStore,
  number: number,
): Promise<{ bytes: Uint8Array; comments: string[] } | null> {
  let found: { bytes: Uint8Array; comments: string[] } | null = null;
  await store.eachFrom(number, ({ packet }) => {
    if (packet.number === number) found = { bytes: packet.bytes.slice(), comments: packetComments(packet) };
    return false;
  });
  return found;
}

/** @throws FileError */
export async function excerptBefore(store: PacketStore, number: number): Promise<PacketExcerpt> {
  let wanted: string | null = null;
  await store.eachFrom(number, ({ packet, view }) => {
    if (packet.number === number) wanted = conversationOf(view);
    return false;
  });
  const kept: RawPacket[] = [];
  let keptBytes = 0;
  await store.eachFrom(Math.max(1, number - packetsBefore), ({ packet, view }) => {
    const isLast = packet.number >= number;
    if (isLast ? packet.number === number : wanted !== null && conversationOf(view) === wanted) {
      kept.push({ ...withoutComments(packet), bytes: packet.bytes.slice() });
      keptBytes += packet.bytes.length;
      while (keptBytes > maxExcerptBytes && kept.length > 1) keptBytes -= kept.shift()?.bytes.length ?? 0;
    }
    return !isLast;
  });
  const writer = new PcapngWriter();
  return { capture: [writer.header(), ...kept.map((packet) => writer.packet(packet))], packets: kept.length };
}

/** The two addresses and, but for fragments of either, the two ports; null without IP. */
function conversationOf(view: PacketView): string | null {
  const { addressLength, bytes, sourceAddressOffset, destinationAddressOffset } = view;
  if (addressLength !== 4 && addressLength !== 16) return null;
  const ends = [
    `${formatIpAddress(bytes, sourceAddressOffset, addressLength)} ${view.sourcePort}`,
    `${formatIpAddress(bytes, destinationAddressOffset, addressLength)} ${view.destinationPort}`,
  ];
  return `${view.ipProtocol} ${ends.sort().join(' ')}`;
}
