import { formatClock } from './format';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const stepsMs = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  second,
  2 * second,
  5 * second,
  10 * second,
  15 * second,
  30 * second,
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  7 * day,
  14 * day,
  30 * day,
  90 * day,
  365 * day,
] as const;

export interface TimeTick {
  valueMs: number;
  label: string;
}

/** Smallest round step that needs at most `maxCount` ticks for the span. */
export function timeStepMs(spanMs: number, maxCount: number): number {
  const wanted = spanMs / Math.max(1, maxCount);
  return stepsMs.find((step) => step >= wanted) ?? Math.ceil(wanted / day) * day;
}

/**
 * Round moments of local time inside `minMs..maxMs` (milliseconds since 1970). The offset from UTC is the one at
 * `minMs`: over a change of daylight saving time the labels stay true and only lose their roundness.
 */
export function timeTicks(minMs: number, maxMs: number, maxCount: number): TimeTick[] {
  const spanMs = maxMs - minMs;
  if (!Number.isFinite(minMs) || !Number.isFinite(maxMs) || spanMs <= 0) return [];
  const step = timeStepMs(spanMs, maxCount);
  const offsetMs = new Date(minMs).getTimezoneOffset() * minute;
  const ticks: TimeTick[] = [];
  for (let value = Math.ceil((minMs - offsetMs) / step) * step + offsetMs; value <= maxMs; value += step)
    ticks.push({ valueMs: value, label: tickLabel(value, step) });
  return ticks;
}

function tickLabel(valueMs: number, step: number): string {
  if (step < day) return formatClock(valueMs, step);
  const date = new Date(valueMs);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
}
