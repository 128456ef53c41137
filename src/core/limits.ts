/**
 * Every bound of the engine, with the reason for its size. Input decides how much there is to remember, so each store
 * has one; each hit is counted in a `LimitCounter` and shown (`Snapshot.limits`).
 */
export const engineLimits = {
  /** About 1 KB each with hosts and conversation, which a SYN flood from random sources fills within a second. */
  openFlows: 45_000,
  /**
   * Memory of open flows, as estimated (`flowWeightBytes`): some 14,000 connections whose protocol is read. With the tables beside
   * it, the model and what the garbage collector leaves lying, the process stays below 300 MB.
   */
  openFlowBytes: 48 * 1024 * 1024,
  /** Rows of ended flows kept for paging through them; an export streams them as they end, so it misses none. */
  endedFlowRows: 50_000,
  /** Addresses counted exactly; at the limit the quieter half is forgotten. */
  hosts: 65_536,
  /** Address pairs counted exactly; at the limit the quieter half is forgotten. */
  conversations: 65_536,
  /** Names a top list counts exactly before it estimates. */
  topNames: 4096,
  /** A name longer than a DNS name can be (RFC 1035 section 2.3.4) is cut before it is counted. */
  nameLength: 255,
  /** Address to name, from DNS answers and TLS server names. */
  addressNames: 16_384,
  /** DNS queries of one flow that wait for an answer; resolvers on one socket have a few dozen at once. */
  pendingDnsQueriesPerFlow: 128,
  /** Pipelined HTTP requests of one connection that wait for a response. */
  pendingHttpRequestsPerFlow: 64,
  /** Payload packets of a flow in which a protocol is looked for before it counts as unknown. */
  applicationProbesPerFlow: 16,
  /** IP datagrams that wait for more fragments; hosts send a few at a time, a flood makes as many as it likes. */
  fragmentedDatagrams: 1024,
  /** Memory of their fragments: Linux allows itself the same (net.ipv4.ipfrag_high_thresh). */
  fragmentBytes: 4 * 1024 * 1024,
  /** 64 KiB in fragments of 64 bytes; honest ones have at most some 50. */
  fragmentsPerDatagram: 1024,
  /** RFC 8200 section 4.5 gives a datagram 60 seconds from its first fragment. */
  fragmentAgeSeconds: 60,
  /** Bytes of all TCP streams held at once: unfinished messages and segments that came too early. */
  streamBytes: 16_777_216,
  /** Bytes of an unfinished message of one direction: the largest DNS message, and any head that a server accepts. */
  unreadStreamBytes: 65_536,
  /** Segments of one direction that wait for an earlier one: a window of 64 KB in full segments, three times. */
  heldSegmentsPerDirection: 128,
  /** Packet time that a stream waits for a missing segment: three times the first retransmission timer (RFC 6298). */
  streamGapWaitUs: 3_000_000,
  /** Bytes of an unfinished message that are kept to name what is in it: certificates, the parts of a mail or a form. */
  namedMessageBytes: 65_536,
  /** Ports of FTP data connections that were announced and are remembered; at the limit all are forgotten. */
  expectedDataPorts: 1000,
  /** QUIC Initial packets of a flow that are decrypted: a ClientHello of several packets, sent twice, with answers. */
  quicInitialsPerFlow: 12,
  /** Longest ClientHello put together out of them; with post-quantum keys they have about 2 KB. */
  quicHelloBytes: 16_384,
  /** Unseen stretches of the sequence space remembered for each direction of a connection. */
  sequenceHolesPerDirection: 16,
  /** Segments that wait for an acknowledgment, of one direction: windows of some MB in full frames. */
  unacknowledgedSegmentsPerDirection: 4096,
  /** The same of all directions together, 12 bytes each. Captures of one direction alone fill it. */
  unacknowledgedSegments: 1_000_000,
  /** What a port-scan rule remembers about failed contacts, over all sources (about 150 bytes each). */
  scanContacts: 100_000,
  /** Failed contacts of one source in the window. A scan is found after a few dozen. */
  scanContactsPerSource: 4096,
  /** Sources with failed contacts. A flood with forged sources fills it; the longest idle one goes first. */
  scanSources: 20_000,
  /** Contacts that wait for an answer. */
  scanPendingContacts: 100_000,
  /** ARP requests, and neighbor solicitations, that wait for an answer. */
  scanPendingArp: 10_000,
  /** Senders of IPv6 router advertisements that are kept in mind; a forger can make up more. */
  ipv6Routers: 256,
  /** Hosts and ports that a finding lists; its evidence keeps the true numbers. */
  findingTargets: 100,
  findingPorts: 1000,
  findingPackets: 50,
  findingFlows: 50,
  /** Findings kept; beyond it the least severe, oldest one goes. */
  findings: 2000,
  /** Findings that are held against each other for being one incident: the gravest. */
  correlatedFindings: 200,
  /** Entries of an exclusions file, and characters of it: people write it. */
  exclusions: 1000,
  exclusionsLength: 1_000_000,
  /** Long connections kept to see what came of guessing, the newest of each client, server and port. */
  longSessions: 4096,
  /** Hosts, or ports of hosts, that a flood rule counts attempts on; those asked least go first (some 60 bytes each). */
  floodTargets: 16_384,
  /** Connections to web servers whose requests are followed to their end (some 250 bytes each). */
  slowConnections: 16_384,
  /** Services with failed logins, sources of those at one service, and connections that log in right now, of each rule. */
  guessServices: 512,
  guessSources: 256,
  guessLogins: 8192,
  /** Open incidents of one rule. */
  incidents: 500,
  /** Contacts of one scan counted apart (about 50 bytes each); of a larger one the finding says "at least". */
  incidentContacts: 20_000,
  /** Flows that wait to be scored by the model, about 220 bytes each: those of a second at worst, and all open ones at the end. */
  modelPendingFlows: 131_072,
  /** Flows that a model finding counts in its window; a thousand are no surer than a few hundred. */
  modelVotesPerIncident: 500,
  /** Flows whose votes can be taken back when a later score says something else, the newest ones (some 60 bytes each). */
  modelVotedFlows: 32_768,
  /** Shapes of single-packet flows whose scores are kept: a flood has few, and each row costs some microseconds. */
  modelSingleShapes: 4096,
  /** Shapes of longer flows whose scores are kept, about 150 bytes each; what makes room is scored again. A power of two. */
  modelFlowShapes: 16_384,
  /** Registered domains whose names are counted (about 1 KB each, more for a tunnel). */
  dnsDomains: 4096,
  /** Values of HTTP headers that were looked at and need no second look; forgotten all at once. */
  webHeaders: 1024,
  /** IPv4 addresses whose claims by ARP are remembered, and hardware addresses that claim: a large link has a few thousand. */
  arpAddresses: 8192,
  /** Clients with the services they contact (about 500 bytes each, more with many contacts). */
  beaconPairs: 16_384,
  /** Contacts of one pair whose times and sizes are kept; the older half goes. */
  beaconContacts: 512,
  /** Connections of no known protocol that are watched for a shell. */
  shellSessions: 2048,
  /** Transfers of clients to services that are added up (about 300 bytes each). */
  uploadPairs: 8192,
  /** Uploads that go on. */
  openUploads: 4096,
  /** Pairs of hosts whose echo packets are compared. */
  echoPairs: 2048,
  /** DHCP requests of which it is remembered who answered them. */
  dhcpRequests: 4096,
  /** Domains that do not exist, of one client. */
  missingDomains: 512,
  /** DNS queries of the last seconds that a second answer may come to. */
  dnsRaceQueries: 10_000,
  /** Bytes kept of a conversation that is followed; a document and its hex dump are some times as large. */
  followedBytes: 33_554_432,
  /** Bytes inside TLS that are kept for the tree of a packet and for display filters; heads of some 40,000 messages. */
  plainBytes: 33_554_432,
  /** What holds one piece of them in memory (measured: 500 bytes), so that a byte a record is no way around the limit. */
  plainPieceBytes: 512,
  /** TLS connections that secrets are kept of, some 500 bytes each. */
  tlsConnectionsWithKeys: 65_536,
  /** Rows of each of the tables of DNS queries, HTTP requests and TLS handshakes (some 300 bytes each); the first ones stay. */
  tableRows: 100_000,
  /** Packets of one order of the packet list, 12 bytes each while it is sorted; the first ones of the capture. */
  sortedPackets: 2_000_000,
  /** Different texts of a column that packets are sorted by, while they are: some 400,000 of the Info column. */
  sortedTextBytes: 50_331_648,
  /** Buckets of the time series in a snapshot. */
  seriesBuckets: 300,
  /** Packets shown as the newest ones. */
  recentPackets: 100,
  /** Bytes of each of them; enough for the headers and the start of a message. */
  recentPacketBytes: 2048,
  /** HTTP status codes counted apart. */
  httpStatusCodes: 600,
  /** Names of oddities counted apart; the decoder's list is closed and far smaller. */
  noteNames: 200,
  /** Initial sequence numbers kept to show relative ones, 20 bytes each: two a connection. */
  sequenceBases: 1_000_000,
  /** Flows that wait for their program to be looked up: a browser opens some dozens at once, a flood fills it. */
  waitingOwners: 4096,
  /** Flows whose program is remembered (some 300 bytes each). */
  knownOwners: 50_000,
  /** File descriptors that one search for the holders of sockets looks at; one user has some 20,000. */
  socketDescriptors: 200_000,
  /** Sockets of this machine that are remembered for a while after they are gone (some 250 bytes each). */
  rememberedSockets: 32_768,
  /** Programs counted apart. */
  programs: 1000,
  /** Fields of one packet in the tree of all its fields. */
  dissectedFields: 4000,
  /** Top lists of the report and of a snapshot. */
  reportRows: 100,
  snapshotTalkers: 50,
  snapshotConversations: 50,
} as const;

/** How often one limit was hit. */
export class LimitCounter {
  hits = 0;

  constructor(
    readonly name: string,
    readonly limit: number,
  ) {}
}

/** What a report says of limits: those that were hit; nothing when none was. */
export function limitsHit<Count extends { hits: number }>(counters: readonly Count[]): { limits?: Count[] } {
  const limits = counters.filter(({ hits }) => hits > 0);
  return limits.length > 0 ? { limits } : {};
}
