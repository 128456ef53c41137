import type { FlowRow, FlowTcpAnalysis } from '../../protocol/capture';
import type { TlsFingerprints } from '../decode/tlsFingerprint';
import type { Conversation } from './conversationTable';
import type { FlowOwners } from './flowOwners';
import type { Host } from './host';
import { applicationByPort } from './portApplications';
import type { ConversationNames } from '../naming/conversationNames';
import type { FlowMeter } from './flowMeter';
import type { FlowStreams } from '../streams/flowStreams';
import type { QuicInitial } from '../streams/quicInitial';
import { rtpJitterMs } from './rtpJitter';
import type { RtpJitter } from './rtpJitter';
import type { TcpDirection } from './tcpAnalysis';

/** State of a flow; TCP ones follow RFC 9293 section 3.3.2 as far as an onlooker can see them. */
export const flowStates = ['active', 'syn-sent', 'syn-received', 'established', 'closing', 'closed', 'reset'] as const;
export type FlowState = (typeof flowStates)[number];

/** What one packet did to its flow; bits, so that the hot path allocates nothing. */
export const flowEvents = {
  /** First packet of the flow. */
  opened: 1,
  /** First packet from `b`. */
  answered: 2,
  /** SYN/ACK for a SYN that was seen. */
  synAnswered: 4,
  /** RST instead of a SYN/ACK. */
  refused: 8,
  /** The opener reset the connection after SYN/ACK without ever completing it. */
  halfOpenReset: 16,
  /** Three-way handshake completed. */
  established: 32,
  /** Data, SYN or FIN that was sent before. */
  retransmission: 64,
  outOfOrder: 128,
  duplicateAck: 256,
  zeroWindow: 512,
  /** A segment before this one was not captured. */
  lostSegment: 1024,
  reset: 2048,
  /** What `tcp.analysis` of Wireshark says of a late segment; the retransmission also of a fast or spurious one. */
  suspectedRetransmission: 1 << 22,
  suspectedOutOfOrder: 1 << 23,
  /** A retransmission right after duplicate ACKs that ask for it. */
  fastRetransmission: 1 << 12,
  /** A retransmission of what was acknowledged. */
  spuriousRetransmission: 1 << 13,
  keepAlive: 1 << 14,
  keepAliveAck: 1 << 15,
  zeroWindowProbe: 1 << 16,
  zeroWindowProbeAck: 1 << 17,
  windowFull: 1 << 18,
  windowUpdate: 1 << 19,
  /** Acknowledges what was not captured. */
  ackedUnseenSegment: 1 << 20,
  /** A SYN on the ports of an earlier connection. */
  reusedPorts: 1 << 21,
  /** From `a`, which has sent `grownAtBytes` of payload by now. */
  grown: 1 << 24,
} as const;

/** Payload of `a` from which a flow counts as grown until somebody sets another. */
export const grownFrom = 131_072;

/** What a connection without trouble has. */
export const noTcpAnalysis: Readonly<FlowTcpAnalysis> = {
  retransmissions: 0,
  fastRetransmissions: 0,
  spuriousRetransmissions: 0,
  outOfOrder: 0,
  duplicateAcks: 0,
  zeroWindows: 0,
  lostSegments: 0,
};

/** What rows told already of a flow that outlived the active timeout. */
export interface ReportedPart {
  startUs: number;
  packetsAToB: number;
  packetsBToA: number;
  bytesAToB: number;
  bytesBToA: number;
  retransmittedSegments: number;
}

/** Idle time after which a flow has ended depends on this. */
export const idleClasses = { established: 0, handshakeOrClosed: 1, datagram: 2 } as const;

/**
 * One bidirectional flow. `a` opened it (or was seen first). Objects are pooled by the table: hold one only until
 * `onEnd` was called for it, or compare `serial`.
 */
export class Flow {
  // What every packet reads or changes comes first, in the order in which it is asked for: the fields of many thousands of
  // flows do not stay in the cache, and this way a packet waits for half as many lines of memory.

  /** Different for every flow ever in the table. */
  serial = 0;
  ipProtocol = 0;
  addressLength = 0;
  // Copies of the address words: following the host references for each comparison would miss the cache.
  aWord0 = 0;
  bWord0 = 0;
  /** -1 without ports. */
  aPort = -1;
  bPort = -1;
  aWord1 = 0;
  aWord2 = 0;
  aWord3 = 0;
  bWord1 = 0;
  bWord2 = 0;
  bWord3 = 0;

  packetsAToB = 0;
  packetsBToA = 0;
  bytesAToB = 0;
  bytesBToA = 0;
  /** Packets with transport payload. */
  payloadPackets = 0;
  payloadBytesAToB = 0;
  payloadBytesBToA = 0;
  /** Payload of `a` from which on its packets have the event `grown`. */
  grownAtBytes = grownFrom;
  endUs = 0;

