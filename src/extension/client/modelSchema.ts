import * as v from 'valibot';
import { modelStates } from '../../protocol/liveCapture';
import type { ModelFigures } from '../../protocol/liveCapture';

const figure = v.pipe(v.number(), v.finite(), v.minValue(0));

/** What the model of a live capture does. */
export const modelSchema = v.object({
  state: v.picklist(modelStates),
  scoredFlows: figure,
  behindMs: figure,
  mostWaiting: figure,
  mostBehindMs: figure,
}) satisfies v.GenericSchema<unknown, ModelFigures>;
