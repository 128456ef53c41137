/** Rows and summaries of a capture that every view, export and the command line share. */

/** One network interface of the machine that captures. */
export interface InterfaceInfo {
  /** Name that libpcap takes. */
  name: string;
  description: string | null;
  addresses: string[];
  loopback: boolean;
  /** Null where the platform does not say. */
  up: boolean | null;
  /** Packets per second in both directions, measured just now; null where it is not cheap to know. */
  packetsPerSecond: number | null;
  /** It has the default route of the machine. */
  defaultRoute?: boolean;
  /** No interface of the network but a tap into the system (`nflog`, `usbmon1`): hidden until somebody asks for all. */
  pseudo?: boolean;
}

/** One packet as a row (design 4.4 `packets`). Times are seconds since 1970. */
export interface PacketRow {
  /** 1-based position in the capture. */
  number: number;
  time: number;
  source: string;
  destination: string;
  sourcePort: number | null;
  destinationPort: number | null;
  /** Highest protocol decoded, tshark's name in lower case (`tcp`, `dns`, `http`, `arp`). */
  protocol: string;
  /** Original length on the wire. */
  length: number;
  info: string;
  /** Comments of a pcapng file. */
  comment?: string;
  /** What it is in a word that has a colour. */
  label?: string;
  /** Values of the fields that were asked for, in their order. */
  fields?: string[];
  /** Display filters for the first value of each; empty for none. */
  fieldFilters?: string[];
}

/** One bidirectional flow as a row. `a` opened it (or was seen first). Times are seconds since 1970. */
export interface FlowRow {
  protocol: string;
  a: string;
  aPort: number | null;
  b: string;
  bPort: number | null;
  start: number;
  end: number;
  durationUs: number;
  packetsAToB: number;
  packetsBToA: number;
  bytesAToB: number;
  bytesBToA: number;
  /** TCP: `syn-sent` `syn-received` `established` `closing` `closed` `reset`; other: `active`. */
  state: string;
  /** `http` `dns` `tls` …, or null when unknown. */
  application: string | null;
  /** How the application is known: it said so, or it has the port. Null without one. */
  applicationBy?: 'payload' | 'port' | null;
  serverName: string | null;
  tcpHandshakeMs: number | null;
  retransmittedSegments: number;
  /** Fingerprints of the first TLS ClientHello, over TCP or QUIC. */
  ja3?: string | null;
  ja4?: string | null;
  /** Program and process at each end; null for unknown, absent where nobody looked. */
  programA?: string | null;
  processA?: number | null;
  programB?: string | null;
  processB?: number | null;
  /** TCP: segments by what Wireshark calls them; null for other flows. */
  tcpAnalysis?: FlowTcpAnalysis | null;
  /** Interarrival jitter of RTP (RFC 3550) in milliseconds, of the worse direction; null without RTP of a known clock. */
  rtpJitterMs?: number | null;
}

/** Segments of one connection by the names of `tcp.analysis`; a segment can be several of them. */
export interface FlowTcpAnalysis {
  /** All of them, fast and spurious ones too. */
  retransmissions: number;
  fastRetransmissions: number;
  spuriousRetransmissions: number;
  outOfOrder: number;
  duplicateAcks: number;
  zeroWindows: number;
  lostSegments: number;
}

export interface Percentiles {
  count: number;
  /** Milliseconds; null when `count` is 0. */
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export interface LatencySummary {
  tcpHandshakeMs: Percentiles;
  dnsMs: Percentiles;
  httpMs: Percentiles;
}

/**
 * Loss on the wire as TCP shows it; never mixed with loss in our own capture. What was sent again and what only overtaken is our
 * own verdict, which a busy connection does not fool; tshark's stands in {@link AnalysisReport.tcpAnalysis}.
 */
export interface LossSummary {
  tcpRetransmittedSegments: number;
  /** Retransmitted of all TCP segments that carry data, SYN or FIN, in percent; null when there were none. */
  tcpRetransmissionPercent: number | null;
  outOfOrder: number;
  dupAcks: number;
  zeroWindows: number;
  lostSegments: number;
}

/** Segments by what Wireshark calls them in `tcp.analysis`; a segment can be several of them. */
export interface TcpAnalysisSummary {
  /** All of them, fast and spurious ones too. */
  retransmissions: number;
  fastRetransmissions: number;
  spuriousRetransmissions: number;
  outOfOrder: number;
  duplicateAcks: number;
  zeroWindows: number;
  zeroWindowProbes: number;
  zeroWindowProbeAcks: number;
  windowFull: number;
  windowUpdates: number;
  keepAlives: number;
  keepAliveAcks: number;
  lostSegments: number;
  ackedUnseenSegments: number;
  reusedPorts: number;
  /** Newest SYN to the first ACK without SYN, one a connection: the handshake, or how long a refusal took. */
  initialRtt: { count: number; sumUs: number };
  /** Segment to the acknowledgment of its end. */
  ackRtt: { count: number; sumUs: number };
}

export interface ProtocolCount {
  protocol: string;
  packets: number;
  /** Original lengths on the wire of the packets that hold the protocol. */
  bytes: number;
}

export interface ConversationRow {
  a: string;
  b: string;
  packets: number;
  bytes: number;
}

export interface NameCount {
  name: string;
  count: number;
}

/** Damage found in a capture file; everything before it was read. */
export interface CaptureDamage {
  offset: number;
  reason: string;
}

/** The result of `analyze --format json` (design 4.4, schema 1). Times are seconds since 1970. */
export interface AnalysisReport {
  schema: 1;
  file: string;
  capture: {
    format: string;
    linkTypes: string[];
    packets: number;
    capturedBytes: number;
    originalBytes: number;
    firstSeen: number | null;
    lastSeen: number | null;
    damage: CaptureDamage | null;
  };
  protocols: ProtocolCount[];
  /** `tunnels`: UDP conversations that carry others, which are the flows; left out where there are none. */
  flows: { total: number; tcp: number; udp: number; other: number; tunnels?: number };
  conversations: ConversationRow[];
  latency: LatencySummary;
  loss: LossSummary;
  /** Absent in reports of versions before it was counted. */
  tcpAnalysis?: TcpAnalysisSummary;
  dns: { queries: number; responses: number; names: NameCount[] };
  http: { requests: number; hosts: NameCount[]; status: Record<string, number> };
  tls: { handshakes: number; serverNames: NameCount[] };
  /** `help`: page about the rule, below the folder of the product. */
  findings: (import('./finding').Finding & { help: string })[];
  /** Of a live capture where the system tells. */
  programs?: import('./programs').ProgramFigures;
  /** Findings that exclusions silence: they are not in `findings`. */
  silenced: import('./exclusions').SilencedCount[];
  /** Limits that were hit: what they count was left out. Absent when none was. */
  limits?: import('./snapshot').LimitCount[];
}
