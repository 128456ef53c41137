import type { PacketView } from '../../decode/packetView';
import { indexOfByte } from '../../decode/text';
import type { Flow } from '../../flows/flow';
import type { TcpDirection } from '../../flows/tcpAnalysis';
import type { SlowKind } from './slowHttpIncident';

/** Less than a segment fits: the receiver closes its window in all but name (RFC 9293 section 3.8.6.2.2 forbids it). */
const smallWindowBytes = 1220;
/**
 * Who has taken more of an answer than systems hold for a program that never reads (64 to 256 KiB by default) does read, and pauses:
 * players and downloads do.
 */
const readsBytes = 262_144;
/** Bytes of a request that come so long after its head are no rest of it that was sent at once. */
const lateUs = 2e6;
/** Segments apart from each other that one waiting request does not make. */
const trickles = 2;

const bodyMethods = new Set(['POST', 'PUT', 'PATCH']);

type Phase = 'silent' | 'encrypted' | 'head' | 'cut' | 'body' | 'waiting' | 'answer' | 'idle' | 'over';

/**
 * How far one connection to a web server has come with its newest request. Messages tell what begins and ends; how much came
 * meanwhile is read off the flow, so that no packet needs a look.
 */
export class SlowExchange {
  /** Null until the connection is followed. Forgotten when the flow ends. */
  flow: Flow | null = null;
  firstPacket = 0;
  /** The packet with the end of the newest head. */
  headAt = 0;
  /** Told as part of an incident. */
  told = false;
  #phase: Phase = 'over';
  /** When the phase, or the stretch of it that is measured, began, and the payload bytes of both sides then. */
  #sinceUs = 0;
  #sentBefore = 0;
  #gotBefore = 0;
  /** Payload bytes of the client at the newest look. */
  #sentSeen = 0;
  /** Looks that found more bytes of the client. */
  #grown = 0;
  /** Bytes of the body, or of the answer, that are to come, and of that direction when the phase began. */
  #expected = 0;
  #bytesBefore = 0;
  #answeredEarly = false;
  /** The server has closed its side. */
  #refused = false;
  #kind: SlowKind = 'head';
  /** Since when the client takes no more, and what it had got by then; NaN while it does. */
  #closedUs = Number.NaN;
  #closedBytes = 0;

  /** The connection is there, and nothing was said. */
  opened(flow: Flow, packet: number, timeUs: number): void {
    this.flow = flow;
    this.firstPacket = packet;
    this.#enter('silent', flow, timeUs);
  }

  get silent(): boolean {
    return this.#phase === 'silent';
  }

  /** The first bytes of a request came with packet `packet`. */
  begin(flow: Flow, timeUs: number, packet: number): void {
    this.flow = flow;
    this.firstPacket = packet;
    this.#enter('head', flow, timeUs);
  }

  /** The head came with packet `packet`; a body of `length` bytes follows, infinite when it comes in chunks. */
  headDone(flow: Flow, timeUs: number, packet: number, length: number): void {
    if (this.flow !== flow) this.begin(flow, timeUs, packet);
    this.#enter(length > 0 ? 'body' : 'waiting', flow, timeUs);
    this.headAt = packet;
    this.#expected = length;
    this.#bytesBefore = flow.payloadBytesAToB;
  }

  /** The packet with the end of the head, of which a body follows: what of the body came along with it. */
  headPacket(view: PacketView): void {
    const came = bytesBehindHead(view);
    this.#bytesBefore -= came;
    this.#sentBefore -= came;
  }

  /** The head came with packet `packet`, of which the end was not captured: nobody knows what is to follow. */
  headCut(flow: Flow, timeUs: number, packet: number, method: string): void {
    if (this.flow !== flow) this.begin(flow, timeUs, packet);
    this.#enter('cut', flow, timeUs);
    this.#kind = bodyMethods.has(method) ? 'body' : 'head';
  }

