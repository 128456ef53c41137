import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { Engine } from '../../../../src/core/engine/engine';
import { columnIndex } from '../../../../src/core/features/columns';
import { FlowMeteringDetector } from '../../../../src/core/features/flowMetering';
import { FlowMeter, summaries } from '../../../../src/core/flows/flowMeter';
import { filler, rawPacket, tcpFrame, udpFrame } from '../../../support/packets';
import type { RawPacket } from '../../../../src/core/pcap/rawPacket';

const client = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 80 };
const server = { source: '10.0.0.2', destination: '10.0.0.1', sourcePort: 80, destinationPort: 4000 };

function measure(packets: RawPacket[], activeMs?: number): Record<string, number>[] {
  const meters = new FlowMeteringDetector();
  const rows: Record<string, number>[] = [];
  const ids = ['duration', 'forwardPackets', 'backwardPackets', 'forwardBytes', 'backwardBytes', 'forwardLengthMax'];
  const engine = new Engine({
    localAddresses: [],
    detectors: [meters],
    ...(activeMs === undefined ? {} : { flowTimeouts: { activeMs } }),
    onFlowEnd: (_, flow) => {
      const values = meters.columnsOf(flow);
      rows.push(Object.fromEntries([...ids, 'syn', 'rst', 'protocol'].map((id) => [id, values[columnIndex(id)]!])));
    },
  });
  for (const [i, packet] of packets.entries()) engine.push({ ...packet, number: i + 1 });
  engine.finish();
  return rows;
}

const at = (seconds: number): { seconds: number } => ({ seconds: 1_700_000_000 + seconds });

describe('metering of flows', () => {
  it('counts no padding of the frame', () => {
    const frame = tcpFrame({ ...client, flags: 'S' });
    const padded = new Uint8Array(60);
    padded.set(frame);
    const [row] = measure([rawPacket(padded, at(0))]);
    assert.deepEqual({ bytes: row!['forwardBytes'], packets: row!['forwardPackets'] }, { bytes: 0, packets: 1 });
  });

  it('measures a flow of one packet', () => {
    const [row] = measure([rawPacket(udpFrame({ ...client, destinationPort: 53 }, filler(30, 1)), at(0))]);
    assert.equal(row!['forwardBytes'], 30);
    assert.equal(row!['duration'], 0);
    assert.equal(row!['protocol'], 17);
  });

  it('takes the receiver of a SYN/ACK that comes first for the opener', () => {
    const [row] = measure([
      rawPacket(tcpFrame({ ...server, flags: 'SA' }), at(0)),
      rawPacket(tcpFrame({ ...client, flags: 'A' }, filler(10, 1)), at(1)),
    ]);
    assert.equal(row!['forwardBytes'], 10);
    assert.equal(row!['backwardPackets'], 1);
  });

  it('cuts a flow at 120 s and keeps its direction, when rows are cut there, too', () => {
    const rows = measure(
      [
        rawPacket(udpFrame(client, filler(10, 1)), at(0)),
        rawPacket(udpFrame(server, filler(20, 1)), at(60)),
        rawPacket(udpFrame(server, filler(40, 1)), at(121)),
        rawPacket(udpFrame(client, filler(80, 1)), at(122)),
      ],
      120_000,
    );
    assert.deepEqual(
      rows.map((r) => [r['forwardBytes'], r['backwardBytes'], r['duration']]),
      [
        [10, 20, 60e6],
        [80, 40, 1e6],
      ],
    );
  });

  it('gives no negative time when the clock is set back', () => {
    const [row] = measure([
      rawPacket(udpFrame(client, filler(1, 1)), at(10)),
      rawPacket(udpFrame(server, filler(1, 1)), at(5)),
      rawPacket(udpFrame(client, filler(1, 1)), at(11)),
    ]);
    assert.equal(row!['duration'], 1e6);
  });

  it('sums to mean and deviation as the textbook does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 65_000 }), { minLength: 1, maxLength: 60 }), (lengths) => {
        const meter = new FlowMeter();
        for (const [i, length] of lengths.entries()) {
          if (i === 0) meter.start(0, true, length, 0);
          else meter.add(i, true, length, 0);
        }
        const mean = lengths.reduce((x, y) => x + y, 0) / lengths.length;
        const variance = lengths.reduce((x, y) => x + (y - mean) ** 2, 0) / Math.max(1, lengths.length - 1);
        assert.ok(Math.abs(meter.mean(summaries.forwardLength) - mean) < 1e-6);
        assert.ok(Math.abs(meter.deviation(summaries.forwardLength) - Math.sqrt(variance)) < 1e-3);
        assert.equal(meter.maximum(summaries.forwardLength), Math.max(...lengths));
        assert.equal(meter.minimum(summaries.forwardLength), Math.min(...lengths));
      }),
    );
  });
});
