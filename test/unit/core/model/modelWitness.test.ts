import assert from 'node:assert/strict';
import { Engine } from '../../../../src/core/engine/engine';
import { features, featuresOf } from '../../../../src/core/features/features';
import { flowClasses } from '../../../../src/core/features/labels';
import type { FlowClass } from '../../../../src/core/features/labels';
import type { ModelMetadata } from '../../../../src/core/model/modelMetadata';
import { ModelWitness } from '../../../../src/core/model/modelWitness';
import { shortFigure } from '../../../../src/core/model/modelWords';
import { ensembleScores, softmax } from '../../../../src/core/model/treeEnsemble';
import type { TreeEnsemble } from '../../../../src/core/model/treeEnsemble';
import type { Finding } from '../../../../src/protocol/finding';
import { talk } from '../detectors/ruleSupport';
import type { Turn } from '../detectors/ruleSupport';
import { filler, rawPacket, tcpFrame, tlsClientHello, httpRequest } from '../../../support/packets';

const classes = [...flowClasses];
const inputs = featuresOf('improved');
const at = (id: string): number => inputs.findIndex((i) => features[i]!.id === id);

/** Flows with more than 500 bytes from the opener are of the class, all others benign. */
function model(ofClass: FlowClass): TreeEnsemble {
  return {
    classes: classes.length,
    inputs: inputs.length,
    base: Float64Array.from(classes, (_, k) => (k === 0 ? 4 : 0)),
    roots: Int32Array.of(0),
    treeClass: Int32Array.of(classes.indexOf(ofClass)),
    feature: Int32Array.of(at('forwardBytes'), -1, -1),
    threshold: Float32Array.of(500, 0, 0),
    left: Int32Array.of(1, 0, 0),
    right: Int32Array.of(2, 0, 0),
    value: Float32Array.of(2, -4, 12),
    cover: Float32Array.of(2, 1, 1),
  };
}

/** Trees of one node each at some bytes from the opener, so that flows of other sizes are other shapes. */
function manyShapes(): TreeEnsemble {
  const steps = 60;
  const list = (of: (n: number) => number): number[] => Array.from({ length: 3 * steps }, (_, n) => of(n));
  return {
    ...model('SSH-Patator'),
    roots: Int32Array.from({ length: steps }, (_, i) => 3 * i),
    treeClass: new Int32Array(steps),
    feature: Int32Array.from(list((n) => (n % 3 === 0 ? at('forwardBytes') : -1))),
    threshold: Float32Array.from(list((n) => 31 * Math.floor(n / 3) + 0.5)),
    left: Int32Array.from(list((n) => n + 1)),
    right: Int32Array.from(list((n) => n + 2)),
    value: new Float32Array(3 * steps),
    cover: new Float32Array(3 * steps).fill(1),
  };
}

const metadata: ModelMetadata = {
  format: 1,
  featureTable: 1,
  kind: 'improved',
  inputs: inputs.map((i) => features[i]!.id),
  classes,
  thresholds: classes.map(() => 0.9),
  precision: classes.map(() => 0.95),
  usual: inputs.map(() => [0, 10, 100]),
  seen: inputs.map(() => [-1, 1e9]),
  trained: { rows: 1, labRows: 0, dataHash: '', seed: 1, mode: 'test' },
};

