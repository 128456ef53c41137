import type { Leftover } from '../sessions/leftovers';

const sizeFormat = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** One leftover in words: when it was started and how large it is. */
export function leftoverText(leftover: Pick<Leftover, 'bytes' | 'startedMs'>): string {
  const when = leftover.startedMs === 0 ? 'at an unknown time' : `of ${new Date(leftover.startedMs).toLocaleString()}`;
  const kibibytes = leftover.bytes / 1024;
  const size = kibibytes < 1024 ? `${sizeFormat.format(kibibytes)} KiB` : `${sizeFormat.format(kibibytes / 1024)} MiB`;
  return `A capture ${when} (${size})`;
}
