import type { Leftover } from '../sessions/leftovers';
import { numberLanguage, t } from '../../protocol/l10n';

const sizeFormat = new Intl.NumberFormat(numberLanguage(), { maximumFractionDigits: 1 });

/** One leftover in words: when it was started and how large it is. */
export function leftoverText(leftover: Pick<Leftover, 'bytes' | 'startedMs'>): string {
  const when =
    leftover.startedMs === 0 ? t('at an unknown time') : t('of {0}', new Date(leftover.startedMs).toLocaleString());
  const kibibytes = leftover.bytes / 1024;
  const size = kibibytes < 1024 ? `${sizeFormat.format(kibibytes)} KiB` : `${sizeFormat.format(kibibytes / 1024)} MiB`;
  return t('A capture {0} ({1})', when, size);
}
