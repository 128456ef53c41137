import { decide } from '../../src/core/model/decision';
import type { Decision } from '../../src/core/model/decision';
import { ensembleScores } from '../../src/core/model/treeEnsemble';
import { classFacts, flowClasses } from '../../src/core/features/labels';
import type { FlowFamily } from '../../src/core/features/labels';
import { boost } from '../boost/boost';
import type { FlowRows } from '../data/flowRows';
import type { LabRows } from '../lab/labFile';
import type { KindMetrics } from '../report/metrics';
import { findTemperature, probabilitiesOf, raisedThresholds } from './calibration';
import type { Calibration, UnseenScores } from './calibration';
import type { FitOptions } from './crossFit';
import { joined } from './crossFit';
import { matrixOf } from './matrix';
import type { Shape } from './matrix';

/** Rows of the dataset that each of these trainings uses: what is asked is what the lab adds. */
const datasetRows = 8000;

/** How many trainings leave something out; fewer leave more out at a time. */
export interface LabParts {
  /** Without some tools; each leaves out one of so many of every family, and keeps all benign traffic. */
  tools: number;
  /** Without some kinds of benign programs; they keep every tool. */
  benign: number;
}

/**
 * Added to the score of benign: a flow is called benign when that is twice as likely as any attack. What it costs in benign
 * flows that are called an attack, the thresholds keep back for the most part; `labBenign` of the metrics says what passes.
 */
const eagerness = -0.7;

/** Shares of the benign flows of unseen kinds that may pass the threshold of a class, by how many flows make a finding. */
const shares = { few: 0.002, many: 0.005 } as const;
const fewFlows: ReadonlySet<FlowFamily> = new Set(['BruteForce', 'WebAttack', 'Bot', 'Infiltration']);

