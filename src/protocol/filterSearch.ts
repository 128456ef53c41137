/** How far the search for the packets of a display filter has come. */
export interface FilterSearch {
  /** The display filter, as it was asked for. */
  filter: string;
  /** Packets that match, of those looked at; they are there to be shown. */
  matched: number;
  /** Packets looked at. */
  searched: number;
  /** Packets that there are, as far as that is known. */
  total: number;
  /** `stopped`: by a person, or because another filter was applied; what was found stays. */
  state: (typeof searchStates)[number];
}

/**
 * How a page of a display filter is asked for: a search that takes long is then answered with what it has found by now, and told of
 * by events. `start` goes on with one that was stopped, `keep` does not.
 */
export const searchModes = ['start', 'keep'] as const;
export type SearchMode = (typeof searchModes)[number];

export const searchStates = ['searching', 'stopped', 'done'] as const;
