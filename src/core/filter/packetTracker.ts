import type { PacketView } from '../decode/packetView';
import type { ProtocolName } from '../decode/protocols';
import { flowEvents } from '../flows/flow';
import type { Flow } from '../flows/flow';
import { FlowTable } from '../flows/flowTable';
import { judgeRepeated } from '../flows/sentAgain';
import { nameDatagram } from '../naming/datagramNames';
import { nameSegment } from '../naming/segmentNames';
import type { SegmentVerdict } from '../naming/segmentNames';
import { QuicInitial } from '../streams/quicInitial';
import type { TlsClientHello } from '../decode/tls';
import type { PlainPiece } from '../follow/plainReader';
import type { Message } from './filterSubject';
import { MessageCollector, TrackedConversation } from './messageCollector';
import { StreamNumbers } from './streamNumbers';
import type { TrackedStream } from './streamNumbers';

/** Layers that `decodeApplication` adds to a view from one packet alone; the names from conversations replace them. */
const singleMessageLayers: ReadonlySet<string> = new Set<ProtocolName>([
  'dns',
  'mdns',
  'llmnr',
  'http',
  'ssdp',
  'tls',
  'ssh',
  'dhcp',
  'ntp',
  'quic',
]);

/**
 * What filters ask of a packet that only the packets before it tell: its connection, what TCP says of its segment, the
 * protocols in its payload and their messages put together. Packets have to come from the first on. Bounded by the flow
 * table and the limits of naming; never throws.
 */
export class PacketTracker {
  /** Protocols of the newest packet, tshark's names. */
  readonly layers: ProtocolName[] = [];
  /** `flowEvents` bits of the newest packet. */
  events = 0;
  /** Connection of the newest packet; null when it has none, or no filter field asks. */
  stream: TrackedStream | null = null;
  /** The newest packet went from `stream.a`'s side. */
  fromA = true;
  /** ClientHello that the newest packet completes over QUIC. */
  quicHello: TlsClientHello | null = null;
  /** The same as bytes of the message. */
  quicHelloBytes: Uint8Array | null = null;
  /** The newest packet held some of the TLS handshake of a QUIC connection. */
  #quicCrypto = false;
  readonly #flows = new FlowTable({ localAddresses: [], onEnd: () => undefined });
  readonly #collector: MessageCollector;
  readonly #streams: StreamNumbers | null;
  readonly #naming: boolean;
  readonly #expectedPorts = new Set<number>();
  readonly #verdict: SegmentVerdict = { again: false, keepAlive: false, fromA: true, serverPort: -1 };
  readonly #savedLayers: ProtocolName[] = [];

  /**
   * @param wanted protocols whose messages are kept
   * @param conversation whether fields of connections are asked for
   * @param plain what packets hold inside TLS
   */
  constructor(
    wanted: ReadonlySet<ProtocolName>,
    conversation: boolean,
    naming: boolean,
    private readonly plain?: (number: number) => readonly PlainPiece[],
  ) {
    this.#collector = new MessageCollector(wanted);
    this.#streams = conversation ? new StreamNumbers() : null;
    this.#naming = naming || wanted.size > 0;
  }

  get messages(): readonly Message[] {
    return this.#collector.messages;
  }

  /** Takes the next packet; the view is as it was afterwards. */
  track(view: PacketView): void {
    this.events = 0;
    this.quicHello = null;
    this.quicHelloBytes = null;
    this.#quicCrypto = false;
    this.#collector.clear();
    this.stream = this.#streams === null ? null : this.#streams.of(view);
    this.fromA = this.#streams?.fromA ?? true;
    const flows = this.#flows;
    flows.add(view);
    this.events = flows.events;
    copy(view.layers, this.layers);
    const { flow } = flows;
    if (this.#naming && flow !== null) this.#name(view, flow);
    if (this.#naming && this.plain !== undefined) this.#inside(this.plain(view.number));
    if (flow !== null) flows.weigh(flow, view);
  }

  /** Protocols and messages inside TLS. */
  #inside(pieces: readonly PlainPiece[]): void {
    for (const { kind, bytes } of pieces) {
      if (kind !== 'http-head' && kind !== 'http2') continue;
      const protocol = kind === 'http2' ? 'http2' : 'http';
      if (!this.layers.includes(protocol)) this.layers.push(protocol);
      this.#collector.inside(protocol, bytes);
    }
  }

  #name(view: PacketView, flow: Flow): void {
    const { layers } = view;
    const last = layers.length - 1;
    const pushed = last > 0 && singleMessageLayers.has(layers[last] ?? '');
    const above = layers[pushed ? last - 1 : last];
    const transport = above === 'mptcp' ? 'tcp' : above;
    if (view.fragmentOffset > 0 || (transport !== 'tcp' && transport !== 'udp')) return;
    if (transport === 'udp' ? view.payloadWireLength === 0 : !view.tcpValid) return;
    if (view.payloadWireLength === 0 && flow.naming === null) return;
    copy(layers, this.#savedLayers);
    if (pushed) layers.pop();
    flow.naming ??= new TrackedConversation(this.#expectedPorts);
    if (transport === 'udp') {
      this.#readQuic(view, flow);
      nameDatagram(view, flow.naming, this.#flows.fromA, this.#collector);
      if (this.#quicCrypto && !layers.includes('tls')) layers.push('tls');
    } else {
      const verdict = this.#verdict;
      judgeRepeated(verdict, this.events);
      verdict.keepAlive = (this.events & flowEvents.keepAlive) !== 0;
      verdict.fromA = this.#flows.fromA;
      verdict.serverPort = flow.synSeen ? flow.bPort : -1;
      nameSegment(view, flow.naming, verdict, this.#collector);
    }
    copy(layers, this.layers);
    copy(this.#savedLayers, layers);
  }

  /** The TLS handshake that the Initial packets of a QUIC connection hold, of which the ClientHello is a message. */
  #readQuic(view: PacketView, flow: Flow): void {
    const { bytes, payloadOffset } = view;
    if (((bytes[payloadOffset] ?? 0) & 0xc0) !== 0xc0 && flow.quic === null) return;
    flow.quic ??= new QuicInitial(true);
    if (flow.quic.done) return;
    this.quicHello = flow.quic.read(bytes, payloadOffset, payloadOffset + view.payloadLength);
    this.quicHelloBytes = flow.quic.helloBytes;
    this.#quicCrypto = flow.quic.crypto;
  }
}

function copy(from: readonly ProtocolName[], to: ProtocolName[]): void {
  to.length = 0;
  for (const layer of from) to.push(layer);
}
