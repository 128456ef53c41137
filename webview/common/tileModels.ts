import type { Percentiles } from '../../src/protocol/capture';
import type { Finding, Severity } from '../../src/protocol/finding';
import type { Snapshot } from '../../src/protocol/snapshot';
import {
  completeBuckets,
  directionUnknown,
  isRunning,
  knownCaptureLoss,
  maximum,
  perSecond,
  sum,
  yet,
} from './chartModels';
import { severitySummary } from './findingOrder';
import {
  formatBitRate,
  formatBytes,
  formatCount,
  formatMilliseconds,
  formatPacketRate,
  formatPercent,
  formatShortCount,
  formatSpan,
  noValueText,
  plural,
  unknownText,
} from './format';
import { t } from '../../src/protocol/l10n';

export interface TileModel {
  id: string;
  label: string;
  value: string;
  detail: string;
  /** Said beside the value by an icon as well, never by colour alone. */
  tone: 'normal' | 'warning' | 'error';
  title: string;
  /** Packets are missing in our own capture, and so in this figure; absent where it cannot be. */
  lossy?: boolean;
}

/** Packet time that the capture covers, in milliseconds. */
export function captureSpanMs(snapshot: Snapshot): number {
  return snapshot.firstUs === null || snapshot.clockUs === null
    ? 0
    : Math.max(0, (snapshot.clockUs - snapshot.firstUs) / 1000);
}

/** The last complete seconds while capturing, the whole capture afterwards. */
function rate(snapshot: Snapshot, values: Float64Array): { now: number; average: number; peak: number } {
  const { bucketMs, startUs } = snapshot.series;
  const each = perSecond(values, bucketMs, completeBuckets(snapshot));
  // Of a long capture the series is the newest part: its sum is of that time alone.
  const leftOutMs = snapshot.firstUs === null ? 0 : Math.max(0, startUs - snapshot.firstUs) / 1000;
  const spanSeconds = Math.max(0, captureSpanMs(snapshot) - leftOutMs) / 1000;
  const bucketsSpan = (each.length * bucketMs) / 1000;
  // A capture of one burst has no length of its own: its bucket is the shortest time it can be said to have taken.
  const average = each.length === 0 ? 0 : sum(values) / Math.max(spanSeconds, Math.min(bucketsSpan, bucketMs / 1000));
  const recent = each.subarray(Math.max(0, each.length - Math.max(1, Math.round(2000 / bucketMs))));
  const now = recent.length === 0 ? 0 : sum(recent) / recent.length;
  return { now, average, peak: Math.max(0, maximum(each)) };
}

function rateTile(
  snapshot: Snapshot,
  tile: { id: string; label: string; values: Float64Array; format: (value: number) => string; title: string },
): TileModel {
  const { now, average, peak } = rate(snapshot, tile.values);
  const live = isRunning(snapshot) && snapshot.source?.kind === 'live';
  const detail = live
    ? t('avg {0} · peak {1}', tile.format(average), tile.format(peak))
    : t('average · peak {0}', tile.format(peak));
  return {
    id: tile.id,
    label: tile.label,
    value: snapshot.packets === 0 ? noValueText : tile.format(live ? now : average),
    detail: snapshot.packets === 0 ? '' : detail,
    tone: 'normal',
    title: tile.title,
  };
}

function bandwidthTiles(snapshot: Snapshot): TileModel[] {
  const { series } = snapshot;
  if (directionUnknown(series) || snapshot.source?.kind === 'file') {
    const all = series.bytesOther.map(
      (value, index) => value + (series.bytesIn[index] ?? 0) + (series.bytesOut[index] ?? 0),
    );
    const title = t('Bytes on the wire for each second, frames with all their headers');
    return [
      rateTile(snapshot, { id: 'bandwidth', label: t('Bandwidth'), values: all, format: formatBitRate, title }),
      {
        id: 'span',
        label: t('Duration'),
        value: snapshot.packets === 0 ? noValueText : formatSpan(captureSpanMs(snapshot)),
        detail: snapshot.packets === 0 ? '' : t('first to last packet'),
        tone: 'normal',
        title: t('Time between the first and the last packet'),
      },
    ];
  }
  const inTitle = t('Towards an address of this machine, frames with all their headers');
  const outTitle = t('From an address of this machine, frames with all their headers');
  const format = formatBitRate;
  return [
    rateTile(snapshot, { id: 'in', label: t('Bandwidth in'), values: series.bytesIn, format, title: inTitle }),
    rateTile(snapshot, { id: 'out', label: t('Bandwidth out'), values: series.bytesOut, format, title: outTitle }),
  ];
}

/** A part that is unknown makes the sum unknown, or a lower bound: never 0. */
function captureLossText(snapshot: Snapshot): string {
  const lost = knownCaptureLoss(snapshot);
  if (lost === null || (lost.packets === 0 && !lost.complete)) return unknownText;
  return lost.complete ? formatShortCount(lost.packets) : `≥ ${formatShortCount(lost.packets)}`;
}

