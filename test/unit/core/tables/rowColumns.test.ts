import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RowColumns } from '../../../../src/core/tables/rowColumns';
import type { RowPlace } from '../../../../src/core/tables/rowColumns';

describe('rows kept by columns', () => {
  const shape = { numbers: 2, wholes: 1, references: 3 };
  const valuesOf = (place: RowPlace) => [
    place.number(0),
    place.number(1),
    place.whole(0),
    place.text(0),
    place.reference(1),
    place.text(2),
  ];

  it('give back what was set, whatever was set in the others', () => {
    const row = fc.tuple(fc.double(), fc.double(), fc.nat(0xffffffff), fc.string(), fc.option(fc.string()));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), fc.nat(1100), (values, empty) => {
        const rows = new RowColumns(shape, valuesOf);
        for (let at = 0; at < empty; at++) rows.add();
        for (const [first, second, whole, text, other] of values) {
          const place = rows.add();
          place.setNumber(0, first);
          place.setNumber(1, second);
          place.setWhole(0, whole);
          place.setReference(0, text);
          place.setReference(1, other);
        }
        assert.equal(rows.length, empty + values.length);
        const all = rows.all();
        assert.deepEqual(
          all.slice(empty),
          values.map(([first, second, whole, text, other]) => [first, second, whole, text, other, null]),
        );
        for (const nothing of all.slice(0, empty)) assert.deepEqual(nothing, [0, 0, 0, null, null, null]);
      }),
      { numRuns: 50 },
    );
  });
});
