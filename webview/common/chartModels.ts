/** Snapshot to what a chart shows: pure, no canvas, every number that a person reads is made here. */
import type { Finding, Severity } from '../../src/protocol/finding';
import type { Series, Snapshot } from '../../src/protocol/snapshot';
import {
  formatBitRate,
  formatCount,
  formatMilliseconds,
  formatPacketRate,
  formatShortCount,
  formatSpan,
  plural,
  safeText,
} from './format';
import type { ColourRole } from './theme';
import { t } from '../../src/protocol/l10n';

export interface ChartLine {
  label: string;
  /** One value a bucket; NaN is a gap. */
  values: Float64Array;
  colour: ColourRole;
  /** Tells lines apart without colour. */
  dashed: boolean;
}

export interface TimeMarker {
  timeMs: number;
  severity: Severity;
  label: string;
}

export interface TimeMoment {
  timeMs: number;
  /** What kind, in a word. */
  short: string;
  label: string;
}

export interface TimeChartModel {
  kind: 'line' | 'bar';
  /** Start of each bucket, milliseconds since 1970. */
  timesMs: Float64Array;
  bucketMs: number;
  minMs: number;
  maxMs: number;
  lines: ChartLine[];
  markers: TimeMarker[];
  /** Moments of a debug run; absent without any. */
  moments?: TimeMoment[];
  /** Fills the space below solid lines: for amounts, not for points of measurement. */
  area: boolean;
  formatValue: (value: number) => string;
  /** The chart in words with its numbers, for those who do not see it. */
  description: string;
  /** A remark beside the title; null for none. */
  note: string | null;
  /** Why there is nothing to draw; null when there is. */
  empty: string | null;
}

/** A live chart is at least this wide: a line of two points over the whole width says nothing. */
const minimumLiveSpanMs = 60_000;

export function isRunning(snapshot: Snapshot): boolean {
  return snapshot.state === 'capturing' || snapshot.state === 'reading' || snapshot.state === 'stopping';
}

/** What is not there can still come only while packets are read. */
export function yet(snapshot: Snapshot): string {
  return isRunning(snapshot) ? t(' yet') : '';
}

/** Buckets that are complete: while packets arrive the newest one is still filling, and would always seem to drop. */
export function completeBuckets(snapshot: Snapshot): number {
  const { length } = snapshot.series.packets;
  return isRunning(snapshot) && snapshot.source?.kind === 'live' && length > 1 ? length - 1 : length;
}

/** `values` for each second instead of for each bucket. */
export function perSecond(values: Float64Array, bucketMs: number, count: number): Float64Array {
  return values.subarray(0, count).map((value) => (value * 1000) / bucketMs);
}

export function maximum(values: Float64Array): number {
  let result = -Infinity;
  for (const value of values) if (value > result) result = value;
  return result;
}

export function sum(values: Float64Array): number {
  let result = 0;
  for (const value of values) if (!Number.isNaN(value)) result += value;
  return result;
}

const hasAny = (values: Float64Array): boolean => values.some((value) => value > 0);

export function lastKnown(values: Float64Array): number | null {
  for (let index = values.length - 1; index >= 0; index--) {
    const value = values[index];
    if (value !== undefined && !Number.isNaN(value)) return value;
  }
  return null;
}

function timeFrame(snapshot: Snapshot): Pick<TimeChartModel, 'timesMs' | 'bucketMs' | 'minMs' | 'maxMs' | 'markers'> {
  const { series } = snapshot;
  const count = completeBuckets(snapshot);
  const startMs = series.startUs / 1000;
  const timesMs = Float64Array.from({ length: count }, (_, index) => startMs + index * series.bucketMs);
  const maxMs = startMs + Math.max(1, count - 1) * series.bucketMs;
  const live = snapshot.source?.kind === 'live' && isRunning(snapshot);
  const minMs = live ? Math.min(startMs, maxMs - minimumLiveSpanMs) : startMs;
  return { timesMs, bucketMs: series.bucketMs, minMs, maxMs, markers: [] };
}

function describe(title: string, lines: ChartLine[], span: number, formatValue: (value: number) => string): string {
  const parts = lines.map((line) => {
    const last = lastKnown(line.values);
    if (last === null) return t('{0}: nothing measured', line.label);
    const known = line.values.filter((value) => !Number.isNaN(value));
    return t(
      '{0}: latest {1}, average {2}, highest {3}',
      line.label,
      formatValue(last),
      formatValue(sum(known) / known.length),
      formatValue(maximum(known)),
    );
  });
  return t('{0} over {1}. {2}.', title, formatSpan(span), parts.join('. '));
}

type LineSpec = [label: string, values: Float64Array, colour: ColourRole, dashed: boolean];

