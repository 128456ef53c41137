import type { PacketRow } from '../../src/protocol/capture';
import type { Snapshot } from '../../src/protocol/snapshot';
import { packetColumns } from '../common/columns';
import { element, setText } from '../common/dom';
import { formatCount, plural, safeText } from '../common/format';
import { button, textField } from '../common/ui';
import type { Host } from '../common/vscodeApi';
import { flowSearch } from '../../src/protocol/tables';
import { withinTimeRange } from '../../src/protocol/timeRange';
import type { TimeBrush } from '../common/timeBrush';
import { VirtualTable } from './virtualTable';

/** Packet list with a display filter. */
export class PacketsTab {
  readonly element: HTMLElement;
  readonly table: VirtualTable<PacketRow>;
  private readonly filter;
  private readonly clear;
  private readonly toFlow;
  private readonly message = element('p', { class: 'field-message', attributes: { 'aria-live': 'polite' } });
  private readonly count = element('p', { class: 'row-count', attributes: { role: 'status' } });
  private total = 0;

  constructor(
    private readonly host: Host,
    private readonly brush: TimeBrush,
    private readonly onFlow: (search: string) => void,
  ) {
    this.table = new VirtualTable<PacketRow>({
      title: 'Packets',
      columns: packetColumns,
      request: (request, from, count, filter) =>
        host.post({ type: 'getPackets', request, from, count, filter: withinTimeRange(filter, brush.range) }),
      onChange: () => this.say(),
      onOpen: () => this.showFlow(),
    });
    brush.listen({
      changed: () => {
        if (this.table.isStarted) this.table.reload();
      },
    });
    this.filter = textField({
      label: 'Display filter',
      placeholder: 'for example: ip.addr == 10.0.0.1 && tcp.port == 443',
      onInput: () => this.say(),
      onCommit: () => this.apply(),
    });
    this.filter.value = host.ui.filterDraft ?? '';
    const apply = button({ label: 'Apply', appearance: 'secondary', onPress: () => this.apply() });
    this.clear = button({
      label: 'Clear display filter',
      appearance: 'icon',
      icon: 'close',
      onPress: () => {
        this.filter.value = '';
        this.apply();
      },
    });
    this.toFlow = button({
      label: 'Show Flow',
      title: 'Show the flow of the chosen packet in the tables (Enter, or a double click)',
      appearance: 'secondary',
      onPress: () => this.showFlow(),
    });
    this.element = element(
      'section',
      { class: 'list-tab' },
      element(
        'div',
        { class: 'field filter-field' },
        element(
          'div',
          { class: 'field-row' },
          this.filter.element,
          this.clear.element,
          apply.element,
          this.toFlow.element,
        ),
        this.message,
      ),
      this.count,
      this.table.element,
    );
  }

  /** Called when the tab is looked at. */
  open(): void {
    if (this.table.isStarted) return;
    if (this.filter.value.trim() === '') this.table.start();
    else this.apply();
  }

  update(snapshot: Snapshot): void {
    this.total = snapshot.packets;
    if (this.table.isStarted && this.table.rows.filter === '' && this.brush.range === null && !this.table.rows.loading)
      this.table.setTotal(snapshot.packets);
    this.say();
  }

  /** Shows the packets that match a filter. */
  showFilter(filter: string): void {
    this.filter.value = filter;
    this.apply();
  }

  private apply(): void {
    const filter = this.filter.value.trim();
    this.host.saveUi({ filterDraft: filter });
    this.table.setFilter(filter);
  }

  private showFlow(): void {
    const row = this.table.activeRow;
    if (row !== undefined) this.onFlow(flowSearch(row));
  }

  private say(): void {
    const { rows } = this.table;
    this.toFlow.setEnabled(this.table.activeRow !== undefined);
    this.filter.setInvalid(rows.error !== null);
    this.clear.setEnabled(this.filter.value !== '' || rows.filter !== '');
    const kept = rows.filter === '' ? 'all packets' : `the packets that match "${safeText(rows.filter, 120)}"`;
    setText(this.message, rows.error === null ? '' : `${safeText(rows.error)} Still showing ${kept}.`);
    const inTime = this.brush.range === null ? '' : ' in the chosen time';
    if (rows.loading) setText(this.count, 'Searching…');
    else if (rows.filter === '' && inTime !== '')
      setText(this.count, `${formatCount(rows.total)} of ${plural(this.total, 'packet')} are${inTime}`);
    else if (rows.filter === '') setText(this.count, plural(this.total, 'packet'));
    else {
      const of = `of ${plural(this.total, 'packet')}`;
      const matched = rows.complete ? formatCount(rows.total) : `first ${formatCount(rows.total)} matches`;
      setText(
        this.count,
        rows.complete ? `${matched} ${of} match${inTime}` : `${matched} (${of}; the search stopped at its limit)`,
      );
    }
  }
}
