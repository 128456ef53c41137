import type { Finding } from '../../protocol/finding';
import { findingInWords } from '../../protocol/sentences';

/**
 * Findings as a person reads them. One that is not told again is the same object, so that whoever shows a long list sees at once
 * what is new in it.
 */
export class ToldFindings {
  private known = new Map<string, Finding>();
  private list: readonly Finding[] = [];

  /**
   * The findings that there are now, in the order of `ids`; the same list when nothing is new.
   * @param news those that are new, or not as they were
   */
  update(ids: readonly string[], news: readonly Finding[]): readonly Finding[] {
    const told = new Map(news.map((finding) => [finding.id, finding]));
    const known = new Map<string, Finding>();
    for (const id of ids) {
      const fresh = told.get(id);
      const finding = fresh === undefined ? this.known.get(id) : findingInWords(fresh);
      if (finding !== undefined) known.set(id, finding);
    }
    this.known = known;
    const list = [...known.values()];
    const same = list.length === this.list.length && list.every((finding, i) => finding === this.list[i]);
    if (!same) this.list = list;
    return this.list;
  }
}
