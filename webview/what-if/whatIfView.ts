import type { Sensitivity } from '../../src/protocol/ruleSettings';
import { sensitivities } from '../../src/protocol/ruleSettings';
import type { FromWhatIfPage, WhatIfNumber, WhatIfPageState } from '../../src/protocol/whatIfPage';
import { element, setText, setVisible } from '../common/dom';
import { formatPercent, plural, safeText } from '../common/format';
import { button, dropdown, progressRing } from '../common/ui';
import { numberAt, positionOf, sliderSteps } from './numberScale';
import { OutcomeView } from './outcomeView';
import { t } from '../../src/protocol/l10n';

/** A slider that still moves is not yet tried. */
const settleMs = 200;

interface NumberRow {
  element: HTMLElement;
  update(number: WhatIfNumber, sensitivity: Sensitivity): void;
}

/** Moves the numbers of a rule, and shows what that would find more and less. */
export class WhatIfView {
  private readonly source = element('p', { class: 'what-if-source' });
  private readonly rule;
  private readonly preset;
  private readonly rows = element('div', { class: 'what-if-numbers' });
  private readonly progress = element('span', { attributes: { role: 'status' } });
  private readonly ring = progressRing();
  private readonly cancel;
  private readonly outcome: OutcomeView;
  private readonly empty = element('p', {
    class: 'what-if-empty',
    text: t(
      'Move a number, or choose another preset, to see which findings would come or go. Nothing is saved before you say so.',
    ),
  });
  private readonly error = element('p', { class: 'what-if-error', attributes: { role: 'alert' } });
  private readonly shown = new Map<string, NumberRow>();
  private state: WhatIfPageState | null = null;
  private chosenRule = '';
  private timer = 0;

  constructor(
    root: HTMLElement,
    private readonly post: (message: FromWhatIfPage) => void,
  ) {
    this.rule = dropdown({ label: t('Rule'), onChange: (rule) => this.chooseRule(rule), onOpen: () => undefined });
    this.preset = dropdown({
      label: t('Preset'),
      onChange: (value) => {
        const sensitivity = sensitivities.find((one) => one === value);
        if (sensitivity !== undefined) post({ type: 'try', change: { kind: 'sensitivity', sensitivity } });
      },
      onOpen: () => undefined,
    });
    this.cancel = button({ label: t('Cancel'), appearance: 'secondary', onPress: () => post({ type: 'cancel' }) });
    this.outcome = new OutcomeView(post);
    const field = (label: string, control: HTMLElement): HTMLElement =>
      element(
        'div',
        { class: 'field' },
        element('span', { class: 'field-label', text: label, attributes: { 'aria-hidden': 'true' } }),
        control,
      );
    root.append(
      element('h1', { class: 'what-if-title', text: t('What would change with other rule settings') }),
      this.source,
      element(
        'div',
        { class: 'what-if-grid' },
        element(
          'section',
          { class: 'card what-if-settings', attributes: { 'aria-label': t('Settings to try') } },
          field(t('Preset of all rules'), this.preset.element),
          field(t('Rule'), this.rule.element),
          this.rows,
        ),
        element(
          'section',
          { class: 'card what-if-outcome', attributes: { 'aria-label': t('What would change') } },
          element('div', { class: 'what-if-progress' }, this.ring, this.progress, this.cancel.element),
          this.error,
          this.empty,
          this.outcome.element,
        ),
      ),
    );
  }

