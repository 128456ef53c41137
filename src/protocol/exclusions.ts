/** Where the exclusions of a workspace are, below its folder. */
export const exclusionsPath = '.network-traffic/exclusions.json';

/** Something in an exclusions file that has no effect, or will have none. Lines and columns count from 1. */
export interface ExclusionProblem {
  line: number;
  column: number;
  /** `expired`: it was right once. */
  kind: 'wrong' | 'expired';
  what: string;
  /** What to do about it. */
  todo: string;
}

/** How many findings one entry of the exclusions silences. */
export interface SilencedCount {
  /** Line that the entry begins in. */
  line: number;
  reason: string;
  findings: number;
}

/** "line 3: … Do …". */
export function problemText({ line, what, todo }: ExclusionProblem): string {
  return `line ${line}: ${what} ${todo}`;
}

/** Findings that are silenced, over all entries. */
export function silencedTotal(counts: readonly SilencedCount[]): number {
  return counts.reduce((sum, { findings }) => sum + findings, 0);
}
