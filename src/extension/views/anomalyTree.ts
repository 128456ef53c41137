import * as vscode from 'vscode';
import { silencedTotal } from '../../protocol/exclusions';
import type { Severity } from '../../protocol/finding';
import { commandIds, contextKeys, viewIds } from '../commandIds';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import { groupings, type Grouping } from './anomalyGroups';
import { AnomalyModel, type AnomalyNode } from './anomalyModel';
import { escapeMarkdown, subjectText, timeText } from './findingText';
import { t } from '../../protocol/l10n';

/** Where the grouping is remembered. */
const groupingKey = 'anomalies.grouping';

const groupingLabels: Record<Grouping, string> = {
  severity: t('Severity'),
  threat: t('Threat'),
  host: t('Host'),
  time: t('Time'),
};

/** The tree is drawn again at most this often. */
const refreshMs = 500;

const severityIcons: Record<Severity, vscode.ThemeIcon> = {
  critical: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
  high: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
  medium: new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
  low: new vscode.ThemeIcon('info'),
  info: new vscode.ThemeIcon('info'),
};

const detailIcons = {
  evidence: new vscode.ThemeIcon('graph'),
  against: new vscode.ThemeIcon('question'),
  packets: new vscode.ThemeIcon('list-ordered'),
  stage: new vscode.ThemeIcon('milestone'),
  next: new vscode.ThemeIcon('lightbulb'),
  flows: new vscode.ThemeIcon('arrow-swap'),
} as const;

/** The anomaly explorer: the findings of the active session. */
export class AnomalyTree implements vscode.TreeDataProvider<AnomalyNode>, Disposable {
  private readonly model = new AnomalyModel();
  private readonly changes = new vscode.EventEmitter<AnomalyNode | undefined>();
  readonly onDidChangeTreeData = this.changes.event;

  private readonly shows = new vscode.EventEmitter<void>();
  /** Fires when somebody opens the tree. */
  readonly onDidShow = this.shows.event;

  private readonly disposables = new DisposableStore();
  private readonly view: vscode.TreeView<AnomalyNode>;
  private timer: NodeJS.Timeout | null = null;
  private updatedMs = 0;
  private filtered = false;

  constructor(
    private readonly sessions: SessionRegistry,
    private readonly memory: vscode.Memento,
  ) {
    const remembered = memory.get<unknown>(groupingKey);
    this.model.grouping = groupings.find((grouping) => grouping === remembered) ?? 'severity';
    this.view = this.disposables.add(
      vscode.window.createTreeView(viewIds.anomalies, {
        treeDataProvider: this,
        showCollapseAll: true,
        canSelectMany: true,
      }),
    );
    this.disposables.add(
      sessions.onDidChangeActive((change) => {
        if (change === 'snapshot') this.showTitle();
        else if (change !== 'progress') this.schedule();
      }),
    );
    this.disposables.add(
      this.view.onDidChangeVisibility(({ visible }) => {
        this.showUnseen();
        if (visible) this.shows.fire();
      }),
    );
    this.disposables.add(this.shows);
    this.disposables.add(this.changes);
    this.update();
  }

  /** Rows of the tree as it stands, for tests. */
  get roots(): readonly AnomalyNode[] {
    return this.model.roots;
  }

  /** Identifiers of the findings that are selected, or of which a detail is. */
  get selectedFindingIds(): string[] {
    const ids = this.view.selection.map((selected) => {
      let node: AnomalyNode | null = selected;
      while (node !== null && node.finding === null) node = node.parent;
      return node?.finding?.id ?? null;
    });
    return [...new Set(ids.filter((id) => id !== null))];
  }

  getChildren(node?: AnomalyNode): AnomalyNode[] {
    return node === undefined ? [...this.model.roots] : [...node.children];
  }

  getParent(node: AnomalyNode): AnomalyNode | null {
    return node.parent;
  }

  getTreeItem(node: AnomalyNode): vscode.TreeItem {
    const item = new vscode.TreeItem(node.label, stateOf(node));
    item.id = node.id;
    item.description = node.description;
    item.contextValue = node.kind;
    if (node.kind === 'group') {
      item.iconPath = severityIcons[node.severity];
      const findings = node.children.length === 1 ? t('1 finding') : t('{0} findings', node.children.length);
      item.accessibilityInformation = { label: `${node.label}, ${findings}` };
    } else if (node.kind === 'finding') {
      item.iconPath = severityIcons[node.severity];
      // Without arguments: VS Code forgets those of a row when the row is drawn again, and a click just then would fail.
      item.command = { command: commandIds.showFinding, title: t('Show Finding') };
      item.tooltip = tooltip(node);
      item.accessibilityInformation = {
        label: t('{0}, {1} severity, {2}', node.label, t(node.severity), node.description),
      };
    } else {
      item.iconPath = detailIcons[node.kind];
      item.tooltip = `${node.label}: ${node.description}`;
    }
    return item;
  }

