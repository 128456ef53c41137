import assert from 'node:assert/strict';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import { packetTreeSchema } from '../../src/extension/client/packetTreeSchema';
import * as v from 'valibot';
import { AnalyzerProcess } from '../support/analyzerProcess';
import { samplePath } from '../support/samples';

describe('fields of one packet over the analyzer', function () {
  this.timeout(60_000);
  let analyzer: AnalyzerProcess;

  beforeEach(async () => {
    analyzer = new AnalyzerProcess();
    await analyzer.request({
      type: 'openFile',
      run: 'r1',
      path: samplePath('web-browsing.pcap.gz'),
      rules: defaultRuleSettings,
    });
    await analyzer.event((event) => (event.type === 'snapshot' && event.snapshot.state === 'finished' ? true : null));
  });
  afterEach(() => analyzer.close());

  it('come with relative sequence numbers, and agree with the row of the packet', async () => {
    const { rows } = await analyzer.request({ type: 'getPackets', from: 0, count: 200, filter: '' });
    const segment = rows.find(({ info }) => /\[ACK\] Seq=1 Ack=1 /.test(info));
    assert.ok(segment, 'no segment with relative numbers');
    const tree = await analyzer.request({ type: 'dissect', number: segment.number });
    assert.ok(v.is(packetTreeSchema, tree));
    const tcp = tree.fields.find(({ name }) => name === 'tcp');
    const value = (name: string) => tcp?.children.find((field) => field.name === name)?.raw;
    assert.deepEqual([value('tcp.seq'), value('tcp.ack')], [1, 1]);
    assert.equal(value('tcp.srcport'), segment.sourcePort);
    const frame = tree.fields[0]?.children.find(({ name }) => name === 'frame.time_delta');
    assert.equal(typeof frame?.raw, 'number');
  });

  it('are refused for a packet that is not there', async () => {
    await assert.rejects(analyzer.request({ type: 'dissect', number: 9_999_999 }), /There is no packet 9999999/);
  });
});
