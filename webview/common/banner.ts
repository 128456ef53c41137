import { element, icon, setAttribute, setText, setVisible } from './dom';
import type { BannerAction, BannerModel } from './statusModel';
import { button, progressRing } from './ui';
import type { ButtonControl } from './ui';
import { t } from '../../src/protocol/l10n';

const actionLabels: Record<BannerAction, string> = { retry: t('Try Again'), showLog: t('Show Log') };

/** Message across the top of a view; an error is an alert for screen readers. */
export class Banner {
  readonly element: HTMLElement;
  private readonly title = element('p', { class: 'banner-title' });
  private readonly text = element('p', { class: 'banner-text' });
  private readonly code = element('code', { class: 'banner-code' });
  private readonly icons: Record<BannerModel['kind'], Element>;
  private readonly buttons: Record<BannerAction, ButtonControl>;

  constructor(onAction: (action: BannerAction) => void) {
    this.icons = { busy: progressRing(), info: icon('info'), warning: icon('warning'), error: icon('error') };
    const make = (action: BannerAction, appearance: 'primary' | 'secondary'): ButtonControl =>
      button({ label: actionLabels[action], appearance, onPress: () => onAction(action) });
    this.buttons = {
      retry: make('retry', 'primary'),
      showLog: make('showLog', 'secondary'),
    };
    this.element = element(
      'div',
      { class: 'banner' },
      element('span', { class: 'banner-icon' }, ...Object.values(this.icons)),
      element(
        'div',
        { class: 'banner-body' },
        element('div', { class: 'banner-head' }, this.title, this.code),
        this.text,
      ),
      element('div', { class: 'banner-actions' }, ...Object.values(this.buttons).map((item) => item.element)),
    );
    this.element.hidden = true;
  }

  update(model: BannerModel | null): void {
    setVisible(this.element, model !== null);
    setAttribute(this.element, 'role', model?.kind === 'error' ? 'alert' : null);
    if (!model) return;
    this.element.dataset['kind'] = model.kind;
    for (const [kind, node] of Object.entries(this.icons)) node.toggleAttribute('hidden', kind !== model.kind);
    setText(this.title, model.title);
    setText(this.text, model.text);
    setText(this.code, model.code);
    setVisible(this.code, model.code !== '');
    for (const action of ['retry', 'showLog'] as const) this.buttons[action].setVisible(model.actions.includes(action));
  }
}
