/** The stretch of time that a person looks at, shared by every chart of a view. No document: pure, for tests too. */
import type { TimeRange } from '../../src/protocol/timeRange';
import { formatClock, formatDateTime, formatSpan } from './format';
import { TimeZoom } from './timeZoom';
import { t } from '../../src/protocol/l10n';

/** What a chart shows of time, in milliseconds since 1970; `stepMs` is one of its buckets. */
export interface BrushFrame {
  minMs: number;
  maxMs: number;
  stepMs: number;
}

export interface TimeBrushListener {
  /** The range moved, or is being drawn: only what is painted changes. */
  painted?: () => void;
  /** The person is done: what is shown and exported changes. */
  changed?: (range: TimeRange | null) => void;
}

/**
 * One range for all charts of a view, lists and exports. While a person draws, only the charts are told; when they are
 * done, everybody is.
 */
export class TimeBrush {
  /** What of the time the charts show, whatever is chosen. */
  readonly zoom = new TimeZoom();
  private readonly listeners = new Set<TimeBrushListener>();
  private current: TimeRange | null = null;
  private draft: TimeRange | null = null;

  /** What lists and exports are held to; null for all of the time. */
  get range(): TimeRange | null {
    return this.current;
  }

  /** What charts show: the range being drawn, else the one that holds. */
  get shown(): TimeRange | null {
    return this.draft ?? this.current;
  }

  listen(listener: TimeBrushListener): void {
    this.listeners.add(listener);
  }

  /** A range from one moment to another, in either order, is being drawn. */
  draw(oneMs: number, otherMs: number, frame: BrushFrame): void {
    this.draft = rangeBetween(oneMs, otherMs, frame);
    this.paint();
  }

  /** What was drawn holds from now on. */
  commit(): void {
    if (this.draft === null) return;
    const range = this.draft;
    this.draft = null;
    this.set(range);
  }

  cancel(): void {
    if (this.draft === null) return;
    this.draft = null;
    this.paint();
  }

  set(range: TimeRange | null): void {
    this.draft = null;
    const same = range?.fromUs === this.current?.fromUs && range?.untilUs === this.current?.untilUs;
    this.current = range;
    this.paint();
    if (!same) for (const listener of this.listeners) listener.changed?.(range);
  }

  /** True when there was a range. */
  clear(): boolean {
    const had = this.shown !== null;
    this.set(null);
    return had;
  }

  /** From the keyboard: moves the range by steps of the chart, or its end alone. Without a range it begins with the newest step. */
  step(steps: number, endOnly: boolean, frame: BrushFrame): void {
    const { current } = this;
    const lengthMs = frame.stepMs;
    if (current === null) {
      this.set(rangeBetween(frame.maxMs - lengthMs, frame.maxMs, frame));
      return;
    }
    const fromMs = current.fromUs / 1000;
    const untilMs = current.untilUs / 1000;
    const byMs = steps * frame.stepMs;
    if (endOnly) {
      const endMs = Math.min(Math.max(untilMs + byMs, fromMs + lengthMs), frame.maxMs);
      this.set(rangeBetween(fromMs, endMs, frame));
      return;
    }
    const moveMs = Math.min(Math.max(byMs, frame.minMs - fromMs), Math.max(0, frame.maxMs - untilMs));
    this.set(rangeBetween(fromMs + moveMs, untilMs + moveMs, frame));
  }

  private paint(): void {
    for (const listener of this.listeners) listener.painted?.();
  }
}

/** Inside the chart, on round milliseconds that a person can tell apart, and never empty. */
function rangeBetween(oneMs: number, otherMs: number, frame: BrushFrame): TimeRange {
  const roundMs = Math.max(1, 10 ** Math.floor(Math.log10(Math.max(1, (frame.maxMs - frame.minMs) / 1000))));
  const inside = (timeMs: number): number => Math.min(Math.max(timeMs, frame.minMs), frame.maxMs);
  const fromMs = Math.floor(inside(Math.min(oneMs, otherMs)) / roundMs) * roundMs;
  const untilMs = Math.max(fromMs + roundMs, Math.ceil(inside(Math.max(oneMs, otherMs)) / roundMs) * roundMs);
  return { fromUs: Math.round(fromMs * 1000), untilUs: Math.round(untilMs * 1000) };
}

/** `10:03:20.250 to 10:03:22.000 (1.8 s)`; with the dates where it goes over a midnight. */
export function timeRangeWords(range: TimeRange): string {
  const fromMs = range.fromUs / 1000;
  const untilMs = range.untilUs / 1000;
  const spanMs = untilMs - fromMs;
  const sameDay = new Date(fromMs).toDateString() === new Date(untilMs).toDateString();
  const precisionMs = fromMs % 1000 === 0 && untilMs % 1000 === 0 ? 1000 : 1;
  const words = (timeMs: number): string => (sameDay ? formatClock(timeMs, precisionMs) : formatDateTime(timeMs));
  return t('{0} to {1} ({2})', words(fromMs), words(untilMs), formatSpan(spanMs));
}
