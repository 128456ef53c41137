import assert from 'node:assert/strict';
import { Engine } from '../../../../src/core/engine/engine';
import { reportMarkdown } from '../../../../src/core/export/reportMarkdown';
import { reportText } from '../../../../src/core/export/reportText';
import { engineLimits } from '../../../../src/core/limits';
import type { AnalysisReport } from '../../../../src/protocol/capture';
import { rawPacket, udpFrame } from '../../../support/packets';

/** The report of so many datagrams, each of a conversation of its own. */
function report(conversations: number): AnalysisReport {
  const engine = new Engine({ localAddresses: [] });
  for (let i = 0; i < conversations; i++) {
    const source = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
    const frame = udpFrame(
      { source, destination: '192.0.2.1', sourcePort: 4000, destinationPort: 9 },
      new Uint8Array(8),
    );
    engine.push(rawPacket(frame, { seconds: 1_700_000_000 + i / 1e6, number: i + 1 }));
  }
  engine.finish();
  return engine.report('flood.pcap', { format: 'pcap', linkTypes: ['ETHERNET'], damage: null });
}

describe('limits in a report', () => {
  it('are told in every form when they were hit, with how often', function () {
    this.timeout(60_000);
    const extra = 100;
    const full = report(engineLimits.conversations + extra);
    const hit = full.limits?.find(({ name }) => name === 'conversations');
    assert.ok(hit !== undefined, JSON.stringify(full.limits));
    assert.equal(hit.limit, engineLimits.conversations);
    assert.ok(hit.hits >= extra);
    assert.ok(reportText(full).includes(`conversations: ${hit.hits} beyond ${hit.limit}`));
    assert.ok(reportMarkdown(full).includes(`conversations: ${hit.hits} beyond ${hit.limit}`));
  });

  it('are not spoken of when none was', () => {
    const small = report(10);
    assert.equal(small.limits, undefined);
    assert.doesNotMatch(reportText(small) + reportMarkdown(small), /[Ll]imits/);
  });
});
