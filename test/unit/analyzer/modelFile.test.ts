import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ModelError, checkModels, loadLiveModel, loadModel } from '../../../src/analyzer/modelFile';
import { TreeScorer, createScorer } from '../../../src/analyzer/flowScorer';
import { scoreCsv } from '../../../src/analyzer/scoreCommand';
import { columns } from '../../../src/core/features/columns';
import { features, featuresOf } from '../../../src/core/features/features';
import { flowClasses } from '../../../src/core/features/labels';
import { metadataKey } from '../../../src/core/model/modelMetadata';
import type { ModelMetadata } from '../../../src/core/model/modelMetadata';
import { writeOnnx } from '../../../src/core/model/onnxModel';
import type { TreeEnsemble } from '../../../src/core/model/treeEnsemble';

const classes = [...flowClasses];
const inputs = featuresOf('improved');

/** One tree: whoever answers nothing is scanned. */
function model(): TreeEnsemble {
  const backward = inputs.findIndex((i) => features[i]!.id === 'backwardPackets');
  return {
    classes: classes.length,
    inputs: inputs.length,
    base: Float64Array.from(classes, (_, k) => (k === 0 ? 2 : 0)),
    roots: Int32Array.of(0),
    treeClass: Int32Array.of(classes.indexOf('PortScan')),
    feature: Int32Array.of(backward, -1, -1),
    threshold: Float32Array.of(0.5, 0, 0),
    left: Int32Array.of(1, 0, 0),
    right: Int32Array.of(2, 0, 0),
    value: Float32Array.of(2.5, 10, -5),
    cover: Float32Array.of(2, 1, 1),
  };
}

function metadata(change: Partial<ModelMetadata> = {}): ModelMetadata {
  return {
    format: 1,
    featureTable: 1,
    kind: 'improved',
    inputs: inputs.map((i) => features[i]!.id),
    classes,
    thresholds: classes.map(() => 0.5),
    precision: classes.map(() => 0.9),
    usual: inputs.map(() => [0, 1, 2]),
    seen: inputs.map(() => [-1, 1e9]),
    trained: { rows: 1, labRows: 0, dataHash: '', seed: 1, mode: 'test' },
    ...change,
  };
}

