import type { Host } from '../flows/host';

/** How a contact was tried. `syn` covers SYN and connect scans; which of them shows in what follows. */
export const probeKinds = ['syn', 'fin', 'null', 'xmas', 'ack', 'maimon', 'udp', 'echo', 'arp', 'neighbor'] as const;
export type ProbeKind = (typeof probeKinds)[number];

/** What came of it. */
export type ContactOutcome =
  /** Answered by RST. */
  | 'reset'
  | 'unanswered'
  /** Answered by ICMP destination unreachable. */
  | 'unreachable'
  /** SYN/ACK came and the prober reset the connection instead of completing it: an open port found by a SYN scan. */
  | 'half-open';

/** One try of a source to reach a port of a target, or the target itself. */
export interface Contact {
  source: Host;
  target: Host;
  sourcePort: number;
  /** 0 for `echo`, `arp` and `neighbor`, which have none. */
  port: number;
  kind: ProbeKind;
  outcome: ContactOutcome;
  /** Time and number of its first packet. */
  timeUs: number;
  packet: number;
}

/** A segment without ACK, SYN and RST belongs to no connection (RFC 9293 section 3.10.7): somebody crafted it. */
export function isCrafted(kind: ProbeKind): boolean {
  return kind === 'fin' || kind === 'null' || kind === 'xmas';
}

/** ICMP echo, ARP and Neighbor Discovery ask for a host as such. */
export function hasPort(kind: ProbeKind): boolean {
  return kind !== 'echo' && !asksNeighbor(kind);
}

/** Asks for the hardware address of a neighbour, by ARP or, with IPv6, by Neighbor Discovery; no flow is made by that. */
export function asksNeighbor(kind: ProbeKind): boolean {
  return kind === 'arp' || kind === 'neighbor';
}

/** More than there are port keys: apart by this much, the keys of two targets never meet. */
export const targetStep = 2 ** 18;

/** Unique per target and port. */
export function contactKey(contact: Contact): number {
  return contact.target.id * targetStep + portKey(contact);
}

/** Distinguishes TCP ports, UDP ports, ICMP echo and the search for neighbours. */
export function portKey(contact: Contact): number {
  switch (contact.kind) {
    case 'udp':
      return 0x10000 + contact.port;
    case 'echo':
      return 0x20000;
    case 'arp':
    case 'neighbor':
      return 0x20001;
    default:
      return contact.port;
  }
}
