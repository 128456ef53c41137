import type { AnalysisReport, CaptureDamage, FlowRow, LatencySummary } from '../../protocol/capture';
import { helpPath } from '../../protocol/finding';
import type { Finding } from '../../protocol/finding';
import { defaultRuleSettings } from '../../protocol/ruleSettings';
import type { RuleSettings } from '../../protocol/ruleSettings';
import type { LimitCount, Snapshot, TalkerRow } from '../../protocol/snapshot';
import type { ApplicationMessage } from '../decode/application';
import { decodeApplication } from '../decode/application';
import { decodePacket } from '../decode/decodePacket';
import { pushLayer } from '../decode/decodeCursor';
import { PacketView, tcpFlags } from '../decode/packetView';
import type { ProtocolName } from '../decode/protocols';
import type { Detector } from '../detectors/detector';
import { makeDetectors } from '../detectors/ruleSettings';
import { rules } from '../detectors/registry';
import { DetectorSet } from './detectorSet';
import type { SilencedCount } from '../../protocol/exclusions';
import type { Exclusion } from '../findings/exclusions';
import { FindingBook } from '../findings/findingBook';
import { ApplicationStatistics } from '../flows/applicationStatistics';
import { flowEvents, flowRow } from '../flows/flow';
import type { Flow } from '../flows/flow';
import { ConversationNames } from '../naming/conversationNames';
import { nameDatagram } from '../naming/datagramNames';
import { TftpTransfers, nameTransfer } from '../naming/tftpNames';
import { nameSegment } from '../naming/segmentNames';
import type { SegmentVerdict } from '../naming/segmentNames';
import { QuicInitial } from '../streams/quicInitial';
import type { KeyLog } from '../streams/keyLog';
import { TcpStreams } from '../flows/tcpStreams';
import type { StreamEvents } from '../flows/tcpStreams';
import { FlowTable } from '../flows/flowTable';
import { TunnelCarriers } from '../flows/tunnelCarriers';
import type { FlowEndReason } from '../flows/flowTable';
import { defaultFlowTimeouts } from '../flows/idleLists';
import type { FlowTimeouts } from '../flows/idleLists';
import { measureRtp } from '../flows/rtpJitter';
import { judgeRepeated } from '../flows/sentAgain';
import { engineLimits, limitsHit } from '../limits';
import type { RawPacket } from '../pcap/rawPacket';
import { LogHistogram } from '../stats/logHistogram';
import { FragmentReassembler } from '../reassembly/ipFragments';
import { TimeSeries } from '../stats/timeSeries';
import type { SeriesMode } from '../stats/timeSeries';
import { EndedFlows } from './endedFlows';
import { engineCounts } from './engineCounts';
import type { EngineCounts } from './engineCounts';
import { LossCounters } from './lossCounters';
import { NoteCounts } from './noteCounts';
import { ProtocolCounts } from './protocolCounts';
import { RecentPackets } from './recentPackets';
import { TcpAnalysisCounters } from './tcpAnalysisCounters';

export interface EngineOptions {
  /** Addresses of the machine that captures; empty for files. */
  localAddresses: string[];
  /** Sensitivity, numbers of rules and disabled rules; `defaultRuleSettings` when left out. */
  rules?: RuleSettings;
  /** Gets every flow when it ends, the ones that are open at the end from `finish()`. */
  onFlowEnd?: (row: FlowRow, flow: Flow) => void;
  /** What else looks at every packet, after the rules: the model, or what measures flows for it. */
  detectors?: readonly Detector[];
  /** How the series copes with a long capture; `slide` (live) when there are local addresses, else `widen` (files). */
  series?: SeriesMode;
  /** When flows end although nothing says so; what is left out is as in `defaultFlowTimeouts`. */
  flowTimeouts?: Partial<FlowTimeouts>;
  /** Secrets that TLS is decrypted with: HTTP in it is told as messages. */
  keyLog?: KeyLog;
  /** False when only a report will be asked for: what a snapshot shows of each packet is then not kept. */
  snapshots?: boolean;
}

/** What the engine knows of a snapshot; the rest is the run's. */
export type EngineSnapshot = Omit<Snapshot, 'run' | 'sequence' | 'state' | 'failure' | 'source' | 'captureLoss'>;

/**
 * Flows and detectors are told the time at whole seconds, and a tick not before every packet of that second has come: so
 * what a live capture tells is what its file tells.
 */
