import assert from 'node:assert/strict';
import { flowEvents } from '../../../../src/core/flows/flow';
import { countForFlow } from '../../../../src/core/flows/flowAnalysis';
import { RtpJitter } from '../../../../src/core/flows/rtpJitter';
import type { FlowTcpAnalysis } from '../../../../src/protocol/capture';

function packet(sequence: number, timestamp: number, type = 0): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x80;
  bytes[1] = type;
  view.setUint16(2, sequence);
  view.setUint32(4, timestamp);
  view.setUint32(8, 0x1234_5678);
  return bytes;
}

describe('jitter of RTP', () => {
  it('is 0 for a steady sender, and grows by a sixteenth of what one packet is late', () => {
    const jitter = new RtpJitter();
    for (let index = 0; index < 20; index++) jitter.add(packet(65_530 + index, 160 * index), 0, 20_000 * index);
    assert.equal(jitter.milliseconds, 0);
    jitter.add(packet(65_550, 160 * 20), 0, 20_000 * 20 + 16_000);
    assert.equal(jitter.milliseconds, 1);
    jitter.add(packet(65_551, 160 * 21), 0, 20_000 * 21 + 16_000);
    assert.equal(jitter.milliseconds, 1 - 1 / 16);
  });

  it('is none for what is not RTP, or has a clock that only the signalling tells', () => {
    const chance = new RtpJitter();
    for (let index = 0; index < 20; index++) chance.add(packet(index * 7, index), 0, index);
    assert.equal(chance.milliseconds, null);
    const dynamic = new RtpJitter();
    for (let index = 0; index < 20; index++) dynamic.add(packet(index, 160 * index, 111), 0, 20_000 * index);
    assert.equal(dynamic.milliseconds, null);
  });
});

describe('tcp.analysis of one flow', () => {
  it('counts each name of a segment, and makes nothing for a connection without trouble', () => {
    const flow: { analysis: FlowTcpAnalysis | null } = { analysis: null };
    countForFlow(flow, flowEvents.opened | flowEvents.windowUpdate);
    assert.equal(flow.analysis, null);
    countForFlow(flow, flowEvents.suspectedRetransmission | flowEvents.fastRetransmission);
    countForFlow(flow, flowEvents.suspectedRetransmission | flowEvents.zeroWindow);
    assert.deepEqual(flow.analysis, {
      retransmissions: 2,
      fastRetransmissions: 1,
      spuriousRetransmissions: 0,
      outOfOrder: 0,
      duplicateAcks: 0,
      zeroWindows: 1,
      lostSegments: 0,
    });
  });
});
