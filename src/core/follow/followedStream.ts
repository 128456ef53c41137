import { tcpFlags } from '../decode/packetView';
import type { PacketView } from '../decode/packetView';
import { formatIpAddress } from '../decode/addresses';
import { engineLimits } from '../limits';
import { StreamDirection, StreamMemory } from '../streams/streamDirection';
import type { StreamReader } from '../streams/streamDirection';

/** Which conversation to follow. */
export interface StreamEnds {
  /** 6 or 17. */
  ipProtocol: number;
  /** Who sent the packet that the person chose, until the opener is known. */
  a: string;
  aPort: number;
  b: string;
  bPort: number;
}

/** Bytes of one side that came together. */
export interface StreamPiece {
  fromA: boolean;
  timeUs: number;
  /** Number of the packet that brought them, or that let them be read. */
  packet: number;
  bytes: Uint8Array;
  /** Bytes before these are missing: not captured, or cut by the capture. */
  afterGap: boolean;
}

/** What a conversation said, as far as it is kept. */
export interface StreamSaid {
  readonly ends: StreamEnds;
  readonly pieces: readonly StreamPiece[];
  /** Bytes left out at a limit. */
  readonly leftOutBytes: number;
}

const tcp = 6;
const synAck = tcpFlags.syn | tcpFlags.ack;

const turned = ({ ipProtocol, a, aPort, b, bPort }: StreamEnds): StreamEnds => ({
  ipProtocol,
  a: b,
  aPort: bPort,
  b: a,
  bPort: aPort,
});
const isSame = (x: StreamEnds, y: StreamEnds): boolean =>
  x.aPort === y.aPort && x.bPort === y.bPort && x.a === y.a && x.b === y.b;

/** The ends of the conversation that a packet belongs to; null for a packet without ports. */
export function endsOf(view: PacketView): StreamEnds | null {
  const { ipProtocol, addressLength, sourcePort, destinationPort } = view;
  if ((ipProtocol !== tcp && ipProtocol !== 17) || sourcePort < 0 || (addressLength !== 4 && addressLength !== 16))
    return null;
  return {
    ipProtocol,
    a: formatIpAddress(view.bytes, view.sourceAddressOffset, addressLength),
    aPort: sourcePort,
    b: formatIpAddress(view.bytes, view.destinationAddressOffset, addressLength),
    bPort: destinationPort,
  };
}

/**
 * Collects what the two sides of one conversation said, in the order in which it can be read. Of several connections on the same
 * ports, it is the one that holds the packet asked for: a SYN with another sequence number begins the next. Bounded: what comes after
 * `engineLimits.followedBytes` is counted and left out.
 */
export class FollowedStream {
  readonly pieces: StreamPiece[] = [];
  /** Bytes left out at the limit. */
  leftOutBytes = 0;
  /** The connection with the packet is over: nothing more belongs to it. */
  complete = false;
  /** `a` opened the connection, or sent the first packet of it. */
  readonly ends: StreamEnds;
  #bytes = 0;
  #opened = false;
  #holdsPacket = false;
  #synSequence: number | null = null;
  #aToB: StreamDirection;
  #bToA: StreamDirection;
  #timeUs = 0;
  #packet = 0;
  /** Of each side: bytes are missing before the next that come. */
  readonly #cut = [false, false];

  constructor(
    ends: StreamEnds,
    private readonly wantedPacket: number,
  ) {
    this.ends = { ...ends };
    this.#aToB = this.#direction(true);
    this.#bToA = this.#direction(false);
  }

  /** Takes a packet of the capture, in order; those of others are passed over. */
  packet(view: PacketView): void {
    if (this.complete || view.ipProtocol !== this.ends.ipProtocol || view.fragment) return;
    const from = this.#side(view);
    if (from === null) return;
    this.#timeUs = view.timeUs;
    this.#packet = view.number;
    if (view.ipProtocol === tcp) this.#segment(view, from);
    else this.#datagram(view, from);
    if (view.number === this.wantedPacket) this.#holdsPacket = true;
  }

