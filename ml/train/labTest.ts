import { softmax } from '../../src/core/model/treeEnsemble';
import { ensembleScores } from '../../src/core/model/treeEnsemble';
import { classFacts, flowClasses } from '../../src/core/features/labels';
import { boost } from '../boost/boost';
import type { FlowRows } from '../data/flowRows';
import type { LabRows } from '../lab/labFile';
import type { KindMetrics } from '../report/metrics';
import type { Calibration } from './calibration';
import type { FitOptions } from './crossFit';
import { joined } from './crossFit';
import { matrixOf } from './matrix';
import type { Shape } from './matrix';

/** Rows of the dataset that each of these trainings uses: what is asked is what the lab adds. */
const datasetRows = 10_000;

/** Trainings; each leaves out one of so many tools of every family. */
const parts = 6;

/** Which training leaves a tool out: tools of one family go to different ones, so that others of their kind stay. */
export function partsOfTools(tools: readonly { tool: string; family: string }[]): Map<string, number> {
  const inFamily = new Map<string, number>();
  const found = new Map<string, number>();
  const sorted = [...tools].sort((x, y) => (`${x.family} ${x.tool}` < `${y.family} ${y.tool}` ? -1 : 1));
  for (const { tool, family } of sorted) {
    if (found.has(tool)) continue;
    const n = inFamily.get(family) ?? 0;
    inFamily.set(family, n + 1);
    found.set(tool, n % parts);
  }
  return found;
}

/** The kind of a benign scenario, such as `browse` of `browse_tls`: all of a kind are left out together. */
const kindOf = (scenario: string): string => scenario.split('_')[0] ?? '';

/**
 * Trains without any flow of some tools of the lab, and without some kinds of benign scenarios, and scores what was left
 * out, until each was left out once: what to expect of a tool, or of a program, that nobody has shown to the model.
 */
export async function testLab(
  rows: FlowRows,
  lab: LabRows,
  shape: Shape,
  { temperature, benignBias, thresholds }: Calibration,
  options: FitOptions,
): Promise<{ tools: KindMetrics['lab']; benign: KindMetrics['labBenign'] }> {
  const isBenign = (i: number): boolean => lab.rows.classes[i] === 0;
  const all = Array.from({ length: lab.rows.count }, (_, i) => i);
  const familyAt = (i: number): string => classFacts[flowClasses[lab.rows.classes[i] ?? 0] ?? 'BENIGN'].family;
  const places = partsOfTools(
    all.filter((i) => !isBenign(i)).map((i) => ({ tool: lab.tools[i] ?? '', family: familyAt(i) })),
  );
  const kinds = [...new Set(all.filter(isBenign).map((i) => kindOf(lab.scenarios[i] ?? '')))].sort();
  const step = Math.max(1, rows.count / datasetRows);
  const some = Array.from({ length: Math.floor(rows.count / step) }, (_, i) => Math.floor(i * step));
  const out = new Map<string, KindMetrics['lab'][number]>();
  const benign = {
    flows: 0,
    flagged: 0,
    overThreshold: 0,
    worst: [] as { kind: string; flows: number; overThreshold: number }[],
  };
  const byKind = new Map<string, { kind: string; flows: number; overThreshold: number }>();
  const scores = new Float64Array(shape.classes.length);
  for (let part = 0; part < parts; part++) {
    const leftOut = (i: number): boolean =>
      isBenign(i)
        ? kinds.indexOf(kindOf(lab.scenarios[i] ?? '')) % parts === part
        : places.get(lab.tools[i] ?? '') === part;
    const training = joined(rows, some, lab.rows.pick(all.filter((i) => !leftOut(i))), shape);
    const parameters = {
      ...options.parameters,
      rounds: Math.min(40, options.parameters.rounds),
      learningRate: 0.15,
      earlyStop: 0,
    };
    const { model } = await boost(training, null, parameters, {
      threads: options.threads,
      onRound: (p) => options.onRound?.((part + p.round / p.rounds) / parts),
      ...(options.cancelled === undefined ? {} : { cancelled: options.cancelled }),
    });
    const picks = all.filter(leftOut);
    const test = matrixOf(lab.rows, picks, shape);
    for (const [at, i] of picks.entries()) {
      ensembleScores(model, test.values, at * test.inputs, scores);
      scores[0] = (scores[0] ?? 0) + benignBias * temperature;
      softmax(scores, temperature);
      const k = scores.indexOf(Math.max(...scores));
      if (isBenign(i)) {
        benign.flows++;
        if (k !== 0) benign.flagged++;
        const over = k !== 0 && (scores[k] ?? 0) >= (thresholds[k] ?? 1) ? 1 : 0;
        benign.overThreshold += over;
        const kind = kindOf(lab.scenarios[i] ?? '');
        const of = byKind.get(kind) ?? { kind, flows: 0, overThreshold: 0 };
        byKind.set(kind, { kind, flows: of.flows + 1, overThreshold: of.overThreshold + over });
        continue;
      }
      const truth = flowClasses[lab.rows.classes[i] ?? 0] ?? 'BENIGN';
      const called = shape.classes[k] ?? 'BENIGN';
      const tool = lab.tools[i] ?? '';
      const row = out.get(`${tool} ${truth}`) ?? { tool, class: truth, flows: 0, flagged: 0, named: 0 };
      row.flows++;
      if (called !== 'BENIGN') row.flagged++;
      if (classFacts[called].family === classFacts[truth].family) row.named++;
      out.set(`${tool} ${truth}`, row);
    }
  }
  const byName = (x: { tool: string; class: string }): string => `${x.class} ${x.tool}`;
  benign.worst = [...byKind.values()]
    .filter((k) => k.overThreshold > 0)
    .sort((x, y) => y.overThreshold - x.overThreshold)
    .slice(0, 8);
  return { tools: [...out.values()].sort((x, y) => (byName(x) < byName(y) ? -1 : 1)), benign };
}
