import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import { AnalyzerProcess } from '../support/analyzerProcess';
import { samplePath } from '../support/samples';

/** In the folders that Linux keeps programs in. */
function findProgram(name: string): string | null {
  return ['/usr/bin', '/usr/local/bin'].map((folder) => path.join(folder, name)).find(existsSync) ?? null;
}

describe('evidence of a finding, from the analyzer', () => {
  let analyzer: AnalyzerProcess;
  let folder: string;

  beforeEach(async () => {
    analyzer = new AnalyzerProcess();
    folder = mkdtempSync(path.join(tmpdir(), 'nta-test-'));
    await analyzer.request({
      type: 'openFile',
      run: 'r1',
      path: samplePath('port-scan.pcap'),
      rules: defaultRuleSettings,
    });
    await analyzer.event((e) => (e.type === 'snapshot' && e.snapshot.state === 'finished' ? e : null));
  });
  afterEach(async () => {
    await analyzer.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives packets by number, and leaves out what is not there', async () => {
    const { rows } = await analyzer.request({ type: 'getPacketsByNumber', numbers: [9, 3, 3, 400, 0, 10_000_000] });
    assert.deepEqual(
      rows.map(({ number }) => number),
      [3, 9, 400],
    );
    const page = await analyzer.request({ type: 'getPackets', from: 8, count: 1, filter: '' });
    assert.deepEqual(rows[1], page.rows[0]);
  });

  it('writes just these packets, with the finding as comments that tshark reads', async function () {
    const [tshark, capinfos] = [findProgram('tshark'), findProgram('capinfos')];
    if (tshark === null || capinfos === null) {
      console.log('      skipped: tshark and capinfos are not installed');
      return this.skip();
    }
    const file = path.join(folder, 'evidence.pcapng');
    const title = 'Scan of 10.0.0.2 – „Prüfung“ 🙂';
    const { rows, bytes } = await analyzer.request({
      type: 'exportEvidence',
      path: file,
      title,
      comment: 'What the finding says',
      packets: [3, 5, 400],
      flows: [],
    });
    assert.equal(rows, 3);
    assert.equal(statSync(file).size, bytes);
    const fields = spawnSync(tshark, ['-r', file, '-T', 'fields', '-e', 'frame.comment', '-e', 'frame.len'], {
      encoding: 'utf8',
    });
    const lines = fields.stdout.trimEnd().split('\n');
    assert.equal(lines.length, 3, fields.stderr);
    for (const line of lines) assert.ok(line.startsWith(`${title}\t`), line);
    assert.match(spawnSync(capinfos, ['-k', file], { encoding: 'utf8' }).stdout, /What the finding says/);
  });

  it('holds the packets of its flows as well, without a comment of their own', async () => {
    const flows = await analyzer.request({ type: 'getFlows', from: 0, count: 1 });
    const [flow] = flows.rows;
    assert.ok(flow !== undefined);
    const file = path.join(folder, 'evidence.pcapng');
    const { rows } = await analyzer.request({
      type: 'exportEvidence',
      path: file,
      title: 'packet of its own',
      comment: 'x',
      packets: [1],
      flows: [{ ...flow, transport: flow.protocol, a: flow.a }],
    });
    assert.equal(rows, flow.packetsAToB + flow.packetsBToA + 1);
    assert.equal(readFileSync(file).toString('latin1').split('packet of its own').length - 1, 1);
  });
});