  /** No more packets come. */
  finish(): void {
    this.#aToB.finish();
    this.#bToA.finish();
    this.complete = true;
  }

  /** Whether `a` sent it; null for a packet of another conversation. */
  #side(view: PacketView): boolean | null {
    const { aPort, bPort } = this.ends;
    const { sourcePort, destinationPort } = view;
    const ports =
      (sourcePort === aPort && destinationPort === bPort) || (sourcePort === bPort && destinationPort === aPort);
    const found = ports ? endsOf(view) : null;
    if (found === null) return null;
    const fromA = isSame(found, this.ends);
    if (!fromA && !isSame(turned(found), this.ends)) return null;
    if (this.#opened) return fromA;
    this.#opened = true;
    const answer = view.ipProtocol === tcp && (view.tcpFlags & (tcpFlags.syn | tcpFlags.ack)) === synAck;
    if (fromA !== answer) return fromA;
    Object.assign(this.ends, turned(this.ends));
    return !fromA;
  }

  #segment(view: PacketView, side: boolean): void {
    if (!view.tcpValid) return;
    let fromA = side;
    const syn = (view.tcpFlags & tcpFlags.syn) !== 0;
    const ack = (view.tcpFlags & tcpFlags.ack) !== 0;
    if (syn && !ack) {
      const sequence = view.tcpSequence | 0;
      if (this.#synSequence === null ? this.pieces.length > 0 : this.#synSequence !== sequence) {
        if (this.#holdsPacket) return this.finish();
        this.#beginAgain();
        if (!fromA) Object.assign(this.ends, turned(this.ends));
        fromA = true;
      }
      this.#synSequence = sequence;
    }
    const direction = fromA ? this.#aToB : this.#bToA;
    if (syn) direction.begin(view.tcpSequence + 1);
    if (view.payloadWireLength > 0) {
      const { payloadOffset, payloadLength, payloadWireLength } = view;
      direction.push(
        view.timeUs,
        (view.tcpSequence + (syn ? 1 : 0)) | 0,
        view.bytes,
        payloadOffset,
        payloadOffset + payloadLength,
        payloadWireLength,
      );
    }
    const reverse = fromA ? this.#bToA : this.#aToB;
    if (ack && reverse.waiting) reverse.acknowledged(view.timeUs, view.tcpAcknowledgment | 0);
  }

  #datagram(view: PacketView, fromA: boolean): void {
    const { payloadOffset, payloadLength, payloadWireLength, bytes } = view;
    const side = fromA ? 0 : 1;
    if (payloadLength > 0) {
      this.#add(fromA, bytes, payloadOffset, payloadOffset + payloadLength, this.#cut[side] ?? false);
    }
    this.#cut[side] = payloadWireLength > payloadLength;
  }

  /** Another connection on the same ports. */
  #beginAgain(): void {
    this.pieces.length = 0;
    this.#bytes = 0;
    this.leftOutBytes = 0;
    this.#cut.fill(false);
    this.#aToB = this.#direction(true);
    this.#bToA = this.#direction(false);
  }

  #direction(fromA: boolean): StreamDirection {
    const side = fromA ? 0 : 1;
    const reader: StreamReader = {
      needed: 1,
      reading: true,
      read: (bytes, start, end) => {
        this.#add(fromA, bytes, start, end, this.#cut[side] ?? false);
        this.#cut[side] = false;
        return end;
      },
      lose: () => {
        this.#cut[side] = true;
      },
    };
    return new StreamDirection(reader, new StreamMemory(engineLimits.followedBytes));
  }

  #add(fromA: boolean, bytes: Uint8Array, start: number, end: number, afterGap: boolean): void {
    const room = Math.max(0, engineLimits.followedBytes - this.#bytes);
    const taken = Math.min(end - start, room);
    this.leftOutBytes += end - start - taken;
    if (taken === 0) return;
    this.#bytes += taken;
    this.pieces.push({
      fromA,
      timeUs: this.#timeUs,
      packet: this.#packet,
      bytes: bytes.slice(start, start + taken),
      afterGap,
    });
  }
}
