import type { PacketView } from '../decode/packetView';

/**
 * What a packet is, for detectors that need few of them: each packet is of one kind, and `opened` besides when it is the first
 * of a flow. Bits, to be combined.
 */
export const packetKinds = {
  /** TCP with a whole header and payload. */
  tcpPayload: 1,
  /** TCP with a whole header and nothing behind it. */
  tcpBare: 2,
  udp: 4,
  /** ICMP and ICMPv6. */
  icmp: 8,
  arp: 16,
  other: 32,
  opened: 64,
} as const;

export const kindCount = 6;

/** Position of the packet's bit in `packetKinds`. */
export function kindOf(view: PacketView): number {
  if (view.tcpValid) return view.payloadWireLength > 0 ? 0 : 1;
  if (view.ipProtocol === 17) return 2;
  if (view.icmpType >= 0) return 3;
  return view.arpOpcode >= 0 ? 4 : 5;
}
