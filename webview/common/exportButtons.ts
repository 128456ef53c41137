import type { exportChoices } from '../../src/protocol/webviewMessages';
import { element } from './dom';
import { button } from './ui';
import type { Host } from './vscodeApi';

type ExportKind = (typeof exportChoices)[number];

const labels: Record<ExportKind, [label: string, title: string]> = {
  'packets.csv': ['Packets CSV', 'Export the packets as CSV'],
  'flows.csv': ['Flows CSV', 'Export the flows as CSV'],
  'analysis.json': ['JSON', 'Export the whole analysis as JSON'],
  'packets.pcap': ['PCAP', 'Export the packets as a capture file'],
};

/** Group of export buttons; hidden while there is nothing to export. */
export class ExportButtons {
  readonly element: HTMLElement;

  constructor(host: Host, kinds: readonly ExportKind[]) {
    const buttons = kinds.map((kind) => {
      const [label, title] = labels[kind];
      const control = button({
        label,
        title,
        appearance: 'secondary',
        onPress: () => host.post({ type: 'export', kind }),
      });
      control.element.classList.add('small-button');
      return control.element;
    });
    this.element = element(
      'div',
      { class: 'exports', attributes: { role: 'group', 'aria-label': 'Export' } },
      element('span', { class: 'exports-label', text: 'Export', attributes: { 'aria-hidden': 'true' } }),
      ...buttons,
    );
    this.element.hidden = true;
  }

  setVisible(visible: boolean): void {
    this.element.hidden = !visible;
  }
}