  /** Opens the tree at a finding, if it is there. One that is selected stays as it is, with what else is selected. */
  async reveal(findingId: string): Promise<void> {
    if (this.view.visible && this.selectedFindingIds.includes(findingId)) return;
    const node = this.model.findFinding(findingId);
    if (node !== undefined) await this.view.reveal(node, { select: true, focus: false, expand: true });
  }

  /** Groups the findings by what the argument says, else by what the person chooses. */
  async group(argument: unknown): Promise<void> {
    const grouping = groupings.find((known) => known === argument) ?? (await this.askGrouping());
    if (grouping === undefined) return;
    this.model.grouping = grouping;
    await this.memory.update(groupingKey, grouping);
    this.update();
  }

  /** Shows only findings with every word of the argument, else of what the person types. Empty shows all. */
  async filter(argument: unknown): Promise<void> {
    const text =
      typeof argument === 'string'
        ? argument
        : await vscode.window.showInputBox({
            title: t('Filter Findings'),
            prompt: t('Words of the title, an address, a port, a rule, a threat. Leave it empty to see all.'),
            value: this.model.filter,
          });
    if (text === undefined) return;
    this.model.filter = text.slice(0, 200);
    this.update();
  }

  dispose(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.disposables.dispose();
  }

  private schedule(): void {
    if (this.timer !== null) return;
    const waitMs = Math.max(0, this.updatedMs + refreshMs - Date.now());
    this.timer = setTimeout(() => {
      this.timer = null;
      this.update();
    }, waitMs);
  }

  private update(): void {
    this.updatedMs = Date.now();
    const { findings, snapshot } = this.sessions.active;
    for (const change of this.model.update(findings, snapshot?.run ?? '')) this.changes.fire(change ?? undefined);
    this.showTitle();
    this.showHidden();
    this.showUnseen();
  }

  private async askGrouping(): Promise<Grouping | undefined> {
    const items = groupings.map((grouping) => ({
      label: groupingLabels[grouping],
      description: grouping === this.model.grouping ? t('now') : '',
      grouping,
    }));
    const chosen = await vscode.window.showQuickPick(items, {
      title: t('Group Findings By'),
      placeHolder: t('Group by'),
    });
    return chosen?.grouping;
  }

  /** What is hidden is told, above the findings. */
  private showHidden(): void {
    const { filter, shown, total } = this.model;
    const silenced = silencedTotal(this.sessions.active.silenced);
    const isFiltered = filter.trim() !== '';
    const parts = [
      ...(isFiltered ? [t('Filter "{0}": {1} of {2}.', filter.trim(), shown, total)] : []),
      ...(silenced === 0
        ? []
        : [t('{0} silenced by exclusions.', silenced === 1 ? t('1 finding is') : t('{0} findings are', silenced))]),
    ];
    const message = parts.join(' ');
    if (this.view.message !== message) this.view.message = message;
    if (isFiltered !== this.filtered) {
      this.filtered = isFiltered;
      void vscode.commands.executeCommand('setContext', contextKeys.findingsFiltered, isFiltered);
    }
  }

  private showTitle(): void {
    const { snapshot, title } = this.sessions.active;
    const description = snapshot === null ? '' : title;
    if (this.view.description !== description) this.view.description = description;
  }

  private showUnseen(): void {
    if (this.view.visible) this.model.markSeen();
    const { unseen } = this.model;
    const words = unseen === 1 ? t('1 new finding') : t('{0} new findings', unseen);
    this.view.badge = unseen === 0 ? undefined : { value: unseen, tooltip: words };
  }
}

function stateOf(node: AnomalyNode): vscode.TreeItemCollapsibleState {
  if (node.children.length === 0) return vscode.TreeItemCollapsibleState.None;
  return node.kind === 'group' ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
}

function tooltip(node: AnomalyNode): vscode.MarkdownString | undefined {
  const { finding } = node;
  if (finding === null) return undefined;
  const text = new vscode.MarkdownString();
  text.isTrusted = false;
  text.supportHtml = false;
  const times = t('{0} to {1}', timeText(finding.firstSeen), timeText(finding.lastSeen));
  const paragraphs = [finding.title, finding.summary, subjectText(finding), times].map(escapeMarkdown);
  text.appendMarkdown(paragraphs.join('\n\n'));
  return text;
}
