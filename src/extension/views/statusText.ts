import type { Finding } from '../../protocol/finding';
import type { Snapshot } from '../../protocol/snapshot';
import { escapeIcons } from '../capture/interfaceChoices';
import { numberLanguage, t } from '../../protocol/l10n';

export interface StatusText {
  text: string;
  tooltip: string;
  /** Read by screen readers instead of the text with its icons. */
  label: string;
  command: 'startCapture' | 'openDashboard';
  warn: boolean;
}

const wholeFormat = new Intl.NumberFormat(numberLanguage(), { maximumFractionDigits: 0 });
const compactFormat = new Intl.NumberFormat(numberLanguage(), { notation: 'compact', maximumFractionDigits: 1 });

/** Packets per second in the newest whole bucket; null when there is none yet. */
export function packetsPerSecond(snapshot: Snapshot): number | null {
  const { packets, bucketMs } = snapshot.series;
  // The last bucket is still being filled.
  const newest = packets[packets.length >= 2 ? packets.length - 2 : 0];
  return newest === undefined || Number.isNaN(newest) ? null : (newest * 1000) / bucketMs;
}

/** The numbers of the capture itself, a line each. What is not known is said to be unknown. */
function captureNumbers(snapshot: Snapshot): string {
  const known = (value: number | null): string => (value === null ? t('unknown') : wholeFormat.format(value));
  const { droppedByKernel, shedByHelper } = snapshot.captureLoss;
  const lagMs = snapshot.live?.lagMs ?? null;
  return [
    t('Packets: {0}', wholeFormat.format(snapshot.packets)),
    t('Bytes: {0}', wholeFormat.format(snapshot.originalBytes)),
    t('Dropped by the kernel: {0}', known(droppedByKernel)),
    t('Shed by us: {0}', known(shedByHelper)),
    t('Lag: {0}', lagMs === null ? t('unknown') : `${wholeFormat.format(lagMs)} ms`),
  ].join('\n');
}

/** What the status bar says of the live capture. */
export function statusText(snapshot: Snapshot | null, title: string, findings: readonly Finding[]): StatusText {
  const serious = findings.filter((finding) => finding.severity === 'high' || finding.severity === 'critical').length;
  const seriousText = serious === 0 ? '' : ` $(warning) ${serious}`;
  const seriousWords =
    serious === 0 ? '' : serious === 1 ? t(', 1 serious finding') : t(', {0} serious findings', serious);
  const name = escapeIcons(title);
  const make = (
    icon: string,
    words: string,
    tooltip: string,
    command: StatusText['command'] = 'openDashboard',
  ): StatusText => ({
    text: `$(${icon}) ${words}${seriousText}`,
    tooltip,
    label: t('Network Traffic: {0}{1}', words, seriousWords),
    command,
    warn: serious > 0,
  });
  switch (snapshot?.state) {
    case 'authorising':
      return make(
        'sync~spin',
        t('{0}: waiting for permission', name),
        t('The capture starts as soon as it is permitted. Click to open the dashboard.'),
      );
    case 'capturing': {
      const rate = packetsPerSecond(snapshot) ?? 0;
      const rateText = t(' {0} pkt/s', compactFormat.format(rate).toLowerCase());
      return make(
        'record',
        `${name}${rateText}`,
        t('Capturing on {0}\n{1}\nClick to open the dashboard.', title, captureNumbers(snapshot)),
      );
    }
    case 'stopping':
      return make('sync~spin', t('{0}: stopping', name), t('The capture is being stopped.'));
    case 'finished':
      return make(
        'pulse',
        t('Network'),
        t(
          '{0} packets were captured on {1}. Click to open the dashboard.',
          wholeFormat.format(snapshot.packets),
          title,
        ),
      );
    case 'failed':
      return snapshot.failure?.code === 'CANCELLED'
        ? make('pulse', t('Network'), t('Start a network capture.'), 'startCapture')
        : make(
            'error',
            t('Network'),
            t('{0} Click to open the dashboard.', snapshot.failure?.message ?? t('The capture failed.')),
          );
    case undefined:
    case 'idle':
    case 'reading':
      return make('pulse', t('Network'), t('Start a network capture.'), 'startCapture');
  }
}
