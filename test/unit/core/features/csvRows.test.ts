import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { columnIndex, columns } from '../../../../src/core/features/columns';
import type { RowKind } from '../../../../src/core/features/columns';
import { CsvLineReader } from '../../../../src/core/features/csvLine';
import { CsvFormatError, readCsvHeader, readCsvRow, splitCsv } from '../../../../src/core/features/csvRows';
import { classOfLabel, familyOfLabel } from '../../../../src/core/features/labels';
import { features, writeFeatures } from '../../../../src/core/features/features';

function headerOf(kind: RowKind, change: (name: string) => string = (name) => name): string {
  return [...columns.flatMap((c) => c.names[kind] ?? []).map(change), 'Label'].join(',');
}

/** A row with the given columns; all others are 0. */
function read(kind: RowKind, values: Record<string, string>): Float64Array {
  const layout = readCsvHeader(headerOf(kind));
  const cells = columns.flatMap((c) => (c.names[kind] === null ? [] : [values[c.id] ?? '0']));
  const row = new Float64Array(columns.length);
  readCsvRow([...cells, 'BENIGN'], layout, row);
  return row;
}

describe('rows of CICIDS2017 files', () => {
  it('knows both kinds by their header, with leading spaces, another case and a byte order mark', () => {
    assert.equal(readCsvHeader(headerOf('official', (n) => ` ${n}`)).kind, 'official');
    assert.equal(readCsvHeader(`\uFEFF${headerOf('improved', (n) => n.toUpperCase())}\r`).kind, 'improved');
    assert.equal(readCsvHeader(headerOf('cse2018')).kind, 'cse2018');
  });

  it('takes a name that is there twice', () => {
    const layout = readCsvHeader(`Flow Duration,${headerOf('official')}`);
    assert.equal(layout.kind, 'official');
    assert.equal(layout.width, splitCsv(headerOf('official')).length + 1);
  });

  it('names the missing column, and says when it is another table altogether', () => {
    const missing = headerOf('improved').replace('Fwd IAT Max,', '');
    assert.throws(() => readCsvHeader(missing), /"Fwd IAT Max" is missing.*improved/);
    assert.throws(() => readCsvHeader('time,source,destination'), /no table of CICIDS2017 flows/);
    assert.throws(() => readCsvHeader(''), CsvFormatError);
  });

  it('reads Infinity, NaN, empty cells and times before 0 as 0', () => {
    for (const odd of ['Infinity', 'NaN', '', 'inf', '-1']) {
      assert.equal(read('improved', { gapMean: odd })[columnIndex('gapMean')], 0, odd);
    }
  });

  it('refuses a cell that is no number, and a row that is too short, with words for both', () => {
    assert.throws(() => read('improved', { gapMean: 'seventeen' }), /"seventeen" in the column "Flow IAT Mean"/);
    const layout = readCsvHeader(headerOf('improved'));
    assert.throws(() => readCsvRow(['1', '2'], layout, new Float64Array(columns.length)), /2 cells/);
  });

  it('takes the padding of Ethernet frames out of official TCP rows, and out of no others', () => {
    const padded = {
      initialWindow: '8192',
      backwardBytes: '6',
      backwardLengthMax: '6',
      backwardLengthMin: '6',
      backwardLengthMean: '6',
      forwardLengthMax: '447',
      forwardLengthMin: '6',
    };
    const row = read('official', padded);
    assert.equal(row[columnIndex('backwardBytes')], 0);
    assert.equal(row[columnIndex('backwardLengthMean')], 0);
    assert.equal(row[columnIndex('forwardLengthMax')], 447);
    assert.equal(row[columnIndex('forwardLengthMin')], 0);
    assert.equal(read('official', { ...padded, initialWindow: '-1' })[columnIndex('backwardBytes')], 6);
    assert.equal(read('improved', padded)[columnIndex('backwardBytes')], 6);
  });

  it('finds the flags of official rows where the tool really put them', () => {
    const layout = readCsvHeader(headerOf('official'));
    const names = splitCsv(headerOf('official'));
    const at = (id: string): string | undefined => names[layout.positions[columnIndex(id)]!];
    assert.equal(at('firstSyn'), 'PSH Flag Count');
    assert.equal(at('firstRst'), 'FIN Flag Count');
    assert.equal(at('firstFin'), 'URG Flag Count');
  });

  it('never gives a feature that is no number, whatever the cells hold', () => {
    const cell = fc.oneof(
      fc.double({ noNaN: false }).map(String),
      fc.constantFrom('', 'NaN', 'Infinity', '-1', '1e308'),
      fc.integer().map(String),
    );
    fc.assert(
      fc.property(
        fc.constantFrom<RowKind>('official', 'improved'),
        fc.dictionary(fc.constantFrom(...columns.map((c) => c.id)), cell),
        (kind, values) => {
          const into = new Float32Array(features.length);
          writeFeatures(read(kind, values), into, 0);
          // Single precision may overflow to Infinity only for values that no flow has.
          assert.ok(into.every((x) => !Number.isNaN(x)));
        },
      ),
    );
  });
});

