/** Which rows of a long list are on the screen. Pure arithmetic, so that it can be tested without a browser. */

/** Browsers stop laying out at some 16 to 33 million pixels; above this height the scroll bar is scaled instead. */
export const maxScrollHeightPx = 8_000_000;

export interface RowWindowInput {
  rowCount: number;
  rowHeightPx: number;
  viewportHeightPx: number;
  scrollTopPx: number;
  /** Rows kept ready above and below the viewport. */
  overscan: number;
}

export interface RowWindow {
  /** First row to hold, and the one after the last. */
  first: number;
  end: number;
  /** Where the top of row `first` is, in the coordinates of the scrolled content. */
  offsetPx: number;
  scrollHeightPx: number;
}

/** Scroll height for so many rows. */
export function scrollHeightPx(rowCount: number, rowHeightPx: number): number {
  return Math.min(rowCount * rowHeightPx, maxScrollHeightPx);
}

/** Row (with fraction) at the top edge of the viewport. */
function topRow(input: RowWindowInput): number {
  const fullPx = input.rowCount * input.rowHeightPx;
  const scrollable = scrollHeightPx(input.rowCount, input.rowHeightPx) - input.viewportHeightPx;
  if (scrollable <= 0) return 0;
  const scrollTop = Math.min(Math.max(0, input.scrollTopPx), scrollable);
  return ((scrollTop / scrollable) * (fullPx - input.viewportHeightPx)) / input.rowHeightPx;
}

export function rowWindow(input: RowWindowInput): RowWindow {
  const height = scrollHeightPx(input.rowCount, input.rowHeightPx);
  const top = topRow(input);
  const visible = Math.ceil(input.viewportHeightPx / input.rowHeightPx) + 1;
  const first = Math.max(0, Math.floor(top) - input.overscan);
  const end = Math.min(input.rowCount, Math.floor(top) + visible + input.overscan);
  const scrollTop = Math.min(Math.max(0, input.scrollTopPx), Math.max(0, height - input.viewportHeightPx));
  return { first, end, offsetPx: scrollTop - (top - first) * input.rowHeightPx, scrollHeightPx: height };
}

/** Scroll position that brings `row` fully into the viewport, moving as little as possible. */
export function scrollTopForRow(input: RowWindowInput, row: number): number {
  const fullPx = input.rowCount * input.rowHeightPx;
  const scrollable = scrollHeightPx(input.rowCount, input.rowHeightPx) - input.viewportHeightPx;
  if (scrollable <= 0) return 0;
  const top = topRow(input);
  const visible = input.viewportHeightPx / input.rowHeightPx;
  const wanted = row < top ? row : row + 1 > top + visible ? row + 1 - visible : top;
  if (wanted === top) return input.scrollTopPx;
  return Math.min(scrollable, ((wanted * input.rowHeightPx) / (fullPx - input.viewportHeightPx)) * scrollable);
}

/** Page numbers that hold the rows `first` to `end` (exclusive). */
export function pagesOf(first: number, end: number, pageSize: number): number[] {
  const pages: number[] = [];
  for (let page = Math.floor(first / pageSize); page * pageSize < end; page++) pages.push(page);
  return pages;
}