const advanceEveryUs = 1e6;
/** Longer than packets wait in the buffers of kernel, helper and pipe. */
const latePacketUs = 2e6;
/** A clock that was set back by more than this begins again. */
const setBackUs = 10e6;

const tcp = 6;

/** Protocols whose messages go on all through a flow; of the others only the beginning tells something. */
const messageProtocols: ReadonlySet<string> = new Set<ProtocolName>([
  'http',
  'dns',
  'mdns',
  'llmnr',
  'ntp',
  'dhcp',
  'ssdp',
]);

/**
 * Turns packets into flows, statistics and findings. Pure: its only clock is packet time (and `tick`); everything it keeps
 * is bounded. Never throws on packet content.
 */
export class Engine {
  readonly #view = new PacketView();
  readonly #fragments = new FragmentReassembler();
  readonly #flows: FlowTable;
  readonly #applications: ApplicationStatistics;
  readonly #streams: TcpStreams;
  readonly #series: TimeSeries;
  readonly #protocols = new ProtocolCounts();
  readonly #loss = new LossCounters();
  readonly #tcpAnalysis = new TcpAnalysisCounters();
  readonly #handshakeMs = new LogHistogram();
  readonly #recent = new RecentPackets();
  readonly #ended = new EndedFlows();
  readonly #detectors: DetectorSet;
  readonly #findings = new FindingBook();
  readonly #carriers = new TunnelCarriers();
  readonly #notes = new NoteCounts();
  readonly #onFlowEnd: EngineOptions['onFlowEnd'];
  readonly #snapshots: boolean;
  /** Of the newest packet, where one was looked for. */
  #message: ApplicationMessage | null = null;
  /** The newest packet held some of the TLS handshake of a QUIC connection. */
  #quicCrypto = false;
  /** Of FTP data connections that were announced. */
  readonly #expectedPorts = new Set<number>();
  readonly #tftp = new TftpTransfers();
  readonly #segmentVerdict: SegmentVerdict = { again: false, keepAlive: false, fromA: true, serverPort: -1 };
  #packetNumber = 0;
  #packets = 0;
  #capturedBytes = 0;
  #originalBytes = 0;
  #firstUs = Number.POSITIVE_INFINITY;
  #lastUs = Number.NEGATIVE_INFINITY;
  #openRows: FlowRow[] = [];
  #openRowsAt = -1;
  #nextAdvanceUs = Number.NEGATIVE_INFINITY;