describe('a model file', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'models-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(about: unknown, damage?: (bytes: Uint8Array) => void, hash?: string): void {
    const bytes = writeOnnx(model(), { [metadataKey]: JSON.stringify(about) });
    const sha256 = hash ?? createHash('sha256').update(bytes).digest('hex');
    damage?.(bytes);
    writeFileSync(path.join(folder, 'improved.onnx'), bytes);
    const list = { schema: 1, models: [{ kind: 'improved', file: 'improved.onnx', sha256 }] };
    writeFileSync(path.join(folder, 'models.json'), JSON.stringify(list));
  }

  const refused = (pattern: RegExp): void => {
    assert.throws(
      () => loadModel(folder, 'improved'),
      (error: unknown) => error instanceof ModelError && pattern.test(error.message),
    );
  };

  it('is loaded when all is well', () => {
    write(metadata());
    assert.deepEqual(loadModel(folder, 'improved').metadata.classes, classes);
  });

  it('for live traffic is the one made for it, and where a folder has none that for improved rows', () => {
    write(metadata());
    assert.equal(loadLiveModel(folder).metadata.kind, 'improved');
    const bytes = writeOnnx(model(), { [metadataKey]: JSON.stringify(metadata({ kind: 'live' })) });
    const of = (kind: string, data: Uint8Array): unknown => ({ kind, file: `${kind}.onnx`, sha256: createHash('sha256').update(data).digest('hex') }); // prettier-ignore
    writeFileSync(path.join(folder, 'live.onnx'), bytes);
    const improved = readFileSync(path.join(folder, 'improved.onnx'));
    writeFileSync(path.join(folder, 'models.json'), JSON.stringify({ schema: 1, models: [of('improved', improved), of('live', bytes)] })); // prettier-ignore
    assert.equal(loadLiveModel(folder).metadata.kind, 'live');
    assert.equal(loadModel(folder, 'improved').metadata.kind, 'improved');
    assert.equal(checkModels(folder).length, 2);
    // A damaged one is refused, and not silently replaced; nor is a folder good of which only the other one is.
    writeFileSync(path.join(folder, 'improved.onnx'), improved.subarray(0, 100));
    assert.throws(() => checkModels(folder), /improved\.onnx is not used/);
    writeFileSync(path.join(folder, 'improved.onnx'), improved);
    writeFileSync(path.join(folder, 'live.onnx'), bytes.slice(0, 100));
    assert.throws(() => loadLiveModel(folder), ModelError);
  });

  it('is refused with a reason: missing, damaged, of another hash, of another feature table, foreign', () => {
    refused(/cannot be read/);
    writeFileSync(path.join(folder, 'models.json'), '{');
    refused(/damaged/);
    write(metadata(), (bytes) => bytes.fill(0, 100, 110));
    refused(/hash differs/);
    write(metadata({ featureTable: 99 }));
    refused(/version 99 of the feature table.*train it again/);
    write(metadata({ kind: 'official' }));
    refused(/for official rows/);
    write(metadata({ thresholds: [0.5] }));
    refused(/does not fit/);
    write('hello');
    refused(/another version/);
    writeFileSync(path.join(folder, 'models.json'), JSON.stringify({ models: [{ kind: 'improved', file: '../x', sha256: '' }] })); // prettier-ignore
    refused(/names no model/);
  });

  it('runs in ONNX Runtime and in TypeScript with the same result', async () => {
    write(metadata());
    const loaded = loadModel(folder, 'improved');
    const reasons: string[] = [];
    const native = await createScorer(loaded, (reason) => reasons.push(reason));
    assert.equal(native.engine, 'ONNX Runtime', reasons.join());
    const rows = Float32Array.from({ length: 300 * inputs.length }, (_, i) => (i * 7919) % 13);
    const theirs = await native.score(rows, 300);
    const mine = await new TreeScorer(loaded).score(rows, 300);
    assert.ok(mine.every((x, i) => Math.abs(x - theirs[i]!) < 1e-6));
    await native.close();
  });

  it('scores rows of a CSV file: classes, families, abstentions, and a line for each row', async () => {
    write(metadata({ seen: inputs.map((_, i) => (i < 3 ? [-1, 1000] : [-1, 1e9])) }));
    const names = columns.flatMap((c) => c.names.improved ?? []);
    const row = (label: string, values: Record<string, number>): string =>
      [...columns.flatMap((c) => (c.names.improved === null ? [] : [values[c.id] ?? 0])), label].join(',');
    const strange = { protocol: 6, duration: 1e8, forwardPackets: 1e6, backwardPackets: 5, forwardBytes: 1e6 };
    const file = path.join(folder, 'rows.csv');
    writeFileSync(
      file,
      [
        [...names, 'Label'].join(','),
        row('BENIGN', { forwardPackets: 3, backwardPackets: 3 }),
        row('Portscan', { forwardPackets: 1 }),
        row('BENIGN', { forwardPackets: 1 }),
        row('DoS Hulk', { forwardPackets: 1, backwardPackets: 2 }),
        row('Coffee', strange),
        '',
      ].join('\r\n'),
    );
    const lines: string[] = [];
    const report = await scoreCsv(file, folder, (line) => lines.push(line));
    assert.equal(report.rows, 5);
    assert.equal(report.accuracy, 0.5);
    assert.equal(report.benignFalsePositiveRate, 0.5);
    assert.equal(report.unknownLabels, 1);
    assert.equal(report.perClass?.['PortScan']?.recall, 1);
    assert.equal(report.perClass?.['PortScan']?.precision, 0.5);
    assert.equal(report.perFamily?.['DoS']?.recall, 0);
    assert.equal(lines[0], 'row,label,prediction,probability,abstained\r\n');
    assert.match(lines[2]!, /^2,PortScan,PortScan,0\.99\d+,false\r\n$/);
    assert.equal(lines.length, 6);
  });

  it('gives the same scores when ports, addresses, windows and header lengths are renumbered', async () => {
    write(metadata());
    const names = columns.flatMap((c) => c.names.improved ?? []);
    const others = ['Src IP', 'Src Port', 'Dst IP', 'Dst Port', 'FWD Init Win Bytes', 'Bwd Init Win Bytes', 'Fwd Header Length', 'Bwd Header Length', 'Fwd Seg Size Min']; // prettier-ignore
    const scored = async (change: number): Promise<string[]> => {
      const file = path.join(folder, 'rows.csv');
      const rows = Array.from({ length: 30 }, (_, i) => [
        ...names.map((_name, j) => (i * 31 + j * 7) % 90),
        ...others.map((name, j) => (/IP$/.test(name) ? `10.${change}.0.${i}` : (i * 977 + j + change * 7919) % 65_000)),
        'BENIGN',
      ]);
      writeFileSync(file, [[...names, ...others, 'Label'], ...rows].map((cells) => cells.join(',')).join('\n'));
      const lines: string[] = [];
      await scoreCsv(file, folder, (line) => lines.push(line));
      return lines;
    };
    const one = await scored(0);
    assert.equal(one.length, 31);
    assert.deepEqual(await scored(1), one);
    assert.deepEqual(await scored(5), one);
  });

  it('says which line of a CSV file is wrong', async () => {
    write(metadata());
    const file = path.join(folder, 'rows.csv');
    const names = columns.flatMap((c) => c.names.improved ?? []);
    writeFileSync(file, `${[...names, 'Label'].join(',')}\n${names.map(() => 'x').join(',')},BENIGN\n`);
    await assert.rejects(scoreCsv(file, folder, null), /rows\.csv, line 2: "x" in the column "Protocol"/);
    await assert.rejects(scoreCsv(path.join(folder, 'none.csv'), folder, null), /no such file/);
    writeFileSync(file, '');
    await assert.rejects(scoreCsv(file, folder, null), /is empty/);
    assert.ok(readFileSync(file).length === 0);
  });
});
