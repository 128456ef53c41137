/** Zoom and pan on one chart, by wheel and keyboard. */
import type { TimeBrush } from './timeBrush';
import type { BrushedChart } from './timeBrushChart';

/** Of what is shown, with one key or one notch of the wheel. */
export const zoomStep = 0.6;
export const panStep = 0.25;

/**
 * Control and the wheel (a pinch on a touch pad) zoom around the pointer, Shift and the wheel pan; plus and minus zoom
 * around what is chosen, Control and the arrow keys pan, 0 or a double click shows everything.
 */
export function attachZoom(
  plot: HTMLElement,
  brush: TimeBrush,
  brushed: BrushedChart,
  timeAt: (event: MouseEvent) => number | null,
): void {
  const { zoom } = brush;
  plot.addEventListener(
    'wheel',
    (event) => {
      const whole = brushed.whole();
      const timeMs = timeAt(event);
      if (whole === null || timeMs === null) return;
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (event.ctrlKey || event.metaKey) zoom.zoom(event.deltaY < 0 ? zoomStep : 1 / zoomStep, timeMs, whole);
      else if (sideways !== 0 && zoom.window !== null) zoom.pan(Math.sign(sideways) * panStep, whole);
      else return;
      event.preventDefault();
    },
    { passive: false },
  );
  plot.addEventListener('dblclick', () => zoom.reset());
  plot.addEventListener('keydown', (event) => {
    const whole = brushed.whole();
    if (whole === null || event.altKey) return;
    const { range } = brush;
    const shown = zoom.window ?? whole;
    const middleMs = range === null ? (shown.minMs + shown.maxMs) / 2 : (range.fromUs + range.untilUs) / 2000;
    const control = event.ctrlKey || event.metaKey;
    if (!control && (event.key === '+' || event.key === '=')) zoom.zoom(zoomStep, middleMs, whole);
    else if (!control && event.key === '-') zoom.zoom(1 / zoomStep, middleMs, whole);
    else if (!control && event.key === '0') zoom.reset();
    else if (control && event.key === 'ArrowLeft') zoom.pan(-panStep, whole);
    else if (control && event.key === 'ArrowRight') zoom.pan(panStep, whole);
    else return;
    event.preventDefault();
  });
}
