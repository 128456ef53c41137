import { element, setAttribute, setVisible } from '../common/dom';
import { t } from '../../src/protocol/l10n';

export interface Tab {
  id: string;
  label: string;
  panel: HTMLElement;
}

/** Tabs after the ARIA pattern: one stop for the Tab key, arrows, Home and End move between them. */
export class Tabs {
  readonly element: HTMLElement;
  private readonly buttons: HTMLButtonElement[];
  private chosen = 0;

  constructor(
    private readonly tabs: readonly Tab[],
    initial: string,
    private readonly onChange: (id: string) => void,
  ) {
    this.buttons = tabs.map((tab, index) => {
      const node = element('button', {
        class: 'tab',
        text: tab.label,
        attributes: { type: 'button', role: 'tab', id: `tab-${tab.id}`, 'aria-controls': `panel-${tab.id}` },
      });
      node.addEventListener('click', () => this.choose(index));
      return node;
    });
    const list = element(
      'div',
      { class: 'tab-list', attributes: { role: 'tablist', 'aria-label': t('Capture') } },
      ...this.buttons,
    );
    list.addEventListener('keydown', (event) => this.key(event));
    for (const tab of tabs) {
      tab.panel.id = `panel-${tab.id}`;
      tab.panel.setAttribute('role', 'tabpanel');
      tab.panel.setAttribute('aria-labelledby', `tab-${tab.id}`);
      tab.panel.classList.add('tab-panel');
    }
    this.element = element('div', { class: 'tabs' }, list);
    const index = tabs.findIndex((tab) => tab.id === initial);
    this.show(index < 0 ? 0 : index);
  }

  get panels(): HTMLElement[] {
    return this.tabs.map((tab) => tab.panel);
  }

  get current(): string {
    return this.tabs[this.chosen]?.id ?? '';
  }

  /** Shows a tab as if it had been pressed. */
  select(id: string): void {
    const index = this.tabs.findIndex((tab) => tab.id === id);
    if (index >= 0) this.choose(index);
  }

  setLabel(id: string, label: string): void {
    const node = this.buttons[this.tabs.findIndex((tab) => tab.id === id)];
    if (node && node.textContent !== label) node.textContent = label;
  }

  private show(index: number): void {
    this.chosen = index;
    this.tabs.forEach((tab, at) => {
      const button = this.buttons[at];
      setVisible(tab.panel, at === index);
      if (!button) return;
      setAttribute(button, 'aria-selected', String(at === index));
      button.tabIndex = at === index ? 0 : -1;
    });
  }

  private choose(index: number): void {
    this.show(index);
    this.onChange(this.current);
  }

  private key(event: KeyboardEvent): void {
    const count = this.tabs.length;
    const moves: Record<string, number> = {
      ArrowRight: (this.chosen + 1) % count,
      ArrowLeft: (this.chosen + count - 1) % count,
      Home: 0,
      End: count - 1,
    };
    const target = moves[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.choose(target);
    this.buttons[target]?.focus();
  }
}
