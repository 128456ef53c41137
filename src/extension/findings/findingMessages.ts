import * as v from 'valibot';
import { verdicts, type FromFindingPage } from '../../protocol/findingPage';

const position = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));

const schema = v.variant('type', [
  v.strictObject({ type: v.literal('ready') }),
  v.strictObject({ type: v.literal('drawn'), sequence: position }),
  v.strictObject({ type: v.literal('showPackets'), numbers: v.pipe(v.array(position), v.maxLength(10_000)) }),
  v.strictObject({ type: v.literal('showFlow'), flow: position }),
  v.strictObject({ type: v.literal('mark'), verdict: v.nullable(v.picklist(verdicts)) }),
  v.strictObject({ type: v.literal('silence') }),
  v.strictObject({ type: v.literal('exportEvidence') }),
  v.strictObject({ type: v.literal('showRule') }),
  v.strictObject({ type: v.literal('showDocument') }),
]) satisfies v.GenericSchema<unknown, FromFindingPage>;

/** A message of the page of a finding; null when it is none. */
export function parseFromFindingPage(value: unknown): FromFindingPage | null {
  const parsed = v.safeParse(schema, value);
  return parsed.success ? parsed.output : null;
}
