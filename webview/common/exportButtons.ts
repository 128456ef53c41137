import type { exportChoices } from '../../src/protocol/webviewMessages';
import { element, setAttribute, setText } from './dom';
import { button } from './ui';
import type { Host } from './vscodeApi';
import { t } from '../../src/protocol/l10n';

type ExportKind = (typeof exportChoices)[number];

const labels: Record<ExportKind, [label: string, title: string]> = {
  'packets.csv': [t('Packets CSV'), t('Export the packets as CSV')],
  'flows.csv': [t('Flows CSV'), t('Export the flows as CSV')],
  'packets.json': [t('Packets JSON'), t('Export the packets as JSON')],
  'packets.pcapng': [
    'pcapng',
    t('Export the packets as a capture file with the findings as comments of their packets'),
  ],
  'share.pcap': [
    t('Share-Safe Copy…'),
    t('A capture file with other addresses and without payload; you see what is in it first'),
  ],
  'analysis.json': ['JSON', t('Export the whole analysis as JSON')],
  'packets.pcap': ['PCAP', t('Export the packets as a capture file')],
};

/** Group of export buttons; hidden while there is nothing to export. */
export class ExportButtons {
  readonly element: HTMLElement;

  private readonly label = element('span', {
    class: 'exports-label',
    text: t('Export'),
    attributes: { 'aria-hidden': 'true' },
  });

  /** @param filter of the packets that are chosen; empty for all */
  constructor(host: Host, kinds: readonly ExportKind[], filter: () => string = () => '') {
    const buttons = kinds.map((kind) => {
      const [label, title] = labels[kind];
      const control = button({
        label,
        title,
        appearance: 'secondary',
        onPress: () => {
          const chosen = kind === 'analysis.json' ? '' : filter();
          host.post({ type: 'export', kind, ...(chosen === '' ? {} : { filter: chosen }) });
        },
      });
      control.element.classList.add('small-button');
      return control.element;
    });
    this.element = element(
      'div',
      { class: 'exports', attributes: { role: 'group', 'aria-label': t('Export') } },
      this.label,
      ...buttons,
    );
    this.element.hidden = true;
  }

  /** Says whether all packets are exported, or those that are chosen; the analysis is that of the whole capture. */
  setSelected(selected: boolean): void {
    setText(this.label, selected ? t('Export selection') : t('Export'));
    setAttribute(this.element, 'aria-label', selected ? t('Export selection') : t('Export'));
  }

  setVisible(visible: boolean): void {
    this.element.hidden = !visible;
  }
}
