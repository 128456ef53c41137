import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defaultBoost } from '../../../ml/boost/shared';
import { borrowImproved } from '../../../ml/data/borrowedRows';
import { FlowRows, readFlowCsv } from '../../../ml/data/flowRows';
import { liveRows } from '../../../ml/data/liveRows';
import { readLabFile, writeLabFile } from '../../../ml/lab/labFile';
import { seededRandom } from '../../../ml/random';
import { mostLikely, raisedThresholds } from '../../../ml/train/calibration';
import { fitSplit, foldsOf, groupSplit, timeSplit } from '../../../ml/train/crossFit';
import { classesOf, classWeights } from '../../../ml/train/matrix';
import { columnIndex, columns } from '../../../src/core/features/columns';
import { features, featuresOf } from '../../../src/core/features/features';
import { flowClasses } from '../../../src/core/features/labels';
import type { FlowClass } from '../../../src/core/features/labels';
import { madeUpRows } from '../../support/madeUpRows';

/** Columns of a TCP flow that begins with its SYN. */
function flow(values: Record<string, number>): Float64Array {
  const from = new Float64Array(columns.length);
  for (const [id, value] of Object.entries({ protocol: 6, syn: 1, forwardBytes: 10, ...values })) from[columnIndex(id)] = value; // prettier-ignore
  return from;
}

function add(rows: FlowRows, name: FlowClass, values: Record<string, number>): void {
  rows.add(flow(values), flowClasses.indexOf(name), 0, Number.NaN, false);
}

/** Share of the test rows of a first part that a model calls rightly. */
async function accuracy(rows: FlowRows): Promise<number> {
  const classes = classesOf(rows);
  const weights = classWeights(rows, classes, { rareRows: 50, benign: 1 });
  const shape = { inputs: featuresOf('improved'), classes, weights, extraWeights: weights };
  const parameters = { ...defaultBoost, rounds: 15, leaves: 8, earlyStop: 0 };
  const { labels, probabilities } = await fitSplit(rows, groupSplit(rows, 4, 0, 1), shape, null, { parameters, threads: 1 }); // prettier-ignore
  const called = mostLikely(probabilities, shape.classes.length);
  return called.filter((k, i) => k === labels[i]).length / called.length;
}

