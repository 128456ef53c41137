import { engineLimits, LimitCounter } from '../limits';
import { type PacketView, tcpFlags } from '../decode/packetView';

const firstCapacity = 1024;

/**
 * Initial sequence numbers of TCP connections by the packet that told them, so that any packet can be shown with
 * relative numbers without its flow. 20 bytes an entry; past the limit no more connections are learned.
 */
export class SequenceBases {
  readonly counter = new LimitCounter('sequenceBases', engineLimits.sequenceBases);
  /** Entries of a bucket are a list, the newest first. */
  private buckets = new Int32Array(firstCapacity).fill(-1);
  private before = new Int32Array(firstCapacity);
  private keys = new Uint32Array(firstCapacity);
  private numbers = new Uint32Array(firstCapacity);
  private bases = new Uint32Array(firstCapacity);
  private count = 0;

  /** Takes a segment; anything but the first SYN of a direction costs two comparisons. */
  add(view: PacketView): void {
    if ((view.tcpFlags & tcpFlags.syn) === 0 || !view.tcpValid) return;
    const hash = directionHash(view, false);
    const known = this.find(hash, view.number);
    if (known >= 0 && this.bases[known] === view.tcpSequence) return;
    if (this.count >= this.counter.limit) {
      this.counter.hits += 1;
      return;
    }
    if (this.count === this.keys.length) this.grow();
    const bucket = hash & (this.buckets.length - 1);
    this.keys[this.count] = hash;
    this.numbers[this.count] = view.number;
    this.bases[this.count] = view.tcpSequence;
    this.before[this.count] = this.buckets[bucket] as number;
    this.buckets[bucket] = this.count;
    this.count += 1;
  }

  /** What relative numbers of the segment count from; null where no SYN before it was seen. */
  of(view: PacketView): { sequence: number | null; acknowledgment: number | null } {
    if (view.ipProtocol !== 6 || view.transportOffset < 0) return { sequence: null, acknowledgment: null };
    return { sequence: this.base(view, false), acknowledgment: this.base(view, true) };
  }

  private base(view: PacketView, reverse: boolean): number | null {
    const entry = this.find(directionHash(view, reverse), view.number);
    return entry < 0 ? null : (this.bases[entry] as number);
  }

  /** Newest entry of the key that the packet `number` can belong to. */
  private find(hash: number, number: number): number {
    let entry = this.buckets[hash & (this.buckets.length - 1)] as number;
    while (entry >= 0) {
      if (this.keys[entry] === hash && (this.numbers[entry] as number) <= number) return entry;
      entry = this.before[entry] as number;
    }
    return -1;
  }

  private grow(): void {
    const capacity = this.keys.length * 2;
    this.keys = copyOf(this.keys, new Uint32Array(capacity));
    this.numbers = copyOf(this.numbers, new Uint32Array(capacity));
    this.bases = copyOf(this.bases, new Uint32Array(capacity));
    this.before = new Int32Array(capacity);
    this.buckets = new Int32Array(capacity).fill(-1);
    for (let entry = 0; entry < this.count; entry++) {
      const bucket = (this.keys[entry] as number) & (capacity - 1);
      this.before[entry] = this.buckets[bucket] as number;
      this.buckets[bucket] = entry;
    }
  }
}

function copyOf(from: Uint32Array<ArrayBuffer>, to: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  to.set(from);
  return to;
}

/** FNV-1a with a final mix over addresses and ports, sender first. Two connections of 2^32 share one. */
function directionHash(view: PacketView, reverse: boolean): number {
  const { bytes, addressLength } = view;
  let hash = 0x811c9dc5;
  const source = reverse ? view.destinationAddressOffset : view.sourceAddressOffset;
  const destination = reverse ? view.sourceAddressOffset : view.destinationAddressOffset;
  for (let index = 0; index < addressLength; index++) {
    hash = Math.imul(hash ^ (bytes[source + index] as number), 0x01000193);
    hash = Math.imul(hash ^ (bytes[destination + index] as number), 0x01000193);
  }
  hash = Math.imul(hash ^ (reverse ? view.destinationPort : view.sourcePort), 0x01000193);
  hash = Math.imul(hash ^ (reverse ? view.sourcePort : view.destinationPort), 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 12)) >>> 0;
}