  // The table's own.
  /** Number of the object: what the table keeps of a flow beside it is found by this. */
  slot = 0;
  idleClass: number = idleClasses.datagram;
  /** As `flowWeightBytes` said after the newest packet. */
  weightBytes = 0;

  state: FlowState = 'active';
  /** The newest packet measured `ackRttUs`. */
  ackRttFresh = false;
  /** `initialRttUs` was measured, and by the newest packet. */
  initialRttKnown = false;
  initialRttFresh = false;
  /** True when the SYN that opened the flow was seen. */
  synSeen = false;
  finFromA = false;
  finFromB = false;
  /** Sequence number of the SYN/ACK, when it was seen. */
  answerSeen = false;
  streamsDone = false;
  /** Made with the second packet: a flood of SYNs needs none. */
  aToB: TcpDirection | null = null;
  bToA: TcpDirection | null = null;
  ackRttSamples = 0;
  ackRttSumUs = 0;
  /** Null until there is payload, and again when nothing more is to be learned from it. */
  streams: FlowStreams | null = null;
  /** What is known to name the protocols in its payload; null until there is payload. */
  naming: ConversationNames | null = null;

  /** Scratch for detectors: 0 when a flow begins. */
  scanMark = 0;
  /** Detectors that want no more packets of the flow, and those that keep something of it until it ends: bits of `flowMarks`. */
  dismissed = 0;
  kept = 0;
  /** What detectors saw become of the login that it began with; null for nothing. */
  login: 'worked' | 'failed' | null = null;
  /** Which detectors hear its packets, as the set of detectors numbers them; 0 when it has to be asked again. */
  audience = 0;
  /** Protocol that its stream speaks now: after STARTTLS another one than `application`. */
  spoken: string | null = null;
  /** Null until the second packet, and without a model: a flood of single packets needs none. */
  meter: FlowMeter | null = null;

  startUs = 0;
  /** Number of the first packet in the capture. */
  firstPacket = 0;
  hash = 0;

  application: string | null = null;
  serverName: string | null = null;
  /** Of the first ClientHello. */
  fingerprints: TlsFingerprints | null = null;
  /** NaN until measured. */
  tcpHandshakeMs = Number.NaN;
  retransmittedSegments = 0;
  /** Null until a segment is any of it. */
  analysis: FlowTcpAnalysis | null = null;
  /** UDP: null until something looks like RTP. */
  rtpAToB: RtpJitter | null = null;
  rtpBToA: RtpJitter | null = null;

  // TCP only.
  /** How long the segment waited that was acknowledged last (`tcp.analysis.ack_rtt`); NaN before the first. */
  ackRttUs = Number.NaN;
  /**
   * Newest SYN to the first ACK without SYN, of whichever side (`tcp.analysis.initial_rtt`): the handshake, or how long a refusal took.
   * NaN until measured.
   */
  initialRttUs = Number.NaN;
  initialSequence = 0;
  /** Time of the newest SYN of the opener. */
  synTimeUs = 0;
  /** Time of the newest SYN of either side. */
  newestSynUs = 0;
  /** Shift count in the first SYN, -1 without. */
  synWindowScale = -1;
  answerSequence = 0;
  /** UDP: null until there is a QUIC Initial packet. */
  quic: QuicInitial | null = null;

  /** Null where nobody looks for the programs of flows. */
  owners: FlowOwners | null = null;

  // Requests that wait for their answer; times in microseconds.
  dnsQueryId = -1;
  dnsQueryTimeUs = 0;
  dnsQueries: Map<number, number> | null = null;
  httpRequestTimesUs: number[] | null = null;
  /** By stream. */
  http2RequestTimesUs: Map<number, number> | null = null;

  /** Null until the active timeout passed once; then the next row tells only what came after. */
  reported: ReportedPart | null = null;

  /** Of the first packet, for the meter: TCP flags and payload. */
  firstFlags = 0;
  firstPayloadBytes = 0;
  firstFromA = true;

  constructor(
    public a: Host,
    public b: Host,
    public conversation: Conversation,
  ) {}

  /** Of the worse direction; null without RTP of a known clock. */
  get rtpJitterMs(): number | null {
    return rtpJitterMs(this);
  }

  /** Its stream speaks `protocol` from now on. */
  speak(protocol: string): void {
    this.spoken = protocol;
    this.audience = 0;
  }

  /** The detector with this bit of `flowMarks` needs no more of its packets. */
  dismiss(mark: number): void {
    this.dismissed |= mark;
    this.audience = 0;
  }

