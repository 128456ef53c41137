import * as v from 'valibot';
import { maxDisplayFilterLength, type SavedFilter } from '../../protocol/displayFilter';

/** Display filters of a workspace: those with a name, and those used before, newest first. */
export interface FilterLists {
  saved: SavedFilter[];
  recent: string[];
}

const maxRecent = 20;
const maxSaved = 200;

const filter = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(maxDisplayFilterLength));
const schema = v.object({
  saved: v.optional(
    v.pipe(v.array(v.object({ name: v.pipe(v.string(), v.maxLength(100)), filter })), v.maxLength(maxSaved)),
    [],
  ),
  recent: v.optional(v.pipe(v.array(filter), v.maxLength(maxSaved)), []),
});

export const noFilters: FilterLists = { saved: [], recent: [] };

/** The lists in the text of a filters file; null when it holds none. */
export function parseFilterLists(text: string): FilterLists | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = v.safeParse(schema, value);
  return parsed.success ? { saved: parsed.output.saved, recent: parsed.output.recent.slice(0, maxRecent) } : null;
}

/** `used` put first among the recent ones. */
export function withRecent(lists: FilterLists, used: string): FilterLists {
  const trimmed = used.trim();
  if (trimmed === '') return lists;
  return { ...lists, recent: [trimmed, ...lists.recent.filter((other) => other !== trimmed)].slice(0, maxRecent) };
}

/** With a saved filter, in the place of one of the same name. */
export function withSaved(lists: FilterLists, saved: SavedFilter): FilterLists {
  const others = lists.saved.filter(({ name }) => name !== saved.name);
  return { ...lists, saved: [...others, saved].slice(-maxSaved) };
}

/** Text of a filters file. */
export function filtersFileText({ saved, recent }: FilterLists): string {
  return `${JSON.stringify({ saved, recent }, null, 2)}\n`;
}
