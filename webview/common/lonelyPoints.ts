import type { Plugin } from 'chart.js';

const radiusPx = 2;

/**
 * A value between two gaps has no line to show it: it gets a point. Not by a radius for each value, for which chart.js would
 * have to resolve the options of each point.
 */
export function lonelyPoints(): Plugin<'line' | 'bar'> {
  return {
    id: 'lonelyPoints',
    afterDatasetsDraw: ({ ctx, data, scales }) => {
      const { x, y } = scales;
      if (x === undefined || y === undefined) return;
      for (const { type, data: values, pointBackgroundColor: colour } of data.datasets as LineLike[]) {
        if (type !== 'line') continue;
        ctx.fillStyle = colour;
        for (let index = 0; index < values.length; index++) {
          const value = values[index] ?? NaN;
          if (Number.isNaN(value) || !isGap(values[index - 1]) || !isGap(values[index + 1])) continue;
          ctx.beginPath();
          ctx.arc(
            x.getPixelForValue(Number(data.labels?.[index])),
            y.getPixelForValue(value),
            radiusPx,
            0,
            2 * Math.PI,
          );
          ctx.fill();
        }
      }
    },
  };
}

interface LineLike {
  type?: string;
  data: readonly number[];
  pointBackgroundColor: string;
}

const isGap = (value: number | undefined): boolean => value === undefined || Number.isNaN(value);
