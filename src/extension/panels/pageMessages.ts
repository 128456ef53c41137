import * as v from 'valibot';
import type { FromDoctorPage } from '../../protocol/doctorPage';
import { sensitivities } from '../../protocol/ruleSettings';
import type { FromWhatIfPage } from '../../protocol/whatIfPage';

const doctorSchema = v.variant('type', [
  v.strictObject({ type: v.literal('ready') }),
  v.strictObject({ type: v.literal('drawn'), sequence: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  v.strictObject({ type: v.literal('again') }),
  v.strictObject({ type: v.literal('copyCommand') }),
  v.strictObject({ type: v.literal('toTerminal') }),
  v.strictObject({ type: v.literal('startCapture') }),
  v.strictObject({ type: v.literal('trust') }),
  v.strictObject({ type: v.literal('showLog') }),
]) satisfies v.GenericSchema<unknown, FromDoctorPage>;

/** A message of the page of the doctor, or null for what is none. */
export function parseFromDoctorPage(value: unknown): FromDoctorPage | null {
  const parsed = v.safeParse(doctorSchema, value);
  return parsed.success ? parsed.output : null;
}

const whatIfSchema = v.variant('type', [
  v.strictObject({ type: v.literal('ready') }),
  v.strictObject({ type: v.literal('drawn'), sequence: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  v.strictObject({
    type: v.literal('try'),
    change: v.variant('kind', [
      v.strictObject({ kind: v.literal('sensitivity'), sensitivity: v.picklist(sensitivities) }),
      v.strictObject({
        kind: v.literal('number'),
        key: v.pipe(v.string(), v.maxLength(200)),
        value: v.pipe(v.number(), v.finite()),
      }),
    ]),
  }),
  v.strictObject({ type: v.literal('cancel') }),
  v.strictObject({ type: v.literal('save'), target: v.picklist(['user', 'workspace']) }),
]) satisfies v.GenericSchema<unknown, FromWhatIfPage>;

/** A message of the page of What-if, or null for what is none. */
export function parseFromWhatIfPage(value: unknown): FromWhatIfPage | null {
  const parsed = v.safeParse(whatIfSchema, value);
  return parsed.success ? parsed.output : null;
}
