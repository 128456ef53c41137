import type { Finding } from '../../src/protocol/finding';
import type { Snapshot } from '../../src/protocol/snapshot';
import { overlapsTimeRange, withinTimeRange } from '../../src/protocol/timeRange';
import type { ViewState } from '../../src/protocol/webviewMessages';
import { Announcer } from '../common/announcer';
import { Banner } from '../common/banner';
import { element, setText, setTitle, setVisible } from '../common/dom';
import { ExportButtons } from '../common/exportButtons';
import { FactsView } from '../common/facts';
import { FindingsView } from '../common/findingsView';
import { formatCount, formatShortCount } from '../common/format';
import { Overview } from '../common/overview';
import { announcement, bannerModel, factModels, fileName, readingProgress } from '../common/statusModel';
import type { BannerModel } from '../common/statusModel';
import type { ChartTheme } from '../common/theme';
import { TimeBrush } from '../common/timeBrush';
import { TimeBrushBar } from '../common/timeBrushBar';
import { button } from '../common/ui';
import type { DrawParts } from '../common/stateStore';
import type { ReplyMessage, View } from '../common/view';
import type { Host } from '../common/vscodeApi';
import { damageBanner, fileFacts, partBanner } from './fileFacts';
import { PacketsTab } from './packetsTab';
import { TablesTab } from './tablesTab';
import { Tabs } from './tabs';
import { t } from '../../src/protocol/l10n';

const maxFindings = 500;

/** The view of one capture file. */
export class CaptureEditorView implements View {
  private readonly title = element('h1', { class: 'file-title', text: t('Capture file') });
  private readonly facts = new FactsView();
  private readonly exports: ExportButtons;
  private readonly banner: Banner;
  private readonly overview: Overview;
  private readonly overviewEmpty = element('p', { class: 'chart-empty' });
  private readonly packets: PacketsTab;
  private readonly tables: TablesTab;
  private readonly findings: FindingsView;
  private readonly tabs: Tabs;
  private readonly bar: HTMLElement;
  private readonly barText = element('p', { class: 'progress-text' });
  private readonly barFill = element('div', { class: 'progress-fill' });
  private readonly barTrack: HTMLElement;
  private readonly announcer = new Announcer();
  private readonly brush = new TimeBrush();
  private readonly brushBar = new TimeBrushBar(this.brush, t('Packets, tables, findings and exports'));
  private last: { state: ViewState; theme: ChartTheme } | null = null;

  constructor(root: HTMLElement, host: Host) {
    this.exports = new ExportButtons(
      host,
      ['packets.csv', 'packets.json', 'flows.csv', 'analysis.json', 'packets.pcap', 'packets.pcapng', 'share.pcap'],
      () => this.selection,
    );
    this.banner = new Banner(() => host.post({ type: 'showLog' }));
    this.overview = new Overview(host, 'file', this.brush);
    this.packets = new PacketsTab(host, this.brush, (search) => {
      this.tabs.select('tables');
      this.tables.showRows('flows', search);
    });
    this.tables = new TablesTab(host, this.brush, {
      showPackets: (filter) => {
        this.tabs.select('packets');
        this.packets.showFilter(filter);
      },
    });
    this.findings = new FindingsView('all-findings', maxFindings, (id) => host.post({ type: 'openFinding', id }));
    this.tabs = new Tabs(
      [
        { id: 'overview', label: t('Overview'), panel: element('div', {}, this.overviewEmpty, this.overview.element) },
        { id: 'packets', label: t('Packets'), panel: element('div', {}, this.packets.element) },
        { id: 'tables', label: t('Tables'), panel: element('div', {}, this.tables.element) },
        { id: 'findings', label: t('Findings'), panel: element('div', {}, this.findings.element) },
      ],
      host.ui.tab,
      (tab) => {
        host.saveUi({ tab });
        this.openTab();
      },
    );
    this.barTrack = element(
      'div',
      {
        class: 'progress-track',
        attributes: {
          role: 'progressbar',
          'aria-label': t('Reading the file'),
          'aria-valuemin': '0',
          'aria-valuemax': '100',
        },
      },
      this.barFill,
    );
    const cancel = button({
      label: t('Stop Reading'),
      appearance: 'secondary',
      onPress: () => host.post({ type: 'stop' }),
    });
    cancel.element.classList.add('small-button');
    this.bar = element(
      'div',
      { class: 'progress' },
      this.barTrack,
      element('div', { class: 'progress-line' }, this.barText, cancel.element),
    );
    this.bar.hidden = true;
    this.brush.listen({
      changed: () => {
        this.exports.setSelected(this.selection !== '');
        this.labelFindings();
        this.openTab();
      },
    });
    root.append(
      element(
        'header',
        { class: 'view-header' },
        element('div', { class: 'status-line' }, this.title, this.facts.element, this.exports.element),
        this.bar,
        this.tabs.element,
      ),
      this.brushBar.element,
      this.banner.element,
      ...this.tabs.panels,
      this.announcer.element,
    );
  }

