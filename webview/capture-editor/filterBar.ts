import type { FilterCompletion, FilterUse } from '../../src/protocol/displayFilter';
import { joinFilters, maxDisplayFilterLength } from '../../src/protocol/displayFilter';
import type { FilterHelpMessage, SavedFiltersMessage } from '../../src/protocol/webviewMessages';
import { element, setAttribute, setText } from '../common/dom';
import { safeText } from '../common/format';
import { button } from '../common/ui';
import type { Host } from '../common/vscodeApi';
import { FilterChoices } from './filterChoices';
import type { FilterChoice } from './filterChoices';
import { t } from '../../src/protocol/l10n';

const askDelayMs = 120;
/** A fault is told when typing pauses: half a word is no fault yet. */
const faultDelayMs = 500;

export interface FilterBarOptions {
  /** A filter is to be applied. */
  onApply: (filter: string) => void;
  /** The text changed. */
  onInput: () => void;
}

/**
 * The display filter: a line with completion, its fault underlined where it is and told below, the filters of the workspace
 * and those used before.
 */
export class FilterBar {
  readonly element: HTMLElement;
  readonly message = element('p', {
    class: 'field-message',
    attributes: { id: 'filter-message', 'aria-live': 'polite' },
  });
  private readonly input = element('input', {
    class: 'filter-input',
    attributes: {
      type: 'text',
      id: 'display-filter',
      spellcheck: 'false',
      autocomplete: 'off',
      maxlength: String(maxDisplayFilterLength),
      placeholder: t('for example: ip.addr == 10.0.0.1 && tcp.port == 443'),
      role: 'combobox',
      'aria-label': t('Display filter'),
      'aria-autocomplete': 'list',
      'aria-expanded': 'false',
      'aria-controls': 'filter-choices',
      'aria-describedby': 'filter-message',
    },
  });
  private readonly marks = element('div', { class: 'filter-marks', attributes: { 'aria-hidden': 'true' } });
  private readonly choices: FilterChoices;
  private readonly clear;
  private readonly save;
  /** Apart from the numbers of the tables, which hear of failed requests as well. */
  private request = 1e9;
  private timer = 0;
  private faultTimer = 0;
  private help: FilterHelpMessage | null = null;
  private lists: SavedFiltersMessage = { type: 'savedFilters', saved: [], recent: [] };
  private failure: string | null = null;
  private kept = '';
  /** Completions are wanted: the person typed, or asked for them. */
  private completing = false;

  constructor(
    private readonly host: Host,
    private readonly options: FilterBarOptions,
  ) {
    this.choices = new FilterChoices('filter-choices', (choice) => this.choose(choice));
    const apply = button({ label: t('Apply'), appearance: 'secondary', onPress: () => this.apply() });
    const known = button({
      label: t('Saved and recent filters'),
      appearance: 'icon',
      icon: 'history',
      onPress: () => this.showKnown(),
    });
    this.save = button({
      label: t('Save display filter'),
      appearance: 'icon',
      icon: 'save',
      onPress: () => this.host.post({ type: 'saveFilter', filter: this.value.trim() }),
    });
    this.clear = button({
      label: t('Clear display filter'),
      appearance: 'icon',
      icon: 'close',
      onPress: () => {
        this.value = '';
        this.apply();
        this.input.focus();
      },
    });
    const box = element('div', { class: 'filter-box' }, this.marks, this.input);
    this.element = element(
      'div',
      { class: 'field filter-field filter-bar' },
      element('label', { class: 'field-label', text: t('Display filter'), attributes: { for: 'display-filter' } }),
      element('div', { class: 'field-row' }, box, known.element, this.save.element, this.clear.element, apply.element),
      this.message,
      this.choices.element,
    );
    this.input.addEventListener('input', () => this.edited());
    this.input.addEventListener('keydown', (event) => this.key(event));
    this.input.addEventListener('scroll', () => this.scrollMarks());
    box.addEventListener('focusout', () => this.close());
    this.update();
  }

  get value(): string {
    return this.input.value;
  }

  set value(value: string) {
    if (this.input.value === value) return;
    this.input.value = value;
    this.help = null;
    this.failure = null;
    this.ask(0);
    this.update();
  }

  /** Puts a filter in the place of the one that is there, or joins it to it, and applies the whole. */
  use(filter: string, use: FilterUse): void {
    this.value = joinFilters(this.value, filter, use);
    this.apply();
  }

  /** What the search itself said; null when it went well. `kept` says what is still shown. */
  showFailure(failure: string | null, kept: string): void {
    this.failure = failure === null ? null : safeText(failure);
    this.kept = t('Still showing {0}.', kept);
    this.say();
  }

  deliver(help: FilterHelpMessage): void {
    if (help.request !== this.request) return;
    this.help = help;
    window.clearTimeout(this.faultTimer);
    if (help.fault === null || !this.completing) this.mark();
    else this.faultTimer = window.setTimeout(() => this.mark(), faultDelayMs);
    if (this.completing && document.activeElement === this.input) this.showCompletions(help);
  }

