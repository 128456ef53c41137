import type { AnalyzerReplies } from '../../protocol/analyzerMessages';

export type FilterVerdict = AnalyzerReplies['validateFilter'];

/** Waits until typing pauses before a filter is checked. */
const debounceMs = 200;

/**
 * Checks what is being typed: debounced, the newest text wins, and a verdict on an older text is never told.
 */
export class FilterCheck {
  private text: string | null = null;
  private timer: NodeJS.Timeout | null = null;
  private known: { filter: string; verdict: FilterVerdict } | null = null;

  constructor(
    private readonly check: (filter: string) => Promise<FilterVerdict>,
    private readonly onVerdict: (filter: string, verdict: FilterVerdict) => void,
    private readonly waitMs = debounceMs,
  ) {}

  /** The text is now `filter`. */
  update(filter: string): void {
    this.cancel();
    this.text = filter;
    if (filter.trim() === '') {
      this.tell(filter, { verdict: 'valid' });
      return;
    }
    this.timer = setTimeout(() => void this.verdict(filter), this.waitMs);
  }

  /** The verdict on `filter`, asked for at once when it is not known. A check that fails knows nothing. */
  async verdict(filter: string): Promise<FilterVerdict> {
    if (filter.trim() === '') return { verdict: 'valid' };
    if (this.known?.filter === filter) return this.known.verdict;
    const verdict = await this.check(filter).catch((): FilterVerdict => ({ verdict: 'unknown' }));
    if (this.text === filter) this.tell(filter, verdict);
    return verdict;
  }

  dispose(): void {
    this.cancel();
    this.text = null;
  }

  private cancel(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private tell(filter: string, verdict: FilterVerdict): void {
    this.known = { filter, verdict };
    this.onVerdict(filter, verdict);
  }
}
