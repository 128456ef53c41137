import type { AnalyzerReplies } from '../../protocol/analyzerMessages';
import { numberLanguage, t } from '../../protocol/l10n';

const packets = (count: number): string =>
  `${count.toLocaleString(numberLanguage())} ${t(count === 1 ? 'packet' : 'packets')}`;

/**
 * What came of the capture of a run, in words.
 * @param found null when it is not known which process the program was
 * @param decrypted whether the program wrote keys; null when it was not asked to
 */
export function runResultText(
  name: string,
  found: AnalyzerReplies['exportProgram'] | null,
  decrypted: boolean | null,
): string {
  const keys =
    decrypted === null
      ? ''
      : t(decrypted ? ' TLS is decrypted where its keys are there.' : ' No key of TLS was written.');
  if (found === null) {
    return t(
      '{0} has ended. Which process it was is not known, so the dashboard shows all traffic meanwhile.{1}',
      name,
      keys,
    );
  }
  const { rows, others, unknown } = found;
  const left = [
    ...(others > 0 ? [t('{0} of other programs', packets(others))] : []),
    ...(unknown > 0 ? [t('{0} of no known program', packets(unknown))] : []),
  ];
  const rest = left.length === 0 ? '' : t(' The dashboard has {0} besides.', left.join(t(' and ')));
  const own =
    rows === 0 ? t('No packet of {0} was seen.', name) : t('{0} of {1} and what it started.', packets(rows), name);
  return `${own}${rest}${keys}`;
}
