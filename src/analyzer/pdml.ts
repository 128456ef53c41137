/** Reads what `tshark -T pdml` says of one packet (wireshark.org, doc/README.xml-output) into our tree of fields. */
import type { PacketField, PacketTree } from '../protocol/packetTree';
import { fieldNamed } from '../core/filter/filterFields';

/** As many as the extension takes; a packet with more is cut. */
const maxFields = 15_000;
/** Deeper fields hang from the last level that is kept. */
const maxDepth = 48;
const maxTextLength = 4000;
/** A packet is put together from others in a few ways only: IP, TCP, TLS and so on. */
const maxSources = 8;

/** Attribute values hold no `<`: a quote that is missing costs the tag, not the rest of the text. */
const tagPattern = /<(\/?)(proto|field)\b((?:\s+[a-z]+="[^"<]*")*)\s*(\/?)>/g;
const attributePattern = /([a-z]+)="([^"<]*)"/g;
const namedCharacters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

interface Node {
  proto: boolean;
  attributes: Map<string, string>;
  children: Node[];
}

export interface PdmlContext {
  /** Number of the packet in the capture. */
  number: number;
  /** Captured bytes of the packet. */
  bytes: Uint8Array;
  comments: string[];
}

/** Null when there is no packet in the text. Never throws, whatever the text. */
export function treeOfPdml(text: string, context: PdmlContext): PacketTree | null {
  const start = text.indexOf('<packet>');
  if (start < 0) return null;
  const end = text.indexOf('</packet>', start);
  const { nodes, complete } = nodesOf(end < 0 ? text.slice(start) : text.slice(start, end));
  const sources = [{ name: 'Packet', bytes: context.bytes }];
  collectSources(nodes, sources);
  const fields = nodes.flatMap((node) => fieldsOf(node, { sources, number: context.number }, 0));
  if (fields.length === 0) return null;
  return {
    number: context.number,
    sources,
    fields,
    comments: context.comments,
    complete: complete && end >= 0,
    by: 'tshark',
  };
}

function nodesOf(text: string): { nodes: Node[]; complete: boolean } {
  const root: Node = { proto: true, attributes: new Map(), children: [] };
  const stack = [root];
  let count = 0;
  let hidden = 0;
  for (const [, closing, kind, attributeText = '', empty] of text.matchAll(tagPattern)) {
    if (closing === '/') {
      if (hidden > 0) hidden -= 1;
      else if (stack.length > 1) stack.pop();
      continue;
    }
    const attributes = attributesOf(attributeText);
    const skipped = hidden > 0 || attributes.get('hide') === 'yes' || attributes.get('name') === 'geninfo';
    if (skipped) {
      if (empty !== '/') hidden += 1;
      continue;
    }
    count += 1;
    if (count > maxFields) return { nodes: root.children, complete: false };
    const node: Node = { proto: kind === 'proto', attributes, children: [] };
    stack[Math.min(stack.length, maxDepth) - 1]?.children.push(node);
    if (empty !== '/') stack.push(node);
  }
  return { nodes: root.children, complete: true };
}

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(attributePattern)) attributes.set(name, value);
  return attributes;
}

/** An attribute as text, without the escapes of XML. */
function textOf({ attributes }: Node, name: string): string {
  const value = (attributes.get(name) ?? '').slice(0, maxTextLength * 2);
  return value
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi, (whole: string, decimal, hex, named) => {
      if (typeof named === 'string') return namedCharacters[named] ?? whole;
      const code = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
    })
    .slice(0, maxTextLength);
}

