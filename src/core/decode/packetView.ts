import type { ProtocolName } from './protocols';

/** TCP flag bits (RFC 9293 section 3.1, RFC 3168). */
export const tcpFlags = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

/** Deepest list of nested protocols kept for one packet; more is noted as `too-many-layers`. */
export const maxLayers = 24;

/** The ends of a UDP conversation that carries others; offsets point into `bytes` of its packet. */
export interface Carrier {
  readonly addressLength: number;
  readonly sourceAddressOffset: number;
  readonly destinationAddressOffset: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/**
 * What the decoder found in one packet. One instance is reused for all packets (no allocation a packet), so nothing
 * in it may be kept after the next `decodePacket`. Offsets point into `bytes`; -1 means absent.
 */
export class PacketView {
  bytes: Uint8Array = new Uint8Array(0);
  number = 0;
  timeUs = 0.5;
  originalLength = 0;
  linkType = 0;

  /** Protocols from the outside in, tshark's names in `frame.protocols` (without `ethertype`). */
  readonly layers: ProtocolName[] = [];
  /** Protocols of the packet that an ICMP error quotes; tshark lists them behind `icmp`. Not part of `layers`. */
  readonly quotedLayers: ProtocolName[] = [];
  /** Odd or cut input, by closed name (`truncated-ip`); never thrown. */
  readonly notes: string[] = [];

  sourceMacOffset = -1;
  destinationMacOffset = -1;
  /** Starts of the whole Ethernet headers, from the outside in: tunnels carry more of them. */
  readonly ethernetOffsets: number[] = [];
  /** Innermost VLAN id, -1 for none. */
  vlanId = -1;

  /** 4, 16 or 0 when there is no IP; the innermost IP header counts. ARP leaves it 0. */
  addressLength = 0;
  sourceAddressOffset = -1;
  destinationAddressOffset = -1;
  /** Starts of the IP headers around the innermost one, from the outside in. */
  readonly outerIpOffsets: number[] = [];
  /** IP protocol number of the transport after extension headers (RFC 8200), -1 without IP. */
  ipProtocol = -1;
  timeToLive = -1;
  /** True for every IP fragment, first ones too. */
  fragment = false;
  /** True for a fragment that was taken for reassembly: what it carries shows in the packet that completes the datagram. */
  fragmentHeld = false;
  /**
   * True when this packet completed a datagram: `fragment` is false, and `bytes` are no longer the packet's but its
   * headers with the whole payload behind them.
   */
  reassembled = false;
  /** 0 for unfragmented packets and first fragments. */
  fragmentOffset = 0;

  /** Start of the TCP, UDP or ICMP header, -1 when absent or cut before its fixed part ends. */
  transportOffset = -1;
  /** -1 without TCP or UDP. */
  sourcePort = -1;
  destinationPort = -1;

  /** UDP headers around a tunnel that was entered, from the outside in: where each begins, and the IP addresses before it. */
  readonly carriers: Carrier[] = [];

  /** Start of the transport payload, -1 when unknown. */
  payloadOffset = -1;
  /** Payload bytes present in `bytes`. */
  payloadLength = 0;
  /** Payload bytes that were on the wire, from the IP and UDP length fields; at least `payloadLength`. */
  payloadWireLength = 0;

  // Fractions, so that V8 keeps doubles here from the start: the first number above 2^31 would throw away all compiled code.
  tcpSequence = 0.5;
  tcpAcknowledgment = 0.5;
  tcpFlags = 0;
  /** As in the header, not scaled. */
  tcpWindow = 0;
  /** Shift count of the window scale option in a SYN, -1 when absent. */
  tcpWindowScale = -1;
  /** True when the fixed part of the TCP header was captured and its length can be right; of its options, some may be cut. */
  tcpValid = false;

  icmpType = -1;
  icmpCode = -1;
  /** Offset of the IP header quoted in an ICMP error, -1 for none. */
  icmpQuotedOffset = -1;

  /** ARP (RFC 826): opcode, -1 without ARP, and offsets of the IPv4 addresses. */
  arpOpcode = -1;
  /** Start of the ARP header, -1 without ARP. */
  arpOffset = -1;
  arpSenderMacOffset = -1;
  arpSenderAddressOffset = -1;
  arpTargetAddressOffset = -1;

  /** Notes that the UDP header just decoded carries a tunnel: what is inside is what the view will tell of. */
  noteCarrier(): void {
    const { addressLength, sourceAddressOffset, destinationAddressOffset, sourcePort, destinationPort } = this;
    this.carriers.push({ addressLength, sourceAddressOffset, destinationAddressOffset, sourcePort, destinationPort });
  }

  /** Prepares the view for a new packet. */
  reset(bytes: Uint8Array, number: number, timeUs: number, originalLength: number, linkType: number): void {
    this.bytes = bytes;
    this.number = number;
    this.timeUs = timeUs;
    this.originalLength = originalLength;
    this.linkType = linkType;
    empty(this.layers);
    empty(this.quotedLayers);
    empty(this.notes);
    if (this.carriers.length > 0) empty(this.carriers);
    if (this.outerIpOffsets.length > 0) empty(this.outerIpOffsets);
    empty(this.ethernetOffsets);
    this.sourceMacOffset = -1;
    this.destinationMacOffset = -1;
    this.vlanId = -1;
    this.addressLength = 0;
    this.sourceAddressOffset = -1;
    this.destinationAddressOffset = -1;
    this.ipProtocol = -1;
    this.timeToLive = -1;
    this.fragment = false;
    this.fragmentHeld = false;
    this.reassembled = false;
    this.fragmentOffset = 0;
    this.transportOffset = -1;
    this.sourcePort = -1;
    this.destinationPort = -1;
    this.payloadOffset = -1;
    this.payloadLength = 0;
    this.payloadWireLength = 0;
    this.tcpSequence = 0;
    this.tcpAcknowledgment = 0;
    this.tcpFlags = 0;
    this.tcpWindow = 0;
    this.tcpWindowScale = -1;
    this.tcpValid = false;
    this.icmpType = -1;
    this.icmpCode = -1;
    this.icmpQuotedOffset = -1;
    this.arpOpcode = -1;
    this.arpOffset = -1;
    this.arpSenderMacOffset = -1;
    this.arpSenderAddressOffset = -1;
    this.arpTargetAddressOffset = -1;
  }
}

/** Empties a list that is filled again at once: V8 would free and allocate its storage anew after `length = 0`. */
function empty(list: unknown[]): void {
  while (list.length > 0) list.pop();
}