  /** Prepares a pooled object for a new flow. */
  reset(a: Host, b: Host, conversation: Conversation): void {
    this.a = a;
    this.b = b;
    this.conversation = conversation;
    this.aPort = -1;
    this.bPort = -1;
    this.state = 'active';
    this.packetsAToB = 0;
    this.packetsBToA = 0;
    this.bytesAToB = 0;
    this.bytesBToA = 0;
    this.payloadPackets = 0;
    this.payloadBytesAToB = 0;
    this.payloadBytesBToA = 0;
    this.application = null;
    this.spoken = null;
    this.serverName = null;
    this.fingerprints = null;
    this.tcpHandshakeMs = Number.NaN;
    this.retransmittedSegments = 0;
    this.analysis = null;
    this.rtpAToB = null;
    this.rtpBToA = null;
    this.ackRttUs = Number.NaN;
    this.ackRttFresh = false;
    this.initialRttUs = Number.NaN;
    this.initialRttKnown = false;
    this.ackRttSamples = 0;
    this.ackRttSumUs = 0;
    this.synSeen = false;
    this.initialSequence = 0;
    this.synTimeUs = 0;
    this.newestSynUs = 0;
    this.synWindowScale = -1;
    this.finFromA = false;
    this.finFromB = false;
    this.aToB = null;
    this.bToA = null;
    this.answerSeen = false;
    this.streams = null;
    this.streamsDone = false;
    this.quic = null;
    this.naming = null;
    this.owners = null;
    this.dnsQueryId = -1;
    this.dnsQueries = null;
    this.httpRequestTimesUs = null;
    this.http2RequestTimesUs = null;
    this.reported = null;
    this.grownAtBytes = grownFrom;
    this.scanMark = 0;
    this.dismissed = 0;
    this.kept = 0;
    this.login = null;
    this.audience = 0;
    this.meter = null;
  }
}

/** Name of the transport in a flow row, as tshark spells it. */
export function transportName(ipProtocol: number): string {
  switch (ipProtocol) {
    case 1:
      return 'icmp';
    case 2:
      return 'igmp';
    case 6:
      return 'tcp';
    case 17:
      return 'udp';
    case 47:
      return 'gre';
    case 50:
      return 'esp';
    case 58:
      return 'icmpv6';
    case 132:
      return 'sctp';
    default:
      return `ip-proto-${ipProtocol}`;
  }
}

/** What a row is made of; kept of a flow when its object is used for another one. */
export type FlowFigures = Pick<
  Flow,
  | 'a'
  | 'b'
  | 'ipProtocol'
  | 'aPort'
  | 'bPort'
  | 'startUs'
  | 'endUs'
  | 'packetsAToB'
  | 'packetsBToA'
  | 'bytesAToB'
  | 'bytesBToA'
  | 'payloadPackets'
  | 'state'
  | 'application'
  | 'serverName'
  | 'fingerprints'
  | 'tcpHandshakeMs'
  | 'retransmittedSegments'
  | 'reported'
  | 'owners'
  | 'analysis'
  | 'rtpJitterMs'
>;

/** The flow as a row for views and exports. */
export function flowRow(flow: FlowFigures): FlowRow {
  // Without payload there is nothing that an application could have said: a scan of port 80 is no HTTP.
  const application = flow.application ?? (flow.payloadPackets > 0 ? applicationByPort(flow) : null);
  const { reported, owners } = flow;
  const startUs = reported?.startUs ?? flow.startUs;
  return {
    protocol: transportName(flow.ipProtocol),
    a: flow.a.text,
    aPort: flow.aPort < 0 ? null : flow.aPort,
    b: flow.b.text,
    bPort: flow.bPort < 0 ? null : flow.bPort,
    start: startUs / 1e6,
    end: flow.endUs / 1e6,
    durationUs: Math.max(0, Math.round(flow.endUs - startUs)),
    packetsAToB: flow.packetsAToB - (reported?.packetsAToB ?? 0),
    packetsBToA: flow.packetsBToA - (reported?.packetsBToA ?? 0),
    bytesAToB: flow.bytesAToB - (reported?.bytesAToB ?? 0),
    bytesBToA: flow.bytesBToA - (reported?.bytesBToA ?? 0),
    state: flow.state,
    application,
    applicationBy: application === null ? null : flow.application === null ? 'port' : 'payload',
    serverName: flow.serverName,
    tcpHandshakeMs: Number.isNaN(flow.tcpHandshakeMs) ? null : flow.tcpHandshakeMs,
    retransmittedSegments: flow.retransmittedSegments - (reported?.retransmittedSegments ?? 0),
    ja3: flow.fingerprints?.ja3 ?? null,
    ja4: flow.fingerprints?.ja4 ?? null,
    tcpAnalysis: flow.ipProtocol === 6 ? (flow.analysis ?? noTcpAnalysis) : null,
    rtpJitterMs: flow.rtpJitterMs,
    ...(owners === null ? {} : ownersOf(owners)),
  };
}

function ownersOf({ a, b }: FlowOwners): Pick<FlowRow, 'programA' | 'processA' | 'programB' | 'processB'> {
  return {
    programA: a?.program ?? null,
    processA: a?.pid ?? null,
    programB: b?.program ?? null,
    processB: b?.pid ?? null,
  };
}
