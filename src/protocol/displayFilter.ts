/** What is wrong with a display filter: `position` to `end` are the characters that the message is about. */
export interface FilterFault {
  message: string;
  position: number;
  end: number;
}

export const completionKinds = ['field', 'protocol', 'function', 'operator', 'value'] as const;

/** Something that can stand at a place of a display filter. */
export interface FilterCompletion {
  text: string;
  detail: string;
  kind: (typeof completionKinds)[number];
}

/** What is known of a display filter while it is typed. */
export interface FilterHelp {
  /** Null when the filter can be applied. */
  fault: FilterFault | null;
  /** The characters that a completion replaces. */
  from: number;
  to: number;
  completions: FilterCompletion[];
}

/** Longest display filter. */
export const maxDisplayFilterLength = 4096;

/**
 * The filter for packets in which `field` (Wireshark's name) has `value`; null for packets that have the field at all. Texts
 * go in quotes, numbers and addresses do not.
 */
export function filterFor(field: string, value: string | number | boolean | null): string {
  if (value === null) return field;
  const text = String(value);
  const plain =
    typeof value !== 'string' || /^(0x[0-9a-f]+|[0-9]+(\.[0-9]+)*|[0-9a-f]*(:[0-9a-f]*){2,}(\/[0-9]+)?)$/i.test(text);
  return `${field} == ${plain ? text : quoted(text)}`;
}

/** A text as filters write it: in quotes, with what would end it escaped. */
export function quoted(text: string): string {
  const escaped = text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t');
  return `"${escaped}"`;
}

export const filterUses = ['apply', 'not', 'and', 'or', 'and not', 'or not'] as const;
/** How a filter joins the one that is there: in its place, or added to it. */
export type FilterUse = (typeof filterUses)[number];

/** `current` with `added`; parentheses keep what stands there together. */
export function joinFilters(current: string, added: string, use: FilterUse): string {
  const not = use.endsWith('not');
  const part = not ? `!(${added})` : added;
  const before = current.trim();
  if (use === 'apply' || use === 'not' || before === '') return part;
  const word = use.startsWith('and') ? '&&' : '||';
  return `${grouped(before)} ${word} ${not ? part : grouped(part)}`;
}

/** A single test needs no parentheses. */
function grouped(filter: string): string {
  return /^!?[^\s()"]+( (==|!=) ("[^"\\]*"|[^\s()"]+))?$/.test(filter) ? filter : `(${filter})`;
}

/** A display filter that the workspace keeps. */
export interface SavedFilter {
  name: string;
  filter: string;
}

/** Where a workspace folder keeps display filters, saved and used before. */
export const filtersPath = '.network-traffic/filters.json';
