import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Engine } from '../../../../src/core/engine/engine';
import { columns } from '../../../../src/core/features/columns';
import { readCsvHeader, readCsvRow, splitCsv } from '../../../../src/core/features/csvRows';
import { FlowMeteringDetector } from '../../../../src/core/features/flowMetering';
import { writeFeatures, features } from '../../../../src/core/features/features';
import { readCapture } from '../../../support/readCapture';

const data = path.resolve(__dirname, '../../../../../shared/data');
const capture = path.join(data, 'pcaps/ndpi/WebattackSQLinj.pcap');
const rowsFile = path.join(data, 'cicids2017/parity/webattack_sqlinj_improved_rows.csv');

/** Columns of every flow of the capture, by the opener's port. */
function measured(): Map<number, Float64Array> {
  const meters = new FlowMeteringDetector();
  const flows = new Map<number, Float64Array>();
  const engine = new Engine({
    localAddresses: [],
    detectors: [meters],
    onFlowEnd: (row, flow) => flows.set(row.aPort ?? -1, meters.columnsOf(flow).slice()),
  });
  for (const packet of readCapture(readFileSync(capture)).packets) engine.push(packet);
  engine.finish();
  return flows;
}

describe('features of a real slice of CICIDS2017', () => {
  before(function () {
    if (existsSync(capture) && existsSync(rowsFile)) return;
    console.log('      skipped: ../shared/data has no WebattackSQLinj.pcap or no parity rows');
    this.skip();
  });

  it('equal the nine improved rows in every column that is read', () => {
    const [header = '', ...lines] = readFileSync(rowsFile, 'utf8').trim().split('\n');
    const layout = readCsvHeader(header);
    assert.equal(layout.kind, 'improved');
    const port = splitCsv(header).indexOf('Src Port');
    const flows = measured();
    assert.equal(lines.length, 9);
    const expected = new Float64Array(columns.length);
    for (const line of lines) {
      const cells = splitCsv(line);
      readCsvRow(cells, layout, expected);
      const found = flows.get(Number(cells[port]));
      assert.ok(found, `no flow from port ${cells[port]}`);
      for (const [i, column] of columns.entries()) {
        if (column.names.improved === null) continue;
        const [x, y] = [found[i]!, expected[i]!];
        assert.ok(Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(y)), `${column.id}: ${x}, in the row ${y}`);
      }
      const [mine, theirs] = [new Float32Array(features.length), new Float32Array(features.length)];
      writeFeatures(found, mine, 0);
      writeFeatures(expected, theirs, 0);
      for (const [i, feature] of features.entries()) {
        const close = Math.abs(mine[i]! - theirs[i]!) <= 1e-6 * Math.max(1, Math.abs(theirs[i]!));
        assert.ok(close, `${feature.id}: ${mine[i]}, from the row ${theirs[i]}`);
      }
    }
  });

  it('hold what the rows say of all packets together, worked out from the two directions', () => {
    const [header = '', ...lines] = readFileSync(rowsFile, 'utf8').trim().split('\n');
    const layout = readCsvHeader(header);
    const names = splitCsv(header);
    const row = new Float64Array(columns.length);
    const values = new Float32Array(features.length);
    const shared = { lengthMean: 'Packet Length Mean', lengthStd: 'Packet Length Std', packetRatio: 'Down/Up Ratio' };
    for (const line of lines) {
      const cells = splitCsv(line);
      readCsvRow(cells, layout, row);
      writeFeatures(row, values, 0);
      for (const [id, name] of Object.entries(shared)) {
        const expected = Number(cells[names.indexOf(name)]);
        const found = values[features.findIndex((f) => f.id === id)]!;
        assert.ok(Math.abs(found - expected) <= 1e-6 * Math.max(1, expected), `${name}: ${found}, not ${expected}`);
      }
    }
  });
});
