/** Where a measured value and its limit stand on a bar: pure, in percent of its length. */
import { t } from '../../src/protocol/l10n';

export interface EvidenceScale {
  observedPercent: number;
  limitPercent: number;
  logarithmic: boolean;
}

/** Beyond this factor between value and limit, the smaller one could not be seen on an even scale. */
const evenFactor = 25;

/** Room behind the larger of both, so that it can be seen to end. */
const headroom = 1.12;

/** Null for what has no place on a bar: text, what has no limit, and what is below zero. */
export function evidenceScale(observed: number | string, limit: number | string | null): EvidenceScale | null {
  if (typeof observed !== 'number' || !Number.isFinite(observed) || observed < 0) return null;
  const bound = typeof limit === 'number' && Number.isFinite(limit) && limit >= 0 ? limit : null;
  if (bound === null) return null;
  const largest = Math.max(observed, bound);
  if (largest === 0) return { observedPercent: 0, limitPercent: 0, logarithmic: false };
  const smallest = Math.min(observed, bound);
  const logarithmic = smallest > 0 && largest / smallest > evenFactor;
  // From a tenth of the smaller value on.
  const place = (value: number): number =>
    logarithmic
      ? (100 * Math.log10((value / smallest) * 10)) / Math.log10((largest / smallest) * 10 * headroom)
      : (100 * value) / (largest * headroom);
  return { observedPercent: place(observed), limitPercent: place(bound), logarithmic };
}

/** "2.7 times the limit", "below the limit": what the bar says, in words. */
export function scaleWords(observed: number | string, limit: number | string | null): string {
  if (limit === null) return t('no limit');
  if (typeof observed !== 'number' || typeof limit !== 'number')
    return observed === limit ? t('as the limit says') : '';
  if (limit === 0) return observed > 0 ? t('over the limit') : t('at the limit');
  const factor = observed / limit;
  if (observed === limit) return t('at the limit');
  if (factor < 1) return t('below the limit');
  return factor < 1.05
    ? t('just over the limit')
    : t('{0} times the limit', factor >= 10 ? Math.round(factor) : factor.toFixed(1));
}
