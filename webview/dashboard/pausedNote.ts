import type { ViewState } from '../../src/protocol/webviewMessages';
import { element, icon, setText, setVisible } from '../common/dom';
import { formatCount } from '../common/format';
import { button } from '../common/ui';
import { t } from '../../src/protocol/l10n';

/** Says that the view stands still, what has come in the meantime, and lets it move again. */
export class PausedNote {
  readonly element: HTMLElement;
  private readonly text = element('span');

  constructor(onResume: () => void) {
    const resume = button({ label: t('Resume view'), appearance: 'secondary', icon: 'play', onPress: onResume });
    this.element = element(
      'div',
      { class: 'paused-note', attributes: { role: 'status' } },
      icon('pause'),
      element('strong', { text: t('View paused') }),
      this.text,
      resume.element,
    );
    setVisible(this.element, false);
  }

  update(state: ViewState): void {
    setVisible(this.element, state.paused !== undefined);
    if (state.paused === undefined) return;
    const since = Math.max(0, state.paused.packets - (state.snapshot?.packets ?? 0));
    setText(this.text, t('The capture goes on: {0} packets since.', formatCount(since)));
  }
}
