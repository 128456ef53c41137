import type { PacketRow } from '../../src/protocol/capture';
import type { FindQuery, FoundPacket } from '../../src/protocol/packetFind';
import type { PacketLayout } from '../../src/protocol/packetLayout';
import { fieldColumns, maxFieldColumns, parsePacketLayout, usualLayout } from '../../src/protocol/packetLayout';
import type { Snapshot } from '../../src/protocol/snapshot';
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

  constructor(
    private readonly host: Host,
    private readonly options: PacketListOptions,
  ) {
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
        }),
      onChange: options.onChange,
      onOpen: options.onOpen,
      onActive: options.onActive,
      onKey: (key) => {
        if (key.toLowerCase() === 'm') this.tools.mark();
      },
      rowClass: (row) => this.rowClass(row),
    });
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

  deliverFound(request: number, found: FoundPacket): void {
    if (request !== this.finding) return;
    this.tools.found(found);
    if (found !== null) this.table.choose(found.position);
  }

  fail(request: number, message: string): void {
    if (request === this.finding) this.tools.failed(message);
    this.table.fail(request, message);
  }

  private find(query: Omit<FindQuery, 'filter'>): void {
    this.finding = nextRequest++;
    const filter = this.options.withTime(this.table.rows.filter);
    this.host.post({ type: 'findPacket', request: this.finding, ...query, filter });
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
