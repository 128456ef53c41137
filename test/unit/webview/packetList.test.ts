import assert from 'node:assert/strict';
import type { PacketRow } from '../../../src/protocol/capture';
import { hexPattern } from '../../../src/protocol/packetFind';
import { fieldColumns, parsePacketLayout, usualLayout } from '../../../src/protocol/packetLayout';
import { Marks, maxMarks } from '../../../webview/capture-editor/marks';
import { columnsOf, packetTimeText } from '../../../webview/capture-editor/packetColumns';
import { compileFilter } from '../../../src/core/filter/displayFilter';

const row = (time: number, more: Partial<PacketRow> = {}): PacketRow => ({
  number: 7,
  time,
  source: 'a',
  destination: 'b',
  sourcePort: 1,
  destinationPort: null,
  protocol: 'tcp',
  length: 60,
  info: '',
  ...more,
});

describe('the columns of the packet list', () => {
  it('show times as they are wanted', () => {
    const now = row(1_700_000_000.25);
    const text = (format: Parameters<typeof packetTimeText>[2]) =>
      packetTimeText(now, row(1_700_000_000), format, 1_699_999_990);
    assert.equal(text('relative'), '10.250000');
    assert.equal(text('delta'), '0.250000');
    assert.equal(text('epoch'), '1700000000.250000');
    assert.equal(text('utc'), '2023-11-14 22:13:20.250000');
    assert.match(text('clock'), /^\d\d:\d\d:\d\d\.250000$/);
    assert.equal(packetTimeText(now, undefined, 'delta', 0), '–');
    assert.equal(packetTimeText(row(NaN), now, 'utc', 0), '–');
    assert.equal(packetTimeText(row(1e300), now, 'utc', 0), '–');
  });

  it('are those of the layout, in its order, with values of fields', () => {
    const layout = parsePacketLayout({
      columns: [
        { name: 'ip.ttl', widthPx: 80 },
        { name: 'info' },
        { name: 'tcp.window_size_value' },
        { name: 'label' },
      ],
      time: 'delta',
    });
    assert.deepEqual(fieldColumns(layout), ['ip.ttl', 'tcp.window_size_value']);
    const columns = columnsOf(layout, { firstSeconds: () => null, isMarked: () => true });
    const cells = columns.map((column) =>
      column.text(row(1, { fields: ['64', '\u202e512'], label: 'DNS', info: 'x' })),
    );
    assert.deepEqual(cells, ['64', 'x', '·512', 'DNS']);
    assert.equal(columns[0]?.widthPx, 80);
  });

  it('fall back to the usual ones when what is stored is wrong', () => {
    for (const wrong of [null, 7, {}, { columns: [] }, { columns: [{ name: 'a b' }, { name: 'constructor' }, null] }])
      assert.deepEqual(parsePacketLayout(wrong), usualLayout);
    const twice = parsePacketLayout({ columns: [{ name: 'info' }, { name: 'info', widthPx: -4 }], time: 'x' });
    assert.deepEqual(twice.columns, [{ name: 'info', widthPx: null }]);
    assert.equal(parsePacketLayout({ columns: [{ name: 'info', widthPx: 1e9 }] }).columns[0]?.widthPx, 1200);
    assert.equal(twice.time, 'clock');
  });
});

describe('marked packets', () => {
  it('are a display filter, neighbours as ranges', () => {
    let saved: number[] = [];
    const marks = new Marks([9, 4], (numbers) => (saved = numbers));
    for (const number of [5, 6, 20, 9]) assert.ok(marks.toggle(number));
    assert.deepEqual(saved, [4, 5, 6, 20]);
    assert.equal(marks.filter(), 'frame.number in {4..6, 20}');
    assert.equal(new Marks([], () => undefined).filter(), '');
  });

  it('are at most as many as a filter can list', () => {
    const all = Array.from({ length: 500 }, (_, index) => 2 * index + 1);
    const marks = new Marks(all, () => undefined);
    assert.equal(marks.size, maxMarks);
    assert.equal(marks.toggle(9999), false);
    assert.equal(compileFilter(marks.filter()).ok, true);
  });
});

describe('bytes to find', () => {
  it('are pairs of hexadecimal digits', () => {
    assert.deepEqual(hexPattern('16 03:01'), Uint8Array.of(0x16, 3, 1));
    assert.deepEqual(hexPattern('0x1603'), Uint8Array.of(0x16, 3));
    for (const wrong of ['', '1', 'xyz', '16 0']) assert.equal(hexPattern(wrong), null);
  });
});