  constructor(options: EngineOptions) {
    this.#onFlowEnd = options.onFlowEnd;
    this.#snapshots = options.snapshots ?? true;
    this.#series = new TimeSeries(options.series ?? (options.localAddresses.length > 0 ? 'slide' : 'widen'));
    this.#applications = new ApplicationStatistics((timeUs, milliseconds) => {
      this.#series.addLatency(timeUs, milliseconds);
    });
    const streamEvents: StreamEvents = {
      message: (flow, fromA, timeUs, message, layer) => {
        this.#noteMessage(flow, fromA, timeUs, message, layer);
      },
      protocol: (flow, protocol) => {
        flow.application ??= protocol;
        flow.speak(protocol);
      },
    };
    this.#streams = new TcpStreams(streamEvents, undefined, options.keyLog);
    const context = { localAddresses: options.localAddresses, live: options.series === 'slide' };
    this.#detectors = new DetectorSet([
      ...makeDetectors(rules, options.rules ?? defaultRuleSettings, context),
      ...(options.detectors ?? []),
    ]);
    this.#flows = new FlowTable({
      localAddresses: options.localAddresses,
      timeouts: { ...defaultFlowTimeouts, ...options.flowTimeouts },
      onEnd: (flow, reason) => this.#flowEnded(flow, reason),
      onActiveTimeout: (flow) => this.#flowTold(flow),
    });
  }

  /** The packet that was pushed last, as it was decoded; until the next one. */
  get view(): PacketView {
    return this.#view;
  }

  /** Takes one packet; its bytes are not needed after the call. */
  push(packet: RawPacket): void {
    const view = this.#view;
    const flows = this.#flows;
    decodePacket(view, packet, this.#fragments);
    this.#message = null;
    const { timeUs } = view;
    this.#packetNumber = packet.number;
    this.#packets++;
    this.#capturedBytes += packet.bytes.length;
    this.#originalBytes += packet.originalLength;
    if (timeUs < this.#firstUs) this.#firstUs = timeUs;
    if (timeUs > this.#lastUs) this.#lastUs = timeUs;

    if (timeUs >= this.#nextAdvanceUs || timeUs < this.#nextAdvanceUs - setBackUs) this.#advance(timeUs);
    flows.add(view);
    if (view.carriers.length > 0) this.#carriers.add(view);
    const { flow, events } = flows;
    if (this.#snapshots) {
      const { source, destination } = flows;
      this.#series.addPacket(timeUs, packet.originalLength, destination?.local === true, source?.local === true);
    }
    if (view.tcpValid) {
      this.#loss.add(view, events);
      if (flow !== null) this.#tcpAnalysis.add(view, events, flow);
      if ((events & flowEvents.retransmission) !== 0) this.#series.addRetransmission(timeUs);
      if ((events & flowEvents.established) !== 0 && flow !== null && flow.tcpHandshakeMs >= 0) {
        this.#handshakeMs.add(flow.tcpHandshakeMs);
        this.#series.addLatency(timeUs, flow.tcpHandshakeMs);
      }
    }
    if (flow !== null) this.#application(view, flow, events);
    this.#protocols.add(view.layers, view.quotedLayers, packet.originalLength);
    if (view.notes.length > 0) this.#notes.add(view.notes);
    this.#detectors.packet(view, flows);
    if (flow !== null) flows.weigh(flow, view);
    if (this.#snapshots) this.#recent.add(packet, view, this.#message);
  }

  /** Live: lets windows and idle flows end while the line is silent. `nowUs` is on the clock of the packets. */
  tick(nowUs: number): void {
    if (this.#packets === 0) return;
    this.#series.advance(nowUs);
    const settledUs = nowUs - latePacketUs;
    if (settledUs >= this.#nextAdvanceUs) this.#advance(settledUs);
  }

  /** Live: packets that our own capture lost since the last call, and those that it did not. */
  noteCaptureLoss(timeUs: number, lost: number, passed: number): void {
    if (lost > 0) this.#series.addCaptureLoss(timeUs, lost);
    this.#detectors.captureLoss(timeUs, lost, passed);
  }

  /** No more packets come: ends all flows and closes all windows. */
  finish(): void {
    this.#flows.finish();
    this.#detectors.finish();
    this.#findings.finish();
  }

  /** The state of everything as plain data that shares nothing with the engine. */
  snapshot(): EngineSnapshot {
    const { reportRows, snapshotConversations } = engineLimits;
    return {
      clockUs: this.#packets === 0 ? null : this.#lastUs,
      firstUs: this.#packets === 0 ? null : this.#firstUs,
      packets: this.#packets,
      capturedBytes: this.#capturedBytes,
      originalBytes: this.#originalBytes,
      protocols: this.#protocols.rows(),
      series: this.#series.series(),
      latency: this.#latency(),
      loss: this.#loss.summary(),
      flows: { open: this.#flows.active, ...this.#flowCounts() },
      talkers: this.#talkers(),
      conversations: this.#flows.conversations.top(snapshotConversations),
      recentPackets: this.#recent.rows(),
      limits: this.#limits(),
      notes: this.#notes.rows(reportRows),
    };
  }

  /** The result of `analyze` (schema 1). Call after `finish()`. */
  report(file: string, capture: { format: string; linkTypes: string[]; damage: CaptureDamage | null }): AnalysisReport {
    const { reportRows } = engineLimits;
    const told = this.tell();
    const applications = this.#applications;
    return {
      schema: 1,
      file,
      capture: {
        format: capture.format,
        linkTypes: [...capture.linkTypes],
        packets: this.#packets,
        capturedBytes: this.#capturedBytes,
        originalBytes: this.#originalBytes,
        firstSeen: this.#packets === 0 ? null : this.#firstUs / 1e6,
        lastSeen: this.#packets === 0 ? null : this.#lastUs / 1e6,
        damage: capture.damage,
      },
      protocols: this.#protocols.rows(),
      flows: { ...this.#flowCounts(), ...(this.#carriers.size > 0 ? { tunnels: this.#carriers.size } : {}) },
      conversations: this.#flows.conversations.top(reportRows),
      latency: this.#latency(),
      loss: this.#loss.summary(),
      tcpAnalysis: this.#tcpAnalysis.summary(),
      dns: {
        queries: applications.dnsQueries,
        responses: applications.dnsResponses,
        names: applications.dnsNames(reportRows),
      },
      http: {
        requests: applications.httpRequests,
        hosts: applications.httpHosts(reportRows),
        status: applications.httpStatus(),
      },
      tls: { handshakes: applications.tlsHandshakes, serverNames: applications.serverNames(reportRows) },
      findings: told.findings.map((finding) => ({ ...finding, help: helpPath(finding.rule) })),
      silenced: told.silenced,
      ...limitsHit(this.#limits()),
    };
  }

  /** Everything that is counted apart, whole. */
  counts(): EngineCounts {
    return engineCounts(this.#packets, this.#flows, this.#applications, this.#ended, this.#protocols);
  }

  /** All findings, worst first. */
  findings(): Finding[] {
    return this.tell().findings;
  }

  /** All findings, worst first, and how many each exclusion silences. */
  tell(): { findings: Finding[]; silenced: SilencedCount[] } {
    this.#detectors.collect((finding) => this.#findings.put(finding));
    return this.#findings.tell(this.#lastUs / 1e6, () => this.#flows.openFlows());
  }

  /** Adds what another witness found, or its newest state: the model, which scores flows outside of the engine. */
  addFinding(finding: Finding): void {
    this.#findings.put(finding);
  }

  /** From now on, findings that an exclusion silences are counted and not told. `nowMs`: time of the day. */
  exclude(exclusions: readonly Exclusion[], nowMs: number): void {
    this.#findings.exclude(exclusions, nowMs);
  }

  /** Forgets all findings and what led to them: only what happens from now on is told. */
  clearFindings(): void {
    this.#detectors.clear();
    this.#findings.clear();
  }

  /** Rows `from` to `from + count`: ended flows in the order of their end, then open ones in the order of their start. */
  flowRows(from: number, count: number): { rows: FlowRow[]; total: number } {
    const first = Math.max(0, Math.floor(from));
    const wanted = Math.max(0, Math.floor(count));
    if (this.#openRowsAt !== this.#packets || this.#openRows.length !== this.#flows.open) {
      const open = [...this.#flows.openFlows()].sort((x, y) => x.serial - y.serial);
      this.#openRows = open.map(flowRow);
      this.#openRowsAt = this.#packets;
    }
    const rows = this.#ended.slice(first, wanted);
    const openFrom = Math.max(0, first - this.#ended.size);
    rows.push(...this.#openRows.slice(openFrom, openFrom + wanted - rows.length));
    return { rows, total: this.#ended.size + this.#openRows.length };
  }

  #advance(nowUs: number): void {
    const secondUs = Math.floor(nowUs / advanceEveryUs) * advanceEveryUs;
    this.#nextAdvanceUs = secondUs + advanceEveryUs;
    this.#flows.advance(secondUs);
    this.#detectors.advance(secondUs);
  }

  /** Looks for application messages, and names the protocols that the payload holds. */
  #application(view: PacketView, flow: Flow, events: number): void {
    const isTcp = view.ipProtocol === tcp;
    const transportLayers = view.layers.length;
    if (isTcp && view.tcpValid && view.fragmentOffset === 0 && !flow.streamsDone) {
      this.#streams.packet(view, flow, this.#flows.fromA);
    }
    if (view.payloadWireLength === 0) {
      // Without payload, only the end of the connection is told.
      if ((view.tcpFlags & tcpFlags.fin) !== 0 && flow.naming !== null) this.#name(view, flow, events, transportLayers);
      return;
    }
    this.#quicCrypto = false;
    if (!isTcp) measureRtp(flow, view, this.#flows.fromA);
    if (!isTcp && !this.#tftp.takes(view)) this.#readDatagram(view, flow, events);
    this.#name(view, flow, events, transportLayers);
    if (this.#quicCrypto) pushLayer(view, 'tls');
  }

  /** Puts the names of tshark's dissectors in place of what single messages told. */
  #name(view: PacketView, flow: Flow, events: number, transportLayers: number): void {
    const { layers } = view;
    const transport = layers[transportLayers - 1] === 'mptcp' ? 'tcp' : layers[transportLayers - 1];
    if (view.fragmentOffset > 0 || (transport !== 'tcp' && transport !== 'udp')) return;
    while (layers.length > transportLayers) layers.pop();
    flow.naming ??= new ConversationNames(this.#expectedPorts);
    if (transport === 'udp') {
      if (this.#tftp.takes(view)) nameTransfer(view);
      else nameDatagram(view, flow.naming, this.#flows.fromA);
    } else if (view.tcpValid) {
      const verdict = this.#segmentVerdict;
      judgeRepeated(verdict, events);
      verdict.keepAlive = (events & flowEvents.keepAlive) !== 0;
      verdict.fromA = this.#flows.fromA;
      verdict.serverPort = flow.synSeen ? flow.bPort : -1;
      nameSegment(view, flow.naming, verdict, null, this.#applications);
    }
  }

  #readDatagram(view: PacketView, flow: Flow, events: number): void {
    const known = flow.application;
    const early = flow.payloadPackets <= engineLimits.applicationProbesPerFlow;
    if (view.fragmentOffset > 0 || !(early || (known !== null && messageProtocols.has(known)))) return;
    const message = decodeApplication(view);
    this.#message = message;
    const layer = view.layers[view.layers.length - 1];
    // What is sent again was counted the first time.
    if (message !== null && layer !== undefined && (events & flowEvents.retransmission) === 0) {
      this.#noteMessage(flow, this.#flows.fromA, view.timeUs, message, layer);
    }
    // A later packet may leave the bit unset that tells QUIC from others (RFC 9287).
    if (message?.kind === 'quic' || flow.quic !== null) this.#readQuic(view, flow);
  }

  /** The TLS handshake that the Initial packets of a QUIC connection hold, of which the ClientHello is a message. */
  #readQuic(view: PacketView, flow: Flow): void {
    flow.quic ??= new QuicInitial();
    if (flow.quic.done) return;
    const { payloadOffset } = view;
    const hello = flow.quic.read(view.bytes, payloadOffset, payloadOffset + view.payloadLength);
    this.#quicCrypto = flow.quic.crypto;
    if (hello === null) return;
    this.#noteMessage(flow, this.#flows.fromA, view.timeUs, hello, 'tls');
  }

  #noteMessage(flow: Flow, fromA: boolean, timeUs: number, message: ApplicationMessage, layer: ProtocolName): void {
    this.#applications.note(flow, fromA, timeUs, message, layer);
    this.#detectors.message(flow, fromA, timeUs, this.#packetNumber, message, layer);
  }

  #flowEnded(flow: Flow, reason: FlowEndReason): void {
    this.#streams.flowEnded(flow);
    flow.quic = null;
    this.#detectors.flowEnded(flow, reason);
    this.#findings.flowEnded(flow);
    this.#flowTold(flow);
  }

  #flowTold(flow: Flow): void {
    this.#onFlowEnd?.(flowRow(flow), flow);
    this.#ended.add(flow);
  }

  #latency(): LatencySummary {
    return {
      tcpHandshakeMs: this.#handshakeMs.percentiles(),
      dnsMs: this.#applications.dnsMs.percentiles(),
      httpMs: this.#applications.httpMs.percentiles(),
    };
  }

  #flowCounts(): { total: number; tcp: number; udp: number; other: number } {
    const { total, totalTcp, totalUdp } = this.#flows;
    return { total, tcp: totalTcp, udp: totalUdp, other: total - totalTcp - totalUdp };
  }

  #talkers(): TalkerRow[] {
    // A host that was only asked for by ARP is listed and has sent nothing.
    const talkers = this.#flows.hosts.top(engineLimits.snapshotTalkers).filter((host) => host.packets > 0);
    return talkers.map((host) => ({
      address: host.text,
      name: this.#applications.nameOf(host.text),
      packets: host.packets,
      bytesSent: host.bytesSent,
      bytesReceived: host.bytesReceived,
      local: host.local,
    }));
  }

  #limits(): LimitCount[] {
    return [
      this.#flows.limit,
      this.#flows.memoryLimit,
      this.#flows.segmentLimit,
      this.#ended.limit,
      this.#flows.hosts.limit,
      this.#flows.conversations.limit,
      this.#carriers.limit,
      ...this.#fragments.limits,
      ...this.#applications.limits,
      ...this.#streams.limits,
      ...this.#detectors.limits,
      ...this.#findings.limits,
      this.#notes.limit,
    ].map(({ name, limit, hits }) => ({ name, limit, hits }));
  }
}
