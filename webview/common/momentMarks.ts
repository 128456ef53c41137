import type { Plugin } from 'chart.js';
import type { TimeChartModel } from './chartModels';
import type { ChartTheme } from './theme';

/** Words of moments that would stand closer than this are left out: the line is there, and the tooltip. */
const wordGapPx = 8;
const flagPx = 7;

/** Lines at the moments of a debug run, each with a flag at the bottom and its kind in a word where there is room. */
export function momentMarks(
  model: () => TimeChartModel | null,
  theme: () => ChartTheme | null,
): Plugin<'line' | 'bar'> {
  return {
    id: 'momentMarks',
    afterDatasetsDraw: (chart) => {
      const moments = model()?.moments ?? [];
      const colours = theme();
      const x = chart.scales['x'];
      if (moments.length === 0 || colours === null || x === undefined) return;
      const { ctx, chartArea } = chart;
      ctx.save();
      ctx.strokeStyle = colours.foreground;
      ctx.fillStyle = colours.foreground;
      ctx.lineWidth = 1;
      ctx.font = `10px ${colours.fontFamily}`;
      ctx.textBaseline = 'bottom';
      let free = chartArea.left;
      for (const { timeMs, short } of moments) {
        const at = Math.round(x.getPixelForValue(timeMs)) + 0.5;
        ctx.beginPath();
        ctx.moveTo(at, chartArea.top);
        ctx.lineTo(at, chartArea.bottom);
        ctx.stroke();
        const width = ctx.measureText(short).width;
        // A flag at the right edge points to the left.
        const toLeft = at + flagPx + width > chartArea.right;
        const side = toLeft ? -1 : 1;
        ctx.beginPath();
        ctx.moveTo(at, chartArea.bottom);
        ctx.lineTo(at + side * flagPx, chartArea.bottom - flagPx / 2);
        ctx.lineTo(at, chartArea.bottom - flagPx);
        ctx.fill();
        const left = toLeft ? at - 3 - width : at + 3;
        if (left < free) continue;
        free = left + width + wordGapPx;
        // Readable on lines and bars.
        ctx.fillStyle = colours.background;
        ctx.fillRect(left - 1, chartArea.bottom - flagPx - 12, width + 2, 12);
        ctx.fillStyle = colours.foreground;
        ctx.fillText(short, left, chartArea.bottom - flagPx - 1);
      }
      ctx.restore();
    },
  };
}