describe('splits of the training rows', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'nta-split-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('give every part its share of a class of eight rows, and never part rows that are nearly equal', () => {
    const rows = new FlowRows();
    for (let i = 0; i < 400; i++) add(rows, 'BENIGN', { duration: i, forwardPackets: i % 7 });
    for (let i = 0; i < 8; i++) add(rows, 'Heartbleed', { duration: 1e6 + i });
    for (let i = 0; i < 60; i++) add(rows, 'PortScan', { duration: 5 + (i % 3) * 1e7, gapMean: i });
    const folds = foldsOf(rows, 4, 7);
    const rare = folds.slice(400, 408);
    for (let f = 0; f < 4; f++) assert.equal(rare.filter((x) => x === f).length, 2, rare.join());
    const ofGroup = new Map<number, number>();
    for (const [i, f] of folds.entries()) assert.equal(ofGroup.set(rows.groups[i]!, ofGroup.get(rows.groups[i]!) ?? f).get(rows.groups[i]!), f); // prettier-ignore
    assert.deepEqual(folds, foldsOf(rows, 4, 7));
  });

  it('by time test the last rows of each class, whichever were read first', () => {
    const rows = new FlowRows();
    for (let i = 0; i < 100; i++) {
      const time = (i * 37) % 100;
      const name = i % 2 === 0 ? 'BENIGN' : 'PortScan';
      rows.add(flow({ duration: i }), flowClasses.indexOf(name), 0, time, false);
    }
    const split = timeSplit(rows, 1)!;
    const times = (picks: number[], k: number): number[] => picks.filter((i) => rows.classes[i] === k).map((i) => rows.times[i]!); // prettier-ignore
    for (const k of [flowClasses.indexOf('BENIGN'), flowClasses.indexOf('PortScan')]) {
      const [before, after] = [times([...split.train, ...split.calibrate], k), times(split.test, k)];
      assert.equal(after.length, 15);
      assert.ok(Math.max(...before) < Math.min(...after));
    }
  });

  it('find nothing where there is nothing: labels that were shuffled are guessed no better than by chance', async function () {
    this.timeout(60_000);
    const file = path.join(folder, 'rows.csv');
    writeFileSync(file, madeUpRows(1200));
    const rows = new FlowRows();
    await readFlowCsv(file, rows);
    assert.ok((await accuracy(rows)) > 0.95);
    const random = seededRandom(5);
    for (let i = rows.count - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      const [x, y] = [rows.classes[i]!, rows.classes[j]!];
      rows.classes[i] = y;
      rows.classes[j] = x;
    }
    const shuffled = await accuracy(rows);
    assert.ok(shuffled < 0.45, `${shuffled} of three equal classes`);
  });

  it('lend the official rows rare attacks of the improved ones with the flags of the first packet', () => {
    const rows = new FlowRows();
    for (let i = 0; i < 900; i++) add(rows, 'DoS slowloris', { duration: i + 1 });
    add(rows, 'Heartbleed', { duration: 5, protocol: 17, syn: 0 });
    add(rows, 'Heartbleed', { duration: 6, syn: 0 });
    add(rows, 'BENIGN', { duration: 7 });
    const lent = borrowImproved(rows);
    const value = (i: number, id: string): number => lent.values[i * lent.inputs + features.findIndex((f) => f.id === id)]!; // prettier-ignore
    const at = (name: FlowClass): number[] => Array.from({ length: lent.count }, (_, i) => i).filter((i) => lent.classes[i] === flowClasses.indexOf(name)); // prettier-ignore
    assert.deepEqual([at('DoS slowloris').length, at('Heartbleed').length, lent.count], [300, 2, 302]);
    const [slow = 0, udp = 0, later = 0] = [...at('DoS slowloris').slice(0, 1), ...at('Heartbleed')];
    const first = (i: number): number[] => ['firstSyn', 'firstAck', 'firstPsh'].map((id) => value(i, id));
    assert.deepEqual([first(slow), first(udp), first(later)], [[1, 0, 0], [0, 0, 0], [0, 1, 0]]); // prettier-ignore
    assert.ok(lent.copies[0]! < 1);
  });

  it('let no benign capture and no tool of the lab count for more than its share, however many flows it has', () => {
    const file = path.join(folder, 'lab.csv.gz');
    const of = (scenario: string, label: FlowClass, count: number, tool = scenario) =>
      Array.from({ length: count }, (_, i) => ({ columns: flow({ duration: i + 1 }), label, scenario, tool, checkpoint: i % 2 === 1 })); // prettier-ignore
    writeLabFile(file, [
      ...of('flood', 'DoS Hulk', 300, 'hammer'),
      ...of('flood_far', 'DoS Hulk', 200, 'hammer'),
      ...of('small', 'DoS Hulk', 10),
      ...of('crawl', 'BENIGN', 500),
    ]);
    const { rows, scenarios, ended } = readLabFile(file);
    const total = (name: string): number => scenarios.reduce((sum, s, i) => sum + (s === name ? rows.copies[i]! : 0), 0); // prettier-ignore
    assert.deepEqual(['flood', 'flood_far', 'small', 'crawl'].map((name) => Math.round(total(name))), [60, 40, 10, 300]); // prettier-ignore
    assert.deepEqual(ended.slice(0, 4), [true, false, true, false]);
  });

  it('have for live traffic no class that single flows do not show, and keep every other', () => {
    const rows = new FlowRows();
    for (const name of flowClasses) for (let i = 0; i < 3; i++) add(rows, name, { duration: 100 * i + flowClasses.indexOf(name) }); // prettier-ignore
    const live = liveRows(rows, 1);
    const count = (name: FlowClass): number => live.classes.subarray(0, live.count).filter((k) => k === flowClasses.indexOf(name)).length; // prettier-ignore
    assert.deepEqual(['DDoS', 'Heartbleed', 'Infiltration - Portscan'].map((name) => count(name as FlowClass)), [0, 0, 0]); // prettier-ignore
    assert.deepEqual([count('DoS Hulk'), count('PortScan'), count('BENIGN'), live.count], [6, 6, 3, 45]);
    assert.deepEqual(classesOf(live).length, flowClasses.length - 3);
    assert.equal(rows.classes.subarray(0, rows.count).filter((k) => k === flowClasses.indexOf('DDoS')).length, 3);
  });

  it('raise a threshold to where few of the benign flows of unseen programs come, and only those that may be raised', () => {
    const calls = Array.from({ length: 100 }, (_, i) => ({ ofClass: 1 + (i % 2), probability: 0.5 + i / 250 }));
    const raised = raisedThresholds([0.5, 0.5, 0.6], calls, 1000, (k) => k !== 2, 0.002);
    assert.deepEqual([raised[0], raised[2]], [0.5, 0.6]);
    const over = calls.filter(({ ofClass, probability }) => ofClass === 1 && probability >= raised[1]!);
    assert.equal(over.length, 2);
    assert.deepEqual(
      raisedThresholds([0.5, 0.5, 0.6], [], 1000, () => true),
      [0.5, 0.5, 0.6],
    );
  });
});