function numberOf({ attributes }: Node, name: string): number {
  const value = Number(attributes.get(name));
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

/** The bytes of a field; null where tshark gives none. A field that shares its bytes has them unmasked. */
function bytesOf({ attributes }: Node): Uint8Array | null {
  const hex = attributes.get('unmaskedvalue') ?? attributes.get('value') ?? '';
  if (hex === '' || hex.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(hex)) return null;
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}

/** tshark gives places, and not in what: bytes put together from several packets are known by the fields that hold them. */
function collectSources(nodes: readonly Node[], sources: PacketTree['sources']): void {
  for (const node of nodes) {
    const name = textOf(node, 'name');
    if (sources.length < maxSources && /(^|\.)reassembled\.data$/.test(name)) {
      const bytes = bytesOf(node);
      const protocol = name.slice(0, name.indexOf('.')).toUpperCase();
      if (bytes !== null) sources.push({ name: `Reassembled ${protocol}`, bytes });
    }
    collectSources(node.children, sources);
  }
}

interface Placing {
  sources: PacketTree['sources'];
  number: number;
}

function holds(source: Uint8Array | undefined, offset: number, bytes: Uint8Array): boolean {
  if (source === undefined || offset + bytes.length > source.length) return false;
  for (let at = 0; at < bytes.length; at++) if (source[offset + at] !== bytes[at]) return false;
  return true;
}

/** The source of a node: where its own bytes are, else where most of its children's are; -1 when nowhere. */
function sourceOf(node: Node, sources: PacketTree['sources'], parent: number): number {
  const own = bytesOf(node);
  const order = [...new Set([parent, ...sources.keys()])];
  const offset = numberOf(node, 'pos');
  if (own !== null) return order.find((index) => holds(sources[index]?.bytes, offset, own)) ?? -1;
  let best = -1;
  let bestCount = 0;
  const valued = node.children.slice(0, 64).flatMap((child) => {
    const bytes = bytesOf(child);
    return bytes === null ? [] : [{ bytes, at: numberOf(child, 'pos') }];
  });
  for (const index of order) {
    const count = valued.filter(({ bytes, at }) => holds(sources[index]?.bytes, at, bytes)).length;
    if (count > bestCount) [best, bestCount] = [index, count];
  }
  if (best >= 0) return best;
  const length = sources[parent]?.bytes.length ?? 0;
  return offset + numberOf(node, 'size') <= length ? parent : -1;
}

function fieldsOf(node: Node, placing: Placing, parent: number): PacketField[] {
  const name = textOf(node, 'name');
  // What hangs from no protocol, and what the data dissector takes, is wrapped.
  if (name === 'fake-field-wrapper') return node.children.flatMap((child) => fieldsOf(child, placing, parent));
  const found = sourceOf(node, placing.sources, parent);
  const source = Math.max(0, found);
  const inside =
    found >= 0 && numberOf(node, 'pos') + numberOf(node, 'size') <= (placing.sources[found]?.bytes.length ?? 0);
  const words = wordsOf(node, name, placing.number);
  const isNumber = name === 'frame.number';
  return [
    {
      name: /^[a-z0-9_.-]{1,100}$/i.test(name) ? name : '',
      ...words,
      raw: isNumber ? placing.number : rawOf(node, name),
      source,
      offset: inside ? numberOf(node, 'pos') : 0,
      lengthBytes: inside ? numberOf(node, 'size') : 0,
      ...noteOf(name, words.label),
      children: node.children.flatMap((child) => fieldsOf(child, placing, source)),
    },
  ];
}

/** Label and value as Wireshark shows them, and the bits that count where it draws them. */
function wordsOf(node: Node, name: string, number: number): { label: string; value: string; mask?: number } {
  const shown = textOf(node, 'showname') || textOf(node, 'show') || name;
  if (name === 'frame') return { label: shown.replace(/^Frame \d+/, `Frame ${number}`), value: '' };
  if (node.proto) return { label: shown, value: '' };
  if (name === 'frame.number') return { label: 'Frame Number', value: String(number) };
  const bits = /^([01. ]+) = (.*)$/s.exec(shown);
  const digits = bits?.[1]?.replaceAll(' ', '') ?? '';
  const drawn = digits.length === 8 || digits.length === 16;
  const rest = drawn ? (bits?.[2] ?? '') : shown;
  const colon = rest.indexOf(': ');
  const words = colon < 0 ? { label: rest, value: '' } : { label: rest.slice(0, colon), value: rest.slice(colon + 2) };
  if (!drawn || digits.length / 8 !== numberOf(node, 'size')) return words;
  return { ...words, mask: Number.parseInt(digits.replaceAll('0', '1').replaceAll('.', '0'), 2) };
}

/** What a display filter of ours compares with; null for what it does not know. */
function rawOf(node: Node, name: string): PacketField['raw'] {
  const field = fieldNamed(name);
  if (field === null) return null;
  const show = textOf(node, 'show');
  switch (field.type) {
    case 'boolean':
      return show === '1' || show === 'True';
    case 'number':
      return show !== '' && Number.isFinite(Number(show)) ? Number(show) : null;
    case 'ipv4':
    case 'ipv6':
    case 'mac':
    case 'text':
    case 'bytes':
      return show === '' ? null : show;
    case 'time':
    case 'duration':
    case 'label':
      return null;
  }
}

function noteOf(name: string, label: string): { note?: string } {
  if (name === '_ws.malformed') return { note: 'tshark calls the packet malformed' };
  const expert = /^Expert Info \((Error|Warning)/.exec(label);
  return expert === null ? {} : { note: `${expert[1]} of tshark` };
}
