import type { PacketRow } from '../../src/protocol/capture';
import type { FilterSearch, SearchMode } from '../../src/protocol/filterSearch';
import type { FindQuery, FoundPacket } from '../../src/protocol/packetFind';
import type { PacketLayout } from '../../src/protocol/packetLayout';
import { fieldColumns, maxFieldColumns, parsePacketLayout, usualLayout } from '../../src/protocol/packetLayout';
import type { PacketSort } from '../../src/protocol/packetSort';
import { nextSort } from '../../src/protocol/packetSort';
import type { Snapshot } from '../../src/protocol/snapshot';
import type { PacketsMessage } from '../../src/protocol/webviewMessages';
import { element } from '../common/dom';
import { cellFilter, filterContext } from '../common/filterContext';
import type { Host } from '../common/vscodeApi';
import { ColumnsMenu } from './columnsMenu';
import { Marks } from './marks';
import { columnsOf } from './packetColumns';
import { PacketTools } from './packetTools';
import { VirtualTable } from './virtualTable';
import { t } from '../../src/protocol/l10n';

/** Apart from the numbers of the other requests: a failure says only its number. */
let nextRequest = 2_000_000_000;

export interface PacketListOptions {
  /** The filter as it goes to the analyzer: with the chosen time. */
  withTime: (filter: string) => string;
  showFilter: (filter: string) => void;
  onChange: () => void;
  onOpen: () => void;
  onActive: (row: PacketRow) => void;
}

/** The packets as rows, with the columns, marks and colours that a person chose, and the search in them. */
export class PacketList {
  readonly element: HTMLElement;
  readonly table: VirtualTable<PacketRow>;
  private readonly marks: Marks;
  private readonly tools: PacketTools;
  private readonly menu: ColumnsMenu;
  private layout: PacketLayout = usualLayout;
  private layoutText = JSON.stringify(usualLayout);
  private firstSeconds: number | null = null;
  private finding = 0;
  private order: PacketSort | null;
  private packets = 0;
  /** Part of the sort that is done, 0 to 1. */
  private sortedPart = 0;
  /** Number of the packet that is chosen again once the rows have their new order. */
  private chosenBefore = 0;
  /** Number of the request that looks for it; 0 for none. */
  private restoring = 0;
  private newestSearch: FilterSearch | null = null;

  constructor(
    private readonly host: Host,
    private readonly options: PacketListOptions,
  ) {
    this.order = host.ui.packetSort;
    this.marks = new Marks(host.ui.marks, (marks) => host.saveUi({ marks }));
    this.table = new VirtualTable<PacketRow>({
      title: t('Packets'),
      columns: this.columns(),
      context: (row, column) => {
        const field = fieldColumns(this.layout).indexOf(column.label);
        const filter = field < 0 ? cellFilter(row, column.label) : (row.fieldFilters?.[field] ?? '');
        return filter === null || filter === '' ? null : filterContext(filter);
      },
      request: (request, from, count, filter) =>
        host.post({
          type: 'getPackets',
          request,
          from,
          count,
          filter: options.withTime(filter),
          fields: fieldColumns(this.layout),
          ...this.orderOf(),
        }),
      onSort: (column) => this.sortBy(this.layout.columns[column]?.name ?? ''),
      onChange: options.onChange,
      onOpen: options.onOpen,
      onActive: options.onActive,
      onKey: (key) => {
        if (key.toLowerCase() === 'm') this.tools.mark();
      },
      rowClass: (row) => this.rowClass(row),
    });
    this.showOrder();
    this.menu = new ColumnsMenu(this.layout, (layout) => this.change(layout));
    this.tools = new PacketTools({
      marks: this.marks,
      active: () => this.table.activeRow?.number ?? 0,
      find: (query) => this.find(query),
      showFilter: options.showFilter,
      onMarks: () => this.table.redraw(),
      menuToggle: this.menu.toggle,
      openInWireshark: () =>
        host.post({
          type: 'openInWireshark',
          packet: this.table.activeRow?.number ?? null,
          filter: options.withTime(this.table.rows.filter),
        }),
    });
    this.element = element('div', { class: 'packet-list' }, this.tools.element, this.menu.element, this.table.element);
    this.element.addEventListener('keydown', (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      const kind = event.key === 'f' ? 'info' : event.key === 'g' ? 'number' : null;
      if (kind === null) return;
      event.preventDefault();
      this.tools.focusFind(kind);
    });
  }

  /** Whether there is a Wireshark to open. */
  setWireshark(installed: boolean): void {
    this.tools.setWireshark(installed);
  }

  update(snapshot: Snapshot, layout: PacketLayout | undefined): void {
    this.packets = snapshot.packets;
    const first = snapshot.firstUs === null ? null : snapshot.firstUs / 1e6;
    if (first !== this.firstSeconds) {
      this.firstSeconds = first;
      this.table.redraw();
    }
    const text = JSON.stringify(layout);
    if (layout === undefined || text === this.layoutText) return;
    this.layoutText = text;
    this.show(parsePacketLayout(layout));
    this.menu.show(this.layout);
  }

  /** Adds the values of a field as a column, before the Info column. */
  addColumn(name: string): void {
    const { columns } = this.layout;
    if (columns.some((column) => column.name === name) || fieldColumns(this.layout).length >= maxFieldColumns) return;
    const info = columns.findIndex((column) => column.name === 'info');
    const next = [...columns];
    next.splice(info < 0 ? columns.length : info, 0, { name, widthPx: null });
    const layout = { ...this.layout, columns: next };
    this.menu.show(layout);
    this.change(layout);
  }

