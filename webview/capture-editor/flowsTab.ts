import type { FlowRow } from '../../src/protocol/capture';
import { flowColumns } from '../common/columns';
import { element, setText } from '../common/dom';
import { plural, safeText } from '../common/format';
import type { Host } from '../common/vscodeApi';
import { VirtualTable } from './virtualTable';

/** List of flows. */
export class FlowsTab {
  readonly element: HTMLElement;
  readonly table: VirtualTable<FlowRow>;
  private readonly message = element('p', { class: 'field-message', attributes: { 'aria-live': 'polite' } });
  private readonly count = element('p', { class: 'row-count', attributes: { role: 'status' } });

  constructor(host: Host) {
    this.table = new VirtualTable<FlowRow>({
      title: 'Flows',
      columns: flowColumns,
      request: (request, from, count) => host.post({ type: 'getFlows', request, from, count }),
      onChange: () => this.say(),
    });
    this.element = element('section', { class: 'list-tab' }, this.message, this.count, this.table.element);
  }

  open(): void {
    this.table.start();
  }

  update(total: number): void {
    if (this.table.isStarted && !this.table.rows.loading) this.table.setTotal(total);
    this.say();
  }

  private say(): void {
    const { rows } = this.table;
    setText(this.message, rows.error === null ? '' : safeText(rows.error));
    setText(this.count, rows.loading ? 'Loading…' : plural(rows.total, 'flow'));
  }
}
