/**
 * What findings say, in the language of the person. The engine says it in English, in full sentences, which the command line, exports
 * and saved files hold; here each is found again among the texts that rules put their values into (`npm run l10n` collects them), and
 * said with the same values. What is not known stays English.
 */
import type { Evidence, Finding, FindingStage } from './finding';
import { knownTexts, numberLanguage, t } from './l10n';

/** A text with `{0}`, `{1}` … taken apart: what stands between the values. */
interface Pattern {
  readonly message: string;
  readonly literals: readonly string[];
  /** Indexes of the values, as they stand in the text. */
  readonly holes: readonly number[];
  /** Letters that have to be there: of two patterns that fit, the one with more says what was meant. */
  readonly weight: number;
}

/** Values hold sentences hold values: an address, a count, a list. */
const deepest = 5;
/** Sentences that are remembered; counts in them change while a capture goes on. */
const mostRemembered = 4000;

let patternsOf: Readonly<Record<string, string>> | null = null;
let patterns: readonly Pattern[] = [];
let remembered = new Map<string, string>();

/** A sentence of a finding, or a part of one, in the language of the person. */
export function sentence(english: string): string {
  const bundle = knownTexts();
  if (bundle !== patternsOf) prepare(bundle);
  if (patterns.length === 0) return english;
  const before = remembered.get(english);
  if (before !== undefined) return before;
  const said = translated(english, bundle, 0) ?? english;
  if (remembered.size >= mostRemembered) remembered = new Map();
  remembered.set(english, said);
  return said;
}

/** A finding with every text of it in the language of the person; the same when that is English. */
export function findingInWords(finding: Finding): Finding {
  if (Object.keys(knownTexts()).length === 0) return finding;
  return {
    ...finding,
    title: sentence(finding.title),
    summary: summaryOf(finding.summary),
    evidence: finding.evidence.map(evidenceInWords),
    against: finding.against.map(sentence),
    next: finding.next.map(sentence),
    stages: finding.stages.map((stage): FindingStage => ({ ...stage, title: sentence(stage.title) })),
  };
}

function evidenceInWords(evidence: Evidence): Evidence {
  const value = <T>(said: T): T | string => (typeof said === 'string' ? sentence(said) : said);
  const rule = /^[a-z-]+: /.exec(evidence.name)?.[0] ?? '';
  return {
    name: rule + sentence(evidence.name.slice(rule.length)),
    // What somebody sent is shown as it is.
    observed: evidence.name.includes('example') ? evidence.observed : value(evidence.observed),
    threshold: value(evidence.threshold),
    unit: sentence(evidence.unit),
    window: evidence.window === null ? null : sentence(evidence.window),
  };
}

/** Of a finding with stages, the rule's own summary stands before them. */
function summaryOf(summary: string): string {
  const stages = / (\d+) stages: (.*)\.$/s.exec(summary);
  if (stages === null) return sentence(summary);
  const [, count = '', titles = ''] = stages;
  const said = titles.split('; then ').map(sentence).join(t('; then '));
  return `${sentence(summary.slice(0, stages.index))} ${t('{0} stages: {1}.', count, said)}`;
}

function prepare(bundle: Readonly<Record<string, string>>): void {
  patternsOf = bundle;
  remembered = new Map();
  patterns = Object.keys(bundle)
    .filter((message) => message.includes('{0}'))
    .map((message): Pattern => {
      const literals = message.split(/\{\d+\}/);
      const holes = [...message.matchAll(/\{(\d+)\}/g)].map((match) => Number(match[1]));
      const weight = literals.reduce((sum, text) => sum + (text.match(/\p{L}/gu)?.length ?? 0), 0);
      return { message, literals, holes, weight };
    })
    .filter(({ weight }) => weight > 0)
    .sort((x, y) => y.weight - x.weight || (x.message < y.message ? -1 : 1));
}

