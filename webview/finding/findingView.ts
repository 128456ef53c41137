import type { PacketRow } from '../../src/protocol/capture';
import type { Finding, FlowReference } from '../../src/protocol/finding';
import type { FindingPageState, FromFindingPage } from '../../src/protocol/findingPage';
import { techniqueText, techniqueUrl } from '../../src/protocol/techniques';
import { element, setText, setVisible } from '../common/dom';
import {
  formatClock,
  formatCount,
  formatDateTime,
  formatEndpoint,
  formatPercent,
  plural,
  safeText,
} from '../common/format';
import { badge, button } from '../common/ui';
import { EvidenceTable } from './evidenceTable';
import { TimelineView } from './timelineView';
import { t } from '../../src/protocol/l10n';

const foundBy = { rule: t('a rule'), model: t('the model'), both: t('a rule, and the model agrees') } as const;

/** The page of one finding. */
export class FindingView {
  private readonly severity = badge('');
  private readonly title = element('h1', { class: 'finding-heading' });
  private readonly summary = element('p', { class: 'finding-story' });
  private readonly facts = element('dl', { class: 'finding-facts-list' });
  private readonly gone = element('p', { class: 'finding-gone', attributes: { role: 'status' } });
  private readonly evidence = new EvidenceTable();
  private readonly evidenceCard = card('evidence', t('Evidence'), this.evidence.element);
  private readonly timeline = new TimelineView();
  private readonly against = element('ul', { class: 'plain-list' });
  private readonly next = element('ol', { class: 'steps' });
  private readonly techniques = element('ul', { class: 'plain-list' });
  private readonly flows = element('tbody');
  private readonly packets = element('tbody');
  private readonly flowsCard: HTMLElement;
  private readonly packetsCard: HTMLElement;
  private readonly techniquesCard: HTMLElement;
  private readonly againstCard: HTMLElement;
  private readonly nextCard: HTMLElement;
  private readonly packetsNote = element('p', { class: 'card-foot' });
  private readonly right;
  private readonly wrong;
  private readonly silence;
  private readonly allPackets;
  private readonly markText = element('span', { class: 'mark-text', attributes: { role: 'status' } });
  private state: FindingPageState | null = null;
  private drawnLists = '';

  constructor(
    root: HTMLElement,
    private readonly post: (message: FromFindingPage) => void,
  ) {
    const press = (label: string, onPress: () => void, title?: string) =>
      button({ label, appearance: 'secondary', onPress, ...(title === undefined ? {} : { title }) });
    this.right = press(
      t('Right'),
      () => this.mark('right'),
      t('It is what it says: kept in .network-traffic/marks.json'),
    );
    this.wrong = press(
      t('Wrong'),
      () => this.mark('wrong'),
      t('It is harmless, or something else: kept in .network-traffic/marks.json'),
    );
    this.silence = press(t('Silence…'), () => post({ type: 'silence' }), t('Write an exclusion, with your reason'));
    const exportEvidence = press(
      t('Export evidence…'),
      () => post({ type: 'exportEvidence' }),
      t('Its packets and a report'),
    );
    const about = press(t('About this rule'), () => post({ type: 'showRule' }));
    const asDocument = press(
      t('As document'),
      () => post({ type: 'showDocument' }),
      t('The same as text, to search and compare'),
    );
    this.allPackets = press(t('Show these packets'), () => this.showAllPackets());
    this.againstCard = card('against', t('What speaks against it'), this.against);
    this.nextCard = card('next', t('What to do next'), this.next);
    this.techniquesCard = card('techniques', t('Known technique'), this.techniques);
    this.flowsCard = card(
      'flows',
      t('Flows that show it'),
      tableOf([t('Flow'), t('Began'), ''], t('Flows'), this.flows),
    );
    this.packetsCard = card(
      'packets',
      t('Packets that show it'),
      tableOf(
        [t('Number'), t('Time'), t('Source'), t('Destination'), t('Protocol'), t('Info')],
        t('Packets'),
        this.packets,
      ),
      this.packetsNote,
      this.allPackets.element,
    );
    root.append(
      element(
        'header',
        { class: 'finding-header' },
        element('div', { class: 'finding-title-line' }, this.severity.element, this.title),
        this.summary,
        this.facts,
        element(
          'div',
          { class: 'finding-actions', attributes: { role: 'group', 'aria-label': t('What to do with this finding') } },
          element('span', { class: 'finding-ask', text: t('Is it right?') }),
          this.right.element,
          this.wrong.element,
          this.markText,
          element('span', { class: 'spring' }),
          this.silence.element,
          exportEvidence.element,
          about.element,
          asDocument.element,
        ),
        this.gone,
      ),
      element(
        'div',
        { class: 'finding-grid' },
        this.evidenceCard,
        card('timeline', t('When'), this.timeline.element),
        this.againstCard,
        this.nextCard,
        this.techniquesCard,
      ),
      this.flowsCard,
      this.packetsCard,
    );
  }

