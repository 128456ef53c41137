import { arp, ethernet, etherTypes, icmp, icmpv6, ipProtocols, ipv4, ipv6, macForIp, tcp, udp } from './frames';
import type { TcpOptions, UdpOptions } from './frames';

/** Fields below the transport that each whole frame takes; MAC addresses are made of the IP addresses when absent. */
export interface FrameOptions {
  sourceMac?: string;
  destinationMac?: string;
  vlans?: number[];
  timeToLive?: number;
  /** IPv4 only. */
  identification?: number;
}

/** IPv4 or IPv6 packet, by the addresses. */
export function ipPacket(
  options: { source: string; destination: string; protocol: number } & FrameOptions,
  payload: Uint8Array,
): Uint8Array {
  const { source, destination, protocol, timeToLive = 64, identification = 0 } = options;
  return source.includes(':')
    ? ipv6({ source, destination, nextHeader: protocol, hopLimit: timeToLive }, payload)
    : ipv4({ source, destination, protocol, timeToLive, identification }, payload);
}

/** Ethernet frame with an IP packet of the version that the addresses have. */
export function ipFrame(
  options: { source: string; destination: string; protocol: number } & FrameOptions,
  payload: Uint8Array,
): Uint8Array {
  return ethernet(
    {
      source: options.sourceMac ?? macForIp(options.source),
      destination: options.destinationMac ?? macForIp(options.destination),
      etherType: options.source.includes(':') ? etherTypes.ipv6 : etherTypes.ipv4,
      ...(options.vlans ? { vlans: options.vlans } : {}),
    },
    ipPacket(options, payload),
  );
}

/** Ethernet, IP, TCP. */
export function tcpFrame(options: TcpOptions & FrameOptions, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  return ipFrame({ ...options, protocol: ipProtocols.tcp }, tcp(options, payload));
}

/** Ethernet, IP, UDP. */
export function udpFrame(options: UdpOptions & FrameOptions, payload: Uint8Array): Uint8Array {
  return ipFrame({ ...options, protocol: ipProtocols.udp }, udp(options, payload));
}

export interface IcmpFrameOptions extends FrameOptions {
  source: string;
  destination: string;
  type: number;
  code?: number;
  rest?: Uint8Array;
}

/** Ethernet, IPv4 and ICMP, or IPv6 and ICMPv6, by the addresses. */
export function icmpFrame(options: IcmpFrameOptions, payload: Uint8Array): Uint8Array {
  return options.source.includes(':')
    ? ipFrame({ ...options, protocol: ipProtocols.icmpv6 }, icmpv6(options, payload))
    : ipFrame({ ...options, protocol: ipProtocols.icmp }, icmp(options, payload));
}

/** Echo request or reply of either IP version. */
export function echoFrame(
  options: { source: string; destination: string; reply: boolean; identifier: number; sequence: number } & FrameOptions,
  payload: Uint8Array = new Uint8Array(56),
): Uint8Array {
  const { identifier: id, sequence } = options;
  const rest = Uint8Array.of(id >> 8, id & 0xff, sequence >> 8, sequence & 0xff);
  const type = options.source.includes(':') ? (options.reply ? 129 : 128) : options.reply ? 0 : 8;
  return icmpFrame({ ...options, type, rest }, payload);
}

/** ICMP port unreachable (type 3 code 3; ICMPv6 type 1 code 4) of `options.source` that quotes the packet `quoted`. */
export function portUnreachableFrame(
  options: { source: string; destination: string } & FrameOptions,
  quoted: Uint8Array,
): Uint8Array {
  const kind = options.source.includes(':') ? { type: 1, code: 4 } : { type: 3, code: 3 };
  return icmpFrame({ ...options, ...kind }, quoted);
}

/** ARP request to everyone, or the answer to it. */
export function arpFrame(options: {
  operation: 'request' | 'reply';
  senderAddress: string;
  targetAddress: string;
  senderMac?: string;
  targetMac?: string;
}): Uint8Array {
  const senderMac = options.senderMac ?? macForIp(options.senderAddress);
  const targetMac = options.targetMac ?? macForIp(options.targetAddress);
  const { senderAddress, targetAddress } = options;
  const request = options.operation === 'request';
  return ethernet(
    { source: senderMac, destination: request ? 'ff:ff:ff:ff:ff:ff' : targetMac, etherType: etherTypes.arp },
    arp({ operation: request ? 1 : 2, senderMac, senderAddress, targetAddress, ...(request ? {} : { targetMac }) }),
  );
}
