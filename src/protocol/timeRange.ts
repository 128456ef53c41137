/** A stretch of packet time: from its first moment on, up to the one that is no longer in it. Microseconds since 1970. */
export interface TimeRange {
  fromUs: number;
  untilUs: number;
}

/** Whether the value is a range that holds any time at all. */
export function isTimeRange(value: unknown): value is TimeRange {
  if (typeof value !== 'object' || value === null || !('fromUs' in value) || !('untilUs' in value)) return false;
  const { fromUs, untilUs } = value;
  return Number.isSafeInteger(fromUs) && Number.isSafeInteger(untilUs) && Number(fromUs) < Number(untilUs);
}

/** Microseconds since 1970 as seconds with all their digits, which a division would lose some of. */
function seconds(timeUs: number): string {
  const whole = Math.floor(timeUs / 1e6);
  return `${whole}.${String(timeUs - whole * 1e6).padStart(6, '0')}`;
}

/** The display filter that takes the packets of a range. */
export function timeRangeFilter(range: TimeRange): string {
  return `frame.time_epoch >= ${seconds(range.fromUs)} && frame.time_epoch < ${seconds(range.untilUs)}`;
}

/** Also inside of a text or a name: parentheses too many do no harm. */
const alternatives = /\|\||\bor\b|\bxor\b|\^\^/i;

/** A display filter, held to a range; what it was without one. */
export function withinTimeRange(filter: string, range: TimeRange | null): string {
  const text = filter.trim();
  if (range === null) return text;
  if (text === '') return timeRangeFilter(range);
  return `${alternatives.test(text) ? `(${text})` : text} && ${timeRangeFilter(range)}`;
}

/** Whether something that went on from `firstSeen` to `lastSeen` (seconds since 1970) has a part in the range. */
export function overlapsTimeRange(range: TimeRange | null, firstSeen: number, lastSeen: number): boolean {
  return range === null || (lastSeen * 1e6 >= range.fromUs && firstSeen * 1e6 < range.untilUs);
}
