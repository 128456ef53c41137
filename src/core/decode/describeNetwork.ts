import { formatIpAddress, formatMac } from './addresses';
import { uint16, uint32 } from '../bytes/integers';
import { type PacketView, tcpFlags } from './packetView';

/** What relative sequence numbers count from; null shows them as on the wire. */
export interface SequenceBase {
  sequence: number | null;
  acknowledgment: number | null;
}

export const noBase: SequenceBase = { sequence: null, acknowledgment: null };

/** One line about what the transport or network header says, in tshark's words. */
export function describeNetwork(view: PacketView, bases: SequenceBase = noBase): string {
  if (view.arpOpcode >= 0) return describeArp(view);
  if (view.addressLength === 0) return describeLink(view);
  if (view.fragmentOffset > 0 || (view.fragment && view.transportOffset < 0)) {
    if (view.addressLength === 16) return `IPv6 fragment (off=${view.fragmentOffset} nxt=${view.ipProtocol})`;
    return `Fragmented IP protocol (proto=${protocolText(view.ipProtocol)}, off=${view.fragmentOffset})`;
  }
  if (view.transportOffset < 0) return describeWithoutTransport(view);
  if (view.icmpType >= 0) return view.ipProtocol === 58 ? describeIcmpv6(view) : describeIcmp(view);
  if (view.ipProtocol === 6) return describeTcp(view, bases);
  return `${view.sourcePort} → ${view.destinationPort} Len=${view.payloadWireLength}`;
}

function describeLink(view: PacketView): string {
  if (view.layers.length === 0) return `Undecoded link type ${view.linkType}`;
  const last = view.layers[view.layers.length - 1] ?? '';
  return view.notes[0] === undefined || last === 'wlan'
    ? (linkTexts[last] ?? 'Unknown protocol')
    : `Cut or damaged (${view.notes[0]})`;
}

const linkTexts: Record<string, string> = {
  llc: 'LLC frame',
  wlan: 'IEEE 802.11 frame',
  stp: 'Spanning tree',
  cdp: 'Cisco Discovery Protocol',
  lldp: 'Link Layer Discovery Protocol',
  eapol: 'EAP over LAN',
  pppoed: 'PPPoE discovery',
};

function describeWithoutTransport(view: PacketView): string {
  const note = view.notes[0];
  if (note !== undefined) return `Cut or damaged (${note})`;
  return protocolText(view.ipProtocol);
}

const protocolTexts: Record<number, string> = {
  1: 'ICMP',
  2: 'IGMP',
  6: 'TCP',
  17: 'UDP',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  58: 'ICMPv6',
  59: 'No next header',
  89: 'OSPF',
  103: 'PIM',
  112: 'VRRP',
  132: 'SCTP',
};

function protocolText(number: number): string {
  const name = protocolTexts[number];
  return name === undefined ? `IP protocol ${number}` : `${name} ${number}`;
}

const flagNames: readonly (readonly [number, string])[] = [
  [tcpFlags.fin, 'FIN'],
  [tcpFlags.syn, 'SYN'],
  [tcpFlags.rst, 'RST'],
  [tcpFlags.psh, 'PSH'],
  [tcpFlags.ack, 'ACK'],
  [tcpFlags.urg, 'URG'],
  [tcpFlags.ece, 'ECE'],
  [tcpFlags.cwr, 'CWR'],
];

function describeTcp(view: PacketView, bases: SequenceBase): string {
  const flags: string[] = [];
  for (const [bit, name] of flagNames) if ((view.tcpFlags & bit) !== 0) flags.push(name);
  const acknowledgment =
    (view.tcpFlags & tcpFlags.ack) !== 0 ? ` Ack=${relative(view.tcpAcknowledgment, bases.acknowledgment)}` : '';
  const scale = view.tcpWindowScale >= 0 ? ` WS=${2 ** Math.min(view.tcpWindowScale, 14)}` : '';
  return (
    `${view.sourcePort} → ${view.destinationPort} [${flags.length > 0 ? flags.join(', ') : '<None>'}] ` +
    `Seq=${relative(view.tcpSequence, bases.sequence)}${acknowledgment} Win=${view.tcpWindow} Len=${view.payloadWireLength}${scale}`
  );
}

function relative(number: number, base: number | null): number {
  return base === null ? number : (number - base) >>> 0;
}

