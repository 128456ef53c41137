import * as v from 'valibot';
import { maxDisplayFilterLength } from '../../protocol/displayFilter';
import type { FilterSearch } from '../../protocol/filterSearch';
import { searchStates } from '../../protocol/filterSearch';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** How far a search for the packets of a display filter has come, as the analyzer tells it. */
export const searchSchema = v.object({
  filter: v.pipe(v.string(), v.maxLength(maxDisplayFilterLength)),
  matched: count,
  searched: count,
  total: count,
  state: v.picklist(searchStates),
}) satisfies v.GenericSchema<unknown, FilterSearch>;