function model(
  snapshot: Snapshot,
  title: string,
  specs: LineSpec[],
  formatValue: (value: number) => string,
  extra: Partial<TimeChartModel> = {},
): TimeChartModel {
  const frame = timeFrame(snapshot);
  const lines = specs.map(([label, values, colour, dashed]) => ({ label, values, colour, dashed }));
  const covered = frame.timesMs.length * frame.bucketMs;
  return {
    kind: 'line',
    ...frame,
    lines,
    area: true,
    formatValue,
    note: null,
    empty: frame.timesMs.length === 0 ? t('No packet{0}', yet(snapshot)) : null,
    ...extra,
    description: extra.empty ? `${title}: ${extra.empty}.` : describe(title, lines, covered, formatValue),
  };
}

/** True when no address of this machine is known, as for files: there is no in and out. */
export function directionUnknown(series: Series): boolean {
  return !hasAny(series.bytesIn) && !hasAny(series.bytesOut) && hasAny(series.bytesOther);
}

export function bandwidthModel(snapshot: Snapshot): TimeChartModel {
  const { series } = snapshot;
  const count = completeBuckets(snapshot);
  const rate = (values: Float64Array): Float64Array => perSecond(values, series.bucketMs, count);
  const specs: LineSpec[] = directionUnknown(series)
    ? [[t('Total'), rate(series.bytesOther), 'blue', false]]
    : [
        [t('In'), rate(series.bytesIn), 'blue', false],
        [t('Out'), rate(series.bytesOut), 'orange', true],
      ];
  if (!directionUnknown(series) && hasAny(series.bytesOther))
    specs.push([t('Other'), rate(series.bytesOther), 'muted', false]);
  return model(snapshot, t('Bandwidth'), specs, formatBitRate);
}

const maxMarkers = 50;

export function packetRateModel(snapshot: Snapshot, findings: readonly Finding[]): TimeChartModel {
  const { series } = snapshot;
  const values = perSecond(series.packets, series.bucketMs, completeBuckets(snapshot));
  const rate = model(snapshot, t('Packets per second'), [[t('Packets'), values, 'green', false]], formatPacketRate);
  const result = withFindings(rate, findings);
  const { markers } = result;
  return { ...result, note: markers.length > 0 ? t('{0} marked', plural(markers.length, 'finding')) : null };
}

/** The chart with findings marked where they begin, in its words as well. */
export function withFindings(chart: TimeChartModel, findings: readonly Finding[]): TimeChartModel {
  const markers = findings
    .map((finding) => ({
      timeMs: finding.firstSeen * 1000,
      severity: finding.severity,
      label: safeText(finding.title, 80),
    }))
    .filter((marker) => marker.timeMs >= chart.minMs && marker.timeMs <= chart.maxMs)
    .slice(0, maxMarkers);
  if (markers.length === 0) return { ...chart, markers };
  const named = markers.slice(0, 3).map(({ label }) => label);
  const more = markers.length > 3 ? t(' and {0} more', formatCount(markers.length - 3)) : '';
  return { ...chart, markers, description: t('{0} Marked: {1}{2}.', chart.description, named.join('; '), more) };
}

export function latencyModel(snapshot: Snapshot): TimeChartModel {
  const { series } = snapshot;
  const count = completeBuckets(snapshot);
  const p50 = series.latencyP50Ms.subarray(0, count);
  const p95 = series.latencyP95Ms.subarray(0, count);
  const approximate = snapshot.source?.kind === 'live' && snapshot.source.timestampSource === 'process';
  const nothing = lastKnown(p50) === null && lastKnown(p95) === null;
  return model(
    snapshot,
    t('Latency'),
    [
      ['p50', p50, 'blue', false],
      ['p95', p95, 'purple', true],
    ],
    (value) => formatMilliseconds(value),
    {
      area: false,
      note: approximate ? t('approximate') : null,
      empty: nothing ? t('No TCP handshake or answered query measured{0}', yet(snapshot)) : null,
    },
  );
}

export interface KnownCaptureLoss {
  packets: number;
  /** False when one of the counters is unknown: then it may be more. */
  complete: boolean;
}

/** Null when nothing is known about the loss in our own capture. */
export function knownCaptureLoss(snapshot: Snapshot): KnownCaptureLoss | null {
  const { droppedByKernel, shedByHelper } = snapshot.captureLoss;
  if (droppedByKernel === null && shedByHelper === null) return null;
  return {
    packets: (droppedByKernel ?? 0) + (shedByHelper ?? 0),
    complete: droppedByKernel !== null && shedByHelper !== null,
  };
}

