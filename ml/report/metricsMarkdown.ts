import { classFacts, classOfLabel } from '../../src/core/features/labels';
import type { KindMetrics, Metrics, SplitMetrics } from './metrics';

const f3 = (x: number): string => x.toFixed(3);
const percent = (x: number): string => `${(100 * x).toFixed(2)} %`;
const row = (...cells: (string | number)[]): string => `| ${cells.join(' | ')} |`;
const kindTitles = {
  improved: 'Improved rows (`improved.onnx`)',
  live: 'Live traffic and capture files (`live.onnx`)',
  official: 'Official rows (`official.onnx`)',
} as const;

function splitLine(name: string, s: SplitMetrics | null): string[] {
  if (s === null) return [];
  return [
    row(
      name,
      s.testRows,
      f3(s.classes.accuracy),
      f3(s.classes.macroF1),
      f3(s.families.macroF1),
      percent(s.benignFalsePositiveRate),
      percent(s.abstained / Math.max(1, s.testRows)),
    ),
  ];
}

function scoreTable(title: string, s: SplitMetrics['classes']): string[] {
  return [
    row(title, 'precision', 'recall', 'F1', 'support'),
    row('---', '---', '---', '---', '---'),
    ...Object.entries(s.perClass).map(([name, c]) => row(name, f3(c.precision), f3(c.recall), f3(c.f1), c.support)),
    '',
  ];
}

/** Flows of a tool that say anything of it. */
const leastFlows = 5;

/** The tools of each family together, each tool and class with the same weight. */
function familyLines(lab: KindMetrics['lab']): string[] {
  const families = [...new Set(lab.filter((t) => t.flows >= leastFlows).map((t) => familyOf(t.class)))];
  const mean = (list: KindMetrics['lab'], value: (t: KindMetrics['lab'][number]) => number): string =>
    percent(list.reduce((sum, t) => sum + value(t) / t.flows, 0) / list.length);
  return [
    row(
      'family, mean over tools of 5 flows or more',
      'tools',
      'called an attack',
      'named rightly (family)',
      'and above the threshold',
    ),
    row('---', '---', '---', '---', '---'),
    ...families.map((family) => {
      const of = lab.filter((t) => familyOf(t.class) === family && t.flows >= leastFlows);
      return row(family, of.length, mean(of, (t) => t.flagged), mean(of, (t) => t.named), mean(of, (t) => t.overThreshold)); // prettier-ignore
    }),
    '',
  ];
}

const familyOf = (name: string): string => classFacts[classOfLabel(name) ?? 'BENIGN'].family;

function kindSection(k: KindMetrics): string[] {
  const lines = [
    `### ${kindTitles[k.kind]}`,
    '',
    `Trained on ${k.rows} rows of the dataset${k.labRows > 0 ? ` and ${k.labRows} flows of the lab` : ''}${k.lentRows > 0 ? ` and ${k.lentRows} improved rows of rare attacks` : ''}; ${k.model.rounds} rounds, ${k.model.trees} trees, ${k.model.nodes} nodes.`,
    '',
    row('split', 'test rows', 'accuracy', 'macro-F1', 'family macro-F1', 'benign called an attack', 'abstained'),
    row('---', '---', '---', '---', '---', '---', '---'),
    ...splitLine(k.group.split, k.group),
    ...(k.groupWithoutAttempted === null ? [] : splitLine(k.groupWithoutAttempted.split, k.groupWithoutAttempted)),
    ...(k.time === null ? [] : splitLine(k.time.split, k.time)),
    '',
    `Always the commonest class: macro-F1 ${f3(k.baselines.majority.macroF1)}; logistic regression: ${f3(k.baselines.logistic.macroF1)}.`,
    `Calibration error ${f3(k.calibration.error)} at temperature ${k.temperature}; ${k.benignBias} added to the score of benign.`,
    '',
    ...scoreTable('class, group split', k.group.classes),
    ...scoreTable('family, group split', k.group.families),
    ...(k.time === null ? [] : scoreTable('class, time split', k.time.classes)),
  ];
  if (k.crossDataset !== null) {
    lines.push(
      `Another network, ${k.crossDataset.name} (${k.crossDataset.rows} rows): family macro-F1 ${f3(k.crossDataset.families.macroF1)}, ${percent(k.crossDataset.benignFalsePositiveRate)} of benign rows called an attack.`,
      '',
    );
  }
  if (k.lab.length > 0) {
    lines.push(
      'Flows of lab tools that the training had not seen, at their end:',
      '',
      row('tool', 'class', 'flows', 'called an attack', 'named rightly (family)', 'and above the threshold'),
      row('---', '---', '---', '---', '---', '---'),
      ...k.lab.map((t) => row(t.tool, t.class, t.flows, ...[t.flagged, t.named, t.overThreshold].map((n) => percent(n / t.flows)))), // prettier-ignore
      '',
    );
  }
  if (k.labBenign !== null) {
    const { flows, flagged, overThreshold, worst } = k.labBenign;
    const kinds = worst.map((w) => `${w.kind} (${w.overThreshold} of ${w.flows})`).join(', ');
    lines.push(
      ...familyLines(k.lab),
      `Benign lab flows of kinds of programs that the training had not seen: ${flows}; ${percent(flagged / Math.max(1, flows))} called an attack, ${percent(overThreshold / Math.max(1, flows))} above the threshold${kinds === '' ? '' : `, most of them ${kinds}`}.`,
      '',
    );
  }
  lines.push(
    `Features that decide most: ${k.importance
      .slice(0, 8)
      .map((i) => `${i.feature} (${percent(i.share)})`)
      .join(', ')}.`,
    '',
  );
  return lines;
}

/** The figures of a training as text. */
export function metricsMarkdown(metrics: Metrics): string {
  return [
    '## Figures',
    '',
    `Written from \`ml/models/metrics.json\` (mode ${metrics.mode}, seed ${metrics.seed}, feature table ${metrics.featureTable}); a test holds them equal.`,
    'Rows are distinct before they are split; a group of nearly equal rows is never on both sides.',
    '',
    ...metrics.kinds.flatMap(kindSection),
  ].join('\n');
}
