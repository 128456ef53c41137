import type { InterfaceInfo } from '../../src/protocol/capture';
import { maxInterfaces } from '../../src/protocol/interfaceNames';
import { element, setAttribute, setText, setVisible } from '../common/dom';
import { formatPacketRate, safeText } from '../common/format';
import { button } from '../common/ui';
import { interfaceLabel } from './interfaceLabel';
import { t } from '../../src/protocol/l10n';

/** Rates move while the list is open. */
const refreshMs = 1000;

export interface InterfaceChecklistOptions {
  /** A person checked or unchecked one: the names that are checked now, in the order of the list. */
  onChange: (names: string[]) => void;
  /** Newer addresses and rates are wanted. */
  onRefresh: () => void;
}

/** A button and its list, in which several interfaces are checked for one capture. */
export class InterfaceChecklist {
  readonly element: HTMLElement;
  private readonly opener;
  private readonly rows = element('ul');
  private readonly list = element(
    'div',
    {
      class: 'history interface-list',
      attributes: { role: 'group', 'aria-label': t('Interfaces to capture on together') },
    },
    this.rows,
  );
  private interfaces: readonly InterfaceInfo[] = [];
  private checked: ReadonlySet<string> = new Set();
  private timer = 0;

  constructor(private readonly options: InterfaceChecklistOptions) {
    this.opener = button({
      label: t('Capture on several interfaces'),
      appearance: 'icon',
      icon: 'checklist',
      onPress: () => this.toggle(this.list.hidden === true),
    });
    this.list.hidden = true;
    this.list.addEventListener('change', () => this.changed());
    this.list.addEventListener('keydown', (event) => this.key(event));
    this.element = element('div', { class: 'interface-checklist' }, this.opener.element, this.list);
    this.element.addEventListener('focusout', (event) => {
      if (!(event.relatedTarget instanceof Node) || !this.element.contains(event.relatedTarget)) this.toggle(false);
    });
    setAttribute(this.opener.element, 'aria-expanded', 'false');
  }

  update(interfaces: readonly InterfaceInfo[], checked: readonly string[]): void {
    this.interfaces = interfaces.filter((info) => info.pseudo !== true || checked.includes(info.name));
    this.checked = new Set(checked);
    if (!this.list.hidden) this.fill();
  }

  setEnabled(enabled: boolean): void {
    this.opener.setEnabled(enabled);
    if (!enabled) this.toggle(false);
  }

  private toggle(open: boolean): void {
    if (open !== this.list.hidden) return;
    window.clearInterval(this.timer);
    if (open) {
      this.fill();
      this.options.onRefresh();
      this.timer = window.setInterval(() => this.options.onRefresh(), refreshMs);
    }
    setVisible(this.list, open);
    setAttribute(this.opener.element, 'aria-expanded', String(open));
    if (open) this.boxes[0]?.focus();
  }

  private get boxes(): HTMLInputElement[] {
    return [...this.list.querySelectorAll('input')];
  }

  /** Rows are kept while the names are the same, and with them the focus. */
  private fill(): void {
    const names = this.interfaces.map((info) => info.name);
    if (names.join('\n') !== this.boxes.map((box) => box.value).join('\n')) {
      const focused = this.boxes.find((box) => box === document.activeElement)?.value;
      this.rows.replaceChildren(...names.map(row));
      this.boxes.find((box) => box.value === focused)?.focus();
    }
    const isFull = this.checked.size >= maxInterfaces;
    for (const [index, box] of this.boxes.entries()) {
      const info = this.interfaces[index];
      box.checked = this.checked.has(box.value);
      box.disabled = isFull && !box.checked;
      if (info !== undefined && box.nextElementSibling !== null) setText(box.nextElementSibling, words(info));
    }
  }

  private changed(): void {
    this.options.onChange(this.boxes.filter((box) => box.checked).map((box) => box.value));
  }

  private key(event: KeyboardEvent): void {
    const { boxes } = this;
    const at = boxes.findIndex((box) => box === document.activeElement);
    if (event.key === 'ArrowDown') boxes[(at + 1) % boxes.length]?.focus();
    else if (event.key === 'ArrowUp') boxes.at(at <= 0 ? -1 : at - 1)?.focus();
    else if (event.key === 'Escape' || event.key === 'Enter') {
      this.toggle(false);
      this.opener.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function row(name: string): HTMLElement {
  const box = element('input', { attributes: { type: 'checkbox' } });
  box.value = name;
  return element('li', {}, element('label', { title: safeText(name, 100) }, box, element('span')));
}

function words(info: InterfaceInfo): string {
  const rate = info.packetsPerSecond === null ? '' : `, ${formatPacketRate(info.packetsPerSecond)}`;
  return `${interfaceLabel(info)}${rate}`;
}
