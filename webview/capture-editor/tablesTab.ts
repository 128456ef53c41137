import './tables.css';
import type { TableName, TablePage, TableRow } from '../../src/protocol/tables';
import { endpointText, tableNames } from '../../src/protocol/tables';
import { element, setAttribute, setText, setVisible } from '../common/dom';
import { formatCount, plural, safeText } from '../common/format';
import type { Selection } from '../common/selection';
import { button, textField } from '../common/ui';
import type { Host } from '../common/vscodeApi';
import { RowActions } from './rowActions';
import { columnsOf, editorColumns, tableWidthPx } from './tableColumns';
import { VirtualTable } from './virtualTable';
import { t } from '../../src/protocol/l10n';

/** While a file is read, a table is asked for again this often. */
const refreshMs = 2000;
const searchDelayMs = 250;

const names: Record<TableName, [label: string, one: string, many: string]> = {
  flows: [t('Flows'), t('flow'), t('flows')],
  conversations: [t('Conversations'), t('conversation'), t('conversations')],
  endpoints: [t('Endpoints'), t('endpoint'), t('endpoints')],
  hierarchy: [t('Protocols'), t('protocol nesting'), t('protocol nestings')],
  dns: ['DNS', t('DNS query'), t('DNS queries')],
  http: ['HTTP', t('HTTP request'), t('HTTP requests')],
  tls: ['TLS', t('TLS handshake'), t('TLS handshakes')],
  objects: [t('Objects'), t('object'), t('objects')],
};

/** A row is to be shown elsewhere in the view. */
export interface TablesTabEvents {
  showPackets(filter: string): void;
}

interface Shown {
  table: VirtualTable<TableRow>;
  sort: { column: string; descending: boolean } | null;
  search: string;
  leftOut: number;
  /** Rows before the search. */
  total: number;
}

/** The tables of a capture, one at a time: each is sorted by its heads, searched by words, and leads to packets. */
export class TablesTab {
  readonly element: HTMLElement;
  private readonly chips = new Map<TableName, HTMLButtonElement>();
  private readonly shown = new Map<TableName, Shown>();
  private readonly place = element('div', { class: 'table-place' });
  private readonly message = element('p', { class: 'field-message', attributes: { 'aria-live': 'polite' } });
  private readonly count = element('p', { class: 'row-count', attributes: { role: 'status' } });
  private readonly search;
  private readonly toPackets;
  private readonly actions: RowActions;
  private current: TableName;
  private searchTimer = 0;
  private refreshedMs = 0;
  private opened = false;

  constructor(
    private readonly host: Host,
    private readonly selection: Selection,
    private readonly events: TablesTabEvents,
  ) {
    this.current = tableNames.find((name) => name === host.ui.table) ?? 'flows';
    const chips = tableNames.map((name) => {
      const chip = element('button', { class: 'chip', text: names[name][0], attributes: { type: 'button' } });
      chip.addEventListener('click', () => this.choose(name));
      this.chips.set(name, chip);
      return chip;
    });
    this.search = textField({
      label: t('Search'),
      placeholder: t('words that a row contains'),
      onInput: (text) => {
        window.clearTimeout(this.searchTimer);
        this.searchTimer = window.setTimeout(() => this.find(text), searchDelayMs);
      },
      onCommit: (text) => this.find(text),
    });
    this.toPackets = button({
      label: t('Show Packets'),
      title: t('Show the packets of the chosen row (Enter, or a double click)'),
      appearance: 'secondary',
      onPress: () => this.showPackets(),
    });
    this.actions = new RowActions(host);
    this.element = element(
      'section',
      { class: 'list-tab' },
      element('div', { class: 'chips', attributes: { role: 'group', 'aria-label': t('Table') } }, ...chips),
      element(
        'div',
        { class: 'field filter-field' },
        element('div', { class: 'field-row' }, this.search.element, this.toPackets.element),
        this.message,
      ),
      this.actions.element,
      this.count,
      this.place,
    );
    selection.listen(() => {
      for (const { table } of this.shown.values()) table.reload();
    });
  }

  /** Called when the tab is looked at. */
  open(): void {
    if (this.opened) return;
    this.opened = true;
    this.choose(this.current);
  }

