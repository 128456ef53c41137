import type { PacketColumn, PacketLayout, TimeFormat } from '../../src/protocol/packetLayout';
import { clampWidth, packetColumnNames, timeFormats, usualLayout } from '../../src/protocol/packetLayout';
import { element, setVisible } from '../common/dom';
import { button } from '../common/ui';
import { columnLabels, timeFormatLabels } from './packetColumns';
import { t } from '../../src/protocol/l10n';

/** Panel that chooses, orders and sizes the columns, the format of times, and the colours. */
export class ColumnsMenu {
  readonly element: HTMLElement;
  readonly toggle: HTMLElement;
  private readonly list = element('ul', { class: 'column-list' });
  private readonly time = element('select', {
    class: 'plain-select',
    attributes: { 'aria-label': t('Format of times') },
  });
  private readonly colours = element('input', { attributes: { type: 'checkbox', id: 'packet-colours' } });
  private readonly control;

  constructor(
    private layout: PacketLayout,
    private readonly onChange: (layout: PacketLayout) => void,
  ) {
    for (const format of timeFormats)
      this.time.append(element('option', { text: timeFormatLabels[format], attributes: { value: format } }));
    this.time.addEventListener('change', () => this.change({ time: this.time.value as TimeFormat }));
    this.colours.addEventListener('change', () => this.change({ colours: this.colours.checked }));
    const usual = button({
      label: t('Usual Columns'),
      appearance: 'secondary',
      onPress: () => this.change(usualLayout),
    });
    usual.element.classList.add('small-button');
    this.element = element(
      'div',
      { class: 'columns-menu', attributes: { role: 'group', 'aria-label': t('Columns, times and colours') } },
      element('label', { class: 'menu-line' }, t('Times '), this.time),
      element('label', { class: 'menu-line' }, this.colours, t(' Colours for labels')),
      this.list,
      usual.element,
    );
    this.control = button({
      label: t('Columns…'),
      appearance: 'secondary',
      onPress: () => this.open(this.element.hidden === true),
    });
    this.control.element.classList.add('small-button');
    this.toggle = this.control.element;
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      this.open(false);
      this.control.focus();
    });
    this.open(false);
    this.draw();
  }

  show(layout: PacketLayout): void {
    this.layout = layout;
    this.draw();
  }

  private open(open: boolean): void {
    setVisible(this.element, open);
    this.toggle.setAttribute('aria-expanded', String(open));
  }

  private change(change: Partial<PacketLayout>): void {
    this.layout = { ...this.layout, ...change };
    this.draw();
    this.onChange(this.layout);
  }

  private draw(): void {
    this.time.value = this.layout.time;
    this.colours.checked = this.layout.colours;
    const shown = this.layout.columns;
    const hidden = packetColumnNames.filter((name) => !shown.some((column) => column.name === name));
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['key'] : undefined;
    this.list.replaceChildren(
      ...shown.map((column, index) => this.line(column, index)),
      ...hidden.map((name) => this.line({ name, widthPx: null }, -1)),
    );
    if (focused !== undefined)
      [...this.list.querySelectorAll<HTMLElement>('[data-key]')]
        .find(({ dataset }) => dataset['key'] === focused)
        ?.focus();
  }

  /** `index` is -1 for a column that is not shown. */
  private line(column: PacketColumn, index: number): HTMLElement {
    const { columns } = this.layout;
    const label = columnLabels[column.name] ?? column.name;
    const check = element('input', { attributes: { type: 'checkbox' } });
    check.checked = index >= 0;
    check.dataset['key'] = t('{0} shown', column.name);
    check.addEventListener('change', () => {
      const next = index >= 0 ? columns.filter((_, at) => at !== index) : [...columns, column];
      // A list without columns shows nothing to get them back by.
      if (next.length > 0) this.change({ columns: next });
      else check.checked = true;
    });
    const line = element('li', { class: 'menu-line' }, element('label', { class: 'column-name' }, check, ` ${label}`));
    if (index < 0) return line;
    const width = element('input', {
      class: 'width-input',
      attributes: {
        type: 'number',
        min: '40',
        max: '1200',
        step: '10',
        placeholder: 'auto',
        'aria-label': t('Width of {0} in pixels', label),
      },
    });
    width.value = column.widthPx === null ? '' : String(column.widthPx);
    width.dataset['key'] = t('{0} width', column.name);
    width.addEventListener('change', () => {
      const widthPx = width.value === '' ? null : clampWidth(Number(width.value));
      this.change({ columns: columns.map((each, at) => (at === index ? { ...each, widthPx } : each)) });
    });
    line.append(width, this.move(label, index, -1, '↑', t('Earlier')), this.move(label, index, 1, '↓', t('Later')));
    return line;
  }

  private move(label: string, index: number, by: number, sign: string, word: string): HTMLElement {
    const node = element('button', {
      class: 'source-button',
      text: sign,
      attributes: { type: 'button', 'aria-label': `${label}: ${word.toLowerCase()}` },
    });
    node.dataset['key'] = `${label} ${word}`;
    const { columns } = this.layout;
    node.disabled = index + by < 0 || index + by >= columns.length;
    node.addEventListener('click', () => {
      const next = [...columns];
      const [moved] = next.splice(index, 1);
      if (moved) next.splice(index + by, 0, moved);
      this.change({ columns: next });
    });
    return node;
  }
}
