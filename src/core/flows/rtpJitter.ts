import { uint16, uint32, uint8 } from '../bytes/integers';
import type { PacketView } from '../decode/packetView';

/** Clock rates in Hz of the payload types that RFC 3551 section 6 fixes; those of dynamic types only the signalling tells. */
const clockRates = new Map<number, number>([
  ...[0, 3, 4, 5, 7, 8, 9, 12, 13, 15, 18].map((type): [number, number] => [type, 8000]),
  [6, 16_000],
  [10, 44_100],
  [11, 44_100],
  [16, 11_025],
  [17, 22_050],
  ...[14, 25, 26, 28, 31, 32, 33, 34].map((type): [number, number] => [type, 90_000]),
]);

/** Packets in sequence after which a flow is taken for RTP: others carry the same two bits by chance. */
const packetsInSequence = 4;

/** The jitter of what one side of a flow sends, as its receiver computes it (RFC 3550 section 6.4.1 and appendix A.8). */
export class RtpJitter {
  #source = 0;
  #type = -1;
  #sequence = 0;
  #timestamp = 0;
  #timeUs = 0;
  #inSequence = 0;
  /** In units of the payload's clock. */
  #jitter = 0;

  /** Milliseconds; null until the flow is known to be RTP of a type whose clock is known. */
  get milliseconds(): number | null {
    const rate = clockRates.get(this.#type);
    return rate === undefined || this.#inSequence < packetsInSequence ? null : (1000 * this.#jitter) / rate;
  }

  /** Takes a datagram that begins with version 2 (RFC 3550 section 5.1). */
  add(bytes: Uint8Array, start: number, timeUs: number): void {
    const type = uint8(bytes, start + 1) & 0x7f;
    const sequence = uint16(bytes, start + 2);
    const timestamp = uint32(bytes, start + 4);
    const source = uint32(bytes, start + 8);
    const rate = clockRates.get(type);
    const follows = source === this.#source && type === this.#type && ((sequence - this.#sequence) & 0xffff) === 1;
    if (!follows && this.#inSequence < packetsInSequence) this.#inSequence = 0;
    if (source !== this.#source || type !== this.#type) {
      // Media of another kind between those of one source, as DTMF tones are, have a clock of their own.
      if (this.#inSequence >= packetsInSequence && source === this.#source) return;
      this.#inSequence = 0;
      this.#jitter = 0;
    } else if (rate !== undefined) {
      const arrivedUnits = ((timeUs - this.#timeUs) * rate) / 1e6;
      const difference = Math.abs(arrivedUnits - ((timestamp - this.#timestamp) | 0));
      this.#jitter += (difference - this.#jitter) / 16;
      if (follows && this.#inSequence < packetsInSequence) this.#inSequence++;
    }
    this.#source = source;
    this.#type = type;
    this.#sequence = sequence;
    this.#timestamp = timestamp;
    this.#timeUs = timeUs;
  }
}

const udp = 17;
const rtpHeaderBytes = 12;

/** Measures the jitter of a UDP flow that may be RTP. */
export function measureRtp(
  flow: { rtpAToB: RtpJitter | null; rtpBToA: RtpJitter | null },
  view: PacketView,
  fromA: boolean,
): void {
  if (view.ipProtocol !== udp || view.fragmentOffset > 0) return;
  const { bytes, payloadOffset, payloadLength } = view;
  const second = uint8(bytes, payloadOffset + 1) & 0x7f;
  // Types 72 to 76 are those of RTCP with the marker bit set.
  if (payloadLength <= rtpHeaderBytes || uint8(bytes, payloadOffset) >> 6 !== 2 || !clockRates.has(second)) return;
  const direction = fromA ? (flow.rtpAToB ??= new RtpJitter()) : (flow.rtpBToA ??= new RtpJitter());
  direction.add(bytes, payloadOffset, view.timeUs);
}

/** The larger jitter of both directions in milliseconds; null without RTP. */
export function rtpJitterMs(flow: { rtpAToB: RtpJitter | null; rtpBToA: RtpJitter | null }): number | null {
  const there = flow.rtpAToB?.milliseconds ?? null;
  const back = flow.rtpBToA?.milliseconds ?? null;
  return there === null ? back : back === null ? there : Math.max(there, back);
}