describe('lines of CICIDS2017 files', () => {
  const cell = fc.oneof(
    fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
    fc.integer().map(String),
    fc.tuple(fc.integer({ min: -999, max: 999_999 }), fc.nat(999)).map(([whole, part]) => `${whole}.${part}`),
    fc.constantFrom('', ' ', ' 7', '007.50', '-0', '-0.0', '.5', '5.', '1.2.3', '-', '1e3', '1.20E+08', 'Infinity', 'NaN', 'inf', 'x', '1 2', '"8"', '123456789012345', '1234567890123456', '103.02439024390243', '0.00000000000000000012'), // prettier-ignore
  );
  for (const kind of ['official', 'improved'] as const) {
    const layout = readCsvHeader(headerOf(kind));

    it(`are read as their cells are, whatever is in them (${kind})`, () => {
      const reader = new CsvLineReader(layout);
      const reads = (work: (into: Float64Array) => string): unknown => {
        const into = new Float64Array(columns.length);
        try {
          return [work(into), ...into];
        } catch (error) {
          assert.ok(error instanceof CsvFormatError, String(error));
          return error.message;
        }
      };
      const odd = fc.array(fc.tuple(fc.nat(layout.width - 1), cell), { maxLength: 6 });
      fc.assert(
        fc.property(odd, fc.nat(layout.width + 2), fc.constantFrom('', '\r', '\r\n'), (changes, cut, end) => {
          const cells = Array.from({ length: layout.width }, (_, i) => (i === layout.label ? 'Bot' : String(i * 3)));
          for (const [at, text] of changes) cells[at] = text;
          // Mostly whole rows, some too short, some with a cell too many.
          const line =
            [...(cut < 4 ? cells.slice(0, -1 - cut) : cells), ...(cut === 5 ? ['more'] : [])].join(',') + end;
          const byCells = reads((into) => {
            const split = splitCsv(line);
            readCsvRow(split, layout, into);
            return split[layout.label] ?? '';
          });
          assert.deepEqual(reads((into) => reader.read(line, into)), byCells); // prettier-ignore
        }),
        { numRuns: 2000 },
      );
    });
  }
});

describe('labels', () => {
  it('of web attacks are known with any dash', () => {
    for (const dash of ['-', '\u2013', '\u0096', '\uFFFD', '\u00ef\u00bf\u00bd', '']) {
      assert.equal(classOfLabel(`Web Attack ${dash} XSS`), 'Web Attack - XSS');
    }
    assert.equal(classOfLabel(' Web Attack \u2013 Sql Injection'), 'Web Attack - Sql Injection');
    assert.equal(classOfLabel('Web Attack - SQL Injection'), 'Web Attack - Sql Injection');
  });

  it('of both kinds name the same classes', () => {
    assert.equal(classOfLabel('Botnet'), 'Bot');
    assert.equal(classOfLabel('Portscan'), 'PortScan');
    assert.equal(classOfLabel('DoS Slowloris'), 'DoS slowloris');
    assert.equal(classOfLabel('Infiltration - Portscan'), 'Infiltration - Portscan');
    assert.equal(classOfLabel('Coffee'), null);
  });

  it('that name a family only have no class', () => {
    assert.equal(classOfLabel('DoS'), null);
    assert.equal(familyOfLabel('DoS'), 'DoS');
    assert.equal(familyOfLabel('BruteForce'), 'BruteForce');
    assert.equal(familyOfLabel('Heartbleed'), 'DoS');
  });
});
