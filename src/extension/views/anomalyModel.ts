import type { Finding, FlowReference, Severity } from '../../protocol/finding';
import { groupFindings, matchesText, type FindingGroup, type Grouping } from './anomalyGroups';
import { evidenceText, flowText, packetNumbersText, plain, subjectText, timeText } from './findingText';
import { t } from '../../protocol/l10n';

/** Packet numbers that the tree shows of a finding. */
const maxShownPackets = 20;

/** Flows that the tree shows of a finding. */
const maxShownFlows = 3;

/** Runs whose seen findings are remembered. */
const maxRememberedRuns = 32;

export type AnomalyNodeKind = 'group' | 'finding' | 'stage' | 'evidence' | 'against' | 'next' | 'flows' | 'packets';

/** One row of the tree. An object lives as long as its row does, so that selection and expansion do. */
export interface AnomalyNode {
  readonly id: string;
  readonly kind: AnomalyNodeKind;
  readonly parent: AnomalyNode | null;
  /** Of a group: the worst one inside. */
  severity: Severity;
  label: string;
  description: string;
  /** Null for a group. */
  finding: Finding | null;
  children: AnomalyNode[];
}

/** Which rows have to be drawn again: `null` is the whole tree, because groups came, went or moved. */
export type AnomalyChanges = (AnomalyNode | null)[];

/** Findings as a tree: groups, findings, what was measured. Keeps count of those not seen yet. */
export class AnomalyModel {
  private groups: AnomalyNode[] = [];
  private readonly nodes = new Map<string, AnomalyNode>();
  private readonly drawn = new Map<string, string>();
  private readonly seenByRun = new Map<string, Set<string>>();
  private run = '';
  private current: readonly Finding[] = [];
  private shownCount = 0;
  /** What the findings are grouped by; {@link update} applies it. */
  grouping: Grouping = 'severity';
  /** Only findings with every word of it are shown; empty for all. {@link update} applies it. */
  filter = '';

  get roots(): readonly AnomalyNode[] {
    return this.groups;
  }

  find(id: string): AnomalyNode | undefined {
    return this.nodes.get(id);
  }

  /** Row of the finding with this identifier. */
  findFinding(id: string): AnomalyNode | undefined {
    for (const group of this.groups) {
      const node = group.children.find((child) => child.finding?.id === id);
      if (node !== undefined) return node;
    }
    return undefined;
  }

  /** Findings that the filter lets through. */
  get shown(): number {
    return this.shownCount;
  }

  /** All of them. */
  get total(): number {
    return this.current.length;
  }

  /** Findings that came since the person last looked. */
  get unseen(): number {
    const seen = this.seenByRun.get(this.run);
    return this.current.filter((finding) => seen?.has(finding.id) !== true).length;
  }

  /** The person has looked: nothing is unseen. */
  markSeen(): void {
    this.seenByRun.delete(this.run);
    this.seenByRun.set(this.run, new Set(this.current.map((finding) => finding.id)));
    const oldest = this.seenByRun.keys().next();
    if (this.seenByRun.size > maxRememberedRuns && oldest.done === false) this.seenByRun.delete(oldest.value);
  }

  /** Shows the findings of `run`; returns the least that has to be drawn again. */
  update(findings: readonly Finding[], run: string): AnomalyChanges {
    this.run = run;
    this.current = findings;
    const live = new Set<string>();
    const filter = this.filter.trim();
    const wanted = filter === '' ? findings : findings.filter((finding) => matchesText(finding, filter));
    this.shownCount = wanted.length;
    const groups = groupFindings(wanted, this.grouping).map((group) => this.group(group, live));
    const moved = groups.length !== this.groups.length || groups.some((group, i) => group !== this.groups[i]);
    this.groups = groups;
    for (const id of [...this.nodes.keys()]) {
      if (live.has(id)) continue;
      this.nodes.delete(id);
      this.drawn.delete(id);
    }
    const changes = this.collectChanges();
    return moved ? [null] : changes;
  }

  private group({ id, label, severity, members }: FindingGroup, live: Set<string>): AnomalyNode {
    const node = this.node(id, 'group', null, severity, live);
    node.label = label;
    node.severity = severity;
    node.description = String(members.length);
    node.children = members.map((finding) => this.findingNode(node, finding, live));
    return node;
  }

  private findingNode(group: AnomalyNode, finding: Finding, live: Set<string>): AnomalyNode {
    const node = this.node(`${group.id}/finding:${finding.id}`, 'finding', group, finding.severity, live);
    node.finding = finding;
    node.severity = finding.severity;
    node.label = plain(finding.title);
    node.description = finding.count > 1 ? `${subjectText(finding)} · ${finding.count}×` : subjectText(finding);
    const leaf = (kind: AnomalyNodeKind, index: number, label: string, description: string): AnomalyNode => {
      const child = this.node(`${node.id}/${kind}:${index}`, kind, node, finding.severity, live);
      child.finding = finding;
      child.label = label;
      child.description = description;
      return child;
    };
    node.children = [
      ...finding.stages.map((stage, i) =>
        leaf('stage', i, t('Stage {0}: {1}', i + 1, plain(stage.title)), timeText(stage.firstSeen)),
      ),
      ...finding.evidence.map((evidence, i) => leaf('evidence', i, plain(evidence.name), evidenceText(evidence))),
      ...finding.against.map((text, i) => leaf('against', i, plain(text), t('speaks against it'))),
      ...finding.next.map((text, i) => leaf('next', i, plain(text), t('step {0}', i + 1))),
      ...(finding.flows.length === 0 ? [] : [leaf('flows', 0, t('Flows'), flowsText(finding.flows))]),
      ...(finding.packets.length === 0
        ? []
        : [leaf('packets', 0, t('Packets'), packetNumbersText(finding.packets, maxShownPackets))]),
    ];
    return node;
  }

  private node(
    id: string,
    kind: AnomalyNodeKind,
    parent: AnomalyNode | null,
    severity: Severity,
    live: Set<string>,
  ): AnomalyNode {
    live.add(id);
    const known = this.nodes.get(id);
    if (known !== undefined) return known;
    const node: AnomalyNode = { id, kind, parent, severity, label: '', description: '', finding: null, children: [] };
    this.nodes.set(id, node);
    return node;
  }

  /** Rows whose own text or list of children is not the one drawn last; a row inside a changed one is drawn with it. */
  private collectChanges(): AnomalyNode[] {
    const changed: AnomalyNode[] = [];
    const visit = (node: AnomalyNode, covered: boolean): void => {
      const text = [
        node.label,
        node.description,
        node.severity,
        node.finding?.summary ?? '',
        ...node.children.map((child) => child.id),
      ].join('\u0000');
      const isChanged = this.drawn.get(node.id) !== text;
      this.drawn.set(node.id, text);
      if (isChanged && !covered) changed.push(node);
      for (const child of node.children) visit(child, covered || isChanged);
    };
    for (const group of this.groups) visit(group, false);
    return changed;
  }
}

function flowsText(flows: readonly FlowReference[]): string {
  const more = flows.length - maxShownFlows;
  return flows.slice(0, maxShownFlows).map(flowText).join('; ') + (more > 0 ? t(' and {0} more', more) : '');
}
