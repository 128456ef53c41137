import type { ExclusionProblem, SilencedCount } from '../../protocol/exclusions';
import type { Finding } from '../../protocol/finding';
import { engineLimits } from '../limits';
import { AddressRange } from './addressRange';
import { parseJson, placeOf } from './jsonText';
import type { JsonNode } from './jsonText';

/** An entry of the exclusions: what is null is not asked about. */
export interface Exclusion {
  /** Line that it begins in, from 1. */
  line: number;
  rule: string | null;
  source: AddressRange | null;
  target: AddressRange | null;
  reason: string;
  /** Text of the last day, `2030-01-31`, and its end in milliseconds since 1970 (UTC); null for no end. */
  expires: { text: string; endMs: number } | null;
}

export interface ParsedExclusions {
  exclusions: Exclusion[];
  problems: ExclusionProblem[];
}

const names = ['rule', 'source', 'target', 'reason', 'expires'];
/** Characters of a reason, and of what is said of a mistake, that are kept. */
const maxReasonLength = 500;
const maxProblems = 100;
const addressTodo = 'Write an address or a network, like "10.0.0.7" or "10.0.0.0/24".';

/**
 * Reads an exclusions file. An entry that is wrong has no effect, so a mistake never hides anything; the others have theirs.
 * `rules` are the identifiers of the rules there are.
 */
export function parseExclusions(text: string, rules: readonly string[]): ParsedExclusions {
  const parsed: ParsedExclusions = { exclusions: [], problems: [] };
  const problem = (offset: number, what: string, todo: string): void => {
    if (parsed.problems.length >= maxProblems) return;
    parsed.problems.push({ ...placeOf(text, offset), kind: 'wrong', what: what.slice(0, maxReasonLength), todo });
  };
  if (text.length > engineLimits.exclusionsLength) {
    problem(0, 'The file is too large to be read.', `Keep it below ${engineLimits.exclusionsLength} characters.`);
    return parsed;
  }
  const root = parseJson(text);
  if (root.kind === 'failure') {
    problem(root.offset, `This is no JSON: ${root.message}`, 'Mend it; until then nothing is silenced.');
    return parsed;
  }
  const list = root.kind === 'object' ? root.entries.get('exclusions')?.value : undefined;
  if (root.kind !== 'object' || list?.kind !== 'array') {
    problem((list ?? root).offset, 'There is no list of exclusions.', 'Write { "exclusions": [ … ] }.');
    return parsed;
  }
  for (const [name, { offset }] of root.entries) {
    if (name !== 'exclusions' && name !== '$schema') {
      problem(offset, `"${name}" is not known here.`, 'Remove it, or move it into the list "exclusions".');
    }
  }
  for (const item of list.items) {
    if (parsed.exclusions.length >= engineLimits.exclusions) {
      problem(item.offset, `Only the first ${engineLimits.exclusions} entries count.`, 'Join some by using networks.');
      break;
    }
    const entry = parseEntry(item, rules, problem);
    if (entry !== null) parsed.exclusions.push({ ...entry, line: placeOf(text, item.offset).line });
  }
  return parsed;
}

function parseEntry(
  item: JsonNode,
  rules: readonly string[],
  problem: (offset: number, what: string, todo: string) => void,
): Omit<Exclusion, 'line'> | null {
  if (item.kind !== 'object') {
    problem(item.offset, 'This is no entry.', 'Write { "rule": …, "source": …, "reason": … }.');
    return null;
  }
  const { entries } = item;
  let wrong = false;
  const fail = (offset: number, what: string, todo: string): null => {
    wrong = true;
    problem(offset, what, todo);
    return null;
  };
  for (const [name, { offset }] of entries) {
    if (!names.includes(name)) fail(offset, `"${name}" is not known.`, `An entry has: ${names.join(', ')}.`);
  }
  const textOf = (name: string): { offset: number; value: string } | null => {
    const value = entries.get(name)?.value;
    if (value === undefined) return null;
    return value.kind === 'text' ? value : fail(value.offset, `"${name}" is no text.`, 'Put it in double quotes.');
  };
  const rule = textOf('rule');
  if (rule !== null && !rules.includes(rule.value)) {
    fail(rule.offset, `There is no rule "${rule.value}".`, `The rules are: ${rules.join(', ')}.`);
  }
  const rangeOf = (name: string): AddressRange | null => {
    const text = textOf(name);
    if (text === null) return null;
    return AddressRange.parse(text.value) ?? fail(text.offset, `"${text.value}" is no address.`, addressTodo);
  };
  const source = rangeOf('source');
  const target = rangeOf('target');
  if (rule === null && source === null && target === null && !wrong) {
    fail(item.offset, 'This entry would silence everything.', 'Name a rule, a source or a target.');
  }
  const reason = textOf('reason');
  if (!wrong && (reason === null || reason.value.trim() === '')) {
    fail(reason?.offset ?? item.offset, 'The reason is missing.', 'Say in "reason" why this is harmless.');
  }
  const expires = textOf('expires');
  const endMs = expires === null ? null : endOfDayMs(expires.value);
  if (expires !== null && endMs === null) {
    fail(expires.offset, `"${expires.value}" is no date.`, 'Write the last day as "2030-01-31".');
  }
  if (wrong || reason === null) return null;
  return {
    rule: rule?.value ?? null,
    source,
    target,
    reason: reason.value.trim().slice(0, maxReasonLength),
    expires: expires === null || endMs === null ? null : { text: expires.value, endMs },
  };
}

/** End of a day of the calendar in UTC; null when it is none. */
function endOfDayMs(text: string): number | null {
  const startMs = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(startMs) || new Date(startMs).toISOString().slice(0, 10) !== text) return null;
  return startMs + 86_400_000;
}

/** Which entries are over at `nowMs`, as problems to show. They silence nothing. */
export function expiredExclusions(exclusions: readonly Exclusion[], nowMs: number): ExclusionProblem[] {
  return exclusions
    .filter(({ expires }) => expires !== null && expires.endMs <= nowMs)
    .map(({ line, expires }) => ({
      line,
      column: 1,
      kind: 'expired',
      what: `This exclusion ended on ${expires?.text ?? ''} and silences nothing.`,
      todo: 'Remove it, or give it a later date after looking at what it hides.',
    }));
}

/**
 * Takes the findings apart that an entry silences. An entry does when the rule is its rule, and every source and every
 * target of the finding is within its range: a finding with a stranger among them stays.
 */
export function silence(
  findings: readonly Finding[],
  exclusions: readonly Exclusion[],
  nowMs: number,
): { told: Finding[]; silenced: SilencedCount[] } {
  const active = exclusions.filter(({ expires }) => expires === null || expires.endMs > nowMs);
  if (active.length === 0) return { told: [...findings], silenced: [] };
  const told: Finding[] = [];
  const counts = new Map<Exclusion, number>();
  for (const finding of findings) {
    const by = active.find((exclusion) => silences(exclusion, finding));
    if (by === undefined) told.push(finding);
    else counts.set(by, (counts.get(by) ?? 0) + 1);
  }
  return {
    told,
    silenced: [...counts].map(([{ line, reason }, count]) => ({ line, reason, findings: count })),
  };
}

function silences({ rule, source, target }: Exclusion, finding: Finding): boolean {
  return (rule === null || rule === finding.rule) && within(source, finding.sources) && within(target, finding.targets);
}

function within(range: AddressRange | null, addresses: readonly string[]): boolean {
  if (range === null) return true;
  return addresses.length > 0 && addresses.every((address) => range.holds(address));
}
