import './timeBrush.css';
import { element, setText, setVisible } from './dom';
import type { Selection } from './selection';
import { button } from './ui';
import { t } from '../../src/protocol/l10n';

/** Says which stretch of time and which host is shown, and takes it away again: by its button, or with Escape from anywhere in the view. */
export class TimeBrushBar {
  readonly element: HTMLElement;
  private readonly words = element('span', { class: 'brush-words' });
  private readonly note = element('p', { class: 'card-note' });

  /** @param held what is held to the choice: `Packets, tables, findings and exports` */
  constructor(
    private readonly selection: Selection,
    private readonly held: string,
  ) {
    const all = button({
      label: t('Show All'),
      title: t('Show all times and hosts (Escape)'),
      appearance: 'secondary',
      onPress: () => selection.clear(),
    });
    all.element.classList.add('small-button');
    const line = element('div', { class: 'brush-line' }, this.words, all.element);
    this.element = element('div', { class: 'brush-bar', attributes: { role: 'status' } }, line, this.note);
    selection.listen(() => this.show());
    document.addEventListener('keydown', (event) => {
      // Whoever has a use of their own for the key says so by taking it.
      if (event.key === 'Escape' && !event.defaultPrevented && selection.clear()) event.preventDefault();
    });
    setVisible(this.element, false);
    setVisible(this.note, false);
  }

  /** What has to be known of the charts of it. */
  say(note: string): void {
    setText(this.note, note);
    setVisible(this.note, note !== '');
  }

  private show(): void {
    setVisible(this.element, !this.selection.isEmpty);
    setText(this.words, this.selection.isEmpty ? '' : `${this.held}: ${this.selection.words()}`);
  }
}
