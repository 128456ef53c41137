import type { FindingTimeline } from '../../protocol/findingPage';
import type { Series } from '../../protocol/snapshot';

/** Columns of the picture at most. */
const maxColumns = 240;

/** Packets of the capture over its time, in no more columns than can be told apart; null when nothing was counted. */
export function findingTimeline(series: Series): FindingTimeline | null {
  const { packets, startUs, bucketMs } = series;
  if (packets.length === 0) return null;
  const merged = Math.ceil(packets.length / maxColumns);
  const columns = new Array<number>(Math.ceil(packets.length / merged)).fill(0);
  packets.forEach((count, at) => {
    const column = Math.floor(at / merged);
    columns[column] = (columns[column] ?? 0) + (Number.isNaN(count) ? 0 : count);
  });
  return { startMs: startUs / 1000, bucketMs: bucketMs * merged, packets: columns };
}
