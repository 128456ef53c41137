import { createHash } from 'node:crypto';
import type { SilencedCount } from '../protocol/exclusions';
import type { Finding } from '../protocol/finding';

/** What is new in a list of findings since the last one was told. */
export interface FindingsNews {
  /** All findings, worst first, by identifier. */
  readonly ids: string[];
  /** Those that are new, or not as they were. */
  readonly findings: Finding[];
}

const digestOf = (text: string): string => createHash('sha1').update(text).digest('base64');

/**
 * Remembers which findings the other side has, by a digest of each, so that a finding crosses the channel when it has changed and
 * not with every other one that has: a long capture has megabytes of findings, and most of them are over.
 */
export class FindingNews {
  private told = new Map<string, string>();
  private toldOrder = digestOf(JSON.stringify([[], []]));
  /** Characters of the list, had it been told whole. */
  lengthOfAll = 0;

  /** Null when nothing is new. What is returned counts as told. */
  update(findings: readonly Finding[], silenced: readonly SilencedCount[]): FindingsNews | null {
    const told = new Map<string, string>();
    const changed: Finding[] = [];
    let length = 0;
    for (const finding of findings) {
      const text = JSON.stringify(finding);
      const digest = digestOf(text);
      length += text.length;
      told.set(finding.id, digest);
      if (this.told.get(finding.id) !== digest) changed.push(finding);
    }
    const ids = [...told.keys()];
    const order = digestOf(JSON.stringify([ids, silenced]));
    this.lengthOfAll = length;
    if (changed.length === 0 && order === this.toldOrder) return null;
    this.told = told;
    this.toldOrder = order;
    return { ids, findings: changed };
  }
}