  /** The capture has grown, or is read to its end. */
  update(reading: boolean): void {
    const now = performance.now();
    if (!this.opened || !reading || now - this.refreshedMs < refreshMs) return;
    this.refresh();
  }

  refresh(): void {
    this.refreshedMs = performance.now();
    for (const { table } of this.shown.values()) table.refresh();
  }

  /** Shows the rows of a table that contain some words. */
  showRows(name: TableName, search: string): void {
    this.opened = true;
    this.choose(name);
    this.find(search);
  }

  deliver(request: number, page: TablePage): void {
    for (const shown of this.shown.values()) {
      if (!shown.table.deliver(request, page.rows, page.matched, true)) continue;
      shown.total = page.total;
      shown.leftOut = page.leftOut;
      this.say();
      return;
    }
  }

  fail(request: number, message: string): void {
    for (const { table } of this.shown.values()) table.fail(request, message);
  }

  private choose(name: TableName): void {
    this.current = name;
    this.host.saveUi({ table: name });
    for (const [each, chip] of this.chips) setAttribute(chip, 'aria-pressed', String(each === name));
    const shown = this.shownOf(name);
    this.search.value = shown.search;
    this.place.replaceChildren(shown.table.element);
    shown.table.start();
    this.say();
  }

  private shownOf(name: TableName): Shown {
    const known = this.shown.get(name);
    if (known !== undefined) return known;
    const shown: Shown = {
      table: new VirtualTable<TableRow>({
        title: names[name][0],
        columns: columnsOf(name),
        request: (request, from, count, search) =>
          this.host.post({
            type: 'getTable',
            request,
            table: name,
            from,
            count,
            sort: shown.sort,
            search: this.withHost(name, search),
            range: this.selection.range,
          }),
        onChange: () => this.say(),
        onOpen: () => this.showPackets(),
        onSort: (column) => this.sort(name, shown, column),
      }),
      sort: null,
      search: '',
      leftOut: 0,
      total: 0,
    };
    shown.table.element.style.setProperty('--table-width', `${tableWidthPx(name)}px`);
    this.shown.set(name, shown);
    return shown;
  }

  /** Numbers largest first, texts from A on; a second time the other way round, a third time as the table is. */
  private sort(name: TableName, shown: Shown, index: number): void {
    const column = editorColumns(name)[index];
    if (column === undefined) return;
    const first = column.kind !== 'text' && column.kind !== 'address' && column.kind !== 'time';
    const { sort } = shown;
    if (sort?.column !== column.id) shown.sort = { column: column.id, descending: first };
    else shown.sort = sort.descending === first ? { column: column.id, descending: !first } : null;
    shown.table.showSort(index, shown.sort?.descending ?? null);
    shown.table.reload();
  }

  /** Protocols alone have no column that names a host. */
  private withHost(name: TableName, search: string): string {
    const { host } = this.selection;
    return host === null || name === 'hierarchy'
      ? search
      : `${endpointText(host, null)} ${search}`.trim().slice(0, 256);
  }

  private find(text: string): void {
    window.clearTimeout(this.searchTimer);
    const shown = this.shownOf(this.current);
    const search = text.trim().slice(0, 256);
    if (this.search.value.trim() !== search) this.search.value = search;
    if (shown.search === search) return;
    shown.search = search;
    shown.table.setFilter(search);
  }

  private showPackets(): void {
    const row = this.shown.get(this.current)?.table.activeRow;
    if (row !== undefined && row.filter !== '') this.events.showPackets(row.filter);
  }

  private say(): void {
    const shown = this.shown.get(this.current);
    if (shown === undefined) return;
    const { rows, activeRow } = shown.table;
    const [, one, many] = names[this.current];
    this.toPackets.setEnabled(activeRow !== undefined && activeRow.filter !== '');
    this.actions.update(this.current, activeRow);
    setText(this.message, rows.error === null ? '' : safeText(rows.error));
    setVisible(this.message, rows.error !== null);
    const inTime = this.selection.suffix;
    const leftOut = shown.leftOut === 0 ? '' : t(' ({0} more were left out at the limit)', formatCount(shown.leftOut));
    const all = `${plural(shown.total, one, many)}${inTime}${leftOut}`;
    const found = rows.filter === '' ? all : t('{0} of {1}', formatCount(rows.total), all);
    setText(this.count, rows.loading ? t('Searching…') : found);
  }
}
