import type { FilterHelp } from '../protocol/displayFilter';
import { compileFilter } from '../core/filter/displayFilter';
import { completionsAt } from '../core/filter/filterCompletion';
import { FieldValues } from '../core/filter/fieldValues';
import type { PacketStore } from './packetStore';

/** Packets whose values are offered: enough to see what a capture is about, and read in a moment. */
const sampledPackets = 4000;
const maxValues = 40;

/** What is wrong with a display filter, and what can stand at `caret` in it: names, and values that the first packets have. */
export async function filterHelp(packets: PacketStore, filter: string, caret: number): Promise<FilterHelp> {
  const compiled = compileFilter(filter);
  const { message, position, end } = compiled.ok ? { message: '', position: 0, end: 0 } : compiled;
  const place = completionsAt(filter, Math.min(caret, filter.length));
  const { from, to, valuesOf, typed, completions } = place;
  const values = valuesOf === null ? [] : await seenValues(packets, new FieldValues(valuesOf), typed);
  return {
    fault: compiled.ok ? null : { message, position, end },
    from,
    to,
    completions: [...completions, ...values.filter(({ text }) => !completions.some((known) => known.text === text))],
  };
}

async function seenValues(
  packets: PacketStore,
  values: FieldValues,
  typed: string,
): Promise<FilterHelp['completions']> {
  const enough = new AbortController();
  await packets
    .each(
      '',
      ({ view, packet }) => {
        if (packet.number <= sampledPackets) values.take(view, packet);
        else enough.abort();
      },
      enough.signal,
    )
    // A file that cannot be read says so elsewhere; the filter can be typed all the same.
    .catch(() => undefined);
  return values.completions(typed, maxValues);
}
