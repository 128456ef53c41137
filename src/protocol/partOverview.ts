import type { Series, Snapshot } from './snapshot';
import type { TimeRange } from './timeRange';

/** Longest display filter of a part. */
export const maxPartFilterLength = 200;

/** Which part of a capture is asked about: the packets of a display filter (empty for all), in a stretch of time. */
export interface PartQuery {
  filter: string;
  range: TimeRange | null;
}

/** What a dashboard shows, of a part of the recorded packets. Rates over time go on outside of the range, so that it can be moved. */
export interface PartOverview extends Pick<
  Snapshot,
  | 'packets'
  | 'capturedBytes'
  | 'originalBytes'
  | 'protocols'
  | 'latency'
  | 'loss'
  | 'flows'
  | 'talkers'
  | 'conversations'
  | 'recentPackets'
> {
  /** Of the filter alone; null without one: those of the capture hold. */
  series: Series | null;
  /** False when the oldest packets of the capture are gone. */
  complete: boolean;
}
