/** The part of the time axis that charts show. No document: pure, for tests too. */
import type { TimeChartModel } from './chartModels';
import { formatClock, formatSpan } from './format';
import type { BrushFrame } from './timeBrush';
import { t } from '../../src/protocol/l10n';

/** Milliseconds since 1970. */
export interface TimeWindow {
  minMs: number;
  maxMs: number;
}

/** Fewer steps than these are no line. */
const leastSteps = 2;

/** One window for all charts of a view; null shows everything. */
export class TimeZoom {
  private readonly listeners = new Set<() => void>();
  private current: TimeWindow | null = null;

  get window(): TimeWindow | null {
    return this.current;
  }

  listen(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** @param factor below 1 shows less time, above 1 more @param atMs stays where it is on the screen */
  zoom(factor: number, atMs: number, whole: BrushFrame): void {
    const { minMs, maxMs } = this.current ?? whole;
    const centreMs = Math.min(Math.max(atMs, minMs), maxMs);
    const spanMs = Math.max((maxMs - minMs) * factor, leastSteps * whole.stepMs);
    const share = maxMs === minMs ? 0.5 : (centreMs - minMs) / (maxMs - minMs);
    this.show({ minMs: centreMs - share * spanMs, maxMs: centreMs + (1 - share) * spanMs }, whole);
  }

  /** @param share of what is shown, negative towards the past */
  pan(share: number, whole: BrushFrame): void {
    if (this.current === null) return;
    const byMs = share * (this.current.maxMs - this.current.minMs);
    this.show({ minMs: this.current.minMs + byMs, maxMs: this.current.maxMs + byMs }, whole);
  }

  /** Keeps the length of a window that would reach beyond the ends. */
  show(window: TimeWindow, whole: BrushFrame): void {
    const spanMs = Math.max(window.maxMs - window.minMs, leastSteps * whole.stepMs);
    if (spanMs >= whole.maxMs - whole.minMs) {
      this.reset();
      return;
    }
    const minMs = Math.min(Math.max(window.minMs, whole.minMs), whole.maxMs - spanMs);
    this.set({ minMs, maxMs: minMs + spanMs });
  }

  reset(): void {
    this.set(null);
  }

  private set(next: TimeWindow | null): void {
    if (next?.minMs === this.current?.minMs && next?.maxMs === this.current?.maxMs) return;
    this.current = next;
    for (const listener of this.listeners) listener();
  }
}

/** `10:03:20 to 10:03:22 (2 s)`. */
export function windowWords({ minMs, maxMs }: TimeWindow): string {
  const precisionMs = maxMs - minMs < 10_000 ? 1 : 1000;
  return t(
    '{0} to {1} ({2})',
    formatClock(minMs, precisionMs),
    formatClock(maxMs, precisionMs),
    formatSpan(maxMs - minMs),
  );
}

/** The chart of a window: one value beyond each end stays, so that lines run on to the edge. */
export function zoomed(model: TimeChartModel, window: TimeWindow | null): TimeChartModel {
  if (window === null) return model;
  const { timesMs } = model;
  let first = 0;
  while (first + 1 < timesMs.length && (timesMs[first + 1] ?? 0) <= window.minMs) first++;
  let end = timesMs.length;
  while (end - 1 > first && (timesMs[end - 2] ?? 0) >= window.maxMs) end--;
  return {
    ...model,
    ...window,
    timesMs: timesMs.subarray(first, end),
    lines: model.lines.map((line) => ({ ...line, values: line.values.subarray(first, end) })),
    markers: model.markers.filter(({ timeMs }) => timeMs >= window.minMs && timeMs <= window.maxMs),
    description: t('{0} Shown: {1}.', model.description, windowWords(window)),
  };
}
