import type { FilterCompletion } from '../../protocol/displayFilter';
import { quoted } from '../../protocol/displayFilter';
import { formatIpAddress, hexByte } from '../decode/addresses';
import type { PacketView } from '../decode/packetView';
import type { RawPacket } from '../pcap/rawPacket';
import type { FilterField } from './filterField';
import { FilterSubject } from './filterSubject';
import { Needs } from './operands';
import { PacketTracker } from './packetTracker';

/** Different values of one field that are counted; later ones are left out. */
const maxValues = 2000;
const maxTextLength = 200;

/** Counts the values that a field has in packets, handed over from the first on. */
export class FieldValues {
  readonly #field: FilterField;
  readonly #subject: FilterSubject;
  readonly #counts = new Map<string, number>();

  constructor(field: FilterField) {
    const needs = new Needs();
    needs.add(field.needs);
    this.#field = field;
    const { messages, conversation, naming, tracked } = needs;
    this.#subject = new FilterSubject(tracked ? new PacketTracker(messages, conversation, naming) : null);
  }

  take(view: PacketView, packet: RawPacket): void {
    const subject = this.#subject;
    subject.next(view, packet);
    const { read } = this.#field;
    if (read.of === 'number') read.some(subject, (value) => this.#count(this.#number(value)));
    else if (read.of === 'text')
      read.some(subject, (value) => this.#count(value.length > maxTextLength ? '' : quoted(value)));
    else read.some(subject, (bytes, start, end) => this.#count(this.#bytes(bytes, start, end)));
  }

  /** Values that begin with `typed`, the most frequent first, as filters write them. */
  completions(typed: string, count: number): FilterCompletion[] {
    const wanted = typed.toLowerCase().replace(/^"/, '');
    return [...this.#counts]
      .filter(([text]) => text.toLowerCase().replace(/^"/, '').startsWith(wanted))
      .sort((x, y) => y[1] - x[1])
      .slice(0, count)
      .map(([text, packets]) => ({ text, detail: packets === 1 ? 'in 1 packet' : `${packets} times`, kind: 'value' }));
  }

  #count(text: string): false {
    const count = this.#counts.get(text);
    if (text !== '' && (count !== undefined || this.#counts.size < maxValues)) this.#counts.set(text, (count ?? 0) + 1);
    return false;
  }

  #number(value: number): string {
    const { type } = this.#field;
    const length = type === 'ipv4' ? 4 : type === 'mac' ? 6 : 0;
    if (length === 0)
      return type === 'boolean' ? (value === 0 ? 'False' : 'True') : type === 'label' ? '' : String(value);
    const bytes = Array.from({ length }, (_, at) => Math.floor(value / 256 ** (length - 1 - at)) % 256);
    return length === 4 ? bytes.join('.') : bytes.map(hexByte).join(':');
  }

  #bytes(bytes: Uint8Array, start: number, end: number): string {
    if (this.#field.type === 'ipv6') return formatIpAddress(bytes, start, 16);
    if (end - start > 32 || end <= start) return '';
    return [...bytes.subarray(start, end)].map(hexByte).join(':');
  }
}
