import { pagesOf } from './rowWindow';

export interface PagedRowsOptions {
  pageSize: number;
  /** Pages kept; the ones not used for longest are let go. */
  maxPages: number;
  /** Asks for rows; the answer comes through `deliver` or `fail` with the same request number. */
  request: (request: number, from: number, count: number, filter: string) => void;
}

interface Pending {
  page: number;
  generation: number;
  filter: string;
}

/**
 * Pages asked for at once: more than a screen has. Who drags the thumb passes thousands; asked for is what is there when an answer
 * comes.
 */
const maxPending = 6;

let nextRequest = 1;

/**
 * Rows of a long list, fetched by pages.
 * Invariants: rows of two filters are never mixed; the last good result stays until the first page of a new one has
 * arrived, and stays for good when that fails; at most `maxPages` pages are held.
 */
export class PagedRows<Row> {
  private readonly pages = new Map<number, readonly Row[]>();
  private readonly pending = new Map<number, Pending>();
  /** Pages that were not full when the list grew: shown until their new content is there. */
  private readonly stale = new Set<number>();
  /** Pages that failed: not asked for again before the next filter, or `retry`. */
  private readonly failed = new Set<number>();
  private generation = 0;
  private shownGeneration = 0;
  private wantedFilter = '';
  private shownFilter = '';
  total = 0;
  /** False when a limit cut the count short. */
  complete = true;
  error: string | null = null;

  constructor(private readonly options: PagedRowsOptions) {}

  /** Filter of the rows that are held. */
  get filter(): string {
    return this.shownFilter;
  }

  /** Filter of the rows that are asked for. */
  get wanted(): string {
    return this.wantedFilter;
  }

  /** The first page of another result is on its way. */
  get loading(): boolean {
    return this.generation !== this.shownGeneration;
  }

  row(index: number): Row | undefined {
    return this.pages.get(Math.floor(index / this.options.pageSize))?.[index % this.options.pageSize];
  }

  /** Starts a new result; what is held stays until its first page arrives. */
  setFilter(filter: string): void {
    this.generation++;
    this.wantedFilter = filter;
    this.error = null;
    this.pending.clear();
    this.failed.clear();
    this.ask(0);
  }

  /** The list grew while its filter stayed: pages that were not full are asked for again when they are next needed. */
  setTotal(total: number): void {
    if (total === this.total) return;
    for (const [page, rows] of this.pages) if (rows.length < this.options.pageSize) this.stale.add(page);
    this.total = total;
  }

  /** The list may have changed anywhere: every page is asked for again when it is next needed, also those that failed. */
  refresh(): void {
    if (this.loading) return;
    if (this.pages.size === 0) {
      this.setFilter(this.wantedFilter);
      return;
    }
    this.failed.clear();
    for (const page of this.pages.keys()) this.stale.add(page);
  }

  /** Makes sure that the rows are there or asked for. */
  need(first: number, end: number): void {
    if (this.loading) return;
    for (const page of pagesOf(first, Math.min(end, this.total), this.options.pageSize)) {
      const rows = this.pages.get(page);
      if (rows) {
        this.pages.delete(page);
        this.pages.set(page, rows);
        if (!this.stale.has(page)) continue;
      }
      if (!this.failed.has(page) && !this.isPending(page) && this.pending.size < maxPending) this.ask(page);
    }
  }

  private isPending(page: number): boolean {
    for (const item of this.pending.values()) if (item.page === page) return true;
    return false;
  }

  private ask(page: number): void {
    const request = nextRequest++;
    this.stale.delete(page);
    this.pending.set(request, { page, generation: this.generation, filter: this.wantedFilter });
    this.options.request(request, page * this.options.pageSize, this.options.pageSize, this.wantedFilter);
  }

  /** True when the rows were ours and wanted. */
  deliver(request: number, rows: readonly Row[], total: number, complete: boolean): boolean {
    const pending = this.pending.get(request);
    if (!pending) return false;
    this.pending.delete(request);
    if (this.loading) {
      this.pages.clear();
      this.stale.clear();
      this.shownGeneration = this.generation;
      this.shownFilter = pending.filter;
      this.total = total;
    } else if (total > this.total) this.setTotal(total);
    this.complete = complete;
    this.error = null;
    this.pages.set(pending.page, rows);
    for (const oldest of this.pages.keys()) {
      if (this.pages.size <= this.options.maxPages) break;
      this.pages.delete(oldest);
      this.stale.delete(oldest);
    }
    return true;
  }

  /** True when the request was ours and still wanted. The last good rows stay. */
  fail(request: number, message: string): boolean {
    const pending = this.pending.get(request);
    if (!pending) return false;
    this.pending.delete(request);
    this.error = message;
    if (this.loading) {
      this.shownGeneration = this.generation;
      this.wantedFilter = this.shownFilter;
    } else this.failed.add(pending.page);
    return true;
  }
}
