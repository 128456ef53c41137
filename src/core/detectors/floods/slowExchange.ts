import type { PacketView } from '../../decode/packetView';
import { indexOfByte } from '../../decode/text';
import type { Flow } from '../../flows/flow';
import type { SlowKind } from './slowHttpIncident';

/** How far one HTTP connection has come with its newest request. */
export class SlowExchange {
  /** Null until the first bytes of a request. Forgotten when the flow ends. */
  flow: Flow | null = null;
  firstPacket = 0;
  /** Told as part of an incident. */
  told = false;
  #phase: 'head' | 'body' | 'waiting' | 'answer' | 'idle' = 'idle';
  #sinceUs = 0;
  /** Bytes of the body, or of the answer, that are to come. */
  #expected = 0;
  /** Payload bytes of the flow, in the direction of the phase, when it began. */
  #bytesBefore = 0;
  #headPacket = 0;
  #closedWindow = false;

  begin(flow: Flow, timeUs: number, packet: number): void {
    this.flow = flow;
    this.firstPacket = packet;
    this.#phase = 'head';
    this.#sinceUs = timeUs;
  }

  /** The head is whole with packet `packet`; a body of `length` bytes follows, infinite when it comes in chunks. */
  headDone(flow: Flow, timeUs: number, packet: number, length: number): void {
    if (this.flow !== flow) this.begin(flow, timeUs, packet);
    this.#phase = length > 0 ? 'body' : 'waiting';
    this.#sinceUs = timeUs;
    this.#expected = length;
    this.#bytesBefore = flow.payloadBytesAToB;
    this.#headPacket = packet;
  }

  /** A packet with payload of the client. */
  sent(view: PacketView): void {
    if (view.number === this.#headPacket) {
      // What of the body came along with the head.
      if (this.#phase === 'body') this.#bytesBefore -= bytesBehindHead(view);
      return;
    }
    if (this.#phase !== 'idle' && this.#phase !== 'answer') return;
    // Another request on the same connection.
    if (this.flow !== null) this.begin(this.flow, view.timeUs, view.number);
  }

  answered(flow: Flow, timeUs: number, length: number | null): void {
    this.#phase = length === 0 ? 'idle' : 'answer';
    this.#sinceUs = timeUs;
    this.#expected = length ?? Number.POSITIVE_INFINITY;
    this.#bytesBefore = flow.payloadBytesBToA;
    this.#closedWindow = false;
  }

  /** The client takes no more. */
  closedWindow(): void {
    this.#closedWindow = true;
  }

  /** How it drags at `nowUs`, null when it does not. `minimumRate` in bytes a second. */
  drags(nowUs: number, patienceUs: number, minimumRate: number): SlowKind | null {
    const { flow } = this;
    if (flow === null || flow.state !== 'established' || nowUs - this.#sinceUs < patienceUs) return null;
    const least = (minimumRate * (nowUs - this.#sinceUs)) / 1e6;
    switch (this.#phase) {
      case 'head':
        return 'head';
      case 'body': {
        const come = flow.payloadBytesAToB - this.#bytesBefore;
        return come < this.#expected && come < least ? 'body' : null;
      }
      case 'answer': {
        const come = flow.payloadBytesBToA - this.#bytesBefore;
        // The first segment came along with the head.
        return this.#closedWindow && come < this.#expected && come < least ? 'reading' : null;
      }
      default:
        return null;
    }
  }
}

/** Bytes behind the empty line that ends a head, as far as they were captured. */
function bytesBehindHead(view: PacketView): number {
  const { bytes, payloadOffset } = view;
  const end = payloadOffset + view.payloadLength;
  for (let from = payloadOffset; ;) {
    const feed = indexOfByte(bytes, 0x0a, from, end);
    if (feed < 0 || feed + 1 >= end) return 0;
    const after = bytes[feed + 1] === 0x0d ? feed + 2 : feed + 1;
    if (bytes[after] === 0x0a) return Math.max(0, end - after - 1);
    from = feed + 1;
  }
}
