import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AnomalyModel, type AnomalyNode } from '../../../src/extension/views/anomalyModel';
import { severities } from '../../../src/protocol/finding';
import { finding } from './support/findings';

describe('AnomalyModel', () => {
  it('groups by severity, worst first, with evidence, doubts and packets below each finding', () => {
    const model = new AnomalyModel();
    model.update([finding({ id: 'a', severity: 'low' }), finding({ id: 'b', severity: 'critical' })], 'run');
    assert.deepEqual(
      model.roots.map((root) => [root.label, root.description]),
      [
        ['Critical', '1'],
        ['Low', '1'],
      ],
    );
    const children = model.roots[0]!.children[0]!.children;
    assert.deepEqual(
      children.map((child) => [child.kind, child.label, child.description]),
      [
        ['evidence', 'failed contacts', '40 ports in 300 s (limit 15)'],
        ['against', 'The target is on the same network.', 'speaks against it'],
        ['packets', 'Packets', '3, 5, 8'],
      ],
    );
    assert.equal(model.roots[0]!.children[0]!.parent, model.roots[0]);
    assert.equal(model.findFinding('a')?.parent, model.roots[1]);
  });

  it('shows stages first, and then what to do and the flows', () => {
    const model = new AnomalyModel();
    const stage = (threat: 'port-scan' | 'brute-force', title: string) => ({
      rule: 'r',
      threat,
      title,
      firstSeen: 1_700_000_000,
      lastSeen: 1_700_000_001,
    });
    const flow = { transport: 'tcp', a: '10.0.0.7', aPort: 5000, b: 'fd00::2', bPort: 22, start: 1_700_000_000 };
    model.update(
      [
        finding({
          stages: [stage('port-scan', 'Scan'), stage('brute-force', 'Guessing')],
          next: ['Change the password.'],
          flows: [flow, flow, flow, flow],
        }),
      ],
      'run',
    );
    const children = model.roots[0]!.children[0]!.children;
    assert.deepEqual(
      children.map((child) => child.kind),
      ['stage', 'stage', 'evidence', 'against', 'next', 'flows', 'packets'],
    );
    assert.equal(children[1]!.label, 'Stage 2: Guessing');
    assert.match(children[5]!.description, /^tcp 10\.0\.0\.7:5000 → \[fd00::2\]:22, .* and 1 more$/);
  });

  it('draws the whole tree only when groups come or go', () => {
    const model = new AnomalyModel();
    assert.deepEqual(model.update([], 'run'), []);
    assert.deepEqual(model.update([finding()], 'run'), [null]);
    assert.deepEqual(model.update([finding()], 'run'), []);
    assert.deepEqual(model.update([], 'run'), [null]);
  });

  it('draws only the finding that went on', () => {
    const model = new AnomalyModel();
    const others = [finding({ id: 'x' }), finding({ id: 'y' })];
    model.update([...others, finding({ id: 'z' })], 'run');
    const changes = model.update([...others, finding({ id: 'z', count: 41 })], 'run');
    assert.deepEqual(
      changes.map((node) => node?.finding?.id),
      ['z'],
    );
  });

  it('draws only the group that got another finding', () => {
    const model = new AnomalyModel();
    model.update([finding({ id: 'x', severity: 'low' }), finding({ id: 'y' })], 'run');
    const changes = model.update(
      [finding({ id: 'x', severity: 'low' }), finding({ id: 'y' }), finding({ id: 'z' })],
      'run',
    );
    assert.deepEqual(
      changes.map((node) => node?.id),
      ['severity:high'],
    );
  });

  it('keeps the object of a row as long as the row is there', () => {
    const model = new AnomalyModel();
    model.update([finding()], 'run');
    const before = model.findFinding(finding().id);
    model.update([finding({ count: 99 }), finding({ id: 'new' })], 'run');
    assert.equal(model.findFinding(finding().id), before);
    assert.match(before?.description ?? '', /99×/);
  });

  it('counts what the person has not seen, for each run', () => {
    const model = new AnomalyModel();
    model.update([finding({ id: 'a' })], 'one');
    assert.equal(model.unseen, 1);
    model.markSeen();
    assert.equal(model.unseen, 0);
    model.update([finding({ id: 'a' }), finding({ id: 'b' })], 'one');
    assert.equal(model.unseen, 1);
    model.update([finding({ id: 'a' })], 'two');
    assert.equal(model.unseen, 1);
    model.update([finding({ id: 'a' })], 'one');
    assert.equal(model.unseen, 0, 'seen before in this run');
  });

  it('tells of every change, and its rows are always those of the newest findings', () => {
    const change = fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      severity: fc.constantFrom(...severities),
      count: fc.integer({ min: 1, max: 3 }),
    });
    const list = fc.uniqueArray(change, { selector: (c) => c.id, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(list, { maxLength: 8 }), (lists) => {
        const model = new AnomalyModel();
        let drawn: string[] = [];
        for (const changes of lists) {
          const findings = changes.map((c) => finding(c));
          const redraw = model.update(findings, 'run');
          const fresh = new AnomalyModel();
          fresh.update(findings, 'run');
          assert.deepEqual(model.roots.map(text), fresh.roots.map(text));
          const now = model.roots.flatMap(rows);
          if (redraw.length === 0) assert.deepEqual(now, drawn, 'changed without telling');
          drawn = now;
          const ids = new Set(model.roots.flatMap(rowIds));
          for (const node of redraw) assert.ok(node === null || ids.has(node.id), 'a row that is gone is not drawn');
        }
      }),
    );
  });

  it('groups by threat, host and time as well, the worst of a group at its head', () => {
    const model = new AnomalyModel();
    const findings = [
      finding({ id: 'a', severity: 'low', sources: ['10.0.0.9'], firstSeen: 1_700_000_000 }),
      finding({ id: 'b', severity: 'high', sources: ['10.0.0.7'], threat: 'dos', firstSeen: 1_700_010_800 }),
      finding({ id: 'c', severity: 'critical', sources: ['10.0.0.9'], firstSeen: 1_700_000_001 }),
    ];
    const heads = (): string[] => model.roots.map((root) => `${root.label} ${root.description} ${root.severity}`);
    model.grouping = 'host';
    model.update(findings, 'run');
    assert.deepEqual(heads(), ['10.0.0.9 2 critical', '10.0.0.7 1 high']);
    model.grouping = 'threat';
    assert.deepEqual(model.update(findings, 'run'), [null]);
    assert.deepEqual(heads(), ['Denial of service 1 high', 'Port scan 2 critical']);
    model.grouping = 'time';
    model.update(findings, 'run');
    assert.deepEqual(
      model.roots.map((root) => root.children.map((node) => node.finding?.id)),
      [['b'], ['c', 'a']],
    );
    assert.match(heads()[0] ?? '', /^\d+ November 2023, \d\d:00 to \d\d:00 1 high$/);
  });

  it('shows what has every word of the filter, and counts what it shows', () => {
    const model = new AnomalyModel();
    const findings = [
      finding({ id: 'a', sources: ['10.0.0.9'], title: 'Scan of the printer' }),
      finding({ id: 'b', sources: ['fd00::7'], title: 'Guessing', threat: 'brute-force', ports: [2222] }),
    ];
    const shownBy = (filter: string): (string | undefined)[] => {
      model.filter = filter;
      model.update(findings, 'run');
      return model.roots.flatMap((root) => root.children.map((node) => node.finding?.id)).sort();
    };
    assert.deepEqual(shownBy(''), ['a', 'b']);
    assert.deepEqual(shownBy('PRINTER scan'), ['a']);
    assert.deepEqual(shownBy('fd00 2222'), ['b']);
    assert.deepEqual(shownBy('password'), ['b']);
    assert.deepEqual(shownBy('printer fd00'), []);
    assert.deepEqual([model.shown, model.total], [0, 2]);
  });

  it('keeps the objects of its rows as long as the rows are there', () => {
    const model = new AnomalyModel();
    model.grouping = 'host';
    model.update([finding({ id: 'a' })], 'run');
    const [group] = model.roots;
    const row = group?.children[0];
    model.update([finding({ id: 'a', severity: 'critical' }), finding({ id: 'b' })], 'run');
    assert.equal(model.roots[0], group);
    assert.equal(model.findFinding('a'), row);
    assert.equal(row?.severity, 'critical');
  });
});

function text(node: AnomalyNode): unknown {
  return [node.id, node.label, node.description, node.children.map(text)];
}

function rows(node: AnomalyNode): string[] {
  return [`${node.id} ${node.label} ${node.description}`, ...node.children.flatMap(rows)];
}

function rowIds(node: AnomalyNode): string[] {
  return [node.id, ...node.children.flatMap(rowIds)];
}