  /** The head of an answer came; `length` is null when it does not say. */
  answered(flow: Flow, timeUs: number, length: number | null): void {
    if (this.#phase === 'over') return;
    if (this.#phase === 'body' && Number.isFinite(this.#expected) && this.#bodyLeft(flow)) {
      // Refused before it was there: who goes on sending keeps the connection all the same.
      this.#answeredEarly = true;
      return;
    }
    // What came between the request and this is the head of the answer, and perhaps all of it.
    const before = this.#gotBefore;
    this.#enter(length === 0 ? 'idle' : 'answer', flow, timeUs);
    this.#expected = length ?? Number.POSITIVE_INFINITY;
    this.#bytesBefore = before;
  }

  /** The connection is no business of this rule any more. */
  leave(): void {
    this.#phase = 'over';
  }

  /** False when it need not be looked at again. */
  get going(): boolean {
    const { flow } = this;
    if (this.#phase === 'over' || flow === null) return false;
    return flow.state === 'established' || (flow.state === 'closing' && !flow.finFromA);
  }

  /** How it drags at `nowUs`, null when it does not; to be asked each second. `minimumRate` in bytes a second. */
  drags(nowUs: number, patienceUs: number, minimumRate: number): SlowKind | null {
    const { flow } = this;
    if (flow === null) return null;
    const sent = flow.payloadBytesAToB;
    const grown = sent > this.#sentSeen;
    this.#sentSeen = sent;
    if (grown) this.#grown++;
    if (flow.finFromB && !this.#refused) {
      this.#refused = true;
      this.#enter('idle', flow, nowUs);
    }
    switch (this.#phase) {
      case 'silent':
        return this.#silence(flow, nowUs, patienceUs);
      case 'encrypted':
        return this.#encrypted(flow, nowUs, patienceUs, minimumRate);
      case 'head':
        if (this.#spokenTo(flow)) this.#enter('idle', flow, nowUs);
        return this.#phase === 'head' && nowUs - this.#sinceUs >= patienceUs ? 'head' : null;
      case 'cut':
        return this.#cut(flow, grown, nowUs, patienceUs, minimumRate);
      case 'body':
        return this.#body(flow, nowUs, patienceUs, minimumRate);
      case 'waiting':
        return smallWindow(flow.aToB) && nowUs - this.#sinceUs >= patienceUs ? 'reading' : null;
      case 'answer': {
        const more = flow.payloadBytesBToA - this.#bytesBefore < this.#expected;
        const finite = Number.isFinite(this.#expected);
        const reading = more ? this.#reading(flow, nowUs, patienceUs, minimumRate, finite) : null;
        // Another request may begin behind an answer, too.
        if (reading === null && grown) this.#enter('head', flow, nowUs);
        return reading;
      }
      case 'idle':
        // Servers take what comes after they have closed for some time (lingering_close of nginx): who goes on keeps them at it.
        if (grown) this.#enter(this.#refused ? 'cut' : 'head', flow, nowUs);
        return null;
      default:
        return null;
    }
  }

  #silence(flow: Flow, nowUs: number, patienceUs: number): SlowKind | null {
    if (flow.spoken === 'tls') this.#enter('encrypted', flow, nowUs);
    else if (flow.spoken !== null || flow.payloadBytesBToA > 0) this.leave();
    // Where one side was not captured, silence of the server says nothing.
    else if (nowUs - this.#sinceUs >= patienceUs && flow.packetsBToA > (flow.payloadBytesAToB > 0 ? 1 : 0)) {
      return flow.payloadBytesAToB > 0 ? 'head' : 'silent';
    }
    return null;
  }

  #cut(flow: Flow, grown: boolean, nowUs: number, patienceUs: number, minimumRate: number): SlowKind | null {
    const waitedUs = nowUs - this.#sinceUs;
    if (grown && waitedUs < lateUs) this.#grown = 0;
    if (this.#spokenTo(flow)) this.#enter('idle', flow, nowUs);
    else if (waitedUs >= patienceUs) {
      const come = flow.payloadBytesAToB - this.#sentBefore;
      if (this.#grown > 0 && come < this.#least(nowUs, minimumRate)) return this.#kind;
      if (smallWindow(flow.aToB)) return 'reading';
    }
    return null;
  }

  /** What is said cannot be read: a server that is silent for long while more comes in small pieces waits for the rest. */
  #encrypted(flow: Flow, nowUs: number, patienceUs: number, minimumRate: number): SlowKind | null {
    const reading = this.#reading(flow, nowUs, patienceUs, minimumRate, false);
    if (reading !== null) return reading;
    if (this.#spokenTo(flow)) {
      this.#measureFrom(flow, nowUs);
      return null;
    }
    const come = flow.payloadBytesAToB - this.#sentBefore;
    const drags = this.#grown >= trickles && nowUs - this.#sinceUs >= patienceUs;
    return drags && come < this.#least(nowUs, minimumRate) ? 'head' : null;
  }

  #body(flow: Flow, nowUs: number, patienceUs: number, minimumRate: number): SlowKind | null {
    if (!this.#bodyLeft(flow)) {
      this.#enter(this.#answeredEarly ? 'idle' : 'waiting', flow, nowUs);
      return null;
    }
    if (nowUs - this.#sinceUs < patienceUs) return null;
    const come = flow.payloadBytesAToB - this.#sentBefore;
    // A server that takes no more is not to be blamed on its clients.
    if (come >= this.#least(nowUs, minimumRate) || flow.bToA?.window === 0) {
      this.#measureFrom(flow, nowUs);
      return null;
    }
    return this.#answeredEarly && come === 0 ? null : 'body';
  }

  #bodyLeft(flow: Flow): boolean {
    return flow.payloadBytesAToB - this.#bytesBefore < this.#expected;
  }

  /** `more`: the server is known to have more for the client, so that a window of next to nothing is as good as closed. */
  #reading(flow: Flow, nowUs: number, patienceUs: number, minimumRate: number, more: boolean): SlowKind | null {
    const got = flow.payloadBytesBToA;
    const closed = flow.aToB?.window === 0 || (more && smallWindow(flow.aToB));
    if (!closed || got - this.#bytesBefore > readsBytes) {
      this.#closedUs = Number.NaN;
      return null;
    }
    const least = (minimumRate * (nowUs - this.#closedUs)) / 1e6;
    if (Number.isNaN(this.#closedUs) || got - this.#closedBytes > least) {
      this.#closedUs = nowUs;
      this.#closedBytes = got;
      return null;
    }
    return nowUs - this.#closedUs >= patienceUs ? 'reading' : null;
  }

  /** The server has said something since the phase began, or what is measured of it. */
  #spokenTo(flow: Flow): boolean {
    return flow.payloadBytesBToA !== this.#gotBefore;
  }

  #least(nowUs: number, minimumRate: number): number {
    return (minimumRate * (nowUs - this.#sinceUs)) / 1e6;
  }

  #enter(phase: Phase, flow: Flow, timeUs: number): void {
    this.#phase = phase;
    this.#kind = 'head';
    this.#answeredEarly = false;
    this.#closedUs = Number.NaN;
    this.#bytesBefore = flow.payloadBytesBToA;
    this.#measureFrom(flow, timeUs);
  }

  #measureFrom(flow: Flow, timeUs: number): void {
    this.#sinceUs = timeUs;
    this.#sentBefore = flow.payloadBytesAToB;
    this.#sentSeen = flow.payloadBytesAToB;
    this.#gotBefore = flow.payloadBytesBToA;
    this.#grown = 0;
  }
}

/** The receiver of the other direction has announced next to no room. */
function smallWindow(direction: TcpDirection | null): boolean {
  if (direction === null || direction.window < 0) return false;
  const { window, windowScale, windowIsOfSyn, synSeen } = direction;
  if (window === 0) return true;
  return synSeen && window * 2 ** (windowIsOfSyn ? 0 : Math.max(0, windowScale)) < smallWindowBytes;
}

/** Bytes behind the empty line that ends a head. */
function bytesBehindHead(view: PacketView): number {
  const { bytes, payloadOffset } = view;
  const end = payloadOffset + view.payloadLength;
  const notCaptured = view.payloadWireLength - view.payloadLength;
  for (let from = payloadOffset; ;) {
    const feed = indexOfByte(bytes, 0x0a, from, end);
    if (feed < 0 || feed + 1 >= end) return notCaptured;
    const after = bytes[feed + 1] === 0x0d ? feed + 2 : feed + 1;
    if (bytes[after] === 0x0a) return Math.max(0, end - after - 1) + notCaptured;
    from = feed + 1;
  }
}
