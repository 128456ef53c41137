/** A number on a slider. No document: pure, for tests too. */
import type { WhatIfNumber } from '../../src/protocol/whatIfPage';

/** Positions of the slider. */
export const sliderSteps = 200;

/** Least and most that the slider reaches: a tenth to ten times of what the presets say, as far as the setting allows. */
export function sliderEnds({ presets, set, minimum, maximum }: WhatIfNumber): { least: number; most: number } {
  const known = [presets.low, presets.medium, presets.high, ...(set === null ? [] : [set])];
  const least = Math.max(minimum, Math.min(...known) / 10);
  return { least, most: Math.max(least, Math.min(maximum, Math.max(...known) * 10)) };
}

/** A position as a number: each step is the same factor, so that small thresholds can be set as finely as large ones. */
export function numberAt(number: WhatIfNumber, position: number): number {
  const { least, most } = sliderEnds(number);
  const share = Math.min(Math.max(position / sliderSteps, 0), 1);
  const value = least > 0 ? least * (most / least) ** share : least + (most - least) * share;
  const { minimum, maximum, integer } = number;
  const rounded = integer ? Math.round(value) : Number(value.toPrecision(3));
  return Math.min(Math.max(rounded, minimum), maximum);
}

/** The position that is nearest to a number. */
export function positionOf(number: WhatIfNumber, value: number): number {
  const { least, most } = sliderEnds(number);
  if (most <= least) return 0;
  const inside = Math.min(Math.max(value, least), most);
  const share = least > 0 ? Math.log(inside / least) / Math.log(most / least) : (inside - least) / (most - least);
  return Math.round(share * sliderSteps);
}
