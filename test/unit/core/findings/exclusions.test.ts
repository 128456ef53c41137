import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AddressRange } from '../../../../src/core/findings/addressRange';
import { expiredExclusions, parseExclusions, silence } from '../../../../src/core/findings/exclusions';
import { parseJson, placeOf } from '../../../../src/core/findings/jsonText';
import type { JsonFailure, JsonNode } from '../../../../src/core/findings/jsonText';
import type { Finding } from '../../../../src/protocol/finding';
import { finding as anyFinding } from '../../extension/support/findings';

const rules = ['port-scan', 'brute-force'];
const nowMs = Date.parse('2026-11-23T12:00:00Z');

function file(...entries: object[]): string {
  return JSON.stringify({ exclusions: entries }, null, 2);
}

function told(text: string, ...findings: Finding[]): string[] {
  const { exclusions } = parseExclusions(text, rules);
  return silence(findings, exclusions, nowMs).told.map(({ id }) => id);
}

describe('exclusions', () => {
  const scan = anyFinding({ id: 'scan', rule: 'port-scan', sources: ['10.0.0.7'], targets: ['10.0.1.1', '10.0.1.2'] });

  it('silence by rule, source and target, alone and together', () => {
    const reason = 'our scanner';
    for (const [entry, silences] of [
      [{ rule: 'port-scan' }, true],
      [{ source: '10.0.0.7' }, true],
      [{ target: '10.0.1.0/24' }, true],
      [{ rule: 'port-scan', source: '10.0.0.0/29', target: '10.0.1.0/30' }, true],
      [{ rule: 'brute-force' }, false],
      [{ source: '10.0.0.8' }, false],
      [{ target: '10.0.1.1' }, false],
      [{ rule: 'port-scan', source: '10.0.0.7', target: '10.0.2.0/24' }, false],
      [{ source: '::/0' }, false],
      [{ source: '0.0.0.0/0' }, true],
    ] as const) {
      assert.deepEqual(told(file({ ...entry, reason }), scan), silences ? [] : ['scan'], JSON.stringify(entry));
    }
  });

  it('never silence a finding with a stranger among its sources, or with none', () => {
    const entry = file({ source: '10.0.0.0/24', reason: 'r' });
    assert.deepEqual(told(entry, { ...scan, sources: ['10.0.0.7', '10.9.0.1'] }), ['scan']);
    assert.deepEqual(told(entry, { ...scan, sources: [] }), ['scan']);
  });

  it('count what each entry silences', () => {
    const { exclusions } = parseExclusions(
      file({ rule: 'brute-force', reason: 'a' }, { rule: 'port-scan', reason: 'b' }),
      rules,
    );
    const { silenced } = silence([scan, { ...scan, id: 'two' }], exclusions, nowMs);
    assert.deepEqual(silenced, [{ line: 7, reason: 'b', findings: 2 }]);
  });

  it('end with the day that they name, in UTC, and then say so', () => {
    const text = (expires: string): string => file({ rule: 'port-scan', reason: 'r', expires });
    assert.deepEqual(told(text('2026-11-23'), scan), []);
    assert.deepEqual(told(text('2026-11-22'), scan), ['scan']);
    const { exclusions, problems } = parseExclusions(text('2026-11-22'), rules);
    assert.deepEqual(problems, []);
    const [expired] = expiredExclusions(exclusions, nowMs);
    assert.equal(expired?.kind, 'expired');
    assert.equal(expired?.line, 3);
    assert.match(expired?.what ?? '', /ended on 2026-11-22/);
  });

  it('tell what is wrong, where, and what to do; the wrong entry has no effect and the others have', () => {
    for (const [entry, what, todo] of [
      [{ rule: 'port-scam', reason: 'r' }, /no rule "port-scam"/, /port-scan, brute-force/],
      [{ source: '10.0.0.256', reason: 'r' }, /"10\.0\.0\.256" is no address/, /10\.0\.0\.0\/24/],
      [{ source: '10.0.0.0/33', reason: 'r' }, /no address/, /network/],
      [{ source: 7, reason: 'r' }, /"source" is no text/, /double quotes/],
      [{ rule: 'port-scan' }, /reason is missing/, /why this is harmless/],
      [{ rule: 'port-scan', reason: '  ' }, /reason is missing/, /why/],
      [{ reason: 'r' }, /silence everything/, /Name a rule/],
      [{ rule: 'port-scan', reason: 'r', expires: '2026-02-30' }, /no date/, /2030-01-31/],
      [{ rule: 'port-scan', reason: 'r', until: '2026-02-03' }, /"until" is not known/, /expires/],
    ] as const) {
      const text = file({ source: '10.9.9.9', reason: 'right' }, entry);
      const { exclusions, problems } = parseExclusions(text, rules);
      assert.equal(problems.length, 1, JSON.stringify(problems));
      assert.match(problems[0]!.what, what);
      assert.match(problems[0]!.todo, todo);
      assert.ok(problems[0]!.line >= 7, `line ${problems[0]!.line}`);
      assert.deepEqual(
        exclusions.map(({ reason }) => reason),
        ['right'],
      );
    }
  });

  it('tell where a text is no JSON, and then silence nothing', () => {
    for (const [text, line, column] of [
      ['', 1, 1],
      ['{\n  "exclusions": [\n    { "rule": "port-scan", }\n  ]\n}', 3, 28],
      ['{"exclusions": [}', 1, 17],
      ['{"exclusions": []} x', 1, 20],
      ['{"exclusions": [01]}', 1, 17],
    ] as const) {
      const { exclusions, problems } = parseExclusions(text, rules);
      assert.deepEqual(exclusions, []);
      assert.deepEqual([problems[0]?.line, problems[0]?.column], [line, column], text);
    }
    assert.match(parseExclusions('[]', rules).problems[0]!.what, /no list of exclusions/);
  });

  it('survive any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.string().map((s) => `{"exclusions":[${s}]}`),
        ),
        (text) => {
          const { exclusions } = parseExclusions(text, rules);
          silence([scan], exclusions, nowMs);
        },
      ),
    );
  });
});

