import type { Finding } from '../../src/protocol/finding';
import type { PacketField, PacketTree } from '../../src/protocol/packetTree';
import { isFieldName } from '../../src/protocol/packetLayout';
import { element, setText, setVisible } from '../common/dom';
import { formatCount, safeText } from '../common/format';
import { button, type ButtonControl } from '../common/ui';
import type { Host } from '../common/vscodeApi';
import { BytesView } from './bytesView';
import { fieldFilter } from '../common/filterContext';
import { FieldTree } from './fieldTree';
import { escapedString, fieldAtByte, fieldLine, hexDump, treeAsJson, treeAsText } from './packetText';
import { t } from '../../src/protocol/l10n';

/** A key that is held down asks for the packet it stops at. */
const patienceMs = 40;

const decodeLabel = t('Decode with tshark');

/** Apart from the numbers of the tables' requests: a failure says only its number. */
let nextRequest = 1_000_000_000;

/** Fields and bytes of the chosen packet, side by side, and the findings that it takes part in. */
export class PacketDetails {
  readonly element: HTMLElement;
  private readonly title = element('h2', { class: 'details-title', attributes: { 'aria-live': 'polite' } });
  private readonly comments = element('p', { class: 'details-comment' });
  private readonly findingList = element('div', { class: 'details-findings' });
  private readonly where = element('p', { class: 'details-where', attributes: { role: 'status' } });
  private readonly message = element('p', { class: 'field-message', attributes: { role: 'status' } });
  private readonly fields: FieldTree;
  private readonly tshark: ButtonControl;
  private readonly bytes: BytesView;
  private readonly sources = element('div', {
    class: 'details-sources',
    attributes: { role: 'group', 'aria-label': t('Bytes of') },
  });
  private tree: PacketTree | null = null;
  private source = 0;
  private wanted: number | null = null;
  private request = 0;
  private timer = 0;
  private findings: readonly Finding[] = [];

  /** @param onColumn a field is wanted as a column of the list. */
  constructor(
    private readonly host: Host,
    onColumn: (name: string) => void,
  ) {
    this.fields = new FieldTree((field) => this.showField(field));
    this.bytes = new BytesView((offset) => this.selectByte(offset));
    const copy = (label: string, title: string, text: (tree: PacketTree) => string): HTMLElement => {
      const control = button({
        label,
        title,
        appearance: 'secondary',
        onPress: () => {
          if (this.tree === null) return;
          const copied = text(this.tree);
          if (copied === '') return setText(this.where, t('There is no display filter for this field.'));
          host.post({ type: 'copyText', text: copied });
          setText(this.where, t('Copied: {0}', label));
        },
      });
      control.element.classList.add('small-button');
      return control.element;
    };
    const column = button({
      label: t('As Column'),
      title: t('Show the chosen field as a column of the list'),
      appearance: 'secondary',
      onPress: () => {
        const name = this.fields.selected?.name ?? '';
        if (isFieldName(name)) onColumn(name);
        else setText(this.where, t('Choose a field that has a name.'));
      },
    });
    column.element.classList.add('small-button');
    this.tshark = button({
      label: decodeLabel,
      title: t('Show what the installed tshark says of this packet'),
      appearance: 'secondary',
      onPress: () => this.ask(this.tree?.by !== 'tshark'),
    });
    this.tshark.element.classList.add('small-button');
    this.tshark.setVisible(false);
    this.element = element(
      'section',
      { class: 'packet-details', attributes: { 'aria-label': t('Chosen packet') } },
      element(
        'div',
        { class: 'details-head' },
        this.title,
        element(
          'div',
          { class: 'details-actions', attributes: { role: 'group', 'aria-label': t('Field and copy') } },
          this.tshark.element,
          column.element,
          element('span', { class: 'card-note', text: t('Copy') }),
          copy(t('Text'), t('Copy the fields as text'), (tree) => treeAsText(tree.fields)),
          copy('JSON', t('Copy the fields as JSON'), treeAsJson),
          copy(t('Hex'), t('Copy the chosen bytes as a hex dump'), () => hexDump(this.chosenBytes())),
          copy(t('String'), t('Copy the chosen bytes as an escaped string'), () => escapedString(this.chosenBytes())),
          copy(
            t('Filter'),
            t('Copy the display filter of the chosen field'),
            (tree) => fieldFilter(this.fields.selected, tree.by) ?? '',
          ),
        ),
      ),
      this.comments,
      this.findingList,
      this.message,
      element(
        'div',
        { class: 'details-panes' },
        this.fields.element,
        element('div', { class: 'details-bytes' }, this.sources, this.bytes.element),
      ),
      this.where,
    );
    setVisible(this.element, false);
  }