  draw(state: WhatIfPageState): void {
    this.state = state;
    const { source, packets, numbers, tryingPercent, outcome, error, sensitivity } = state;
    setText(
      this.source,
      t(
        'Tried over {0} of {1}, with the exclusions that hold.',
        plural(packets, 'recorded packet'),
        safeText(source, 120),
      ),
    );
    const rules = [...new Set(numbers.map(({ rule }) => rule))];
    if (!rules.includes(this.chosenRule)) this.chosenRule = rules[0] ?? '';
    this.rule.value = this.chosenRule;
    const titles = new Map(numbers.map(({ rule, title }) => [rule, safeText(title, 80)]));
    this.rule.setChoices(rules.map((rule) => ({ value: rule, label: titles.get(rule) ?? rule })));
    if (this.preset.value === '') this.preset.value = sensitivity;
    this.preset.setChoices(
      sensitivities.map((one) => ({ value: one, label: one === sensitivity ? t('{0} (now)', t(one)) : t(one) })),
    );
    this.drawNumbers();
    const trying = tryingPercent !== null;
    setVisible(this.ring, trying);
    this.cancel.setVisible(trying);
    setText(this.progress, trying ? t('Trying: {0}', formatPercent(Math.floor(tryingPercent))) : '');
    setText(this.error, safeText(error ?? '', 400));
    setVisible(this.error, error !== null);
    setVisible(this.empty, outcome === null && !trying && error === null);
    this.outcome.update(outcome, state.hasWorkspace, trying);
  }

  private chooseRule(rule: string): void {
    this.chosenRule = rule;
    this.drawNumbers();
  }

  private drawNumbers(): void {
    const { state } = this;
    if (state === null) return;
    const numbers = state.numbers.filter(({ rule }) => rule === this.chosenRule);
    const rows = numbers.map((number) => {
      const row = this.shown.get(number.key) ?? this.numberRow(number);
      this.shown.set(number.key, row);
      row.update(number, state.sensitivity);
      return row.element;
    });
    if (rows.length !== this.rows.children.length || rows.some((row, index) => this.rows.children[index] !== row))
      this.rows.replaceChildren(...rows);
  }

  private numberRow(first: WhatIfNumber): NumberRow {
    const id = `number-${first.key.replace(/\W/g, '-')}`;
    let current = first;
    let touched = false;
    const slider = element('input', {
      class: 'what-if-slider',
      attributes: { type: 'range', min: '0', max: String(sliderSteps), step: '1', 'aria-labelledby': id },
    });
    const exact = element('input', {
      class: 'what-if-exact',
      attributes: {
        type: 'number',
        min: String(first.minimum),
        max: String(first.maximum),
        step: first.integer ? '1' : 'any',
        'aria-labelledby': id,
      },
    });
    const note = element('span', { class: 'what-if-note' });
    const show = (value: number): void => {
      slider.value = String(positionOf(current, value));
      slider.setAttribute('aria-valuetext', `${value} ${current.unit}`.trim());
      exact.value = String(value);
    };
    const attempt = (value: number): void => {
      touched = true;
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(
        () => this.post({ type: 'try', change: { kind: 'number', key: current.key, value } }),
        settleMs,
      );
    };
    slider.addEventListener('input', () => {
      const value = numberAt(current, Number(slider.value));
      exact.value = String(value);
      slider.setAttribute('aria-valuetext', `${value} ${current.unit}`.trim());
      attempt(value);
    });
    exact.addEventListener('input', () => {
      if (exact.value === '' || !exact.checkValidity()) return;
      slider.value = String(positionOf(current, Number(exact.value)));
      attempt(Number(exact.value));
    });
    const reset = button({
      label: t('Back to what is set'),
      appearance: 'icon',
      icon: 'restart',
      onPress: () => {
        touched = false;
        this.draw(this.state as WhatIfPageState);
      },
    });
    const unit = first.unit === '' ? '' : ` (${first.unit})`;
    return {
      element: element(
        'div',
        { class: 'what-if-number' },
        element('span', { class: 'what-if-label', text: safeText(`${first.label}${unit}`, 200), attributes: { id } }),
        element('div', { class: 'what-if-inputs' }, slider, exact, reset.element),
        note,
      ),
      update: (number, sensitivity) => {
        current = number;
        const now = number.set ?? number.presets[sensitivity];
        if (!touched) show(now);
        const { low, medium, high } = number.presets;
        setText(note, t('now {0} · presets {1}, {2}, {3}', now, low, medium, high));
      },
    };
  }
}
