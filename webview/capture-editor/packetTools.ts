import type { FindKind, FindQuery, FoundPacket } from '../../src/protocol/packetFind';
import { element, setText } from '../common/dom';
import { formatCount, plural } from '../common/format';
import { button, type ButtonControl } from '../common/ui';
import type { Marks } from './marks';
import { t } from '../../src/protocol/l10n';

const findLabels: Record<FindKind, string> = {
  info: t('in Info'),
  text: t('in bytes, as text'),
  hex: t('in bytes, in hex'),
  number: t('packet number'),
};

export interface PacketToolsOptions {
  marks: Marks;
  /** Number of the chosen packet; 0 for none. */
  active: () => number;
  find: (query: Omit<FindQuery, 'filter'>) => void;
  /** Shows the packets that match. */
  showFilter: (filter: string) => void;
  /** Marks have changed. */
  onMarks: () => void;
  menuToggle: HTMLElement;
  /** Hands the capture over, with the chosen packet and the filter. */
  openInWireshark: () => void;
}

/** Bar above the packet list: find, go to, mark, and what the columns are chosen with. */
export class PacketTools {
  readonly element: HTMLElement;
  private readonly input = element('input', {
    class: 'plain-input',
    attributes: {
      type: 'text',
      placeholder: t('Find a packet'),
      'aria-label': t('Find a packet'),
      spellcheck: 'false',
    },
  });
  private readonly kind = element('select', {
    class: 'plain-select',
    attributes: { 'aria-label': t('Where to find it') },
  });
  private readonly said = element('span', { class: 'card-note', attributes: { role: 'status' } });
  private readonly marked: ButtonControl;
  private readonly wireshark: ButtonControl;

  constructor(private readonly options: PacketToolsOptions) {
    for (const [value, text] of Object.entries(findLabels))
      this.kind.append(element('option', { text, attributes: { value } }));
    this.input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.find(event.shiftKey);
    });
    const small = (control: ButtonControl): HTMLElement => {
      control.element.classList.add('small-button');
      return control.element;
    };
    const tool = (label: string, title: string, onPress: () => void): HTMLElement =>
      small(button({ label, title, appearance: 'secondary', onPress }));
    this.marked = button({
      label: t('Marked'),
      title: t('Show the marked packets only'),
      appearance: 'secondary',
      onPress: () => options.showFilter(options.marks.filter()),
    });
    this.wireshark = button({
      label: t('Open in Wireshark'),
      title: t('Open the capture in Wireshark, at the chosen packet and with the display filter'),
      appearance: 'secondary',
      onPress: options.openInWireshark,
    });
    this.wireshark.setVisible(false);
    this.element = element(
      'div',
      { class: 'packet-tools' },
      this.input,
      this.kind,
      tool(t('Next'), t('Find the next one (Enter)'), () => this.find(false)),
      tool(t('Previous'), t('Find the previous one (Shift+Enter)'), () => this.find(true)),
      tool(t('Mark'), t('Mark the chosen packet, or take its mark away (M)'), () => this.mark()),
      small(this.marked),
      options.menuToggle,
      small(this.wireshark),
      this.said,
    );
    this.update();
  }

  /** Puts the cursor where one can type what to find. */
  focusFind(kind: FindKind): void {
    this.kind.value = kind;
    this.input.focus();
    this.input.select();
  }

  mark(): void {
    const number = this.options.active();
    if (number <= 0) return setText(this.said, t('Choose a packet to mark it.'));
    if (!this.options.marks.toggle(number)) setText(this.said, t('There are too many marks.'));
    else
      setText(
        this.said,
        t(
          'Packet {0} is {1}.',
          formatCount(number),
          this.options.marks.has(number) ? t('marked') : t('not marked any more'),
        ),
      );
    this.update();
    this.options.onMarks();
  }

  /** Whether there is a Wireshark to open. */
  setWireshark(installed: boolean): void {
    this.wireshark.setVisible(installed);
  }

  found(packet: FoundPacket): void {
    setText(this.said, packet === null ? t('Not found.') : t('Packet {0}', formatCount(packet.number)));
  }

  failed(message: string): void {
    setText(this.said, message);
  }

  private find(backwards: boolean): void {
    const kind = this.kind.value as FindKind;
    const text = this.input.value.trim();
    if (text === '') return setText(this.said, t('Type what to find.'));
    const number = Number(text);
    if (kind === 'number' && !(Number.isSafeInteger(number) && number > 0))
      return setText(this.said, t('That is no packet number.'));
    setText(this.said, t('Searching…'));
    this.options.find({
      kind,
      text,
      from: kind === 'number' ? number - 1 : this.options.active(),
      backwards: kind !== 'number' && backwards,
    });
  }

  private update(): void {
    const { size } = this.options.marks;
    this.marked.setEnabled(size > 0);
    this.marked.setLabel(size === 0 ? t('Marked') : plural(size, 'mark'));
  }
}