  /** The packet shown, or on its way; null for none. */
  get number(): number | null {
    return this.wanted;
  }

  /** Shows a packet; the same one is not asked for again. */
  show(number: number): void {
    if (number === this.wanted) return;
    this.wanted = number;
    setVisible(this.element, true);
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.ask(false), patienceMs);
  }

  /** Whether there is a tshark to ask. */
  setTshark(installed: boolean): void {
    this.tshark.setVisible(installed);
  }

  private ask(tshark: boolean): void {
    if (this.wanted === null) return;
    this.request = nextRequest++;
    if (tshark) setText(this.message, t('tshark is decoding the packet…'));
    this.host.post({ type: 'dissect', request: this.request, number: this.wanted, ...(tshark ? { tshark } : {}) });
  }

  deliver(request: number, tree: PacketTree): void {
    if (request !== this.request) return;
    this.tree = tree;
    this.source = 0;
    setText(this.message, tree.complete ? '' : t('This packet has more fields than are shown.'));
    const byTshark = tree.by === 'tshark';
    setText(this.title, t('Packet {0}{1}', formatCount(tree.number), byTshark ? t(', decoded by tshark') : ''));
    this.tshark.setLabel(byTshark ? t('Own Decoding') : decodeLabel);
    setText(this.comments, tree.comments.map((comment) => t('Comment: {0}', safeText(comment, 500))).join('\n'));
    setVisible(this.comments, tree.comments.length > 0);
    this.drawSources();
    this.drawFindings();
    this.fields.show(tree);
    const selected = this.fields.selected;
    if (selected) this.showField(selected);
  }

  fail(request: number, text: string): void {
    if (request === this.request) setText(this.message, safeText(text, 400));
  }

  update(findings: readonly Finding[]): void {
    if (findings === this.findings) return;
    this.findings = findings;
    this.drawFindings();
  }

  private chosenBytes(): Uint8Array {
    const field = this.fields.selected;
    const bytes = this.tree?.sources[field?.source ?? 0]?.bytes ?? new Uint8Array(0);
    return field && field.lengthBytes > 0 ? bytes.subarray(field.offset, field.offset + field.lengthBytes) : bytes;
  }

  private showField(field: PacketField): void {
    if (field.lengthBytes > 0 && field.source !== this.source) {
      this.source = field.source;
      this.drawSources();
    }
    this.bytes.show(this.tree?.sources[this.source]?.bytes ?? new Uint8Array(0));
    this.bytes.highlight(field.offset, field.offset + field.lengthBytes);
    const name = field.name === '' ? '' : ` (${field.name})`;
    const place =
      field.lengthBytes === 0
        ? t('not in the bytes: follows from them')
        : t('byte {0}, {1}', field.offset, field.lengthBytes === 1 ? '1 byte' : t('{0} bytes', field.lengthBytes));
    setText(this.where, safeText(`${fieldLine(field).slice(0, 200)}${name}, ${place}`, 500));
  }

  private selectByte(offset: number): void {
    const path = this.tree === null ? null : fieldAtByte(this.tree, this.source, offset);
    const field = path?.at(-1);
    if (!path || !field) return;
    this.fields.reveal(path);
    this.showField(field);
  }

  private drawSources(): void {
    const all = this.tree?.sources ?? [];
    this.bytes.show(all[this.source]?.bytes ?? new Uint8Array(0));
    setVisible(this.sources, all.length > 1);
    this.sources.replaceChildren(
      ...(all.length > 1 ? all : []).map(({ name, bytes }, index) => {
        const node = element('button', {
          class: 'source-button',
          text: t('{0} ({1} bytes)', safeText(name, 60), formatCount(bytes.length)),
          attributes: { type: 'button', 'aria-pressed': String(index === this.source) },
        });
        node.addEventListener('click', () => {
          this.source = index;
          this.bytes.highlight(0, 0);
          this.drawSources();
        });
        return node;
      }),
    );
  }

  private drawFindings(): void {
    const number = this.tree?.number ?? -1;
    const here = this.findings.filter(({ packets }) => packets.includes(number)).slice(0, 20);
    setVisible(this.findingList, here.length > 0);
    this.findingList.replaceChildren(
      ...here.map((finding) => {
        const node = element('button', {
          class: 'finding-link',
          text: `${t(finding.severity)}: ${safeText(finding.title, 160)}`,
          title: t('Show the finding that this packet takes part in'),
          attributes: { type: 'button' },
        });
        node.addEventListener('click', () => this.host.post({ type: 'openFinding', id: finding.id }));
        return node;
      }),
    );
  }
}