/** Connections of one client to one server, a second apart, each with a request of so many bytes and an answer. */
function run(
  ofClass: FlowClass,
  sizes: readonly number[],
  change: Partial<ModelMetadata> = {},
  payload = (size: number): Uint8Array => filler(size, 1),
): { findings: Finding[]; witness: ModelWitness } {
  const trees = model(ofClass);
  const witness = new ModelWitness({ ...metadata, ...change }, trees);
  const engine = new Engine({ localAddresses: [], detectors: [witness] });
  let number = 0;
  const push = (seconds: number, source: 'client' | 'server', port: number, flags: string, size: number): void => {
    const [a, b] = ['10.0.0.1', '10.0.0.2'];
    const ends =
      source === 'client'
        ? { source: a, destination: b, sourcePort: port, destinationPort: 8443 }
        : { source: b, destination: a, sourcePort: 8443, destinationPort: port };
    engine.push(rawPacket(tcpFrame({ ...ends, flags, sequence: flags.startsWith('S') ? 0 : 1 }, payload(size)), { seconds: 1_700_000_000 + seconds, number: ++number })); // prettier-ignore
  };
  for (const [i, size] of sizes.entries()) {
    push(i, 'client', 4000 + i, 'S', 0);
    push(i, 'server', 4000 + i, 'SA', 0);
    push(i, 'client', 4000 + i, 'PA', size);
    push(i, 'server', 4000 + i, 'FA', 20);
    push(i, 'client', 4000 + i, 'FA', 0);
  }
  engine.finish();
  scoreAll(witness, trees);
  return { findings: engine.findings().filter((f) => f.detector === 'model'), witness };
}

function scoreAll(witness: ModelWitness, trees: TreeEnsemble): void {
  for (let batch = witness.takeBatch(); batch !== null; batch = witness.takeBatch()) {
    const out = new Float32Array(batch.count * classes.length);
    const scores = new Float64Array(classes.length);
    for (let i = 0; i < batch.count; i++) {
      ensembleScores(trees, batch.rows, i * inputs.length, scores);
      softmax(scores);
      out.set(scores, i * classes.length);
    }
    witness.scored(batch, out);
  }
}

const many = (n: number, size: number): number[] => Array.from({ length: n }, () => size);

