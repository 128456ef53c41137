import { softmax } from '../../src/core/model/treeEnsemble';
import { ensembleScores } from '../../src/core/model/treeEnsemble';
import { classFacts, flowClasses } from '../../src/core/features/labels';
import { boost } from '../boost/boost';
import type { FlowRows } from '../data/flowRows';
import type { LabRows } from '../lab/labFile';
import { mix } from '../random';
import type { KindMetrics } from '../report/metrics';
import type { FitOptions } from './crossFit';
import { joined } from './crossFit';
import { matrixOf } from './matrix';
import type { Shape } from './matrix';

/** Rows of the dataset that each of these trainings uses: what is asked is what the lab adds. */
const datasetRows = 15_000;

/**
 * Trains once for each tool of the lab without any flow of it, and without a part of the benign scenarios, and scores
 * what was left out: what to expect of a tool that nobody has shown to the model.
 */
export async function testLab(
  rows: FlowRows,
  lab: LabRows,
  shape: Shape,
  thresholds: readonly number[],
  temperature: number,
  options: FitOptions,
): Promise<{ tools: KindMetrics['lab']; benign: KindMetrics['labBenign'] }> {
  const isBenign = (i: number): boolean => lab.rows.classes[i] === 0;
  const all = Array.from({ length: lab.rows.count }, (_, i) => i);
  const tools = [...new Set(all.filter((i) => !isBenign(i)).map((i) => lab.tools[i] ?? ''))].sort();
  const step = Math.max(1, rows.count / datasetRows);
  const some = Array.from({ length: Math.floor(rows.count / step) }, (_, i) => Math.floor(i * step));
  const out = new Map<string, KindMetrics['lab'][number]>();
  const benign = { flows: 0, flagged: 0, overThreshold: 0 };
  const scores = new Float64Array(shape.classes.length);
  for (const [t, tool] of tools.entries()) {
    const leftOut = (i: number): boolean =>
      isBenign(i)
        ? mix(9, ...[...(lab.scenarios[i] ?? '')].map((c) => c.charCodeAt(0))) % tools.length === t
        : lab.tools[i] === tool;
    const training = joined(rows, some, lab.rows.pick(all.filter((i) => !leftOut(i))), shape);
    const parameters = {
      ...options.parameters,
      rounds: Math.min(60, options.parameters.rounds),
      learningRate: 0.12,
      earlyStop: 0,
    };
    const { model } = await boost(training, null, parameters, {
      threads: options.threads,
      onRound: (p) => options.onRound?.((t + p.round / p.rounds) / tools.length),
      ...(options.cancelled === undefined ? {} : { cancelled: options.cancelled }),
    });
    const picks = all.filter(leftOut);
    const test = matrixOf(lab.rows, picks, shape);
    for (const [at, i] of picks.entries()) {
      ensembleScores(model, test.values, at * test.inputs, scores);
      softmax(scores, temperature);
      const k = scores.indexOf(Math.max(...scores));
      if (isBenign(i)) {
        benign.flows++;
        if (k !== 0) benign.flagged++;
        if (k !== 0 && (scores[k] ?? 0) >= (thresholds[k] ?? 1)) benign.overThreshold++;
        continue;
      }
      const truth = flowClasses[lab.rows.classes[i] ?? 0] ?? 'BENIGN';
      const called = shape.classes[k] ?? 'BENIGN';
      const row = out.get(`${tool} ${truth}`) ?? { tool, class: truth, flows: 0, flagged: 0, named: 0 };
      row.flows++;
      if (called !== 'BENIGN') row.flagged++;
      if (classFacts[called].family === classFacts[truth].family) row.named++;
      out.set(`${tool} ${truth}`, row);
    }
  }
  return { tools: [...out.values()], benign };
}
