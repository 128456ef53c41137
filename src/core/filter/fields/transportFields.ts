import { uint16, uint32, uint8 } from '../../bytes/integers';
import { tcpFlags } from '../../decode/packetView';
import type { PacketView } from '../../decode/packetView';
import { flowEvents } from '../../flows/flow';
import type { FilterField, ValueReader } from '../filterField';
import { numbers, oneText, someBytes } from '../filterField';
import type { FilterSubject } from '../filterSubject';
import { field, flagField, numberField } from './define';
import { someOtherTransport } from './reading';

/** Ports of the packet, then of those around it in a tunnel and of the one that an ICMP error quotes. */
function ports(protocol: 6 | 17, ...offsets: readonly (0 | 2)[]): ValueReader {
  return {
    of: 'number',
    one: null,
    some: ({ view }, test) => {
      if (view.ipProtocol === protocol && view.sourcePort >= 0) {
        for (const at of offsets) if (test(at === 0 ? view.sourcePort : view.destinationPort)) return true;
      }
      if (view.icmpQuotedOffset < 0 && view.outerIpOffsets.length === 0) return false;
      return someOtherTransport(view, protocol, (start) => offsets.some((at) => test(uint16(view.bytes, start + at))));
    },
  };
}

function tcp(read: (view: PacketView, subject: FilterSubject) => number): (subject: FilterSubject) => number {
  return (subject) => {
    const { view } = subject;
    return view.ipProtocol === 6 && view.transportOffset >= 0 ? read(view, subject) : Number.NaN;
  };
}

function flag(name: string, description: string, mask: number): FilterField {
  return flagField(
    `tcp.flags.${name}`,
    description,
    tcp((view) => ((view.tcpFlags & mask) !== 0 ? 1 : 0)),
  );
}

const conversation = { needs: { conversation: true } } as const;

/** Beginning of the sequence numbers of the packet's sender, or of the other side. */
function base({ tracker }: FilterSubject, own: boolean): number {
  if (tracker === null || tracker.stream === null) return Number.NaN;
  return tracker.fromA === own ? tracker.stream.a.base : tracker.stream.b.base;
}

function relative(sequence: number, from: number): number {
  return Number.isNaN(from) ? Number.NaN : (sequence - from) >>> 0;
}

const nextSequence = tcp((view, subject) => {
  const ends = (view.tcpFlags & (tcpFlags.syn | tcpFlags.fin)) !== 0 ? 1 : 0;
  return relative(view.tcpSequence + view.payloadWireLength + ends, base(subject, true));
});

const windowSize = tcp((view, { tracker }) => {
  const stream = tracker?.stream ?? null;
  if (stream === null || tracker === null || (view.tcpFlags & tcpFlags.syn) !== 0) return view.tcpWindow;
  const { windowScale } = tracker.fromA ? stream.a : stream.b;
  return windowScale > 0 ? view.tcpWindow * 2 ** Math.min(windowScale, 14) : view.tcpWindow;
});

/** Letters of the flags that are set, dots for the others, as Wireshark writes them. */
function flagLetters(view: PacketView): string {
  const bits = ((uint8(view.bytes, view.transportOffset + 12) & 15) << 8) | view.tcpFlags;
  let text = '';
  for (let index = 0; index < 12; index++) text += (bits & (0x800 >> index)) !== 0 ? 'RRRACEUAPRSF'.charAt(index) : '·';
  return text;
}

function analysis(name: string, description: string, events: number): FilterField {
  const read: ValueReader = {
    of: 'number',
    one: null,
    some: ({ view, tracker }, test) =>
      view.ipProtocol === 6 && tracker !== null && (tracker.events & events) !== 0 && test(1),
  };
  return field(`tcp.analysis.${name}`, 'label', description, read, conversation);
}

const verdicts: readonly (readonly [name: string, description: string, event: number])[] = [
  ['retransmission', 'Data that was sent before, suspected', flowEvents.suspectedRetransmission],
  ['fast_retransmission', 'Retransmission that duplicate ACKs asked for', flowEvents.fastRetransmission],
  ['spurious_retransmission', 'Retransmission of what was acknowledged', flowEvents.spuriousRetransmission],
  ['out_of_order', 'Segment that came too late, suspected', flowEvents.suspectedOutOfOrder],
  ['lost_segment', 'A segment before this one was not captured', flowEvents.lostSegment],
  ['ack_lost_segment', 'Acknowledges what was not captured', flowEvents.ackedUnseenSegment],
  ['duplicate_ack', 'The same acknowledgment once more', flowEvents.duplicateAck],
  ['zero_window', 'The receiver has no room', flowEvents.zeroWindow],
  ['zero_window_probe', 'Probes a window without room', flowEvents.zeroWindowProbe],
  ['zero_window_probe_ack', 'Answers a probe of a window without room', flowEvents.zeroWindowProbeAck],
  ['window_full', 'Fills the window of the receiver', flowEvents.windowFull],
  ['window_update', 'Tells a new window and nothing else', flowEvents.windowUpdate],
  ['keep_alive', 'Asks whether the other side is there', flowEvents.keepAlive],
  ['keep_alive_ack', 'Answers a keep-alive', flowEvents.keepAliveAck],
  ['reused_ports', 'SYN on the ports of an earlier connection', flowEvents.reusedPorts],
];