describe('the model as a witness', () => {
  it('tells one finding of one incident, at most medium, and says that only the model says so', () => {
    const { findings } = run('SSH-Patator', many(12, 600));
    assert.equal(findings.length, 1);
    const [finding] = findings;
    assert.equal(finding!.threat, 'brute-force');
    assert.equal(finding!.severity, 'medium');
    assert.equal(finding!.count, 12);
    assert.deepEqual([finding!.sources, finding!.targets, finding!.ports], [['10.0.0.1'], ['10.0.0.2'], [8443]]);
    assert.match(finding!.summary, /Only the model says so/);
    assert.equal(finding!.flows.length, 12);
    assert.ok(finding!.packets.length > 0);
  });

  it('says in words what spoke for it: value, usual range, effect, and the nearest other class', () => {
    const { findings } = run('SSH-Patator', many(6, 600));
    const evidence = findings[0]!.evidence;
    const bytes = evidence.find((e) => e.name.startsWith('bytes from the opener'));
    assert.match(bytes!.name, /adds 10\.0 to the score/);
    assert.equal(bytes!.observed, 600);
    assert.equal(bytes!.threshold, 'usually 0 to 100');
    assert.match(String(evidence.find((e) => e.name === 'nearest other class')!.observed), /^BENIGN/);
  });

  it('says large figures short, and times in the unit that fits', () => {
    const times = [0, 160, 9999, 14_000, 62_376_000].map((x) => shortFigure(x, 'µs'));
    assert.deepEqual(times, ['0 µs', '160 µs', '9999 µs', '14 ms', '62.4 s']);
    const others = [0, 2.8345, 17.5, 2610, 25_190, 12_471_400].map((x) => shortFigure(x, 'bytes'));
    assert.deepEqual(others, ['0', '2.83', '17.5', '2610', '25.2 k', '12.5 M']);
  });

  it('says of how many flows its precision is, and trusts one of few the less', () => {
    const [all, few] = [2000, 3].map((called) => {
      const [finding] = run('SSH-Patator', many(6, 600), {
        precision: classes.map(() => 1),
        called: classes.map(() => called),
      }).findings;
      const told = finding!.evidence.find((e) => e.name.startsWith('how often it was right'))!.observed;
      return { told, confidence: finding!.confidence };
    });
    assert.equal(all!.told, '2000 of 2000 flows');
    assert.equal(few!.told, '3 of 3 flows, which is few');
    assert.ok(few!.confidence < 0.85 && all!.confidence > 0.89, `${few!.confidence} ${all!.confidence}`);
  });

  it('says nothing of a few such flows, of benign ones, or of classes that need more', () => {
    assert.deepEqual(run('SSH-Patator', many(3, 600)).findings, []);
    assert.deepEqual(run('SSH-Patator', many(50, 100)).findings, []);
    assert.deepEqual(run('DoS Hulk', many(12, 600)).findings, []);
    assert.equal(run('DoS Hulk', many(25, 600)).findings.length, 1);
  });

  it('takes no scan from connections that carry data', () => {
    assert.deepEqual(run('PortScan', many(40, 600)).findings, []);
  });

  it('takes no web attack from what is inside TLS, since it was taught attacks in clear HTTP', () => {
    const hello = tlsClientHello('www.example.org');
    const handshake = (size: number): Uint8Array =>
      size > 0 ? Uint8Array.of(...hello, ...filler(size, 1)) : hello.subarray(0, 0);
    assert.equal(run('Web Attack - Sql Injection', many(6, 600)).findings.length, 1);
    assert.deepEqual(run('Web Attack - Sql Injection', many(6, 600), {}, handshake).findings, []);
  });

  it('is never surer than low of a web attack whose requests are in clear, since rules read them', () => {
    const request = httpRequest('GET', '/item?id=3', 'shop.test', { 'X-Long': 'x'.repeat(500) });
    const clear = (size: number): Uint8Array => (size > 100 ? request : filler(size, 1));
    const [readable] = run('Web Attack - Sql Injection', many(12, 600), {}, clear).findings;
    assert.equal(readable!.severity, 'low');
    assert.ok(readable!.against.some((text) => text.includes('in clear')));
    const [hidden] = run('Web Attack - Sql Injection', many(12, 600)).findings;
    assert.equal(hidden!.severity, 'medium');
    assert.equal(run('SSH-Patator', many(12, 600), {}, clear).findings[0]!.severity, 'medium');
  });

  it('takes no guessing from logins that work at once, which rules see', () => {
    const logins = (reply: string): Finding[] => {
      const trees = model('FTP-Patator');
      const witness = new ModelWitness(metadata, trees);
      const engine = new Engine({ localAddresses: [], detectors: [witness] });
      const turns: Turn[] = [
        ['server', '220 ready\r\n'],
        ['client', `USER ann\r\n`],
        ['server', '331 password please\r\n'],
        ['client', 'PASS right\r\n'],
        ['server', `${reply}\r\n`],
        ['client', `NOOP ${'x'.repeat(600)}\r\n`],
        ['server', '200 fine\r\n'],
      ];
      const ends = { client: '10.0.0.1', server: '10.0.0.2', port: 21 };
      const frames = Array.from({ length: 5 }, (_, i) => talk({ ...ends, at: 100 * i, sourcePort: 4000 + i }, turns)).flat(); // prettier-ignore
      for (const [i, [seconds, frame]] of frames.entries()) {
        engine.push(rawPacket(frame, { seconds: 1_700_000_000 + seconds / 10, number: i + 1 }));
      }
      engine.finish();
      scoreAll(witness, trees);
      return engine.findings().filter(({ rule }) => rule === 'model');
    };
    assert.deepEqual(logins('230 welcome'), []);
    assert.equal(logins('500 what?').length, 1);
  });

  it('abstains below the threshold and where a flow is like nothing it was taught, and that is no finding', () => {
    const unsure = run('SSH-Patator', many(12, 600), { thresholds: classes.map(() => 0.9999) });
    assert.deepEqual(unsure.findings, []);
    assert.equal(unsure.witness.abstained, 12);
    const strange = inputs.map((_, i): [number, number] => (i < 6 ? [-3, -2] : [-1, 1e9]));
    const unknown = run('SSH-Patator', many(12, 600), { seen: strange });
    assert.deepEqual(unknown.findings, []);
    assert.equal(unknown.witness.abstained, 12);
  });

  it('asks the same of the model whatever addresses and ports the same traffic has', () => {
    const rows = (address: string, port: number, clientPort: number): Float32Array[] => {
      const witness = new ModelWitness(metadata, manyShapes());
      const engine = new Engine({ localAddresses: [], detectors: [witness] });
      let number = 0;
      for (let i = 0; i < 40; i++) {
        const there = { source: `${address}.1`, destination: `${address}.2`, sourcePort: clientPort + i, destinationPort: port }; // prettier-ignore
        const back = { source: there.destination, destination: there.source, sourcePort: port, destinationPort: clientPort + i }; // prettier-ignore
        const packets: [typeof there, string, number][] = [[there, 'S', 0], [back, 'SA', 0], [there, 'PA', 90 + i * 31], [back, 'PA', 700], [back, 'FA', 0], [there, 'FA', 0]]; // prettier-ignore
        for (const [j, [ends, flags, size]] of packets.entries()) {
          const seconds = 1_700_000_000 + i * 0.4 + j * 0.013;
          engine.push(rawPacket(tcpFrame({ ...ends, flags }, filler(size, 1)), { seconds, number: ++number }));
        }
      }
      engine.finish();
      const batch = witness.takeBatch()!;
      const width = inputs.length;
      return Array.from({ length: batch.count }, (_, i) => batch.rows.slice(i * width, (i + 1) * width));
    };
    const one = rows('10.0.0', 443, 40_000);
    assert.ok(one.length >= 40);
    assert.deepEqual(rows('172.16.9', 22, 1_500), one);
    assert.deepEqual(rows('203.0.113', 58_123, 61_000), one);
  });

  it('is asked once of flows that are alike, counts each of them, and explains with the numbers of a real one', () => {
    const sizes = [...many(300, 100), ...Array.from({ length: 60 }, (_, i) => 1000 + i)];
    const { findings, witness } = run('DoS Hulk', sizes);
    assert.equal(witness.scoredFlows, 360);
    assert.ok(witness.scoredRows <= 4, String(witness.scoredRows));
    assert.equal(findings[0]!.count, 60);
    const bytes = findings[0]!.evidence.find((e) => e.name.startsWith('bytes from the opener'));
    assert.equal(bytes!.observed, 1000);
  });

  it('lets the newest score of a flow count, also where the shape it has then is known', () => {
    const trees = model('SSH-Patator');
    const answer = (row: Float32Array): Float32Array => {
      const scores = new Float64Array(classes.length);
      ensembleScores(trees, row, 0, scores);
      softmax(scores);
      return Float32Array.from(scores);
    };
    // `early` scores after each packet, so that all is known; without, all scores come at the end. Both must say the same.
    const findingsOf = (early: boolean): Finding[] => {
      const witness = new ModelWitness(metadata, trees);
      const engine = new Engine({ localAddresses: [], detectors: [witness] });
      const drain = (): void => {
        for (let batch = witness.takeBatch(); batch !== null; batch = witness.takeBatch()) {
          const out = new Float32Array(batch.count * classes.length);
          for (let i = 0; i < batch.count; i++) {
            out.set(answer(batch.rows.slice(i * inputs.length, (i + 1) * inputs.length)), i * classes.length);
          }
          witness.scored(batch, out);
        }
      };
      let number = 0;
      for (let flow = 0; flow < 12; flow++) {
        for (let i = 0; i < 9 + flow; i++) {
          const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000 + flow, destinationPort: 22 };
          const frame = tcpFrame(
            { ...ends, flags: i === 0 ? 'S' : 'A', sequence: i * 70 },
            filler(i === 0 ? 0 : 70, 1),
          );
          engine.push(rawPacket(frame, { seconds: 1_700_000_000 + flow + i * 0.01, number: ++number }));
          if (early) drain();
        }
      }
      engine.finish();
      drain();
      return engine.findings().filter((f) => f.detector === 'model');
    };
    const late = findingsOf(false);
    assert.equal(late[0]!.count, 12);
    assert.deepEqual(findingsOf(true), late);
  });

  it('forgets flows that are older than its window', () => {
    const sizes = Array.from({ length: 200 }, (_, i) => (i % 40 === 0 ? 600 : 100));
    assert.deepEqual(run('SSH-Patator', sizes).findings, []);
  });
});