function captureLossTile(snapshot: Snapshot): TileModel | null {
  if (snapshot.source?.kind === 'file') return null;
  const lost = knownCaptureLoss(snapshot);
  const { droppedByKernel, shedByHelper } = snapshot.captureLoss;
  const part = (value: number | null): string => (value === null ? unknownText : formatShortCount(value));
  return {
    id: 'captureLoss',
    label: t('Lost in this capture'),
    value: captureLossText(snapshot),
    detail:
      lost === null
        ? t('the backend does not say')
        : t('kernel {0} · helper {1}', part(droppedByKernel), part(shedByHelper)),
    tone: lost !== null && lost.packets > 0 ? 'warning' : 'normal',
    title: t('Packets that reached this machine and are missing here. Not loss on the wire.'),
  };
}

const severe: readonly Severity[] = ['high', 'critical'];

function latencyTile(
  snapshot: Snapshot,
  id: string,
  label: string,
  percentiles: Percentiles,
  meaning: string,
): TileModel {
  const approximate = snapshot.source?.kind === 'live' && snapshot.source.timestampSource === 'process';
  const remark = approximate ? t(' Approximate: packets are stamped when they are read, not when they arrive.') : '';
  const { count, p50, p95, p99 } = percentiles;
  return {
    id,
    label,
    value: `${approximate && p50 !== null ? '≈ ' : ''}${formatMilliseconds(p50)}`,
    detail:
      count === 0
        ? t('none measured{0}', yet(snapshot))
        : t(
            'p95 {0} · p99 {1} · {2} measured',
            formatMilliseconds(p95),
            formatMilliseconds(p99),
            formatShortCount(count),
          ),
    tone: 'normal',
    title: t('Median {0}.{1}', meaning, remark),
  };
}

function findingsTile(findings: readonly Finding[], running: boolean): TileModel {
  const worst = findings.some((finding) => severe.includes(finding.severity));
  return {
    id: 'findings',
    label: t('Findings'),
    value: formatCount(findings.length),
    detail: severitySummary(findings) || (running ? t('nothing suspicious so far') : t('nothing suspicious')),
    tone: worst ? 'error' : findings.some((finding) => finding.severity === 'medium') ? 'warning' : 'normal',
    title: t('What the detectors report'),
  };
}

function flowsTile(snapshot: Snapshot): TileModel {
  const { open, total, tcp, udp, other } = snapshot.flows;
  const kinds = t(
    '{0} TCP · {1} UDP{2}',
    formatShortCount(tcp),
    formatShortCount(udp),
    other > 0 ? t(' · {0} other', formatShortCount(other)) : '',
  );
  const running = isRunning(snapshot);
  return {
    id: 'flows',
    label: running ? t('Active flows') : t('Flows'),
    value: formatShortCount(running ? open : total),
    detail: running ? t('of {0} · {1}', formatShortCount(total), kinds) : kinds,
    tone: 'normal',
    title: t('Bidirectional flows: both directions of a connection count as one'),
  };
}

/** Figures at a glance; those that miss packets because our own capture does are marked as such. */
export function tileModels(snapshot: Snapshot, findings: readonly Finding[]): TileModel[] {
  const lost = knownCaptureLoss(snapshot)?.packets ?? 0;
  const tiles = allTiles(snapshot, findings);
  return lost === 0 ? tiles : tiles.map((tile) => ({ ...tile, lossy: tile.id !== 'captureLoss' }));
}

function allTiles(snapshot: Snapshot, findings: readonly Finding[]): TileModel[] {
  const { tcpRetransmissionPercent, tcpRetransmittedSegments } = snapshot.loss;
  const [kept, all] = [formatBytes(snapshot.capturedBytes), formatBytes(snapshot.originalBytes)];
  // A few bytes cut off one packet are no other figure.
  const cut = kept === all ? '' : t(' · {0} kept', kept);
  return [
    {
      id: 'packets',
      label: t('Packets'),
      value: formatShortCount(snapshot.packets),
      detail: `${all}${cut}`,
      tone: 'normal',
      title: t('{0}, {1} bytes on the wire', plural(snapshot.packets, 'packet'), formatCount(snapshot.originalBytes)),
    },
    rateTile(snapshot, {
      id: 'rate',
      label: t('Packet rate'),
      values: snapshot.series.packets,
      format: formatPacketRate,
      title: t('Packets for each second'),
    }),
    ...bandwidthTiles(snapshot),
    flowsTile(snapshot),
    latencyTile(
      snapshot,
      'handshake',
      t('TCP handshake'),
      snapshot.latency.tcpHandshakeMs,
      t('time from SYN to the answer'),
    ),
    latencyTile(snapshot, 'dns', t('DNS latency'), snapshot.latency.dnsMs, t('time from a DNS query to its response')),
    {
      id: 'retransmissions',
      label: t('Retransmissions'),
      value: formatPercent(tcpRetransmissionPercent),
      detail:
        tcpRetransmissionPercent === null
          ? t('no TCP data{0}', yet(snapshot))
          : plural(tcpRetransmittedSegments, 'segment'),
      tone: tcpRetransmissionPercent !== null && tcpRetransmissionPercent >= 3 ? 'warning' : 'normal',
      title: t('TCP segments sent again, of all that carry data, SYN or FIN: an estimate of loss on the wire'),
    },
    captureLossTile(snapshot) ??
      latencyTile(
        snapshot,
        'http',
        t('HTTP latency'),
        snapshot.latency.httpMs,
        t('time from an HTTP request to its response'),
      ),
    findingsTile(findings, isRunning(snapshot)),
  ];
}