const maxOptions = 40;

/** Calls back for each TCP option (RFC 9293 section 3.1) that is there as a whole, `start` at its kind. */
function eachOption({ view }: FilterSubject, visit: (kind: number, start: number, length: number) => void): void {
  if (view.ipProtocol !== 6 || !view.tcpValid) return;
  const { bytes, transportOffset } = view;
  const end = Math.min(view.payloadOffset, bytes.length);
  let at = transportOffset + 20;
  for (let count = 0; count < maxOptions && at < end; count++) {
    const kind = uint8(bytes, at);
    if (kind === 0) return;
    const length = kind === 1 ? 1 : uint8(bytes, at + 1);
    if (length < 1 || (kind > 1 && length < 2) || at + length > end) return;
    visit(kind, at, length);
    at += length;
  }
}

function option(kind: number, length: number, read: (bytes: Uint8Array, at: number) => number): ValueReader {
  return numbers((subject) => {
    const values: number[] = [];
    eachOption(subject, (found, start, size) => {
      if (found === kind && size === length) values.push(read(subject.view.bytes, start));
    });
    return values;
  });
}

const tcpPayload = someBytes(({ view }, test) => {
  if (view.ipProtocol !== 6 || view.payloadOffset < 0 || view.payloadLength === 0) return false;
  return test(view.bytes, view.payloadOffset, view.payloadOffset + view.payloadLength);
});

