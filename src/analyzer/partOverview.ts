import { rules } from '../core/detectors/registry';
import { Engine } from '../core/engine/engine';
import { packetTimeUs } from '../core/pcap/rawPacket';
import type { SeriesMode } from '../core/stats/timeSeries';
import type { KeyLog } from '../core/streams/keyLog';
import type { PartOverview, PartQuery } from '../protocol/partOverview';
import { defaultRuleSettings } from '../protocol/ruleSettings';
import type { PacketStore } from './packetStore';

export interface PartOptions {
  localAddresses: string[];
  /** As the series of the capture itself copes with its length. */
  series?: SeriesMode;
  keyLog: KeyLog;
  /** Packet time up to which the capture has come, microseconds since 1970; null before its first packet. */
  clockUs: number | null;
}

/**
 * Reads the recorded packets again, and says of those of a part what a snapshot says of all. Bounded as an analysis is; no rule looks.
 * @returns null when it was given up
 * @throws FilterError, FileError
 */
export async function partOverview(
  store: PacketStore,
  { filter, range }: PartQuery,
  options: PartOptions,
  signal: AbortSignal,
): Promise<PartOverview | null> {
  const { clockUs, localAddresses, keyLog, series: mode } = options;
  const make = (): Engine =>
    new Engine({
      localAddresses,
      keyLog,
      ...(mode === undefined ? {} : { series: mode }),
      rules: { ...defaultRuleSettings, disabled: rules.map(({ id }) => id) },
    });
  const all = filter.trim() === '' ? null : make();
  const part = all !== null && range === null ? all : make();
  const { complete } = store.recorded;
  await store.each(
    filter,
    ({ packet }) => {
      all?.push(packet);
      const timeUs = packetTimeUs(packet);
      if (part !== all && (range === null || (timeUs >= range.fromUs && timeUs < range.untilUs))) part.push(packet);
    },
    signal,
  );
  if (signal.aborted) return null;
  // Up to now, as the charts of the capture are.
  if (clockUs !== null) all?.tick(clockUs);
  const series = all?.snapshot().series ?? null;
  const snapshot = part.snapshot();
  const { packets, capturedBytes, originalBytes, protocols, latency, loss, flows } = snapshot;
  const { talkers, conversations, recentPackets } = snapshot;
  const figures = { packets, capturedBytes, originalBytes, protocols, latency, loss, flows };
  return { ...figures, talkers, conversations, recentPackets, series, complete };
}
