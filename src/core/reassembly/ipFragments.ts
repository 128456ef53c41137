import { uint32 } from '../bytes/integers';
import type { PacketView } from '../decode/packetView';
import { LimitCounter, engineLimits } from '../limits';

/** One fragment as it stands in its packet: payload from `start` to `end` in `view.bytes`, wholly captured. */
export interface IpFragment {
  /** Identification field: 16 bits in IPv4, 32 in IPv6. */
  identification: number;
  /** What the payload is; in IPv6 the first fragment's counts (RFC 8200 section 4.5). */
  protocol: number;
  start: number;
  end: number;
  /** Where the payload belongs in the datagram, in bytes. */
  offset: number;
  moreFragments: boolean;
}

export interface ReassembledDatagram {
  /** The packet up to `IpFragment.start`, then the whole payload: offsets into the headers stay right. */
  bytes: Uint8Array;
  protocol: number;
}

interface Piece {
  offset: number;
  bytes: Uint8Array;
}

interface Datagram {
  key: string;
  firstUs: number;
  protocol: number;
  /** -1 until the last fragment is there. */
  totalBytes: number;
  /** Payload bytes present, each counted once. */
  presentBytes: number;
  /** In order of offset, none overlapping another; empty once the datagram is given up. */
  pieces: Piece[];
  /** Given up: what still comes of it is taken and forgotten. */
  discarded: boolean;
}

/** Largest payload that the length fields of IPv4 and IPv6 allow. */
const maxDatagramBytes = 65_535;
/** What one piece costs beyond its bytes, roughly. */
const pieceOverheadBytes = 128;

export interface FragmentLimits {
  datagrams: number;
  bytes: number;
  piecesPerDatagram: number;
  ageSeconds: number;
}

const defaultLimits: FragmentLimits = {
  datagrams: engineLimits.fragmentedDatagrams,
  bytes: engineLimits.fragmentBytes,
  piecesPerDatagram: engineLimits.fragmentsPerDatagram,
  ageSeconds: engineLimits.fragmentAgeSeconds,
};

/**
 * Puts the fragments of IPv4 (RFC 791, RFC 815) and IPv6 (RFC 8200 section 4.5) datagrams together. In IPv4 a byte that
 * came first stays; an IPv6 datagram with fragments that overlap is dropped as a whole (RFC 5722), but for exact
 * duplicates. Its clock is packet time, what it keeps is bounded, and each limit is counted.
 */
export class FragmentReassembler {
  /** Datagrams given up because of each limit. */
  readonly limits: readonly LimitCounter[];
  readonly #limit: FragmentLimits;
  readonly #datagramLimit: LimitCounter;
  readonly #byteLimit: LimitCounter;
  readonly #pieceLimit: LimitCounter;
  readonly #ageLimit: LimitCounter;
  /** In the order of their first fragments, so that the first is the oldest. */
  readonly #datagrams = new Map<string, Datagram>();
  #bytes = 0;

  constructor(limits: FragmentLimits = defaultLimits) {
    this.#limit = limits;
    this.#datagramLimit = new LimitCounter('incomplete IP datagrams', limits.datagrams);
    this.#byteLimit = new LimitCounter('bytes of IP fragments', limits.bytes);
    this.#pieceLimit = new LimitCounter('fragments of one IP datagram', limits.piecesPerDatagram);
    this.#ageLimit = new LimitCounter('seconds that IP fragments wait', limits.ageSeconds);
    this.limits = [this.#datagramLimit, this.#byteLimit, this.#pieceLimit, this.#ageLimit];
  }

  /** Datagrams that wait for more fragments. */
  get waiting(): number {
    return this.#datagrams.size;
  }

  /** Memory held for them, in bytes, about. */
  get heldBytes(): number {
    return this.#bytes;
  }

  /**
   * Takes one fragment of the packet in `view`, whose address fields must be set. Returns the datagram when this
   * completes it, else null: the fragment is kept, or dropped for a reason that is in `view.notes` or counted.
   */
  add(view: PacketView, fragment: IpFragment): ReassembledDatagram | null {
    const datagram = this.#datagramOf(view, fragment);
    if (datagram.discarded) return null;
    const end = fragment.offset + fragment.end - fragment.start;
    if (end > maxDatagramBytes) {
      view.notes.push('fragment-beyond-datagram');
      this.#discard(datagram);
      return null;
    }
    if (!fragment.moreFragments && datagram.totalBytes < 0) this.#setTotal(view, datagram, end);
    if (fragment.offset === 0) datagram.protocol = fragment.protocol;
    this.#fill(view, datagram, fragment);
    if (datagram.discarded) return null;
    if (datagram.presentBytes === datagram.totalBytes) return this.#finish(view, datagram, fragment.start);
    if (datagram.pieces.length > this.#limit.piecesPerDatagram) {
      this.#pieceLimit.hits++;
      this.#discard(datagram);
    }
    this.#keepWithinBytes();
    return null;
  }

  #datagramOf(view: PacketView, fragment: IpFragment): Datagram {
    const key = keyOf(view, fragment);
    const known = this.#datagrams.get(key);
    if (known !== undefined) {
      if (!this.#isOld(known, view.timeUs)) return known;
      this.#expire(known);
    }
    for (const oldest of this.#datagrams.values()) {
      if (this.#isOld(oldest, view.timeUs)) {
        this.#expire(oldest);
        continue;
      }
      if (this.#datagrams.size < this.#limit.datagrams) break;
      this.#datagramLimit.hits++;
      this.#remove(oldest);
    }
    const datagram: Datagram = {
      key,
      firstUs: view.timeUs,
      protocol: fragment.protocol,
      totalBytes: -1,
      presentBytes: 0,
      pieces: [],
      discarded: false,
    };
    this.#datagrams.set(key, datagram);
    return datagram;
  }

  /** A clock that was set back makes old what it left behind, too. */
  #isOld(datagram: Datagram, nowUs: number): boolean {
    return Math.abs(nowUs - datagram.firstUs) > this.#limit.ageSeconds * 1e6;
  }

  #expire(datagram: Datagram): void {
    if (!datagram.discarded) this.#ageLimit.hits++;
    this.#remove(datagram);
  }