export const tcpFields: readonly FilterField[] = [
  field('tcp.port', 'number', 'TCP port of either side', ports(6, 0, 2)),
  field('tcp.srcport', 'number', 'TCP port of the sender', ports(6, 0)),
  field('tcp.dstport', 'number', 'TCP port of the receiver', ports(6, 2)),
  numberField(
    'tcp.stream',
    'Number of the connection, from 0',
    ({ view, tracker }) => (view.ipProtocol === 6 ? (tracker?.stream?.index ?? Number.NaN) : Number.NaN),
    conversation,
  ),
  numberField(
    'tcp.len',
    'Bytes of payload',
    tcp((view) => view.payloadWireLength),
  ),
  numberField(
    'tcp.seq',
    'Sequence number, counted from the beginning of the connection',
    tcp((view, subject) => relative(view.tcpSequence, base(subject, true))),
    conversation,
  ),
  numberField(
    'tcp.seq_raw',
    'Sequence number as in the header',
    tcp((view) => view.tcpSequence),
  ),
  numberField('tcp.nxtseq', 'Sequence number behind this segment, relative', nextSequence, conversation),
  numberField(
    'tcp.ack',
    'Acknowledgment number, counted from the beginning of the connection',
    tcp((view, subject) => {
      const from = base(subject, false);
      return (view.tcpFlags & tcpFlags.ack) === 0 ? 0 : relative(view.tcpAcknowledgment, from);
    }),
    conversation,
  ),
  numberField(
    'tcp.ack_raw',
    'Acknowledgment number as in the header',
    tcp((view) => view.tcpAcknowledgment),
  ),
  numberField(
    'tcp.hdr_len',
    'Bytes of the TCP header',
    tcp(({ bytes, transportOffset }) => (uint8(bytes, transportOffset + 12) >> 4) * 4),
  ),
  numberField(
    'tcp.flags',
    'Flags, 12 bits',
    tcp((view) => ((uint8(view.bytes, view.transportOffset + 12) & 15) << 8) | view.tcpFlags),
  ),
  field(
    'tcp.flags.str',
    'text',
    'Letters of the flags that are set',
    oneText(({ view }) => (view.ipProtocol === 6 && view.transportOffset >= 0 ? flagLetters(view) : null)),
  ),
  flag('fin', 'No more data from the sender', tcpFlags.fin),
  flag('syn', 'Opens a connection', tcpFlags.syn),
  flag('reset', 'Ends a connection at once', tcpFlags.rst),
  flag('push', 'Data for the application now', tcpFlags.psh),
  flag('ack', 'The acknowledgment number counts', tcpFlags.ack),
  flag('urg', 'The urgent pointer counts', tcpFlags.urg),
  flag('ece', 'Congestion was told', tcpFlags.ece),
  flag('cwr', 'The sender slowed down', tcpFlags.cwr),
  numberField(
    'tcp.window_size_value',
    'Window as in the header',
    tcp((view) => view.tcpWindow),
  ),
  numberField('tcp.window_size', 'Window in bytes, scaled', windowSize, conversation),
  numberField(
    'tcp.checksum',
    'Checksum',
    tcp(({ bytes, transportOffset }) => uint16(bytes, transportOffset + 16)),
  ),
  numberField(
    'tcp.urgent_pointer',
    'Urgent pointer',
    tcp(({ bytes, transportOffset }) => uint16(bytes, transportOffset + 18)),
  ),
  field(
    'tcp.options',
    'bytes',
    'All options',
    someBytes(({ view }, test) => {
      const start = view.transportOffset + 20;
      if (view.ipProtocol !== 6 || !view.tcpValid || view.payloadOffset <= start) return false;
      return test(view.bytes, start, Math.min(view.payloadOffset, view.bytes.length));
    }),
  ),
  field(
    'tcp.options.mss_val',
    'number',
    'Largest segment that the sender takes',
    option(2, 4, (bytes, at) => uint16(bytes, at + 2)),
  ),
  field(
    'tcp.options.wscale.shift',
    'number',
    'Shift count of the window',
    option(3, 3, (bytes, at) => uint8(bytes, at + 2)),
  ),
  field(
    'tcp.options.sack_perm',
    'label',
    'Selective acknowledgments are understood',
    option(4, 2, () => 1),
  ),
  field(
    'tcp.options.timestamp.tsval',
    'number',
    'Timestamp of the sender',
    option(8, 10, (bytes, at) => uint32(bytes, at + 2)),
  ),
  field(
    'tcp.options.timestamp.tsecr',
    'number',
    'Timestamp that is echoed',
    option(8, 10, (bytes, at) => uint32(bytes, at + 6)),
  ),
  field('tcp.payload', 'bytes', 'Payload', tcpPayload),
  numberField(
    'tcp.time_relative',
    'Seconds since the first packet of the connection',
    ({ view, tracker }) =>
      view.ipProtocol === 6 && tracker?.stream ? view.timeUs / 1e6 - tracker.stream.startSeconds : Number.NaN,
    { type: 'duration', ...conversation },
  ),
  numberField(
    'tcp.time_delta',
    'Seconds since the packet before in the connection',
    ({ view, tracker }) => {
      if (view.ipProtocol !== 6 || !tracker?.stream) return Number.NaN;
      const { previousSeconds, lastSeconds } = tracker.stream;
      return Number.isNaN(previousSeconds) ? 0 : lastSeconds - previousSeconds;
    },
    { type: 'duration', ...conversation },
  ),
  analysis(
    'flags',
    'Any of the verdicts below',
    verdicts.reduce((bits, [, , event]) => bits | event, 0),
  ),
  ...verdicts.map(([name, description, event]) => analysis(name, description, event)),
];

/** A number of the UDP header, of those around it in a tunnel and of the one that an ICMP error quotes. */
function udp(offset: number): ValueReader {
  return {
    of: 'number',
    one: null,
    some: ({ view }, test) => {
      const { bytes, transportOffset } = view;
      if (view.ipProtocol === 17 && transportOffset >= 0 && test(uint16(bytes, transportOffset + offset))) return true;
      return someOtherTransport(view, 17, (start) => test(uint16(bytes, start + offset)));
    },
  };
}

/** As far as it was captured; within the length of the header, which a fragment or a lie may exceed. */
const udpPayload = someBytes(({ view }, test) => {
  const { bytes, payloadOffset, payloadLength } = view;
  if (view.ipProtocol === 17 && payloadOffset >= 0 && payloadLength > 0) {
    if (test(bytes, payloadOffset, payloadOffset + payloadLength)) return true;
  }
  return someOtherTransport(view, 17, (start) => {
    const end = Math.min(bytes.length, start + uint16(bytes, start + 4));
    return end > start + 8 && test(bytes, start + 8, end);
  });
});

export const udpFields: readonly FilterField[] = [
  field('udp.port', 'number', 'UDP port of either side', ports(17, 0, 2)),
  field('udp.srcport', 'number', 'UDP port of the sender', ports(17, 0)),
  field('udp.dstport', 'number', 'UDP port of the receiver', ports(17, 2)),
  field('udp.length', 'number', 'Bytes of header and payload', udp(4)),
  field('udp.checksum', 'number', 'Checksum', udp(6)),
  numberField(
    'udp.stream',
    'Number of the exchange, from 0',
    ({ view, tracker }) => (view.ipProtocol === 17 ? (tracker?.stream?.index ?? Number.NaN) : Number.NaN),
    conversation,
  ),
  field('udp.payload', 'bytes', 'Payload', udpPayload),
];
