import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Snapshot } from '../../src/protocol/snapshot';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import { AnalyzerProcess } from '../support/analyzerProcess';
import { samplePath } from '../support/samples';

describe('figures of a part of a capture', function () {
  this.timeout(60_000);
  let analyzer: AnalyzerProcess;
  let folder: string;

  beforeEach(() => {
    analyzer = new AnalyzerProcess();
    folder = mkdtempSync(path.join(tmpdir(), 'nta-part-'));
  });
  afterEach(async () => {
    await analyzer.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (file: string): Promise<Snapshot> => {
    await analyzer.request({ type: 'openFile', run: file, path: file, rules: defaultRuleSettings });
    return analyzer.event((event) =>
      event.type === 'snapshot' && event.snapshot.run === file && event.snapshot.state === 'finished'
        ? event.snapshot
        : null,
    );
  };

  it('of a host are those of a capture of its packets alone', async () => {
    const whole = await open(samplePath('web-browsing.pcap'));
    const host = whole.talkers[1]?.address ?? '';
    const filter = `ip.addr == ${host}`;
    const part = await analyzer.request({ type: 'getOverview', filter, range: null });
    const copy = path.join(folder, 'host.pcap');
    await analyzer.request({ type: 'export', kind: 'packets.pcap', path: copy, filter });
    const alone = await open(copy);
    assert.ok(part.packets > 0 && part.packets < whole.packets);
    for (const name of [
      'packets',
      'originalBytes',
      'protocols',
      'latency',
      'loss',
      'talkers',
      'conversations',
    ] as const)
      assert.deepEqual(part[name], alone[name], name);
    assert.deepEqual([part.flows.total, part.complete], [alone.flows.total, true]);
    const packets = (series: Snapshot['series'] | null): number =>
      [...(series?.packets ?? [])].reduce((x, y) => x + y, 0);
    assert.equal(packets(part.series), alone.packets);
  });

  it('of a time and a host have rates of all times, and all else of that time', async () => {
    const whole = await open(samplePath('web-browsing.pcap'));
    assert.ok(whole.firstUs !== null && whole.clockUs !== null);
    const middleUs = Math.floor((whole.firstUs + whole.clockUs) / 2);
    const range = { fromUs: whole.firstUs, untilUs: middleUs };
    const filter = `ip.addr == ${whole.talkers[0]?.address ?? ''}`;
    const ask = (held: string, within: typeof range | null) =>
      analyzer.request({ type: 'getOverview', filter: held, range: within });
    const [all, both, time] = [await ask(filter, null), await ask(filter, range), await ask('', range)];
    assert.ok(both.packets > 0 && both.packets < all.packets && both.packets <= time.packets);
    assert.deepEqual(both.series?.packets, all.series?.packets);
    assert.equal(time.series, null);
  });

  it('fail when another part is asked for meanwhile, and for a filter that is none', async () => {
    await open(samplePath('web-browsing.pcap'));
    const ask = (filter: string) => analyzer.request({ type: 'getOverview', filter, range: null });
    const [first, second] = await Promise.allSettled([ask('tcp'), ask('udp')]);
    assert.equal(first.status, 'rejected');
    assert.equal(second.status, 'fulfilled');
    await assert.rejects(ask('no such filter'), /BAD_REQUEST/);
  });
});
