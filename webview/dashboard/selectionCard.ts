import type { PacketRow } from '../../src/protocol/capture';
import { endpointText, tableColumns } from '../../src/protocol/tables';
import type { TableRow } from '../../src/protocol/tables';
import type { ReplyMessage } from '../common/view';
import { packetColumns } from '../common/columns';
import { element, setText, setVisible } from '../common/dom';
import { formatBytes, formatCount, plural, safeText } from '../common/format';
import { RowTable } from '../common/rowTable';
import type { Column } from '../common/rowTable';
import { button } from '../common/ui';
import type { Host } from '../common/vscodeApi';
import type { Selection } from '../common/selection';
import { t } from '../../src/protocol/l10n';

/** Rows of each list. */
const maxRows = 50;

/** While packets come, what is in the selection is asked for again at most this often. */
const againMs = 3000;

const cellOf = (row: TableRow, id: string): string | number =>
  row.cells[tableColumns.flows.findIndex((column) => column.id === id)] ?? '';
const textOf = (row: TableRow, id: string): string => safeText(String(cellOf(row, id)), 100);
const sumOf = (row: TableRow, ...ids: string[]): number => ids.reduce((sum, id) => sum + Number(cellOf(row, id)), 0);

const flowColumns: readonly Column<TableRow>[] = [
  { label: t('Protocol'), kind: 'packet-protocol', text: (row) => textOf(row, 'protocol').toUpperCase() },
  { label: t('Opened by'), kind: 'mono', text: (row) => textOf(row, 'a') },
  { label: t('Towards'), kind: 'mono', text: (row) => textOf(row, 'b') },
  { label: t('Application'), kind: 'name', text: (row) => textOf(row, 'application') },
  { label: t('Server name'), kind: 'grow', text: (row) => textOf(row, 'serverName') },
  { label: t('Packets'), kind: 'number', text: (row) => formatCount(sumOf(row, 'packetsAToB', 'packetsBToA')) },
  { label: t('Bytes'), kind: 'number', text: (row) => formatBytes(sumOf(row, 'bytesAToB', 'bytesBToA')) },
];

/** What is in the chosen time and of the chosen host: said in words, with its flows and packets. Escape takes it away. */
export class SelectionCard {
  readonly element: HTMLElement;
  /** What is chosen, for a place that is always in view: hosts are chosen far below the charts. */
  readonly line: HTMLElement;
  private readonly words = element('span', { class: 'brush-words', attributes: { role: 'status' } });
  private readonly note = element('p', { class: 'card-note', attributes: { role: 'status' } });
  private readonly content: HTMLElement;
  private readonly flows = new RowTable<TableRow>({
    id: 'selection-flows',
    title: t('Flows in it'),
    columns: flowColumns,
    empty: t('No flow in it'),
    pauseWhenScrolled: true,
  });
  private readonly packets = new RowTable<PacketRow>({
    id: 'selection-packets',
    title: t('Packets in it'),
    columns: packetColumns,
    empty: t('No packet in it'),
    pauseWhenScrolled: true,
  });
  /** Numbers of the newest requests. */
  private asked = { flows: 0, packets: 0 };
  private request = 0;
  private askedMs = 0;

  constructor(
    private readonly host: Host,
    private readonly selection: Selection,
  ) {
    const small = (label: string, title: string, onPress: () => void): HTMLElement => {
      const control = button({ label, title, appearance: 'secondary', onPress });
      control.element.classList.add('small-button');
      return control.element;
    };
    const chosen = element(
      'div',
      { class: 'brush-line' },
      this.words,
      small(t('Show all'), t('Show all times and hosts (Escape)'), () => selection.clear()),
      small(t('Its packets as PCAP'), t('Export the packets of this choice as a capture file'), () =>
        host.post({ type: 'export', kind: 'packets.pcap', filter: selection.filter() }),
      ),
      small(t('Its packets as CSV'), t('Export the packets of this choice as CSV'), () =>
        host.post({ type: 'export', kind: 'packets.csv', filter: selection.filter() }),
      ),
    );
    this.content = element('div', {}, this.note, this.flows.element, this.packets.element);
    this.element = element(
      'section',
      { class: 'selection', attributes: { 'aria-label': t('Chosen time and host') } },
      this.content,
    );
    this.line = element('div', { class: 'selection' }, chosen);
    setVisible(this.line, false);
    setVisible(this.content, false);
    selection.listen(() => this.show());
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.defaultPrevented && selection.clear()) event.preventDefault();
    });
  }

  /** What has to be known of the charts of it. */
  say(note: string): void {
    setText(this.note, note);
  }

  /** A state was drawn: while packets come, the selection may hold more of them. */
  update(running: boolean): void {
    if (!this.selection.isEmpty && running && performance.now() - this.askedMs >= againMs) this.ask();
  }

  reply(message: ReplyMessage): void {
    if (message.type === 'packets' && message.request === this.asked.packets)
      this.packets.update(message.rows, countText(message.rows.length, message.matched, 'packet'));
    else if (message.type === 'table' && message.request === this.asked.flows)
      this.flows.update(message.rows, countText(message.rows.length, message.matched, 'flow'));
  }

  private show(): void {
    setVisible(this.content, !this.selection.isEmpty);
    setVisible(this.line, !this.selection.isEmpty);
    const words = this.selection.words();
    setText(this.words, words === '' ? '' : t('Charts, flows, packets, findings and exports: {0}', words));
    for (const table of [this.flows, this.packets]) table.reset();
    if (!this.selection.isEmpty) this.ask();
  }

  private ask(): void {
    const { host, range } = this.selection;
    this.askedMs = performance.now();
    this.asked = { flows: ++this.request, packets: ++this.request };
    const search = host === null ? '' : endpointText(host, null);
    const page = { from: 0, count: maxRows };
    this.host.post({ type: 'getTable', request: this.asked.flows, table: 'flows', ...page, sort: null, search, range });
    this.host.post({ type: 'getPackets', request: this.asked.packets, ...page, filter: this.selection.filter() });
  }
}

function countText(shown: number, matched: number, one: string): string {
  return shown < matched ? t('first {0} of {1}', formatCount(shown), plural(matched, one)) : plural(matched, one);
}