describe('AddressRange', () => {
  it('holds what its prefix says', () => {
    fc.assert(
      fc.property(
        fc.ipV4(),
        fc.integer({ min: 0, max: 32 }),
        fc.integer({ min: 0, max: 31 }),
        (address, length, bit) => {
          const range = AddressRange.parse(`${address}/${length}`)!;
          assert.ok(range.holds(address));
          const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
          const other = (number ^ (2 ** bit)) >>> 0;
          const text = [24, 16, 8, 0].map((shift) => (other >>> shift) & 255).join('.');
          assert.equal(range.holds(text), 31 - bit >= length, `${address}/${length} ${text}`);
        },
      ),
    );
    assert.ok(AddressRange.parse('fd00::/9')!.holds('fd7f::1'));
    assert.ok(!AddressRange.parse('fd00::/9')!.holds('fd80::1'));
    assert.ok(AddressRange.parse('02:00:00:AA:00:01')!.holds('02:00:00:aa:00:01'));
  });
});

describe('parseJson', () => {
  it('reads what JSON.parse reads, and refuses what it refuses', () => {
    const plain = (node: JsonNode): unknown => {
      if (node.kind === 'object') {
        return Object.fromEntries([...node.entries].map(([name, { value }]) => [name, plain(value)]));
      }
      return node.kind === 'array' ? node.items.map(plain) : node.value;
    };
    fc.assert(
      fc.property(
        fc.oneof(fc.json({ maxDepth: 4 }), fc.string({ unit: fc.constantFrom(...'{}[]",:0-e.tru \n\\u') })),
        (text) => {
          let wanted: unknown;
          let right = true;
          try {
            wanted = JSON.parse(text);
          } catch {
            right = false;
          }
          const node: JsonNode | JsonFailure = parseJson(text);
          if (node.kind === 'failure') assert.ok(!right || node.message.includes('twice'), text);
          else assert.deepEqual(plain(node), wanted);
        },
      ),
    );
    assert.deepEqual(placeOf('a\nbc\nd', 3), { line: 2, column: 2 });
  });
});
