import type { Finding } from '../../protocol/finding';
import { findingInWords } from '../../protocol/sentences';

/**
 * Findings as a person reads them. One that is told again as it was is the same object, so that whoever shows a long list
 * sees at once what is new in it.
 */
export class ToldFindings {
  private known = new Map<string, { text: string; finding: Finding }>();
  private list: readonly Finding[] = [];

  /** The findings that are told now, in their order; the same list when nothing is new. */
  update(told: readonly Finding[]): readonly Finding[] {
    const known = new Map<string, { text: string; finding: Finding }>();
    for (const finding of told) {
      const text = JSON.stringify(finding);
      const before = this.known.get(finding.id);
      known.set(finding.id, before?.text === text ? before : { text, finding: findingInWords(finding) });
    }
    this.known = known;
    const list = [...known.values()].map(({ finding }) => finding);
    const same = list.length === this.list.length && list.every((finding, i) => finding === this.list[i]);
    if (!same) this.list = list;
    return this.list;
  }
}
