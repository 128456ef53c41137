import { tcpFlags } from '../decode/packetView';
import type { PacketView } from '../decode/packetView';
import { LimitCounter } from '../limits';

/** What is known of one side of a connection. */
interface TrackedSide {
  /** Sequence number that relative ones count from; NaN before the first segment. */
  base: number;
  /** Shift count of its window; -1 for none. */
  windowScale: number;
}

/** A TCP connection or UDP exchange, counted as tshark counts `tcp.stream` and `udp.stream`. */
export interface TrackedStream {
  index: number;
  a: TrackedSide;
  b: TrackedSide;
  startSeconds: number;
  previousSeconds: number;
  lastSeconds: number;
}

/** About 200 bytes each. */
const maxStreams = 500_000;

/**
 * Numbers connections in the order in which they begin. A SYN with another sequence number on the ports of a known one
 * begins the next. At the limit all are forgotten, and numbers go on.
 */
export class StreamNumbers {
  readonly limit = new LimitCounter('connections known to the display filter', maxStreams);
  /** The newest packet came from the side that sent first. */
  fromA = true;
  #tcp = 0;
  #udp = 0;
  #known = 0;
  readonly #streams = new Map<number | string, Map<number, TrackedStream>>();

  of(view: PacketView): TrackedStream | null {
    const isTcp = view.ipProtocol === 6;
    if ((!isTcp && view.ipProtocol !== 17) || view.sourcePort < 0 || view.addressLength === 0) return null;
    const { bytes, sourcePort, destinationPort, addressLength: length } = view;
    const order = compare(bytes, view.sourceAddressOffset, view.destinationAddressOffset, length);
    this.fromA = order < 0 || (order === 0 && sourcePort <= destinationPort);
    const low = addressKey(bytes, this.fromA ? view.sourceAddressOffset : view.destinationAddressOffset, length);
    const high = addressKey(bytes, this.fromA ? view.destinationAddressOffset : view.sourceAddressOffset, length);
    const ports = this.fromA ? sourcePort * 65_536 + destinationPort : destinationPort * 65_536 + sourcePort;
    const pair =
      typeof low === 'number' && typeof high === 'number' ? low * 2_097_152 + (high >>> 11) : `${low}${high}`;
    const inner = (typeof high === 'number' ? (high & 2047) * 2 : 0) + (isTcp ? 1 : 0);
    const stream = this.#at(pair, ports + inner * 4_294_967_296, view, isTcp);
    stream.previousSeconds = stream.lastSeconds;
    stream.lastSeconds = view.timeUs / 1e6;
    return stream;
  }

  #at(pair: number | string, key: number, view: PacketView, isTcp: boolean): TrackedStream {
    let streams = this.#streams.get(pair);
    let stream = streams?.get(key);
    if (stream !== undefined && isTcp && this.#beginsAnew(stream, view)) stream = undefined;
    if (stream === undefined) {
      if (this.#known >= maxStreams) {
        this.limit.hits += this.#known;
        this.#streams.clear();
        streams = undefined;
        this.#known = 0;
      }
      if (streams === undefined) this.#streams.set(pair, (streams = new Map()));
      stream = {
        index: isTcp ? this.#tcp++ : this.#udp++,
        a: { base: Number.NaN, windowScale: -1 },
        b: { base: Number.NaN, windowScale: -1 },
        startSeconds: view.timeUs / 1e6,
        previousSeconds: Number.NaN,
        lastSeconds: view.timeUs / 1e6,
      };
      if (!streams.has(key)) this.#known++;
      streams.set(key, stream);
    }
    if (isTcp && view.transportOffset >= 0) this.#learn(stream, view);
    return stream;
  }

  #beginsAnew(stream: TrackedStream, view: PacketView): boolean {
    const side = this.fromA ? stream.a : stream.b;
    const opens = (view.tcpFlags & (tcpFlags.syn | tcpFlags.ack)) === tcpFlags.syn;
    return opens && !Number.isNaN(side.base) && side.base !== view.tcpSequence;
  }

  #learn(stream: TrackedStream, view: PacketView): void {
    const side = this.fromA ? stream.a : stream.b;
    const other = this.fromA ? stream.b : stream.a;
    const syn = (view.tcpFlags & tcpFlags.syn) !== 0;
    const acknowledges = (view.tcpFlags & tcpFlags.ack) !== 0;
    // A segment in the middle counts as the one behind the SYN.
    if (Number.isNaN(side.base) || syn) side.base = syn ? view.tcpSequence : (view.tcpSequence - 1) >>> 0;
    if (Number.isNaN(other.base) && acknowledges) other.base = (view.tcpAcknowledgment - 1) >>> 0;
    if (!syn) return;
    side.windowScale = view.tcpWindowScale;
    // Windows are scaled when both sides say so (RFC 7323 section 2.2).
    if (acknowledges && view.tcpWindowScale < 0) other.windowScale = -1;
  }
}

function compare(bytes: Uint8Array, first: number, second: number, length: number): number {
  for (let index = 0; index < length; index++) {
    const difference = (bytes[first + index] ?? 0) - (bytes[second + index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function addressKey(bytes: Uint8Array, offset: number, length: number): number | string {
  if (length === 4) {
    return (
      (((bytes[offset] ?? 0) << 24) |
        ((bytes[offset + 1] ?? 0) << 16) |
        ((bytes[offset + 2] ?? 0) << 8) |
        (bytes[offset + 3] ?? 0)) >>>
      0
    );
  }
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}