  setLists(lists: SavedFiltersMessage): void {
    this.lists = lists;
    this.update();
  }

  private apply(): void {
    window.clearTimeout(this.timer);
    this.close();
    this.completing = false;
    this.ask(0);
    const filter = this.value.trim();
    if (filter !== '' && (this.help?.fault ?? null) === null) this.host.post({ type: 'filterApplied', filter });
    this.options.onApply(filter);
  }

  private edited(): void {
    this.completing = true;
    this.help = null;
    this.failure = null;
    this.choices.close();
    this.mark();
    this.ask(askDelayMs);
    this.update();
    this.options.onInput();
  }

  private ask(delayMs: number): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.request += 1;
      const caret = this.input.selectionStart ?? this.value.length;
      this.host.post({ type: 'completeFilter', request: this.request, filter: this.value, caret });
    }, delayMs);
  }

  private showCompletions({ completions, from, to }: FilterHelpMessage): void {
    const typed = this.value.slice(from, to);
    const useful = completions.filter(({ text }) => text !== typed);
    this.choices.open(useful.map((completion) => ({ kind: 'completion', completion, from, to })));
    this.expanded();
  }

  private showKnown(): void {
    if (this.choices.isOpen) return this.close();
    this.input.focus();
    const rows: FilterChoice[] = [
      ...this.lists.saved.map(({ name, filter }): FilterChoice => ({ kind: 'filter', filter, detail: name })),
      ...this.lists.recent.map((filter): FilterChoice => ({ kind: 'filter', filter, detail: t('used before') })),
      { kind: 'edit' },
    ];
    this.choices.open(rows);
    this.expanded();
  }

  private choose(choice: FilterChoice): void {
    this.close();
    if (choice.kind === 'edit') {
      this.host.post({ type: 'editFilters' });
    } else if (choice.kind === 'filter') {
      this.value = choice.filter;
      this.apply();
    } else {
      const { completion, from, to } = choice;
      const text = withBlank(completion, this.value.slice(to));
      this.input.setRangeText(text, from, to, 'end');
      this.edited();
    }
    this.input.focus();
  }

  private key(event: KeyboardEvent): void {
    const { choices } = this;
    if (event.key === ' ' && event.ctrlKey) {
      this.completing = true;
      this.ask(0);
    } else if (event.key === 'ArrowDown' && !choices.isOpen) this.showKnown();
    else if (choices.isOpen && event.key === 'ArrowDown') choices.move(1);
    else if (choices.isOpen && event.key === 'ArrowUp') choices.move(-1);
    else if (choices.isOpen && event.key === 'Escape') this.close();
    else if (choices.hasActive && (event.key === 'Enter' || event.key === 'Tab')) choices.take();
    else if (event.key === 'Enter') this.apply();
    else return;
    event.preventDefault();
    this.expanded();
  }

  private close(): void {
    this.choices.close();
    this.expanded();
  }

  private expanded(): void {
    setAttribute(this.input, 'aria-expanded', String(this.choices.isOpen));
    setAttribute(this.input, 'aria-activedescendant', this.choices.activeId);
  }

  /** Underlines the fault: a copy of the text lies behind the line, and only its underline is seen. */
  private mark(): void {
    const fault = this.help?.fault ?? null;
    const { value } = this;
    this.marks.replaceChildren();
    if (fault !== null && value !== '') {
      const from = Math.min(fault.position, value.length);
      const to = Math.max(Math.min(fault.end, value.length), from);
      this.marks.append(
        value.slice(0, from),
        element('span', { class: 'filter-fault', text: to > from ? value.slice(from, to) : '\u00a0\u00a0' }),
        value.slice(to),
      );
    }
    setAttribute(this.input, 'aria-invalid', fault === null && this.failure === null ? null : 'true');
    this.scrollMarks();
    this.say();
  }

  private scrollMarks(): void {
    this.marks.scrollLeft = this.input.scrollLeft;
  }

  private say(): void {
    const fault = this.help?.fault ?? null;
    const place = fault === null ? '' : t(' (character {0})', fault.position + 1);
    // The fault of what was typed says more than that of the search, which has the chosen time added.
    const wrong = fault === null ? this.failure : `${safeText(fault.message)}${place}`;
    setText(this.message, wrong === null ? '' : this.failure === null ? wrong : `${wrong} ${this.kept}`);
    this.element.classList.toggle('has-error', fault !== null || this.failure !== null);
  }

  private update(): void {
    const text = this.value.trim();
    this.save.setEnabled(text !== '' && !this.lists.saved.some(({ filter }) => filter === text));
    this.clear.setEnabled(this.value !== '');
    if (this.help === null) this.mark();
  }
}

/** A blank behind what a comparison or another test follows. */
function withBlank({ text, kind }: FilterCompletion, rest: string): string {
  return (kind === 'field' || kind === 'operator') && !rest.startsWith(' ') ? `${text} ` : text;
}
