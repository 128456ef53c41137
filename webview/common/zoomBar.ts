import './zoomBar.css';
import { element, setText } from './dom';
import type { BrushFrame, TimeBrush } from './timeBrush';
import { windowWords } from './timeZoom';
import { panStep, zoomStep } from './timeZoomChart';
import { button } from './ui';
import type { ButtonControl } from './ui';
import { t } from '../../src/protocol/l10n';

/** Says which time the charts show, with the buttons for what wheel and keys do. */
export class ZoomBar {
  readonly element: HTMLElement;
  private readonly words = element('span', { class: 'zoom-words', attributes: { role: 'status' } });
  private readonly closer: ButtonControl;
  private readonly wider: ButtonControl;
  private readonly earlier: ButtonControl;
  private readonly later: ButtonControl;
  private readonly all: ButtonControl;
  private whole: BrushFrame | null = null;

  constructor(private readonly brush: TimeBrush) {
    const { zoom } = brush;
    const act = (label: string, text: string, run: (whole: BrushFrame) => void): ButtonControl => {
      const control = button({ label: text, title: label, appearance: 'secondary', onPress: () => this.with(run) });
      control.element.classList.add('small-button');
      control.element.setAttribute('aria-label', label);
      return control;
    };
    this.earlier = act(t('Earlier (Control and left arrow on a chart)'), '◀', (whole) => zoom.pan(-panStep, whole));
    this.wider = act(t('Zoom out (minus on a chart)'), '−', (whole) =>
      zoom.zoom(1 / zoomStep, this.middle(whole), whole),
    );
    this.closer = act(t('Zoom in (plus on a chart)'), '+', (whole) => {
      const { range } = brush;
      if (range !== null && zoom.window === null)
        zoom.show({ minMs: range.fromUs / 1000, maxMs: range.untilUs / 1000 }, whole);
      else zoom.zoom(zoomStep, this.middle(whole), whole);
    });
    this.later = act(t('Later (Control and right arrow on a chart)'), '▶', (whole) => zoom.pan(panStep, whole));
    this.all = act(t('Show all of the time (0 on a chart)'), t('All'), () => zoom.reset());
    this.element = element(
      'div',
      { class: 'zoom-bar', attributes: { role: 'group', 'aria-label': t('Time that the charts show') } },
      this.words,
      ...[this.earlier, this.wider, this.closer, this.later, this.all].map((control) => control.element),
    );
    zoom.listen(() => this.say());
  }

  /** @param whole all of the time that the charts have */
  update(whole: BrushFrame): void {
    this.whole = whole;
    this.say();
  }

  private with(run: (whole: BrushFrame) => void): void {
    if (this.whole !== null) run(this.whole);
  }

  private middle(whole: BrushFrame): number {
    const { range, zoom } = this.brush;
    const shown = zoom.window ?? whole;
    return range === null ? (shown.minMs + shown.maxMs) / 2 : (range.fromUs + range.untilUs) / 2000;
  }

  private say(): void {
    const { whole } = this;
    const { window } = this.brush.zoom;
    if (whole === null) return;
    setText(this.words, window === null ? '' : t('Charts show {0}', windowWords(window)));
    for (const control of [this.earlier, this.wider, this.later, this.all]) control.setEnabled(window !== null);
    this.closer.setEnabled(whole.maxMs - whole.minMs > 2 * whole.stepMs);
  }
}