/** Null when it is not known. */
function translated(english: string, bundle: Readonly<Record<string, string>>, depth: number): string | null {
  if (english === '') return '';
  if (Object.hasOwn(bundle, english)) return bundle[english] ?? null;
  const [, number, unit] = /^(\d+\.\d+)( \S{1,3})?$/.exec(english) ?? [];
  if (number !== undefined) return decimal(number) + (unit ?? '');
  if (depth >= deepest || !/\p{L}/u.test(english)) return null;
  const list = knownList(english, bundle, depth);
  if (list !== null) return list;
  for (const pattern of patterns) {
    const values = valuesOf(english, pattern);
    if (values === null) continue;
    const said = values.map((value) => translated(value, bundle, depth + 1) ?? value);
    return (bundle[pattern.message] ?? '').replace(/\{(\d+)\}/g, (_whole, index: string) => {
      return said[pattern.holes.indexOf(Number(index))] ?? '';
    });
  }
  return ofParts(english, bundle, depth);
}

/** A list of which every part is known by itself; before any sentence that its words might be taken for. */
function knownList(english: string, bundle: Readonly<Record<string, string>>, depth: number): string | null {
  const [rest = '', more] = / and (\d+) more$/.exec(english) ?? [];
  const parts = english.slice(0, english.length - rest.length).split(', ');
  if (parts.length === 1) return null;
  const known = (part: string): string | null => {
    if (Object.hasOwn(bundle, part)) return bundle[part] ?? null;
    // Words of a language that is the same everywhere.
    if (/^[^\p{Ll}]+$/u.test(part)) return part;
    return /^\d+ [^\d,]+$/.test(part) ? translated(part, bundle, depth + 1) : null;
  };
  const said: string[] = [];
  for (let at = 0; at < parts.length; at++) {
    const [part = '', next = ''] = parts.slice(at, at + 2);
    // Some have a comma of their own.
    const both = known(`${part}, ${next}`);
    const one = both ?? known(part);
    if (one === null) return null;
    if (both !== null) at++;
    said.push(one);
  }
  return said.join(', ') + (more === undefined ? '' : t(' and {0} more', more));
}

/** A list, or a name that begins a sentence. */
function ofParts(english: string, bundle: Readonly<Record<string, string>>, depth: number): string | null {
  for (const separator of ['; then ', '; ', ', ']) {
    if (!english.includes(separator)) continue;
    const parts = english.split(separator).map((part) => [part, translated(part, bundle, depth + 1)] as const);
    const between = Object.hasOwn(bundle, separator) ? (bundle[separator] ?? separator) : separator;
    if (parts.some(([, said]) => said !== null)) return parts.map(([part, said]) => said ?? part).join(between);
  }
  const small = english.charAt(0).toLowerCase() + english.slice(1);
  const said = small !== english && Object.hasOwn(bundle, small) ? (bundle[small] ?? '') : '';
  return said === '' ? null : said.charAt(0).toUpperCase() + said.slice(1);
}

/**
 * The values in a text that follows a pattern; null when it does not. Each value ends where what comes after it is first found, so it
 * takes time in proportion to the text, whatever somebody sent.
 */
function valuesOf(text: string, { literals }: Pattern): string[] | null {
  const first = literals[0] ?? '';
  const last = literals.at(-1) ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return null;
  const end = text.length - last.length;
  const values: string[] = [];
  let at = first.length;
  for (let index = 1; index < literals.length - 1; index++) {
    const literal = literals[index] ?? '';
    let found = text.indexOf(literal, at);
    // The point of a decimal ends no sentence.
    while (literal.endsWith('.') && found >= 0 && /\d/.test(text.charAt(found + literal.length)))
      found = text.indexOf(literal, found + 1);
    if (found < 0 || found + literal.length > end) return null;
    values.push(text.slice(at, found));
    at = found + literal.length;
  }
  values.push(text.slice(at, end));
  return values;
}

function decimal(text: string): string {
  const places = text.length - text.indexOf('.') - 1;
  return Number(text).toLocaleString(numberLanguage(), {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
    useGrouping: false,
  });
}
