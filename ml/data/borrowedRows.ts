import { features } from '../../src/core/features/features';
import { flowClasses } from '../../src/core/features/labels';
import type { FlowClass } from '../../src/core/features/labels';
import type { FlowRows } from './flowRows';

/** Classes of which the official samples hold some tens of rows, and the improved ones hundreds or other ones. */
const borrowed: readonly FlowClass[] = [
  'DoS GoldenEye',
  'DoS Slowhttptest',
  'DoS slowloris',
  'FTP-Patator',
  'Heartbleed',
  'Infiltration',
  'SSH-Patator',
  'Web Attack - Brute Force',
  'Web Attack - Sql Injection',
  'Web Attack - XSS',
];
/** Most rows of a class, and what each counts for beside an official row: the flows are the same, cut otherwise. */
const mostRows = 300;
const weight = 0.5;

const at = (id: string): number => features.findIndex((feature) => feature.id === id);
const isTcpAt = at('isTcp');
const synAt = at('syn');
const firstSynAt = at('firstSyn');
const firstAckAt = at('firstAck');
const firstFlags = ['firstSyn', 'firstAck', 'firstFin', 'firstPsh', 'firstRst'].map(at);

/**
 * Improved rows of rare attacks for the training on official rows. Their first packet is taken for a SYN where the flow
 * has one and for an ACK where it has none, which is the later part of a connection. What the official tool would have
 * written of the same packets differs in where a flow ends, so they count for less.
 */
export function borrowImproved(improved: FlowRows): FlowRows {
  const byClass = new Map<number, number[]>();
  const wanted = new Set(borrowed.map((name) => flowClasses.indexOf(name)));
  for (let i = 0; i < improved.count; i++) {
    const k = improved.classes[i] ?? 0;
    if (!wanted.has(k) || improved.attempted[i] === 1) continue;
    const list = byClass.get(k);
    if (list === undefined) byClass.set(k, [i]);
    else list.push(i);
  }
  const picks = [...byClass.values()].flatMap((list) => {
    const step = Math.max(1, list.length / mostRows);
    return Array.from({ length: Math.min(list.length, mostRows) }, (_, n) => list[Math.floor(n * step)] ?? 0);
  });
  const rows = improved.pick(picks);
  for (let i = 0; i < rows.count; i++) {
    const row = i * rows.inputs;
    const isTcp = rows.values[row + isTcpAt] === 1;
    const hasSyn = (rows.values[row + synAt] ?? 0) >= 1;
    for (const f of firstFlags) rows.values[row + f] = 0;
    if (isTcp) rows.values[row + (hasSyn ? firstSynAt : firstAckAt)] = 1;
    rows.copies[i] = weight;
  }
  return rows;
}
