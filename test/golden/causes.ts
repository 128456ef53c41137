import type { CaptureFacts, Figure } from './figures';

/**
 * Why a figure differs from tshark's: the reason that a list of differences gives. The rules of `causeOf` choose it, so it says
 * where to look first; a few were checked packet by packet, most were not.
 */
export const causes = {
  'not-decoded':
    'tshark has a dissector for the protocol and we have none, or ours recognises it by fewer or other signs.',
  'data-layer': 'Payload that no dissector takes: one of the two gives a name to some of it where the other has none.',
  'outer-flow':
    'The packet is in a tunnel; tshark counts the outer and the inner conversation, we count the inner one.',
  'link-or-network':
    'A link type, tunnel header, fragment or damaged header that one of the two reads further than the other, so that figures above it differ too.',
  'bytes-or-messages':
    'Of a stream the two find the end of a message in different packets: after loss, in the middle of a connection, or in a body that is damaged.',
  'message-reading':
    'A message that one of the two does not read: HTTP whose body never ends, a message inside another protocol, or one on a port that tshark does not look at.',
  'application-guess': 'The two choose the application protocol by different signs: port and heuristics, or payload.',
  'file-reading':
    'One of the two reads more records of a damaged file, or of a link type or block that the other refuses.',
  'acked-unseen':
    'How often an acknowledgment of unseen data is told again is no documented rule; we tell it once until the other side sends again.',
  'reused-ports':
    'At a SYN or SYN/ACK of another sequence in a conversation that began before the capture, tshark starts over and we do not, or the reverse.',
  'clock-or-order':
    'Times before 1970, equal or running backwards, or a handshake out of order: the two measure from different packets.',
  'retransmitted-measure':
    'A segment was sent more than once or acknowledged in part; the two measure from different copies, or judge the copy differently.',
} as const;
export type Cause = keyof typeof causes;

const tunnels = [
  'gre',
  'vxlan',
  'geneve',
  'teredo',
  'gtp',
  'ayiya',
  'mpls',
  'ipip',
  '6in4',
  'capwap',
  'erspan',
  'udpencap',
  'nsh',
];

/** The class of the cause, from the figure and what else the capture holds; `all` are the figures of the capture. */
export function causeOf(figure: Figure, facts: CaptureFacts, all: readonly Figure[]): Cause {
  const different = (kind: string, name: string): boolean =>
    all.some((other) => other.kind === kind && other.name === name && !other.equal);
  if (figure.kind === 'protocol that we do not decode') return 'not-decoded';
  if (figure.name === 'data') return 'data-layer';
  if (different('packets', 'packets') || figure.kind === 'bytes') return 'file-reading';
  if (figure.name === 'reused_ports') return 'reused-ports';
  const tunnelled = tunnels.some((tunnel) => facts.protocols[tunnel] !== undefined);
  if (figure.kind === 'conversations' && tunnelled) return 'outer-flow';
  const lower = ['eth', 'ip', 'ipv6', 'tcp', 'udp', 'icmp', 'icmpv6', 'llc', 'vlan', 'ipv6.fraghdr'];
  if (lower.some((protocol) => different('protocol', protocol)) || tunnelled) return 'link-or-network';
  if (figure.kind === 'conversations') return 'link-or-network';
  if (figure.kind === 'tcp.analysis') {
    if (figure.name === 'ack_lost_segment') return 'acked-unseen';
    if (figure.name === 'initial_rtt') return 'clock-or-order';
    return 'retransmitted-measure';
  }
  if (['dns', 'http', 'tls'].includes(figure.kind) || ['dns', 'http', 'tls', 'ssh'].includes(figure.name)) {
    if (facts.tcpConversations === 0) return 'application-guess';
    return figure.kind === 'protocol' && figure.name !== 'dns' ? 'bytes-or-messages' : 'message-reading';
  }
  return figure.kind === 'protocol' ? 'application-guess' : 'link-or-network';
}
