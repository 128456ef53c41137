import type { ApplicationMessage } from '../decode/application';
import { tcpFlags } from '../decode/packetView';
import type { PacketView } from '../decode/packetView';
import type { ProtocolName } from '../decode/protocols';
import type { Flow } from './flow';
import type { LimitCounter } from '../limits';
import { ApplicationStream } from '../streams/applicationStream';
import type { FlowStreams } from '../streams/flowStreams';
import type { KeyLog } from '../streams/keyLog';
import type { OnMessage } from '../streams/messageParser';
import { TlsDecryption } from '../streams/tlsDecryptingParser';
import { TlsSession } from '../streams/tlsSession';
import { HttpExchange } from '../streams/httpParser';
import { StreamDirection, StreamMemory } from '../streams/streamDirection';
import type { StreamReader } from '../streams/streamDirection';

export interface StreamEvents {
  /** A message of `flow` is whole; `timeUs` is the time of the packet that made it so. */
  message(flow: Flow, fromA: boolean, timeUs: number, message: ApplicationMessage, layer: ProtocolName): void;
  /** The connection speaks `protocol`; its messages come later, or never. */
  protocol(flow: Flow, protocol: ProtocolName): void;
}

/**
 * Application messages of all TCP connections, out of their streams. A connection costs nothing before its first payload
 * and after its last byte of interest.
 */
export class TcpStreams {
  readonly #memory: StreamMemory;
  readonly #events: StreamEvents;
  #timeUs = 0;

  /**
   * @param keyLog secrets that TLS is decrypted with; null: it is not
   * @param plainReader makes what reads a direction inside TLS; null: messages are looked for there, as outside
   */
  constructor(
    events: StreamEvents,
    memory: StreamMemory = new StreamMemory(),
    private readonly keyLog: KeyLog | null = null,
    private readonly plainReader: ((flow: Flow, fromA: boolean) => StreamReader) | null = null,
  ) {
    this.#events = events;
    this.#memory = memory;
  }

  get limits(): readonly LimitCounter[] {
    return this.#memory.limits;
  }

  /** Bytes held of all streams. */
  get heldBytes(): number {
    return this.#memory.bytes;
  }

  /** Takes a TCP packet of `flow` with a whole header. */
  packet(view: PacketView, flow: Flow, fromA: boolean): void {
    if (flow.streamsDone) return;
    const { timeUs } = view;
    const flags = view.tcpFlags;
    const syn = (flags & tcpFlags.syn) !== 0;
    if (syn && !fromA && (flags & tcpFlags.ack) !== 0) {
      flow.answerSeen = true;
      flow.answerSequence = view.tcpSequence | 0;
    }
    let streams = flow.streams;
    if (view.payloadWireLength === 0 && streams === null) return;
    this.#timeUs = timeUs;
    if (view.payloadWireLength > 0) {
      // A single byte in the middle of nothing is a keep-alive (RFC 9293 section 3.8.4).
      const beginning = syn || (fromA ? flow.synSeen : flow.answerSeen);
      if (streams === null && !beginning && view.payloadWireLength === 1) return;
      streams ??= this.#open(flow);
      const direction = fromA ? streams.aToB : streams.bToA;
      if (beginning)
        direction.begin(syn ? view.tcpSequence + 1 : (fromA ? flow.initialSequence : flow.answerSequence) + 1);
      const { payloadOffset } = view;
      direction.push(
        timeUs,
        (view.tcpSequence + (syn ? 1 : 0)) | 0,
        view.bytes,
        payloadOffset,
        payloadOffset + view.payloadLength,
        view.payloadWireLength,
      );
    }
    if (streams === null) return;
    const reverse = fromA ? streams.bToA : streams.aToB;
    if (reverse.waiting && (flags & tcpFlags.ack) !== 0) reverse.acknowledged(timeUs, view.tcpAcknowledgment | 0);
    if (!streams.aToB.reader.reading && !streams.bToA.reader.reading) this.#close(flow, streams);
  }

  /** Reads what waits of a flow that ends; call it before the flow's object is used again. */
  flowEnded(flow: Flow): void {
    const { streams } = flow;
    if (streams === null) return;
    this.#timeUs = flow.endUs;
    streams.aToB.finish();
    streams.bToA.finish();
    streams.exchange.release();
    streams.inside?.release();
    flow.streams = null;
  }

  #close(flow: Flow, streams: FlowStreams): void {
    streams.aToB.release();
    streams.bToA.release();
    streams.exchange.release();
    streams.inside?.release();
    flow.streams = null;
    flow.streamsDone = true;
  }

  #open(flow: Flow): FlowStreams {
    const exchange = new HttpExchange(this.#memory);
    const session = this.keyLog === null ? null : new TlsSession(this.keyLog);
    const inside = session && new HttpExchange(this.#memory);
    const onProtocol = (protocol: ProtocolName): void => this.#events.protocol(flow, protocol);
    const direction = (fromA: boolean): StreamDirection => {
      const sourcePort = fromA ? flow.aPort : flow.bPort;
      const destinationPort = fromA ? flow.bPort : flow.aPort;
      const onMessage: OnMessage = (message, layer) => this.#events.message(flow, fromA, this.#timeUs, message, layer);
      const ofPlain =
        inside && new ApplicationStream(sourcePort, destinationPort, inside, onMessage, () => undefined, null, true);
      const plain = this.plainReader?.(flow, fromA) ?? ofPlain;
      const decryption =
        session && plain && new TlsDecryption(session, fromA, new StreamDirection(plain, this.#memory));
      const reader = new ApplicationStream(sourcePort, destinationPort, exchange, onMessage, onProtocol, decryption);
      return new StreamDirection(reader, this.#memory);
    };
    const streams = { aToB: direction(true), bToA: direction(false), exchange, inside };
    flow.streams = streams;
    return streams;
  }
}