function describeArp(view: PacketView): string {
  if (view.arpSenderAddressOffset < 0) return `ARP opcode ${view.arpOpcode}`;
  const sender = formatIpAddress(view.bytes, view.arpSenderAddressOffset, 4);
  const target = formatIpAddress(view.bytes, view.arpTargetAddressOffset, 4);
  const mac = view.arpSenderMacOffset < 0 ? 'unknown' : formatMac(view.bytes, view.arpSenderMacOffset);
  if (view.arpOpcode === 1) {
    if (sender === target) return `ARP Announcement for ${sender}`;
    return sender === '0.0.0.0' ? `Who has ${target}? (ARP Probe)` : `Who has ${target}? Tell ${sender}`;
  }
  if (view.arpOpcode === 2) {
    return sender === target ? `Gratuitous ARP for ${sender} (Reply)` : `${sender} is at ${mac}`;
  }
  return `ARP opcode ${view.arpOpcode}`;
}

const icmpTexts: Record<number, string> = {
  0: 'Echo (ping) reply   ',
  3: 'Destination unreachable',
  4: 'Source quench',
  5: 'Redirect',
  8: 'Echo (ping) request ',
  9: 'Router advertisement',
  10: 'Router solicitation',
  11: 'Time-to-live exceeded',
  12: 'Parameter problem',
  13: 'Timestamp request',
  14: 'Timestamp reply',
  17: 'Address mask request',
  18: 'Address mask reply',
};

const unreachableTexts = [
  'Network unreachable',
  'Host unreachable',
  'Protocol unreachable',
  'Port unreachable',
  'Fragmentation needed',
  'Source route failed',
  'Destination network unknown',
  'Destination host unknown',
  'Source host isolated',
  'Network administratively prohibited',
  'Host administratively prohibited',
  'Network unreachable for TOS',
  'Host unreachable for TOS',
  'Communication administratively filtered',
];

function describeIcmp(view: PacketView): string {
  const text = icmpTexts[view.icmpType] ?? `Type ${view.icmpType}`;
  if (view.icmpType === 0 || view.icmpType === 8) return text + echoText(view, `, ttl=${view.timeToLive}`);
  if (view.icmpType === 3) return `${text} (${unreachableTexts[view.icmpCode] ?? `code ${view.icmpCode}`})`;
  if (view.icmpType === 11) {
    return `${text} (${view.icmpCode === 0 ? 'Time to live exceeded in transit' : 'Fragment reassembly time exceeded'})`;
  }
  return text;
}

function echoText(view: PacketView, tail: string): string {
  const { bytes, transportOffset } = view;
  const id = uint16(bytes, transportOffset + 4)
    .toString(16)
    .padStart(4, '0');
  const sequence = uint16(bytes, transportOffset + 6);
  // Some systems count in the other byte order, so tshark shows both.
  const swapped = view.ipProtocol === 1 ? `/${((sequence & 0xff) << 8) | (sequence >> 8)}` : '';
  return ` id=0x${id}, seq=${sequence}${swapped}${tail}`;
}

const icmpv6Texts: Record<number, string> = {
  1: 'Destination Unreachable',
  2: 'Packet Too Big',
  3: 'Time Exceeded',
  4: 'Parameter Problem',
  128: 'Echo (ping) request',
  129: 'Echo (ping) reply',
  130: 'Multicast Listener Query',
  131: 'Multicast Listener Report',
  132: 'Multicast Listener Done',
  133: 'Router Solicitation',
  134: 'Router Advertisement',
  135: 'Neighbor Solicitation',
  136: 'Neighbor Advertisement',
  137: 'Redirect',
  143: 'Multicast Listener Report Message v2',
};

const unreachableV6Texts = [
  'no route to destination',
  'Administratively prohibited',
  'Beyond scope of source address',
  'Address unreachable',
  'Port unreachable',
  'Source address failed ingress/egress policy',
  'Reject route to destination',
];

function describeIcmpv6(view: PacketView): string {
  const text = icmpv6Texts[view.icmpType] ?? `Type ${view.icmpType}`;
  switch (view.icmpType) {
    case 1:
      return `${text} (${unreachableV6Texts[view.icmpCode] ?? `code ${view.icmpCode}`})`;
    case 2:
      return `${text} (MTU ${uint32(view.bytes, view.transportOffset + 4)})`;
    case 128:
    case 129:
      return text + echoText(view, `, hop limit=${view.timeToLive}`);
    case 135:
    case 136: {
      const target = view.payloadLength >= 16 ? formatIpAddress(view.bytes, view.payloadOffset, 16) : '';
      return `${text} ${view.icmpType === 135 ? 'for ' : ''}${target}`.trimEnd();
    }
    default:
      return text;
  }
}
