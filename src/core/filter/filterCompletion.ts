import type { FilterCompletion } from '../../protocol/displayFilter';
import { allProtocolNames } from '../decode/protocols';
import type { FilterField } from './filterField';
import { allFilterFields, fieldNamed } from './filterFields';
import { filterFunctions } from './operands';

/** What a completion can put at a place, before values of the capture are added. */
export interface CompletionPlace {
  /** The characters that a completion replaces. */
  from: number;
  to: number;
  completions: FilterCompletion[];
  /** The field whose values can stand here; null elsewhere. */
  valuesOf: FilterField | null;
  /** What is typed of the value. */
  typed: string;
}

const maxCompletions = 60;
const wordPattern = /[A-Za-z0-9_.:/-]*$/;

const relations: readonly (readonly [text: string, detail: string])[] = [
  ['==', 'equal: one of the values is'],
  ['!=', 'not equal: none of the values is'],
  ['>', 'greater'],
  ['<', 'less'],
  ['>=', 'greater or equal'],
  ['<=', 'less or equal'],
  ['contains', 'the value has this text or these bytes in it'],
  ['matches', 'the value matches a regular expression, whatever the case'],
  ['in', 'one of a set: {80, 443, 8000..8100}'],
];
const joints: readonly (readonly [text: string, detail: string])[] = [
  ['&&', 'and: both hold'],
  ['||', 'or: one of both holds'],
];

/** What can stand in `text` at `caret`, best first. */
export function completionsAt(text: string, caret: number): CompletionPlace {
  const before = text.slice(0, caret);
  const typed = inText(before) ? textStart(before) : (wordPattern.exec(before)?.[0] ?? '');
  const from = caret - typed.length;
  const rest = inText(before) ? /^[^"]*"?/.exec(text.slice(caret)) : /^[A-Za-z0-9_.:/-]*/.exec(text.slice(caret));
  const place = { from, to: caret + (rest?.[0].length ?? 0), typed };
  const left = text.slice(0, from).trimEnd();
  const field = comparedField(left);
  if (field !== null) return { ...place, completions: namedValues(field, typed), valuesOf: field };
  if (inText(before)) return { ...place, completions: [], valuesOf: null };
  const closed = /(?:[\w.:/\]}")-])$/.test(left) && from > left.length && !/(?:^|[\s(!])(?:and|or|xor|not)$/.test(left);
  if (closed) return { ...place, completions: operators(left, typed), valuesOf: null };
  return { ...place, completions: names(typed), valuesOf: null };
}

/** True when the caret stands in a text in quotes. */
function inText(before: string): boolean {
  let quoted = false;
  for (let at = 0; at < before.length; at++) {
    if (quoted && before[at] === '\\') at++;
    else if (before[at] === '"') quoted = !quoted;
  }
  return quoted;
}

function textStart(before: string): string {
  return before.slice(before.lastIndexOf('"'));
}

/** The field on the left of a comparison or of an open set that `left` ends with. */
function comparedField(left: string): FilterField | null {
  const comparison =
    /([A-Za-z][\w.-]*)\s*(?:===|!==|==|!=|~=|>=|<=|>|<|\b(?:eq|ne|gt|ge|lt|le|any_eq|all_eq|any_ne|all_ne))$/.exec(
      left,
    ) ??
    /([A-Za-z][\w.-]*)\s+(?:contains|matches)$/.exec(left) ??
    /([A-Za-z][\w.-]*)\s+(?:not\s+)?in\s*\{(?:[^{}]*(?:,|\.\.))?$/.exec(left);
  return comparison?.[1] === undefined ? null : fieldNamed(comparison[1]);
}

function operators(left: string, typed: string): FilterCompletion[] {
  const afterField = fieldNamed(/[A-Za-z][\w.-]*$/.exec(left)?.[0] ?? '') !== null;
  return [...(afterField ? relations : []), ...joints]
    .filter(([text]) => text.startsWith(typed))
    .map(([text, detail]) => ({ text, detail, kind: 'operator' }));
}

function namedValues(field: FilterField, typed: string): FilterCompletion[] {
  const wanted = typed.replace(/^"/, '').toLowerCase();
  const values = field.type === 'boolean' ? { True: 1, False: 0 } : (field.values ?? {});
  return Object.entries(values)
    .filter(([name, number]) => name.toLowerCase().startsWith(wanted) || String(number).startsWith(wanted))
    .slice(0, maxCompletions)
    .map(([name, number]) => ({ text: String(number), detail: name, kind: 'value' }));
}

/** Fields, protocols and functions that begin with what is typed, then those that have it in them or in their description. */
function names(typed: string): FilterCompletion[] {
  const wanted = typed.toLowerCase();
  const known = knownNames();
  const begins = known.filter(({ text }) => text.startsWith(wanted));
  const holds = wanted.length < 2 ? [] : known.filter(({ text }) => !text.startsWith(wanted) && text.includes(wanted));
  const means =
    wanted.length < 3
      ? []
      : known.filter(({ text, detail }) => !text.includes(wanted) && detail.toLowerCase().includes(wanted));
  return [...begins, ...holds, ...means].slice(0, maxCompletions);
}

let known: readonly FilterCompletion[] | null = null;

function knownNames(): readonly FilterCompletion[] {
  if (known !== null) return known;
  const fields = allFilterFields.map(({ name, description }): FilterCompletion => ({
    text: name,
    detail: description,
    kind: 'field',
  }));
  const protocols = [...allProtocolNames, 'frame'].map((name): FilterCompletion => ({
    text: name,
    detail: name === 'frame' ? 'Every packet' : 'Protocol',
    kind: 'protocol',
  }));
  const functions = Object.entries(filterFunctions).map(([name, detail]): FilterCompletion => ({
    text: `${name}(`,
    detail,
    kind: 'function',
  }));
  known = [...protocols, ...fields].sort((x, y) => rank(x) - rank(y) || (x.text < y.text ? -1 : 1)).concat(functions);
  return known;
}

/** Protocols that most people look for come before those that a port names. */
const common = ['ip', 'tcp', 'udp', 'dns', 'http', 'tls', 'ipv6', 'icmp', 'arp', 'frame', 'eth', 'quic', 'dhcp', 'ssh'];

function rank({ text }: FilterCompletion): number {
  const at = common.indexOf(text.split('.')[0] ?? text);
  return at < 0 ? common.length : at;
}