  draw(state: FindingPageState): void {
    const finding = state.finding ?? this.state?.finding ?? null;
    this.state = { ...state, finding };
    if (finding === null) {
      setText(this.title, t('This finding is not known any more'));
      return;
    }
    document.body.dataset['severity'] = finding.severity;
    this.severity.setText(t(finding.severity));
    setText(this.title, safeText(finding.title, 300));
    setText(this.summary, safeText(finding.summary, 2000));
    setText(
      this.gone,
      state.finding === null ? t('The capture that it was seen in is closed. This is what was known last.') : '',
    );
    setVisible(this.gone, state.finding === null);
    this.drawMark(state);
    this.timeline.update(finding, state.timeline);
    const lists = JSON.stringify([finding, state.packets, state.source]);
    if (lists === this.drawnLists) return;
    this.drawnLists = lists;
    this.drawFacts(finding, state.source);
    setVisible(this.evidenceCard, finding.evidence.length > 0);
    this.evidence.update(finding.evidence);
    fill(
      this.againstCard,
      this.against,
      finding.against.map((text) => element('li', { text: safeText(text, 1000) })),
    );
    fill(
      this.nextCard,
      this.next,
      finding.next.map((text) => element('li', { text: safeText(text, 1000) })),
    );
    fill(this.techniquesCard, this.techniques, finding.mitre.map(technique));
    fill(
      this.flowsCard,
      this.flows,
      finding.flows.map((flow, at) => this.flowRow(flow, at)),
    );
    this.drawPackets(finding, state.packets);
  }

  private drawMark({ mark, canWrite }: FindingPageState): void {
    this.right.setPressed(mark?.verdict === 'right');
    this.wrong.setPressed(mark?.verdict === 'wrong');
    for (const control of [this.right, this.wrong, this.silence]) control.setEnabled(canWrite);
    const note = mark === null || mark.note === '' ? '' : ` ${safeText(mark.note, 300)}`;
    const verdict = mark?.verdict === 'right' ? t('Marked as right.{0}', note) : t('Marked as wrong.{0}', note);
    const words = mark === null ? '' : verdict;
    setText(this.markText, canWrite ? words : t('To mark or silence it, open a trusted folder.'));
  }

  private drawFacts(finding: Finding, source: string): void {
    const rows: [string, string][] = [
      [t('From'), ends(finding.sources)],
      [t('To'), ends(finding.targets)],
      [t('Ports'), portsText(finding.ports)],
      [t('First seen'), formatDateTime(finding.firstSeen * 1000)],
      [t('Last seen'), formatDateTime(finding.lastSeen * 1000)],
      [t('Kind'), finding.threat],
      [t('Found by'), `${foundBy[finding.detector]}: ${safeText(finding.rule, 80)}`],
      [t('Confidence'), formatPercent(finding.confidence * 100)],
      [t('Seen in'), safeText(source, 200)],
    ];
    this.facts.replaceChildren(
      ...rows
        .filter(([, value]) => value !== '')
        .map(([name, value]) => element('div', {}, element('dt', { text: name }), element('dd', { text: value }))),
    );
  }

  private drawPackets(finding: Finding, rows: readonly PacketRow[]): void {
    setVisible(this.packetsCard, finding.packets.length > 0);
    this.packets.replaceChildren(...rows.map((row) => this.packetRow(row)));
    const left = finding.packets.length - rows.length;
    setText(this.packetsNote, left > 0 ? t('{0} of it not listed here.', plural(left, 'more packet')) : '');
    setVisible(this.packetsNote, left > 0);
  }

