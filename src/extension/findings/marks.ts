import type { Finding } from '../../protocol/finding';
import type { FindingMark, Verdict } from '../../protocol/findingPage';
import { verdicts } from '../../protocol/findingPage';

/** Where the marks of a workspace are, below its folder. */
export const marksPath = '.network-traffic/marks.json';

/** A finding that a person has called right or wrong, as it is written. */
export interface MarkEntry {
  /** Name of the capture file, or the interface. */
  capture: string;
  /** Identifier of the finding: its rule and subject. */
  finding: string;
  rule: string;
  /** Says who it is about to whoever reads the file. */
  title: string;
  /** ISO 8601, UTC. */
  firstSeen: string;
  verdict: Verdict;
  note?: string;
}

/** A marks file without entries. */
export const emptyMarks = `${JSON.stringify({ marks: [] }, null, 2)}\n`;

/** Entries of a file that are understood; null when the whole is not. */
export function parseMarks(text: string): MarkEntry[] | null {
  const marks = rootOf(text)?.marks;
  return marks === undefined ? null : marks.filter(isEntry);
}

/** Whether the mark is about that finding of that capture. */
export function isAbout(entry: MarkEntry, finding: Finding, capture: string): boolean {
  return entry.capture === capture && entry.finding === finding.id && entry.firstSeen === timeOf(finding);
}

/** What is said of a finding; the last entry counts. */
export function markOf(entries: readonly MarkEntry[], finding: Finding, capture: string): FindingMark | null {
  const entry = entries.findLast((candidate) => isAbout(candidate, finding, capture));
  return entry === undefined ? null : { verdict: entry.verdict, note: entry.note ?? '' };
}

/**
 * The text of the file with another verdict on a finding, or without one for null. Null when the file is not understood
 * and must be mended by hand; what of it is no entry of ours stays as it is.
 */
export function withMark(text: string, finding: Finding, capture: string, verdict: Verdict | null): string | null {
  const root = rootOf(text);
  if (root === null) return null;
  const others: unknown[] = root.marks.filter((entry) => !isEntry(entry) || !isAbout(entry, finding, capture));
  const note = root.marks.filter(isEntry).findLast((entry) => isAbout(entry, finding, capture))?.note;
  const entry: MarkEntry | null =
    verdict === null
      ? null
      : {
          capture,
          finding: finding.id,
          rule: finding.rule,
          title: finding.title,
          firstSeen: timeOf(finding),
          verdict,
          ...(note === undefined ? {} : { note }),
        };
  return `${JSON.stringify({ ...root, marks: entry === null ? others : [...others, entry] }, null, 2)}\n`;
}

function timeOf(finding: Finding): string {
  const date = new Date(finding.firstSeen * 1000);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

function rootOf(text: string): { marks: unknown[] } | null {
  try {
    const root: unknown = JSON.parse(text);
    if (typeof root !== 'object' || root === null || !('marks' in root) || !Array.isArray(root.marks)) return null;
    return { ...root, marks: root.marks };
  } catch {
    return null;
  }
}

function isEntry(value: unknown): value is MarkEntry {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Partial<Record<keyof MarkEntry, unknown>>;
  return (
    [entry.capture, entry.finding, entry.rule, entry.title, entry.firstSeen].every(
      (item) => typeof item === 'string',
    ) &&
    verdicts.some((verdict) => verdict === entry.verdict) &&
    (entry.note === undefined || typeof entry.note === 'string')
  );
}
