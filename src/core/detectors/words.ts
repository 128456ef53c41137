/** "1 port", "12 ports", "2 queries". */
export function count(n: number, noun: string): string {
  if (n === 1) return `1 ${noun}`;
  return noun.endsWith('y') ? `${n} ${noun.slice(0, -1)}ies` : `${n} ${noun}s`;
}

/** "350 ms", "2.4 s", "90 s". */
export function span(seconds: number): string {
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

/** "22, 80 and 3 more". */
export function list(values: Iterable<number | string>, maxShown = 20): string {
  const all = [...values];
  const shown = all.slice(0, maxShown).join(', ');
  return all.length > maxShown ? `${shown} and ${all.length - maxShown} more` : shown;
}

/** Rounded so that a finding reads well: one decimal below 100, none above. */
export function rounded(value: number): number {
  return Math.abs(value) < 100 ? Math.round(value * 10) / 10 : Math.round(value);
}

/** What more than half of the values are; null when there is none. */
export function mostCommon<Value>(values: readonly Value[]): Value | null {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const [value, times] of counts) if (times * 2 > values.length) return value;
  return null;
}