  /** Called before the first rows are asked for. */
  begin(packets: number): void {
    this.packets = packets;
    if (this.order !== null) this.order = { ...this.order, version: packets };
  }

  /** How packets are ordered; null as in the capture. */
  get sort(): PacketSort | null {
    return this.order;
  }

  /** Percent of the sort that is done while it goes on; null when none does. */
  get sortingPercent(): number | null {
    return this.order !== null && this.table.rows.loading ? Math.floor(this.sortedPart * 100) : null;
  }

  progressOfSort(part: number): void {
    this.sortedPart = part;
    if (this.sortingPercent !== null) this.options.onChange();
  }

  /** Shows the packets in the order of the capture again. */
  unsort(): void {
    if (this.order === null) return;
    if (this.table.rows.loading) this.host.post({ type: 'cancelSort' });
    this.setOrder(null);
  }

  /** The capture has grown: what came since is sorted in. */
  sortAgain(packets: number): void {
    this.packets = packets;
    if (this.order !== null) this.setOrder({ ...this.order, version: packets });
  }

  private sortBy(column: string): void {
    if (this.sortingPercent !== null) this.host.post({ type: 'cancelSort' });
    this.setOrder(nextSort(this.order, column, this.packets));
  }

  private setOrder(order: PacketSort | null): void {
    this.order = order;
    this.sortedPart = 0;
    this.host.saveUi({ packetSort: order });
    this.showOrder();
    if (this.table.activeRow !== undefined) this.chosenBefore = this.table.activeRow.number;
    this.restoring = 0;
    this.table.reload();
  }

  private showOrder(): void {
    const column = this.layout.columns.findIndex(({ name }) => name === this.order?.column);
    this.table.showSort(column, this.order?.descending ?? null);
  }

  private sortOf(): { sort?: PacketSort } {
    return this.order === null ? {} : { sort: this.order };
  }

  /** As packets are asked for: a search that takes long has to be waited for only where they are sorted. */
  private orderOf(): { sort?: PacketSort; search?: SearchMode } {
    return this.order === null ? { search: this.table.rows.loading ? 'start' : 'keep' } : this.sortOf();
  }

  deliver({ request, rows, matched, complete, search }: PacketsMessage): void {
    if (this.table.deliver(request, rows, matched, complete) && search !== undefined) this.searchWent(search);
    this.restore();
  }

  /** How far a search for the packets of a display filter has come, of which the first may be shown already. */
  searchWent(search: FilterSearch): void {
    const before = this.newestSearch;
    // An answer may be older than what was told while it was on its way.
    if (before?.filter === search.filter && before.searched > search.searched && before.state !== 'stopped')
      search = before;
    this.newestSearch = search;
    const shown = this.search;
    if (shown === null) return;
    if (shown.matched > this.table.rows.total) this.table.setTotal(shown.matched);
    this.options.onChange();
  }

  /** The search for the packets that are shown; null when that is no matter. */
  get search(): FilterSearch | null {
    const { rows } = this.table;
    if (this.order !== null || rows.loading || this.newestSearch === null) return null;
    return this.newestSearch.filter === this.options.withTime(rows.filter) ? this.newestSearch : null;
  }

  /** Stops the search for the packets that are shown, or goes on with it. */
  goOnSearching(go: boolean): void {
    if (this.search !== null) this.host.post({ type: 'searchPackets', filter: this.search.filter, go });
  }

  /** Rows in another order are there: the packet that was chosen is looked for in them. */
  private restore(): void {
    const number = this.chosenBefore;
    if (number === 0 || this.restoring !== 0 || this.table.rows.loading) return;
    this.restoring = this.find({ kind: 'number', text: String(number), from: number - 1, backwards: false });
  }

  deliverFound(request: number, found: FoundPacket): void {
    if (request !== this.finding) return;
    if (request === this.restoring) {
      const number = this.chosenBefore;
      this.restoring = this.chosenBefore = 0;
      // Somebody may have chosen another one meanwhile; and a filter may have left it out.
      if (this.table.activeRow !== undefined || found?.number !== number) return;
    } else this.tools.found(found);
    if (found !== null) this.table.choose(found.position);
  }

  fail(request: number, message: string): void {
    if (request === this.finding && request !== this.restoring) this.tools.failed(message);
    this.table.fail(request, message);
  }

  private find(query: Omit<FindQuery, 'filter' | 'sort'>): number {
    this.finding = nextRequest++;
    const filter = this.options.withTime(this.table.rows.filter);
    this.host.post({ type: 'findPacket', request: this.finding, ...query, filter, ...this.sortOf() });
    return this.finding;
  }

  private change(layout: PacketLayout): void {
    this.layoutText = JSON.stringify(layout);
    this.show(layout);
    this.host.post({ type: 'saveLayout', layout });
  }

  private show(layout: PacketLayout): void {
    const fields = fieldColumns(this.layout).join(' ');
    this.layout = layout;
    this.table.setColumns(this.columns());
    this.showOrder();
    // The rows that are there do not have the values of other fields.
    if (fieldColumns(layout).join(' ') !== fields) this.table.refresh();
  }

  private columns() {
    return columnsOf(this.layout, {
      firstSeconds: () => this.firstSeconds,
      isMarked: (number) => this.marks.has(number),
    });
  }

  private rowClass(row: PacketRow): string {
    const marked = this.marks.has(row.number) ? t('marked') : '';
    if (!this.layout.colours || row.label === undefined) return marked;
    return `${marked} coloured label-${row.label.toLowerCase().replace(/[^a-z]/g, '')}`.trim();
  }
}
