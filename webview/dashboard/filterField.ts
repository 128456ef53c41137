import { element, setAttribute, setText, setVisible } from '../common/dom';
import { completeFilter } from '../../src/protocol/commonFilters';
import { safeText } from '../common/format';
import { button, textField } from '../common/ui';
import type { ButtonControl, TextFieldControl } from '../common/ui';
import { t } from '../../src/protocol/l10n';

const validateDelayMs = 250;

export interface FilterFieldOptions {
  /** A person changed the text. */
  onChange: (filter: string) => void;
  /** What is known of the text changed. */
  onVerdict: () => void;
  onCommit: () => void;
  validate: (filter: string) => void;
}

/** Field for the capture filter: validated while typing, with a list of the filters used before. */
export class FilterField {
  readonly element: HTMLElement;
  private readonly field: TextFieldControl;
  private readonly message = element('p', { class: 'field-message', attributes: { 'aria-live': 'polite' } });
  private readonly historyButton: ButtonControl;
  private readonly list = element('ul', {
    class: 'history',
    attributes: { role: 'listbox', 'aria-label': t('Recent and common filters') },
  });
  private recent: readonly string[] = [];
  /** What the open list offers, recent filters first. */
  private offered: readonly string[] = [];
  private timer = 0;
  /** The text that the last verdict said is wrong; null when none. */
  private invalid: string | null = null;

  constructor(private readonly options: FilterFieldOptions) {
    this.field = textField({
      label: t('Capture filter (BPF)'),
      placeholder: t('for example: tcp port 443'),
      onInput: (value) => this.edited(value),
      onCommit: () => options.onCommit(),
    });
    this.historyButton = button({
      label: t('Recent and common filters'),
      appearance: 'icon',
      icon: 'history',
      onPress: () => this.toggleHistory(this.list.hidden === true),
    });
    this.historyButton.element.setAttribute('aria-haspopup', 'listbox');
    this.list.hidden = true;
    this.list.addEventListener('keydown', (event) => this.historyKey(event));
    this.list.addEventListener('click', (event) => this.choose(event.target));
    this.element = element(
      'div',
      { class: 'field filter-field' },
      element('div', { class: 'field-row' }, this.field.element, this.historyButton.element),
      this.list,
      this.message,
    );
    this.element.addEventListener('focusout', (event) => {
      if (!(event.relatedTarget instanceof Node) || !this.element.contains(event.relatedTarget))
        this.toggleHistory(false);
    });
    this.field.element.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown') {
        event.preventDefault();
        this.toggleHistory(true);
      }
    });
  }

  get value(): string {
    return this.field.value;
  }

  set value(value: string) {
    if (this.field.value === value) return;
    this.field.value = value;
    this.showVerdict(value, null);
  }

  /** A filter that is known to be wrong cannot be started. */
  get usable(): boolean {
    return this.invalid === null || this.invalid !== this.field.value;
  }

  setEnabled(enabled: boolean): void {
    this.field.setEnabled(enabled);
    this.historyButton.setEnabled(enabled);
    if (!enabled) this.toggleHistory(false);
  }

  setRecent(recent: readonly string[]): void {
    if (
      !this.list.hidden ||
      (recent.length === this.recent.length && recent.every((item, i) => item === this.recent[i]))
    )
      return;
    this.recent = recent;
  }

  /** A verdict about another text than the one in the field is too late and is dropped. */
  showVerdict(filter: string, error: string | null): void {
    if (filter !== this.field.value) return;
    this.invalid = error === null ? null : filter;
    this.field.setInvalid(error !== null);
    setText(this.message, error === null ? '' : safeText(error));
    this.element.classList.toggle('has-error', error !== null);
    this.options.onVerdict();
  }

  private edited(value: string): void {
    window.clearTimeout(this.timer);
    this.invalid = null;
    this.options.onChange(value);
    this.timer = window.setTimeout(() => this.options.validate(value), validateDelayMs);
  }

  private toggleHistory(open: boolean): void {
    if (open) this.fillList();
    setVisible(this.list, open && this.offered.length > 0);
    setAttribute(this.historyButton.element, 'aria-expanded', String(!this.list.hidden));
    if (!this.list.hidden) this.focusItem(0);
  }

  /** Recent filters and, below them, common ones that go on from what is typed. */
  private fillList(): void {
    const common = completeFilter(this.field.value).filter(({ filter }) => !this.recent.includes(filter));
    const rows = [...this.recent.map((filter) => ({ filter, meaning: '' })), ...common];
    this.offered = rows.map(({ filter }) => filter);
    this.list.replaceChildren(
      ...rows.map(({ filter, meaning }, index) => {
        const item = element(
          'li',
          { title: safeText(filter), attributes: { role: 'option', tabindex: '-1', 'aria-selected': 'false' } },
          element('span', { text: safeText(filter) }),
          ...(meaning === '' ? [] : [element('span', { class: 'history-meaning', text: ` ${t(meaning)}` })]),
        );
        item.dataset['index'] = String(index);
        return item;
      }),
    );
  }

  private focusItem(index: number): void {
    const items = [...this.list.children];
    const item = items[(index + items.length) % items.length];
    items.forEach((other) => other.setAttribute('aria-selected', String(other === item)));
    if (item instanceof HTMLElement) item.focus();
  }

  private historyKey(event: KeyboardEvent): void {
    const at = [...this.list.children].indexOf(document.activeElement ?? this.list);
    if (event.key === 'ArrowDown') this.focusItem(at + 1);
    else if (event.key === 'ArrowUp') this.focusItem(at - 1);
    else if (event.key === 'Enter' || event.key === ' ') this.choose(document.activeElement);
    else if (event.key === 'Escape') {
      this.toggleHistory(false);
      this.field.focus();
    } else return;
    event.preventDefault();
  }

  private choose(target: EventTarget | null): void {
    const item = target instanceof Element ? target.closest('li') : null;
    const filter = item ? this.offered[Number(item.dataset['index'])] : undefined;
    if (filter === undefined) return;
    this.toggleHistory(false);
    this.field.value = filter;
    this.edited(filter);
    this.field.focus();
  }
}
