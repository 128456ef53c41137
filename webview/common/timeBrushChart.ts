/** The time brush on one chart: drawn over it, moved by mouse and keyboard. */
import type { Chart, Plugin } from 'chart.js';
import { color } from 'chart.js/helpers';
import type { BrushFrame, TimeBrush } from './timeBrush';
import { timeRangeWords } from './timeBrush';
import type { ChartTheme } from './theme';
import { attachZoom } from './timeZoomChart';
import { t } from '../../src/protocol/l10n';

/** A pointer that moved less has pressed, not drawn. */
const drawnPx = 4;

type AnyChart = Chart<'line' | 'bar', number[], number>;

export interface BrushedChart {
  /** Null before the first drawing. */
  chart(): AnyChart | null;
  /** Null while there is nothing to choose from. */
  frame(): BrushFrame | null;
  /** All of the time that the chart has, also what is not shown. */
  whole(): BrushFrame | null;
  theme(): ChartTheme | null;
}

/** Darkens what is not in the range, and draws its edges. */
export function brushPlugin(brush: TimeBrush, brushed: BrushedChart): Plugin<'line' | 'bar'> {
  return {
    id: 'timeBrush',
    afterDatasetsDraw: (chart) => {
      const { shown } = brush;
      const theme = brushed.theme();
      const x = chart.scales['x'];
      if (shown === null || theme === null || x === undefined) return;
      const { ctx, chartArea } = chart;
      const inside = (timeUs: number): number =>
        Math.min(Math.max(x.getPixelForValue(timeUs / 1000), chartArea.left), chartArea.right);
      const from = inside(shown.fromUs);
      const until = inside(shown.untilUs);
      const height = chartArea.bottom - chartArea.top;
      ctx.save();
      ctx.fillStyle = color(theme.background)
        .alpha(theme.highContrast ? 0.75 : 0.65)
        .rgbString();
      ctx.fillRect(chartArea.left, chartArea.top, from - chartArea.left, height);
      ctx.fillRect(until, chartArea.top, chartArea.right - until, height);
      ctx.strokeStyle = theme.foreground;
      ctx.lineWidth = theme.highContrast ? 2 : 1;
      ctx.strokeRect(from + 0.5, chartArea.top + 0.5, Math.max(1, until - from - 1), height - 1);
      ctx.restore();
    },
  };
}

/**
 * Lets a person choose a stretch of time on `plot`, the element around the canvas: by dragging; or with the arrow keys,
 * which move it, with Shift its end; Escape takes it away.
 */
export function attachBrush(plot: HTMLElement, title: string, brush: TimeBrush, brushed: BrushedChart): void {
  let pressed: { x: number; timeMs: number; pointer: number } | null = null;
  const timeAt = (event: MouseEvent): number | null => {
    const chart = brushed.chart();
    const x = chart?.scales['x'];
    if (!chart || x === undefined) return null;
    const value = x.getValueForPixel(event.clientX - chart.canvas.getBoundingClientRect().left);
    return value === undefined || Number.isNaN(value) ? null : value;
  };
  plot.classList.add('brushed');
  plot.tabIndex = 0;
  plot.setAttribute('role', 'group');
  plot.setAttribute(
    'aria-label',
    t(
      '{0}: choose a time with the arrow keys, Shift for its end, Escape for all; plus and minus zoom, Control and the arrow keys pan, 0 shows all',
      title,
    ),
  );
  plot.addEventListener('pointerdown', (event) => {
    const timeMs = timeAt(event);
    if (event.button !== 0 || timeMs === null) return;
    pressed = { x: event.clientX, timeMs, pointer: event.pointerId };
  });
  plot.addEventListener('pointermove', (event) => {
    const frame = brushed.frame();
    const timeMs = timeAt(event);
    if (pressed === null || frame === null || timeMs === null) return;
    if (brush.shown === brush.range && Math.abs(event.clientX - pressed.x) < drawnPx) return;
    if (!plot.hasPointerCapture(pressed.pointer)) plot.setPointerCapture(pressed.pointer);
    brush.draw(pressed.timeMs, timeMs, frame);
  });
  plot.addEventListener('pointerup', () => {
    pressed = null;
    brush.commit();
  });
  plot.addEventListener('pointercancel', () => {
    pressed = null;
    brush.cancel();
  });
  plot.addEventListener('keydown', (event) => {
    const frame = brushed.frame();
    const steps = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (steps === 0 || frame === null || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    brush.step(steps, event.shiftKey, frame);
  });
  attachZoom(plot, brush, brushed, timeAt);
  brush.listen({
    painted: () => brushed.chart()?.draw(),
    changed: (range) => {
      if (range === null) plot.removeAttribute('aria-description');
      else plot.setAttribute('aria-description', t('Chosen: {0}', timeRangeWords(range)));
    },
  });
}
