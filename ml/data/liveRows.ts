import { classFacts, flowClasses, flowFamilies } from '../../src/core/features/labels';
import type { FlowClass } from '../../src/core/features/labels';
import type { LabRows } from '../lab/labFile';
import { thin } from '../train/rows';
import { noClass } from './flowRows';
import type { FlowRows } from './flowRows';

/**
 * What single flows of live traffic are not told apart into: whether a flood is distributed is counted from its sources, and
 * a scan from inside is one like any other.
 */
const merged: Partial<Record<FlowClass, FlowClass>> = { DDoS: 'DoS Hulk', 'Infiltration - Portscan': 'PortScan' };

/** Not learned for live traffic: a rule reads it in the records of TLS, and the dataset has eleven such flows. */
const unlearned = flowClasses.indexOf('Heartbleed');

/** Rows of the dataset that the lab's are learned with; with all of them, what the lab adds would be lost. */
const maxRows = 40_000;

/** The rows that the live model learns of the improved ones, with its classes. */
export function liveRows(improved: FlowRows, seed: number): FlowRows {
  const all = Array.from({ length: improved.count }, (_, i) => i);
  return thin(withLiveClasses(improved.pick(all.filter((i) => improved.classes[i] !== unlearned))), maxRows, seed);
}

/** The flows of the lab with the classes of the live model; of more than `most` every second, third and so on, which count for the others. */
export function liveLab(lab: LabRows, most = Number.POSITIVE_INFINITY): LabRows {
  const step = Math.ceil(lab.rows.count / most) || 1;
  const picks = Array.from({ length: Math.ceil(lab.rows.count / step) }, (_, i) => i * step);
  const rows = withLiveClasses(lab.rows.pick(picks));
  for (let i = 0; i < rows.count; i++) rows.copies[i] = (rows.copies[i] ?? 1) * step;
  const of = <T>(list: readonly T[]): T[] => picks.flatMap((i) => list.slice(i, i + 1));
  return { rows, tools: of(lab.tools), scenarios: of(lab.scenarios), ended: of(lab.ended) };
}

function withLiveClasses(rows: FlowRows): FlowRows {
  for (let i = 0; i < rows.count; i++) {
    const name = rows.classes[i] === noClass ? undefined : merged[flowClasses[rows.classes[i] ?? 0] ?? 'BENIGN'];
    if (name === undefined) continue;
    rows.classes[i] = flowClasses.indexOf(name);
    rows.families[i] = flowFamilies.indexOf(classFacts[name].family);
  }
  return rows;
}
