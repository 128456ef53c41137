import './timeBrush.css';
import { element, setText, setVisible } from './dom';
import type { TimeBrush } from './timeBrush';
import { timeRangeWords } from './timeBrush';
import { button } from './ui';
import { t } from '../../src/protocol/l10n';

/** Says which stretch of time is shown, and takes it away again: by its button, or with Escape from anywhere in the view. */
export class TimeBrushBar {
  readonly element: HTMLElement;
  private readonly words = element('span', { class: 'brush-words' });

  /** @param held what is held to the range: `Packets, tables, findings and exports` */
  constructor(
    private readonly brush: TimeBrush,
    private readonly held: string,
  ) {
    const all = button({
      label: t('Show All Times'),
      title: t('Show all times (Escape)'),
      appearance: 'secondary',
      onPress: () => brush.clear(),
    });
    all.element.classList.add('small-button');
    const line = element('div', { class: 'brush-line' }, this.words, all.element);
    this.element = element('div', { class: 'brush-bar', attributes: { role: 'status' } }, line);
    brush.listen({ changed: () => this.say() });
    document.addEventListener('keydown', (event) => {
      // Whoever has a use of their own for the key says so by taking it.
      if (event.key === 'Escape' && !event.defaultPrevented && brush.clear()) event.preventDefault();
    });
    setVisible(line, false);
  }

  private say(): void {
    const { range } = this.brush;
    const line = this.words.parentElement;
    if (line !== null) setVisible(line, range !== null);
    setText(this.words, range === null ? '' : t('{0} from {1}', this.held, timeRangeWords(range)));
  }
}
