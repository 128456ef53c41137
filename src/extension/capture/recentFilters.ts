import * as v from 'valibot';
import { filterSchema } from '../settings';

const maxRecentFilters = 10;

/** The stored list, as far as it is one; newest first. */
export function parseRecentFilters(stored: unknown): string[] {
  if (!Array.isArray(stored)) return [];
  return stored
    .filter((filter): filter is string => filter !== '' && v.is(filterSchema, filter))
    .slice(0, maxRecentFilters);
}

/** `filter` put first. The empty filter is not worth remembering. */
export function withRecentFilter(recent: readonly string[], filter: string): string[] {
  const trimmed = filter.trim();
  if (trimmed === '') return [...recent];
  return [trimmed, ...recent.filter((other) => other !== trimmed)].slice(0, maxRecentFilters);
}
