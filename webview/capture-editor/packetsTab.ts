import type { PacketRow } from '../../src/protocol/capture';
import type { Finding } from '../../src/protocol/finding';
import type { Snapshot } from '../../src/protocol/snapshot';
import type { ViewState } from '../../src/protocol/webviewMessages';
import { element } from '../common/dom';
import { safeText } from '../common/format';
import { button } from '../common/ui';
import type { Host } from '../common/vscodeApi';
import { flowSearch } from '../../src/protocol/tables';
import { withinTimeRange } from '../../src/protocol/timeRange';
import type { TimeBrush } from '../common/timeBrush';
import { CountLine } from './countLine';
import { FilterBar } from './filterBar';
import { PacketDetails } from './packetDetails';
import { Splitter } from './splitter';
import { PacketList } from './packetList';
import type { VirtualTable } from './virtualTable';
import { t } from '../../src/protocol/l10n';

const growMs = 2000;

/** Packet list with a display filter. */
export class PacketsTab {
  readonly element: HTMLElement;
  readonly table: VirtualTable<PacketRow>;
  readonly list: PacketList;
  readonly filter: FilterBar;
  readonly details: PacketDetails;
  private readonly splitter: Splitter;
  private readonly toFlow;
  private readonly follow;
  private readonly count: CountLine;
  private total = 0;
  private grownMs = 0;

  constructor(
    private readonly host: Host,
    private readonly brush: TimeBrush,
    private readonly onFlow: (search: string) => void,
  ) {
    this.list = new PacketList(host, {
      withTime: (filter) => withinTimeRange(filter, brush.range),
      showFilter: (filter) => this.showFilter(filter),
      onChange: () => this.say(),
      onOpen: () => this.showFlow(),
      onActive: (row) => this.showDetails(row),
    });
    this.table = this.list.table;
    this.details = new PacketDetails(host, (name) => this.list.addColumn(name));
    this.splitter = new Splitter({
      label: t('Height of the packet list'),
      element: this.details.element,
      percent: host.ui.detailsPercent,
      onChange: (detailsPercent) => host.saveUi({ detailsPercent }),
    });
    brush.listen({
      changed: () => {
        if (this.table.isStarted) this.table.reload();
      },
    });
    this.filter = new FilterBar(host, { onApply: (filter) => this.apply(filter), onInput: () => this.say() });
    this.filter.value = host.ui.filterDraft ?? '';
    this.toFlow = button({
      label: t('Show Flow'),
      title: t('Show the flow of the chosen packet in the tables (Enter, or a double click)'),
      appearance: 'secondary',
      onPress: () => this.showFlow(),
    });
    this.follow = button({
      label: t('Follow Stream'),
      title: t('Show what both sides said as a document'),
      appearance: 'secondary',
      onPress: () => {
        const row = this.table.activeRow;
        if (row !== undefined) this.host.post({ type: 'followStream', packet: row.number, filter: '' });
      },
    });
    this.count = new CountLine(this.list);
    this.element = element(
      'section',
      { class: 'list-tab' },
      element('div', { class: 'filter-line' }, this.filter.element, this.toFlow.element, this.follow.element),
      this.count.element,
      this.list.element,
      this.splitter.element,
      this.details.element,
    );
  }

  /** Called when the tab is looked at. */
  open(packets: number): void {
    if (this.table.isStarted) return;
    this.list.begin(packets);
    if (this.filter.value.trim() === '') this.table.start();
    else this.apply(this.filter.value.trim());
  }

  update(snapshot: Snapshot, findings: readonly Finding[], { layout, installed }: ViewState): void {
    this.total = snapshot.packets;
    this.list.update(snapshot, layout);
    this.list.setWireshark(installed?.wireshark === true);
    this.details.setTshark(installed?.tshark === true);
    this.details.update(findings);
    const all = this.table.rows.filter === '' && this.brush.range === null && this.list.sort === null;
    if (this.table.isStarted && all && !this.table.rows.loading) this.table.setTotal(snapshot.packets);
    this.say();
  }

  /** The capture has grown: what a display filter leaves of it is asked for again, not more often than one can look. */
  grow(): void {
    const now = performance.now();
    if (
      !this.table.isStarted ||
      this.table.rows.filter === '' ||
      this.list.sort !== null ||
      now - this.grownMs < growMs
    )
      return;
    this.grownMs = now;
    this.table.refresh();
  }

  /** The whole file has been read: what is on the screen may hold more now. */
  refresh(packets: number): void {
    if (this.list.sort === null) this.table.refresh();
    else if (this.table.isStarted) this.list.sortAgain(packets);
  }

  /** Shows the packets that match a filter. */
  showFilter(filter: string): void {
    this.filter.use(filter, 'apply');
  }

  private apply(filter: string): void {
    this.host.saveUi({ filterDraft: filter });
    this.table.setFilter(filter);
  }

  private showDetails(row: PacketRow): void {
    this.details.show(row.number);
    this.splitter.setVisible(true);
    this.say();
  }

  private showFlow(): void {
    const row = this.table.activeRow;
    if (row !== undefined) this.onFlow(flowSearch(row));
  }

  private say(): void {
    const { rows } = this.table;
    this.toFlow.setEnabled(this.table.activeRow !== undefined);
    this.follow.setEnabled(this.table.activeRow !== undefined && this.table.activeRow.sourcePort !== null);
    const kept = rows.filter === '' ? t('all packets') : t('the packets that match "{0}"', safeText(rows.filter, 120));
    this.filter.showFailure(rows.error, kept);
    this.count.say(this.total, this.brush.range !== null);
  }
}
