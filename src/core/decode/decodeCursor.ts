import type { FragmentReassembler } from '../reassembly/ipFragments';
import type { ProtocolName } from './protocols';
import { maxLayers, type PacketView } from './packetView';

/** Which table the next protocol's number belongs to. */
export type NumberSpace = 'etherType' | 'ipProtocol' | 'pppProtocol' | 'llc' | 'ethernet' | 'ip' | 'linkType' | 'done';

/**
 * Where decoding goes on: each protocol's function reads its header at `offset`, then moves the cursor to what it
 * carries. One instance serves all packets.
 */
export class DecodeCursor {
  space: NumberSpace = 'done';
  /** The next protocol's number in `space`. */
  number = 0;
  offset = 0;
  /** End of the bytes that are present. */
  end = 0;
  /** End as it was on the wire, at least `end`. */
  wireEnd = 0;
  /** True when the newest IP packet was captured up to the end that its length field names. */
  wholeIp = false;
  /** Where fragments are put together; null to decode each packet alone. */
  fragments: FragmentReassembler | null = null;

  forward(space: NumberSpace, number: number, offset: number): void {
    this.space = space;
    this.number = number;
    this.offset = offset;
  }

  stop(): void {
    this.space = 'done';
  }

  /** Bytes present from the cursor on. */
  get available(): number {
    return this.end - this.offset;
  }

  /** Narrows both ends to what a length field says, and leaves them where it says more than the frame has. */
  limitWire(wireEnd: number): void {
    if (wireEnd < this.wireEnd) this.wireEnd = wireEnd;
    if (this.end > this.wireEnd) this.end = this.wireEnd;
  }
}

/** Adds a layer; false, with a note, when the packet nests deeper than `maxLayers`. */
export function pushLayer(view: PacketView, name: ProtocolName): boolean {
  if (view.layers.length >= maxLayers) {
    view.notes.push('too-many-layers');
    return false;
  }
  // In place of `push`, which V8 calls rather than inlines here.
  view.layers[view.layers.length] = name;
  return true;
}

/** Notes that the packet ends too early and stops decoding there. */
export function stopTruncated(view: PacketView, cursor: DecodeCursor, note: string): void {
  view.notes.push(note);
  cursor.stop();
}