/** Which training leaves a tool out: tools of one family go to different ones, so that others of their kind stay. */
export function partsOfTools(tools: readonly { tool: string; family: string }[], parts: number): Map<string, number> {
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

/** Flows of programs that the models which scored them were never shown. */
interface Unseen {
  flow: number;
  part: number;
  scores: Float64Array;
}

interface Said {
  flow: number;
  part: number;
  said: Decision;
}

export interface LabTest {
  tools: KindMetrics['lab'];
  benign: NonNullable<KindMetrics['labBenign']>;
  /** Fitted to flows of programs that were never shown, with thresholds that unseen benign programs keep below. */
  calibration: Calibration;
}

/**
 * Trains without any flow of some tools of the lab, then without some kinds of benign scenarios, and scores what was left
 * out, until each was left out once: what to expect of a tool, or of a program, that nobody has shown to the model.
 */
export async function testLab(
  rows: FlowRows,
  lab: LabRows,
  shape: Shape,
  parts: LabParts,
  options: FitOptions,
): Promise<LabTest> {
  const all = Array.from({ length: lab.rows.count }, (_, i) => i);
  const isBenign = (i: number): boolean => lab.rows.classes[i] === 0;
  const familyAt = (i: number): FlowFamily => classFacts[flowClasses[lab.rows.classes[i] ?? 0] ?? 'BENIGN'].family;
  const attacks = all.filter((i) => !isBenign(i));
  const benign = all.filter(isBenign);
  const places = partsOfTools(
    attacks.map((i) => ({ tool: lab.tools[i] ?? '', family: familyAt(i) })),
    parts.tools,
  );
  const kinds = [...new Set(benign.map((i) => kindOf(lab.scenarios[i] ?? '')))].sort();
  const step = Math.max(1, rows.count / datasetRows);
  const some = Array.from({ length: Math.floor(rows.count / step) }, (_, i) => Math.floor(i * step));
  let done = 0;

  const leaveOut = async (part: number, from: readonly number[], isOut: (i: number) => boolean): Promise<Unseen[]> => {
    const picks = from.filter(isOut);
    const out = new Set(picks);
    const training = joined(rows, some, lab.rows.pick(all.filter((i) => !out.has(i))), shape);
    const { model } = await boost(training, null, options.parameters, {
      threads: options.threads,
      onRound: (p) => options.onRound?.((done + p.round / p.rounds) / (parts.tools + parts.benign)),
      ...(options.cancelled === undefined ? {} : { cancelled: options.cancelled }),
    });
    done++;
    const test = matrixOf(lab.rows, picks, shape);
    return picks.map((flow, at) => {
      const scores = new Float64Array(shape.classes.length);
      ensembleScores(model, test.values, at * test.inputs, scores);
      return { flow, part, scores };
    });
  };

  const ofTools: Unseen[] = [];
  for (let part = 0; part < parts.tools; part++) {
    ofTools.push(...(await leaveOut(part, attacks, (i) => places.get(lab.tools[i] ?? '') === part)));
  }
  const ofBenign: Unseen[] = [];
  const partOfKind = (i: number): number => kinds.indexOf(kindOf(lab.scenarios[i] ?? '')) % parts.benign;
  for (let part = 0; part < parts.benign; part++) {
    ofBenign.push(...(await leaveOut(part, benign, (i) => partOfKind(i) === part)));
  }
  const temperature = findTemperature(scoresOf([...ofTools, ...ofBenign], lab, shape));
  const decided = (list: readonly Unseen[]): Said[] => {
    const probabilities = probabilitiesOf(scoresOf(list, lab, shape), { temperature, benignBias: eagerness });
    return list.map(({ flow, part }, i) => ({ flow, part, said: decide(shape.classes, probabilities, i * shape.classes.length) })); // prettier-ignore
  };
  const saidOfBenign = decided(ofBenign);
  const raised = raise(saidOfBenign, shape);
  // Each part is measured with the thresholds that the other parts ask for.
  const ofOthers = Array.from({ length: parts.benign }, (_, part) =>
    raise(
      saidOfBenign.filter((u) => u.part !== part),
      shape,
    ),
  );
  // A flow counts once, by its last score.
  const atEnd = ({ flow }: Said): boolean => lab.ended[flow] === true;
  return {
    tools: toolTable(decided(ofTools).filter(atEnd), lab, raised),
    benign: benignTable(saidOfBenign.filter(atEnd), lab, ofOthers),
    calibration: { temperature, benignBias: eagerness, thresholds: raised },
  };
}

function scoresOf(list: readonly Unseen[], lab: LabRows, shape: Shape): UnseenScores {
  const classes = shape.classes.length;
  const scores = new Float64Array(list.length * classes);
  for (const [i, unseen] of list.entries()) scores.set(unseen.scores, i * classes);
  const labels = Uint8Array.from(list, ({ flow }) =>
    Math.max(0, shape.classes.indexOf(flowClasses[lab.rows.classes[flow] ?? 0] ?? 'BENIGN')),
  );
  return { classes, scores, labels };
}

/** The least thresholds that at most {@link shares} of the benign flows pass. */
function raise(ofBenign: readonly Said[], shape: Shape): number[] {
  const isFew = (k: number): boolean => fewFlows.has(classFacts[shape.classes[k] ?? 'BENIGN'].family);
  const calls = ofBenign.map(({ said }) => said);
  const least = shape.classes.map(() => 0.5);
  const few = raisedThresholds(least, calls, calls.length, (k) => k > 0 && isFew(k), shares.few);
  return raisedThresholds(few, calls, calls.length, (k) => k > 0 && !isFew(k), shares.many);
}

const isOver = ({ ofClass, probability }: Decision, thresholds: readonly number[]): boolean =>
  probability >= (thresholds[ofClass] ?? 1);

function toolTable(unseen: readonly Said[], lab: LabRows, thresholds: readonly number[]): KindMetrics['lab'] {
  const out = new Map<string, KindMetrics['lab'][number]>();
  for (const { flow, said } of unseen) {
    const truth = flowClasses[lab.rows.classes[flow] ?? 0] ?? 'BENIGN';
    const tool = lab.tools[flow] ?? '';
    const row = out.get(`${truth} ${tool}`) ?? { tool, class: truth, flows: 0, flagged: 0, named: 0, overThreshold: 0 };
    row.flows++;
    if (said.family !== 'BENIGN') row.flagged++;
    if (said.family === classFacts[truth].family) {
      row.named++;
      if (isOver(said, thresholds)) row.overThreshold++;
    }
    out.set(`${truth} ${tool}`, row);
  }
  return [...out].sort(([x], [y]) => (x < y ? -1 : 1)).map(([, row]) => row);
}

function benignTable(
  unseen: readonly Said[],
  lab: LabRows,
  thresholds: readonly (readonly number[])[],
): NonNullable<KindMetrics['labBenign']> {
  const byKind = new Map<string, { kind: string; flows: number; overThreshold: number }>();
  let [flagged, overThreshold] = [0, 0];
  for (const { flow, part, said } of unseen) {
    const wrong = said.family !== 'BENIGN';
    const over = wrong && isOver(said, thresholds[part] ?? []) ? 1 : 0;
    if (wrong) flagged++;
    overThreshold += over;
    const kind = kindOf(lab.scenarios[flow] ?? '');
    const of = byKind.get(kind) ?? { kind, flows: 0, overThreshold: 0 };
    byKind.set(kind, { kind, flows: of.flows + 1, overThreshold: of.overThreshold + over });
  }
  const worst = [...byKind.values()]
    .filter((k) => k.overThreshold > 0)
    .sort((x, y) => y.overThreshold - x.overThreshold)
    .slice(0, 8);
  return { flows: unseen.length, flagged, overThreshold, worst };
}