export function lossModel(snapshot: Snapshot): TimeChartModel {
  const { series } = snapshot;
  const count = completeBuckets(snapshot);
  const specs: LineSpec[] = [
    [t('Retransmitted on the wire'), series.retransmittedSegments.subarray(0, count), 'orange', false],
  ];
  let note: string | null = null;
  if (snapshot.source?.kind !== 'file') {
    const { droppedByKernel, shedByHelper } = snapshot.captureLoss;
    const known = knownCaptureLoss(snapshot);
    if (known === null) note = t('loss in this capture: unknown');
    else if (droppedByKernel === null) note = t('drops of the kernel: unknown');
    else if (shedByHelper === null) note = t('drops of the helper: unknown');
    if (known) specs.push([t('Lost in this capture'), series.captureLost.subarray(0, count), 'red', true]);
  }
  const result = model(snapshot, t('Loss'), specs, (value) => formatShortCount(value), { kind: 'bar', note });
  // The first and the last bar are drawn around their moment and need the room.
  const half = result.bucketMs / 2;
  return { ...result, minMs: result.minMs - half, maxMs: result.maxMs + half };
}

/** Rows of the table twin, newest first: time and one cell a line. */
export function twinRows(
  chart: TimeChartModel,
  maxRows: number,
): { rows: { timeMs: number; cells: string[] }[]; left: number } {
  const rows: { timeMs: number; cells: string[] }[] = [];
  for (let index = chart.timesMs.length - 1; index >= 0 && rows.length < maxRows; index--) {
    const cells = chart.lines.map((line) => {
      const value = line.values[index];
      return value === undefined || Number.isNaN(value) ? '–' : chart.formatValue(value);
    });
    rows.push({ timeMs: chart.timesMs[index] ?? 0, cells });
  }
  return { rows, left: chart.timesMs.length - rows.length };
}

export interface ProtocolShare {
  protocol: string;
  /** Name for a screen: protocol in capitals as it is usually written. */
  label: string;
  packets: number;
  bytes: number;
  colour: ColourRole;
}

/** Carriers: every packet holds some of them, so they say nothing about what the traffic is. */
const carriers = new Set([
  'eth',
  'sll',
  'null',
  'raw',
  'ppp',
  'pppoes',
  'llc',
  'vlan',
  'mpls',
  'ip',
  'ipv6',
  'ipv6.hopopts',
  'ipv6.routing',
  'ipv6.fraghdr',
  'ipv6.dstopts',
  'ah',
  'gre',
  'data',
]);
const overTcp = new Set(['http', 'tls', 'ssh', 'ftp', 'smtp', 'imap', 'pop', 'mqtt']);
const overUdp = new Set(['dns', 'mdns', 'llmnr', 'ssdp', 'dhcp', 'ntp', 'quic']);
const shareColours: readonly ColourRole[] = ['blue', 'green', 'orange', 'purple', 'yellow', 'red'];
const lowerCaseNames: Record<string, string> = { mdns: 'mDNS', icmpv6: 'ICMPv6', eapol: 'EAPOL' };

/**
 * Parts of the traffic by the highest protocol that was recognised. The counts of a snapshot overlap (a DNS packet
 * counts in `udp` and `dns`), so what is left of TCP and UDP once their applications are taken away is shown as such.
 * DNS over TCP is taken from UDP: both rests are bounded below by 0 and the error is the few packets of that kind.
 */
export function protocolShares(snapshot: Snapshot, unit: 'bytes' | 'packets', maxParts = 7): ProtocolShare[] {
  const rest = (name: string, applications: ReadonlySet<string>): Omit<ProtocolShare, 'colour'> | null => {
    const whole = snapshot.protocols.find((row) => row.protocol === name);
    if (!whole) return null;
    let { packets, bytes } = whole;
    for (const row of snapshot.protocols)
      if (applications.has(row.protocol)) {
        packets -= row.packets;
        bytes -= row.bytes;
      }
    const label = whole.packets === packets ? name.toUpperCase() : t('{0}, other', name.toUpperCase());
    return { protocol: name, label, packets: Math.max(0, packets), bytes: Math.max(0, bytes) };
  };
  const parts: Omit<ProtocolShare, 'colour'>[] = snapshot.protocols
    .filter((row) => !carriers.has(row.protocol) && row.protocol !== 'tcp' && row.protocol !== 'udp')
    .map((row) => ({ ...row, label: lowerCaseNames[row.protocol] ?? safeText(row.protocol.toUpperCase(), 24) }));
  for (const part of [rest('tcp', overTcp), rest('udp', overUdp)]) if (part) parts.push(part);
  const sorted = parts.filter((part) => part.packets > 0).sort((a, b) => b[unit] - a[unit] || b.packets - a.packets);
  const head = sorted.slice(0, sorted.length > maxParts ? maxParts - 1 : maxParts);
  const tail = sorted.slice(head.length);
  const coloured = head.map((part, index) => ({
    ...part,
    colour: shareColours[index % shareColours.length] ?? 'blue',
  }));
  if (tail.length === 0) return coloured;
  const total = (key: 'packets' | 'bytes'): number => tail.reduce((value, part) => value + part[key], 0);
  const label = t('{0} others', formatCount(tail.length));
  return [...coloured, { protocol: '', label, packets: total('packets'), bytes: total('bytes'), colour: 'muted' }];
}
