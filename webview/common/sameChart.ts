import type { ChartLine, TimeChartModel, TimeMarker, TimeMoment } from './chartModels';

/** True when two models give the same picture and the same words: then there is nothing to draw. */
export function sameChart(a: TimeChartModel, b: TimeChartModel): boolean {
  return (
    a.kind === b.kind &&
    a.area === b.area &&
    a.bucketMs === b.bucketMs &&
    a.minMs === b.minMs &&
    a.maxMs === b.maxMs &&
    a.description === b.description &&
    a.note === b.note &&
    a.empty === b.empty &&
    a.timesMs.length === b.timesMs.length &&
    a.timesMs[0] === b.timesMs[0] &&
    sameList(a.lines, b.lines, sameLine) &&
    sameList(a.markers, b.markers, sameMarker) &&
    sameList(a.moments ?? [], b.moments ?? [], sameMoment)
  );
}

function sameList<Item>(a: readonly Item[], b: readonly Item[], same: (a: Item, b: Item) => boolean): boolean {
  return (
    a.length === b.length &&
    a.every((item, index) => {
      const other = b[index];
      return other !== undefined && same(item, other);
    })
  );
}

function sameLine(a: ChartLine, b: ChartLine): boolean {
  if (a.label !== b.label || a.colour !== b.colour || a.dashed !== b.dashed) return false;
  if (a.values.length !== b.values.length) return false;
  // Gaps are NaN, which equal themselves here.
  return a.values.every((value, index) => Object.is(value, b.values[index]));
}

const sameMarker = (a: TimeMarker, b: TimeMarker): boolean =>
  a.timeMs === b.timeMs && a.severity === b.severity && a.label === b.label;

const sameMoment = (a: TimeMoment, b: TimeMoment): boolean =>
  a.timeMs === b.timeMs && a.short === b.short && a.label === b.label;
