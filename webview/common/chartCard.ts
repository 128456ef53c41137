import { button } from './ui';
import type { ButtonControl } from './ui';
import { element, setAttribute, setText, setVisible } from './dom';
import { watchView } from './inView';
import { t } from '../../src/protocol/l10n';

export interface ChartCardOptions {
  id: string;
  title: string;
  /** Whether the table twin was open when the view was last seen. */
  tableOpen: boolean;
  onTableToggle: (open: boolean) => void;
}

/** Frame of a chart: title, legend, the canvas and its table twin, of which one shows at a time. */
export class ChartCard {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly legend: HTMLElement;
  readonly actions: HTMLElement;
  readonly body: HTMLElement;
  private readonly note: HTMLElement;
  private readonly twin: HTMLElement;
  private readonly table: HTMLTableElement;
  private readonly caption: HTMLElement;
  private readonly emptyText: HTMLElement;
  private readonly toggle: ButtonControl;
  /** Around the canvas. */
  readonly plot: HTMLElement;
  private empty = false;
  private readonly inView: () => boolean;
  tableOpen: boolean;

  /** @param onEnterView called when the card comes into view: what was left out is to be drawn */
  constructor(
    private readonly options: ChartCardOptions,
    onEnterView: () => void,
  ) {
    this.tableOpen = options.tableOpen;
    const headingId = `${options.id}-title`;
    this.canvas = element('canvas', { attributes: { role: 'img', 'aria-label': options.title } });
    this.plot = element('div', { class: 'chart-plot' }, this.canvas);
    this.emptyText = element('p', { class: 'chart-empty' });
    this.emptyText.hidden = true;
    this.caption = element('caption', { class: 'hidden-text' });
    this.table = element('table', { class: 'data-table' }, this.caption);
    this.twin = element(
      'div',
      {
        class: 'chart-twin',
        attributes: { tabindex: '0', role: 'region', 'aria-label': t('{0} as table', options.title) },
      },
      this.table,
    );
    this.note = element('span', { class: 'card-note' });
    this.legend = element('ul', { class: 'chart-legend' });
    this.toggle = button({
      label: '',
      appearance: 'icon',
      icon: 'table',
      onPress: () => {
        this.tableOpen = !this.tableOpen;
        this.showTwin();
        options.onTableToggle(this.tableOpen);
      },
    });
    this.actions = element('span', { class: 'card-actions' }, this.toggle.element);
    const heading = element('h2', { text: options.title, attributes: { id: headingId } });
    const header = element('header', { class: 'card-header' }, heading, this.note, this.actions);
    this.body = element('div', { class: 'chart-body' }, this.plot, this.twin, this.emptyText);
    this.element = element(
      'section',
      { class: 'card chart-card', attributes: { id: options.id, 'aria-labelledby': headingId } },
      header,
      this.legend,
      this.body,
    );
    this.inView = watchView(this.element, onEnterView);
    this.showTwin();
  }

  get title(): string {
    return this.options.title;
  }

  /** True where a chart takes the place, and not its table or why there is nothing. */
  get chartChosen(): boolean {
    return !this.plot.hidden;
  }

  /** False for a chart that is not on the screen: it is not drawn, and costs nothing. */
  get chartVisible(): boolean {
    return this.chartChosen && this.inView();
  }

  private showTwin(): void {
    setVisible(this.twin, this.tableOpen && !this.empty);
    setVisible(this.plot, !this.tableOpen && !this.empty);
    this.toggle.setLabel(
      this.tableOpen ? t('Show {0} as chart', this.options.title) : t('Show {0} as table', this.options.title),
    );
    this.toggle.setPressed(this.tableOpen);
  }

  describe(description: string, note: string | null, empty: string | null): void {
    setAttribute(this.canvas, 'aria-label', description);
    setText(this.note, note ?? '');
    setText(this.emptyText, empty ?? '');
    this.empty = empty !== null;
    setVisible(this.emptyText, this.empty);
    this.showTwin();
  }

  /** Fills the table twin; cells of the first column are row headers. */
  fillTable(caption: string, header: readonly string[], rows: readonly (readonly string[])[]): void {
    setText(this.caption, caption);
    const head = element(
      'thead',
      {},
      element('tr', {}, ...header.map((text) => element('th', { text, attributes: { scope: 'col' } }))),
    );
    const body = element('tbody');
    for (const cells of rows)
      body.append(
        element(
          'tr',
          {},
          ...cells.map((text, index) =>
            index === 0
              ? element('th', { text, attributes: { scope: 'row' } })
              : element('td', { class: 'number', text }),
          ),
        ),
      );
    this.table.replaceChildren(this.caption, head, body);
  }
}

export interface LegendEntry {
  label: string;
  value: string;
  /** Class of the swatch: colour and dash. */
  swatch: string;
}

/** Updates a legend in place. */
export function fillLegend(list: HTMLElement, entries: readonly LegendEntry[]): void {
  while (list.children.length > entries.length) list.lastElementChild?.remove();
  entries.forEach((entry, index) => {
    let item = list.children[index];
    if (!item) {
      item = element(
        'li',
        {},
        element('span', { class: 'swatch', attributes: { 'aria-hidden': 'true' } }),
        element('span', { class: 'legend-label' }),
        element('span', { class: 'legend-value' }),
      );
      list.append(item);
    }
    const [swatch, label, value] = item.children;
    if (swatch) setAttribute(swatch, 'class', `swatch ${entry.swatch}`);
    if (label) setText(label, entry.label);
    if (value) setText(value, entry.value);
  });
}
