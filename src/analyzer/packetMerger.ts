import { type RawPacket, withoutComments } from '../core/pcap/rawPacket';

/** Packets that wait for those of other interfaces; beyond it the oldest goes on without waiting. */
const maxHeldPackets = 65_536;
/** The same in captured bytes. */
const maxHeldBytes = 32 * 1024 * 1024;

interface Held {
  packet: RawPacket;
  /** Clock of the machine when it came. */
  arrivedMs: number;
}

/** First in, first out, without moving what stays. */
class Line {
  private items: (Held | undefined)[] = [];
  private head = 0;
  open = true;

  get first(): Held | undefined {
    return this.items[this.head];
  }

  push(held: Held): void {
    this.items.push(held);
  }

  shift(): Held | undefined {
    const first = this.items[this.head];
    if (first === undefined) return undefined;
    this.items[this.head] = undefined;
    this.head += 1;
    if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return first;
  }
}

/**
 * Puts the packets of several interfaces into the order of their times. A packet goes on as soon as every other
 * interface has one that is not older, or when it has waited for `holdMs`: that long may an interface that hands over
 * in blocks be late. What comes later still goes on at once and is counted. A capture on one interface passes through.
 */
export class PacketMerger {
  /** Packets that came after a newer one of another interface had gone on. */
  outOfOrder = 0;
  private readonly lines: Line[] = [];
  private heldPackets = 0;
  private heldBytes = 0;
  private newestUs = Number.NEGATIVE_INFINITY;

  /** @param emit called with packets whose bytes stay as they are */
  constructor(
    sources: number,
    private readonly holdMs: number,
    private readonly emit: (packet: RawPacket) => void,
  ) {
    for (let n = 0; n < sources; n++) this.lines.push(new Line());
  }

  /** A packet of the source; its bytes are copied when it has to wait. */
  push(source: number, packet: RawPacket, nowMs: number): void {
    if (this.lines.length === 1) {
      this.emit(packet);
      return;
    }
    const line = this.lines[source];
    if (line === undefined) return;
    line.push({ packet: { ...withoutComments(packet), bytes: packet.bytes.slice() }, arrivedMs: nowMs });
    this.heldPackets += 1;
    this.heldBytes += packet.bytes.length;
    this.drain(nowMs);
  }

  /** The source gives no more packets: nobody waits for it. */
  end(source: number, nowMs: number): void {
    const line = this.lines[source];
    if (line !== undefined) line.open = false;
    this.drain(nowMs);
  }

  /** Lets go what has waited long enough; called from a timer. */
  drain(nowMs: number): void {
    for (;;) {
      const line = this.oldest();
      const first = line?.first;
      if (line === undefined || first === undefined) return;
      const waited = nowMs - first.arrivedMs >= this.holdMs;
      const full = this.heldPackets > maxHeldPackets || this.heldBytes > maxHeldBytes;
      if (!waited && !full && this.lines.some((other) => other.open && other.first === undefined)) return;
      this.release(line);
    }
  }

  /** Lets everything go, in order. */
  finish(): void {
    for (let line = this.oldest(); line !== undefined; line = this.oldest()) this.release(line);
  }

  private release(line: Line): void {
    const held = line.shift();
    if (held === undefined) return;
    this.heldPackets -= 1;
    this.heldBytes -= held.packet.bytes.length;
    const timeUs = timeOf(held.packet);
    if (timeUs < this.newestUs) this.outOfOrder += 1;
    else this.newestUs = timeUs;
    this.emit(held.packet);
  }

  private oldest(): Line | undefined {
    let found: Line | undefined;
    let foundUs = Number.POSITIVE_INFINITY;
    for (const line of this.lines) {
      const { first } = line;
      if (first === undefined) continue;
      const timeUs = timeOf(first.packet);
      if (timeUs < foundUs) {
        found = line;
        foundUs = timeUs;
      }
    }
    return found;
  }
}

/** Microseconds since 1970, with a fraction. */
function timeOf(packet: RawPacket): number {
  return packet.seconds * 1e6 + packet.nanoseconds / 1000;
}
