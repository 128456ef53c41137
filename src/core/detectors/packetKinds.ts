import { tcpFlags } from '../decode/packetView';
import type { PacketView } from '../decode/packetView';

/** What a packet is, for detectors that need few of them. Bits, to be combined. */
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
  /** A SYN that asks for a connection; it is one of the first two as well. */
  tcpSyn: 64,
  /** TCP without SYN, ACK and RST, which no connection has; one of the first two as well. */
  tcpCrafted: 128,
} as const;

const { tcpPayload, tcpBare, udp, icmp, arp, other, tcpSyn, tcpCrafted } = packetKinds;

/** Bits of each kind that `kindOf` tells apart. */
export const kindBits = [
  tcpPayload,
  tcpBare,
  udp,
  icmp,
  arp,
  other,
  udp | arp,
  tcpPayload | tcpSyn,
  tcpBare | tcpSyn,
  tcpPayload | tcpCrafted,
  tcpBare | tcpCrafted,
] as const;

const synAckRst = tcpFlags.syn | tcpFlags.ack | tcpFlags.rst;

/** Position in `kindBits`. */
export function kindOf(view: PacketView): number {
  if (view.tcpValid) {
    const kind = view.payloadWireLength > 0 ? 0 : 1;
    const flags = view.tcpFlags & synAckRst;
    if (flags === tcpFlags.syn) return kind + 7;
    return flags === 0 ? kind + 9 : kind;
  }
  // ARP in a tunnel over UDP is both.
  if (view.ipProtocol === 17) return view.arpOpcode < 0 ? 2 : 6;
  if (view.icmpType >= 0) return 3;
  return view.arpOpcode >= 0 ? 4 : 5;
}