  private flowRow(flow: FlowReference, at: number): HTMLElement {
    const show = link(t('Show its packets'), () => this.post({ type: 'showFlow', flow: at }));
    show.setAttribute('aria-label', t('Show its packets: {0}', flowText(flow)));
    return element(
      'tr',
      {},
      element('th', { text: flowText(flow), attributes: { scope: 'row' } }),
      element('td', { text: formatClock(flow.start * 1000) }),
      element('td', {}, show),
    );
  }

  private packetRow(row: PacketRow): HTMLElement {
    const number = link(formatCount(row.number), () => this.post({ type: 'showPackets', numbers: [row.number] }));
    number.setAttribute('aria-label', t('Packet {0}: show it in the packet list', formatCount(row.number)));
    return element(
      'tr',
      {},
      element('th', { class: 'number', attributes: { scope: 'row' } }, number),
      element('td', { text: formatClock(row.time * 1000, 1) }),
      element('td', { text: end(row.source, row.sourcePort) }),
      element('td', { text: end(row.destination, row.destinationPort) }),
      element('td', { text: safeText(row.protocol, 40) }),
      element('td', { class: 'info', text: safeText(row.info, 300) }),
    );
  }

  private showAllPackets(): void {
    const numbers = this.state?.finding?.packets ?? [];
    if (numbers.length > 0) this.post({ type: 'showPackets', numbers: numbers.slice(0, 10_000) });
  }

  /** A second press takes it back. */
  private mark(verdict: 'right' | 'wrong'): void {
    this.post({ type: 'mark', verdict: this.state?.mark?.verdict === verdict ? null : verdict });
  }
}

function card(id: string, title: string, ...content: HTMLElement[]): HTMLElement {
  const heading = element('h2', { text: title, attributes: { id: `${id}-title` } });
  return element(
    'section',
    { class: 'card', attributes: { id, 'aria-labelledby': `${id}-title` } },
    element('header', { class: 'card-header' }, heading),
    ...content,
  );
}

function tableOf(columns: readonly string[], caption: string, body: HTMLElement): HTMLElement {
  const head = columns.map((text) =>
    text === ''
      ? element('td', { attributes: { 'aria-hidden': 'true' } })
      : element('th', { text, attributes: { scope: 'col' } }),
  );
  return element(
    'div',
    { class: 'table-scroll', attributes: { tabindex: '0', role: 'region', 'aria-label': caption } },
    element(
      'table',
      { class: 'data-table' },
      element('caption', { class: 'hidden-text', text: caption }),
      element('thead', {}, element('tr', {}, ...head)),
      body,
    ),
  );
}

function fill(cardElement: HTMLElement, list: HTMLElement, items: readonly HTMLElement[]): void {
  setVisible(cardElement, items.length > 0);
  list.replaceChildren(...items);
}

function link(text: string, onPress: () => void): HTMLButtonElement {
  const node = element('button', { class: 'link-button', text, attributes: { type: 'button' } });
  node.addEventListener('click', onPress);
  return node;
}

function technique(id: string): HTMLElement {
  const url = techniqueUrl(id);
  const text = safeText(techniqueText(id), 120);
  return element('li', {}, url === null ? text : element('a', { text, attributes: { href: url } }));
}

function ends(addresses: readonly string[]): string {
  const shown = addresses.slice(0, 6).map((address) => safeText(address, 80));
  const more = addresses.length - shown.length;
  return shown.join(', ') + (more > 0 ? t(' and {0} more', formatCount(more)) : '');
}

function portsText(ports: readonly number[]): string {
  const more = ports.length - 12;
  return ports.slice(0, 12).join(', ') + (more > 0 ? t(' and {0} more', formatCount(more)) : '');
}

function end(address: string, port: number | null): string {
  return formatEndpoint(safeText(address, 80), port);
}

function flowText({ transport, a, aPort, b, bPort }: FlowReference): string {
  return `${safeText(transport, 20)} ${end(a, aPort)} → ${end(b, bPort)}`;
}