  draw(state: ViewState, previous: ViewState | null, theme: ChartTheme): DrawParts {
    this.last = { state, theme };
    const { snapshot } = state;
    const source = snapshot?.source?.kind === 'file' ? snapshot.source : null;
    if (source) {
      setText(this.title, fileName(source.path));
      setTitle(this.title, source.path);
    }
    this.facts.update(source && snapshot ? [...fileFacts(source, snapshot), ...factModels(snapshot)] : []);
    const isReading = snapshot?.state === 'reading' && source?.following !== true;
    this.exports.setVisible(snapshot !== null && snapshot.packets > 0 && !isReading);
    this.banner.update(this.bannerFor(snapshot));
    this.drawProgress(snapshot);
    this.tabs.setLabel('packets', withCount(t('Packets'), snapshot?.packets));
    this.labelFindings();
    const keys = snapshot?.decryption?.connections !== previous?.snapshot?.decryption?.connections;
    if ((previous?.snapshot?.state === 'reading' || keys) && snapshot?.state !== 'reading') {
      // A display filter was matched against what had been read until then.
      this.packets.refresh(snapshot?.packets ?? 0);
      this.tables.refresh();
    }
    if (source?.following === true && previous?.snapshot?.packets !== snapshot?.packets) this.packets.grow();
    this.announcer.say(announcement(previous?.snapshot ?? null, snapshot, state.findings.length));
    return this.tabParts();
  }

  reply(message: ReplyMessage): void {
    if (message.type === 'packets') {
      this.packets.list.deliver(message);
      this.exports.setSelected(this.selection !== '');
    } else if (message.type === 'found') this.packets.list.deliverFound(message.request, message.found);
    else if (message.type === 'packetTree') this.packets.details.deliver(message.request, message.tree);
    else if (message.type === 'table') this.tables.deliver(message.request, message);
    else if (message.type === 'sortProgress') this.packets.list.progressOfSort(message.part);
    else if (message.type === 'filterSearch') this.packets.list.searchWent(message.search);
    else if (message.type === 'filterHelp') this.packets.filter.deliver(message);
    else if (message.type === 'savedFilters') this.packets.filter.setLists(message);
    else if (message.type === 'useFilter') this.packets.filter.use(message.filter, message.use);
    else if (message.type === 'showPackets') {
      this.brush.clear();
      this.tabs.select('packets');
      this.packets.showFilter(message.filter);
    } else if (message.type === 'requestFailed') {
      this.packets.list.fail(message.request, message.message);
      this.tables.fail(message.request, message.message);
      this.packets.details.fail(message.request, message.message);
    }
  }

  private bannerFor(snapshot: Snapshot | null): BannerModel | null {
    const source = snapshot?.source?.kind === 'file' ? snapshot.source : null;
    if (snapshot?.state === 'failed' && snapshot.failure) {
      const failed = bannerModel(snapshot, true);
      // A file is opened again by opening it: there is nothing to start here.
      return failed && { ...failed, title: t('This file could not be read'), actions: ['showLog'] };
    }
    return source && snapshot ? (damageBanner(source, snapshot) ?? partBanner(source, snapshot)) : null;
  }

  private drawProgress(snapshot: Snapshot | null): void {
    const progress = readingProgress(snapshot);
    setVisible(this.bar, progress !== null);
    if (!progress) return;
    const percent = Math.floor(progress.fraction * 100);
    this.barFill.style.width = `${percent}%`;
    this.barTrack.setAttribute('aria-valuenow', String(percent));
    this.barTrack.setAttribute('aria-valuetext', progress.text);
    setText(this.barText, progress.text);
  }

  /** Display filter of the packets that are shown: those of the filter, of the chosen time. */
  private get selection(): string {
    return withinTimeRange(this.packets.table.rows.filter, this.brush.range);
  }

  private findingsInTime(): readonly Finding[] {
    const { range } = this.brush;
    const findings = this.last?.state.findings ?? [];
    return findings.filter(({ firstSeen, lastSeen }) => overlapsTimeRange(range, firstSeen, lastSeen));
  }

  private labelFindings(): void {
    const known = (this.last?.state.snapshot ?? null) !== null;
    this.tabs.setLabel('findings', withCount(t('Findings'), known ? this.findingsInTime().length : undefined));
  }

  private openTab(): void {
    for (const part of this.tabParts()) part();
  }

  /** Only what is looked at is drawn. */
  private tabParts(): DrawParts {
    if (!this.last) return [];
    const { state, theme } = this.last;
    const { snapshot } = state;
    if (!snapshot) return [];
    switch (this.tabs.current) {
      case 'packets':
        this.packets.open(snapshot.packets);
        this.packets.update(snapshot, state.findings, state);
        break;
      case 'tables':
        this.tables.open();
        this.tables.update(snapshot.state === 'reading');
        break;
      case 'findings':
        this.findings.update(this.findingsInTime());
        break;
      default:
        setVisible(this.overview.element, snapshot.packets > 0);
        setVisible(this.overviewEmpty, snapshot.packets === 0 && snapshot.state !== 'failed');
        setText(
          this.overviewEmpty,
          snapshot.state === 'reading' ? t('Reading the first packets…') : t('There is no packet in this file.'),
        );
        if (snapshot.packets > 0) return this.overview.parts(snapshot, this.findingsInTime(), theme);
    }
    return [];
  }
}

function withCount(label: string, count: number | undefined): string {
  if (count === undefined) return label;
  return `${label} (${count < 1e6 ? formatCount(count) : formatShortCount(count)})`;
}
