import type { PacketField } from '../../protocol/packetTree';
import type { ApplicationMessage } from '../decode/application';
import type { PacketView } from '../decode/packetView';
import type { FieldScribe } from './fieldScribe';
import { note } from './fieldScribe';

/** What is known of a packet beside its own bytes. */
export interface DissectContext {
  /** Seconds since 1970 of the first packet of the capture, and of the one before this; null where it is not known. */
  firstSeconds: number | null;
  previousSeconds: number | null;
  /** Sequence numbers that relative ones count from, of the direction of the packet and of the other. */
  sequenceBase: number | null;
  acknowledgmentBase: number | null;
  /** Comments of the packet. */
  comments: readonly string[];
}

/** Which table the next protocol's number belongs to; `payload` is what TCP and UDP carry, `rest` what nobody reads. */
export type StepSpace = 'link' | 'etherType' | 'llc' | 'ip' | 'ipProtocol' | 'payload' | 'rest';

/** Where dissection goes on, and the end of the bytes that belong to it. */
export interface Step {
  space: StepSpace;
  number: number;
  offset: number;
  end: number;
  /** Where the fields go from here on, when not to the top of the tree. */
  parent?: PacketField;
}

/** One packet being taken apart. */
export class Dissection {
  /** Protocols written so far, named as in `PacketView.layers`. */
  readonly names: string[] = [];
  /** IP addresses of the innermost header, for checksums. */
  addressOffset = -1;
  addressLength: 0 | 4 | 16 = 0;
  /** True inside a fragment, and in what an ICMP error quotes: lengths and checksums do not fit there. */
  partial = false;
  /** Set while the packet that an ICMP error quotes is taken apart: its fields go below the error. */
  parent: PacketField | null = null;

  constructor(
    public scribe: FieldScribe,
    readonly view: PacketView,
    readonly application: ApplicationMessage | null,
    readonly context: DissectContext,
  ) {}

  get bytes(): Uint8Array {
    return this.scribe.bytes;
  }

  protocol(name: string, label: string, offset: number, lengthBytes: number, value = ''): PacketField {
    if (this.parent === null) this.names.push(name);
    return this.scribe.add(this.parent, name, label, offset, lengthBytes, value);
  }

  /** The fields of `name` need `needed` bytes; when fewer are there, the field says so and this is true. */
  isCut(field: PacketField, offset: number, end: number, needed: number): boolean {
    if (end - offset >= needed) return false;
    note(field, `cut: ${Math.max(0, end - offset)} of at least ${needed} bytes are here`);
    return true;
  }
}
