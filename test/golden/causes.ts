import type { CaptureFacts, Figure } from './figures';
import { lookedAt } from './lookedAt';

/** Why a figure differs from tshark's: the reason that the list of differences gives. */
export const causes = {
  'no-dissector':
    'tshark has a dissector for the protocol and we have none; what it takes is `data` here, or the name of what carries it.',
  'not-opened':
    'We read the message and not what is inside of it: certificate extensions, SPNEGO in a bind or a TKEY, JSON in AMQP, an RPC message in pieces over a pipe, a packet in OpenFlow, NHRP or sFlow, parts of a mail, DNS in HTTP/2, TLS in RDP over UDP.',
  'empty-body':
    'A call or an answer that hands nothing over (NULL, UMNT): we name its program by the header, tshark does not.',
  'quic-keys':
    'tshark decrypts QUIC with the secrets that the pcapng file holds; we read of QUIC what anybody can, the Initial packets.',
  'rest-is-data':
    'tshark gives the name `data` to what is left behind a header or in a message that it does not read to the end (frame relay, LLC, 802.15.4, a fragment, an unknown link type); we give it none.',
  'segment-data':
    'We call `data` a payload that nobody takes; tshark gives no name to a segment that waits for the end of its message, to a payload behind a wrong length, or to one in a packet that it finds malformed.',
  'each-segment':
    'A segment in the middle of a message, behind a gap or before an end that never comes: one of the two names the protocol there, the other in the segment that completes the message, if any.',
  signs:
    'tshark chooses the protocol by the port, the conversation or heuristics of its own (and keeps TLS or SSH off a port that has another protocol), we by the port or the payload; they disagree about these packets.',
  'message-count': 'What counts as a message: tshark counts DNS of opcodes other than QUERY as well.',
  'quic-crypto':
    'TLS in CRYPTO frames of QUIC: of Google versions before the standard, or in frames that come out of order or continue those of an earlier packet.',
  malformed:
    'A header that is damaged, cut off or fuzzed: one of the two names the protocol before it gives up, or reads on with other lengths; what is above and the conversations differ with it.',
  'icmp-quote':
    'A packet that an ICMP error quotes is cut: tshark names the application in it from the conversation, we by its bytes alone, or the reverse.',
  'outer-flow':
    'The conversation around a tunnel carries other packets, too: with us it is a tunnel and a flow, and is counted twice here.',
  'custom-block': 'tshark counts the custom blocks of a pcapng file as packets; we pass over them.',
  'link-type':
    'tshark refuses the file for its link type, or takes its pseudo-header off the length; we count the packets and decode what we can.',
  'damaged-record': 'A record of a damaged file that one of the two reads and the other refuses.',
  spelling: 'Control characters in a name: tshark writes them as numbers, we as a mark.',
  'broken-options':
    'tshark ends at broken TCP options and leaves the segment out of its analysis; we analyse it, so later segments are judged by other numbers.',
  'sent-again':
    'A segment, mostly the SYN or SYN/ACK, was sent more than once: tshark measures from its latest copy or not at all, we from the first.',
  'clock-or-order':
    'Times of 0 (unset, for tshark), before 1970 or jumping by years, or a SYN/ACK before its SYN: the two measure from different packets or not at all.',
  'new-connection':
    'At a SYN/ACK of another sequence in the middle of a connection tshark starts over and we do not, or the reverse.',
  'other-state':
    'Analysis of a stream in which an earlier packet is malformed or was lost; the two go on from different numbers. By rule, not looked at.',
} as const;
export type Cause = keyof typeof causes;

const inner =
  /^(x509|ns_cert_exts|pkix|spnego|gss-api|json|xml|media|data-text-lines|imf|mime_multipart|http3|sdp|ipcp|pap)/;
const lower = ['eth', 'ip', 'ipv6', 'tcp', 'udp', 'icmp', 'icmpv6', 'llc', 'vlan', 'ipv6.fraghdr'];

/**
 * The class of the cause: as found when the packets were looked at, else by a rule from the figure and what else of the capture differs;
 * `all` are the figures of the capture.
 */
export function causeOf(figure: Figure, facts: CaptureFacts, all: readonly Figure[]): Cause {
  return lookedAt(facts.file, `${figure.kind} ${figure.name}`) ?? causeByRule(figure, facts, all);
}

function causeByRule(figure: Figure, facts: CaptureFacts, all: readonly Figure[]): Cause {
  const tshark = Number.parseInt(figure.tshark, 10);
  const ours = Number.parseInt(figure.ours, 10);
  const unread = all.some(
    ({ kind, tshark: theirs, ours: mine }) =>
      kind === 'protocol that we do not decode' && Number(theirs) > Number(mine),
  );
  const different = (kind: string, name: string): boolean =>
    all.some((other) => other.kind === kind && other.name === name && !other.equal);
  if (different('packets', 'packets') || figure.kind === 'bytes') {
    if (facts.packets === 0) return 'link-type';
    return facts.complaint === undefined ? 'custom-block' : 'damaged-record';
  }
  if (figure.kind === 'protocol that we do not decode') {
    if (ours < tshark && inner.test(figure.name)) return 'not-opened';
    return ours === 0 ? 'no-dissector' : 'signs';
  }
  if (figure.name === 'data') {
    if (ours < tshark) return 'rest-is-data';
    return unread ? 'no-dissector' : 'segment-data';
  }
  if (lower.some((protocol) => different('protocol', protocol))) return 'malformed';
  if (figure.kind === 'conversations') return 'malformed';
  if (figure.kind === 'tcp.analysis') return 'other-state';
  if (figure.kind === 'http') return 'message-count';
  if (
    figure.kind === 'protocol' &&
    ['http', 'tls', 'ssh', 'smtp'].includes(figure.name) &&
    facts.tcpConversations > 0
  ) {
    return 'each-segment';
  }
  return 'signs';
}
