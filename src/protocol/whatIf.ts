import type { Finding } from './finding';

/** What other settings of the rules would change, over the same packets. */
export interface FindingDifference {
  /** Told with the other settings only. */
  added: Finding[];
  /** Not told any more. */
  removed: Finding[];
  /** Told by both, with another severity. */
  changed: { before: Finding; after: Finding }[];
  /** How many are told by both just the same. */
  kept: number;
}

export interface WhatIfResult extends FindingDifference {
  /** Packets that were analysed again. */
  packets: number;
  /** False when it was ended early, or when the spool of a live capture holds no longer all packets. */
  complete: boolean;
}

/** A difference for a person to read, line by line. */
export function differenceText({ added, removed, changed, kept }: FindingDifference): string {
  const lines = [
    ...added.map((finding) => `+ [${finding.severity}] ${finding.rule}: ${finding.title}`),
    ...removed.map((finding) => `- [${finding.severity}] ${finding.rule}: ${finding.title}`),
    ...changed.map(({ before, after }) => `~ [${before.severity} -> ${after.severity}] ${after.rule}: ${after.title}`),
  ];
  const counts = `${added.length} more, ${removed.length} less, ${changed.length} of another severity, ${kept} the same`;
  return [...lines, counts].join('\n') + '\n';
}