  /** The last fragment says how long the datagram is: what lies beyond was a lie (the teardrop attack). */
  #setTotal(view: PacketView, datagram: Datagram, totalBytes: number): void {
    datagram.totalBytes = totalBytes;
    const { pieces } = datagram;
    for (let last = pieces.at(-1); last !== undefined; last = pieces.at(-1)) {
      const beyond = last.offset + last.bytes.length - totalBytes;
      if (beyond <= 0) return;
      noteOnce(view, 'overlapping-fragments');
      if (view.addressLength === 16) return this.#discard(datagram);
      const cut = Math.min(beyond, last.bytes.length);
      datagram.presentBytes -= cut;
      if (cut === last.bytes.length) {
        this.#bytes -= cut + pieceOverheadBytes;
        pieces.pop();
      } else {
        last.bytes = last.bytes.subarray(0, last.bytes.length - cut);
        this.#bytes -= cut;
      }
    }
  }

  /** Puts the fragment's bytes where none are yet: the holes of RFC 815. */
  #fill(view: PacketView, datagram: Datagram, fragment: IpFragment): void {
    if (datagram.discarded) return;
    const { pieces, totalBytes } = datagram;
    const shift = fragment.start - fragment.offset;
    let end = fragment.offset + fragment.end - fragment.start;
    if (totalBytes >= 0 && end > totalBytes) {
      if (this.#overlap(view, datagram)) return;
      end = totalBytes;
    }
    let index = firstEndingAfter(pieces, fragment.offset);
    const same = pieces[index];
    if (same?.offset === fragment.offset && same.bytes.length === end - fragment.offset) return;
    let from = fragment.offset;
    while (from < end) {
      const next = pieces[index];
      const holeEnd = next === undefined ? end : Math.min(end, next.offset);
      if (holeEnd > from) {
        this.#insert(datagram, index, { offset: from, bytes: view.bytes.slice(shift + from, shift + holeEnd) });
        index += 1;
      }
      if (next === undefined || holeEnd === end) return;
      if (this.#overlap(view, datagram)) return;
      from = next.offset + next.bytes.length;
      index += 1;
    }
  }

  /** True when that ends the datagram. */
  #overlap(view: PacketView, datagram: Datagram): boolean {
    noteOnce(view, 'overlapping-fragments');
    if (view.addressLength !== 16) return false;
    this.#discard(datagram);
    return true;
  }

  #insert(datagram: Datagram, index: number, piece: Piece): void {
    datagram.pieces.splice(index, 0, piece);
    datagram.presentBytes += piece.bytes.length;
    this.#bytes += piece.bytes.length + pieceOverheadBytes;
  }

  #finish(view: PacketView, datagram: Datagram, prefixBytes: number): ReassembledDatagram {
    const bytes = new Uint8Array(prefixBytes + datagram.totalBytes);
    bytes.set(view.bytes.subarray(0, prefixBytes));
    for (const piece of datagram.pieces) bytes.set(piece.bytes, prefixBytes + piece.offset);
    this.#remove(datagram);
    return { bytes, protocol: datagram.protocol };
  }

  #keepWithinBytes(): void {
    for (const oldest of this.#datagrams.values()) {
      if (this.#bytes <= this.#limit.bytes) return;
      this.#byteLimit.hits++;
      this.#remove(oldest);
    }
  }

  #discard(datagram: Datagram): void {
    this.#free(datagram);
    datagram.discarded = true;
  }

  #remove(datagram: Datagram): void {
    this.#free(datagram);
    this.#datagrams.delete(datagram.key);
  }

  #free(datagram: Datagram): void {
    for (const piece of datagram.pieces) this.#bytes -= piece.bytes.length + pieceOverheadBytes;
    datagram.pieces = [];
    datagram.presentBytes = 0;
  }
}

/** Index of the first piece that ends behind `offset`. */
function firstEndingAfter(pieces: readonly Piece[], offset: number): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const piece = pieces[middle];
    if (piece !== undefined && piece.offset + piece.bytes.length <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** RFC 791: addresses, protocol and identification; RFC 8200: without the protocol. VLANs may use the same addresses. */
function keyOf(view: PacketView, fragment: IpFragment): string {
  const { bytes, addressLength, sourceAddressOffset: source, destinationAddressOffset: destination } = view;
  let key = `${addressLength === 4 ? fragment.protocol : -1} ${fragment.identification} ${view.vlanId}`;
  for (let at = 0; at < addressLength; at += 4) {
    key += ` ${uint32(bytes, source + at)} ${uint32(bytes, destination + at)}`;
  }
  return key;
}

function noteOnce(view: PacketView, note: string): void {
  if (!view.notes.includes(note)) view.notes.push(note);
}
