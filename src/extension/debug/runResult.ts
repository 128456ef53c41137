import type { AnalyzerReplies } from '../../protocol/analyzerMessages';

const packets = (count: number): string => `${count.toLocaleString('en-US')} ${count === 1 ? 'packet' : 'packets'}`;

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
    decrypted === null ? '' : decrypted ? ' TLS is decrypted where its keys are there.' : ' No key of TLS was written.';
  if (found === null) {
    return `${name} has ended. Which process it was is not known, so the dashboard shows all traffic meanwhile.${keys}`;
  }
  const { rows, others, unknown } = found;
  const left = [
    ...(others > 0 ? [`${packets(others)} of other programs`] : []),
    ...(unknown > 0 ? [`${packets(unknown)} of no known program`] : []),
  ];
  const rest = left.length === 0 ? '' : ` The dashboard has ${left.join(' and ')} besides.`;
  const own = rows === 0 ? `No packet of ${name} was seen.` : `${packets(rows)} of ${name} and what it started.`;
  return `${own}${rest}${keys}`;
}
