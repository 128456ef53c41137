import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { AnalysisReport } from '../../src/protocol/capture';
import type { Finding } from '../../src/protocol/finding';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import { AnalyzerProcess } from '../support/analyzerProcess';
import { captureRequest } from './support/captureRequest';
import { TestNetwork } from './support/network';
import { cannotCapture } from './support/stage';

const run = promisify(execFile);
const cli = path.resolve(__dirname, '../../dist/cli.js');

/** Without what is said because the machine that captured is a party to it, and without the link that a report adds. */
function asOfAFile(finding: Finding): object {
  return Object.fromEntries(Object.entries(finding).filter(([key]) => !['against', 'next', 'help'].includes(key)));
}

describe('findings of a live capture and of its spool', function () {
  this.timeout(60_000);
  let network: TestNetwork;
  let spool: string;
  let analyzer: AnalyzerProcess;

  before(function () {
    const reason = cannotCapture();
    if (reason !== null) {
      console.log(`skipped: ${reason}`);
      this.skip();
    }
    network = new TestNetwork();
  });
  after(() => network?.dispose());
  beforeEach(() => {
    spool = mkdtempSync(path.join(tmpdir(), 'nta-replay-'));
    const [program, args] = network.inClient();
    analyzer = new AnalyzerProcess([program, ...args]);
  });
  afterEach(async () => {
    await analyzer.close();
    rmSync(spool, { recursive: true, force: true });
  });

  const scan = async (first: number, last: number): Promise<void> => {
    const tries = `for p in $(seq ${first} ${last}); do (exec 3<>/dev/tcp/${network.serverAddress}/$p) 2>/dev/null; done; true`;
    const [program, args] = network.inClient('bash', '-c', tries);
    await run(program, args, { timeout: 20_000 });
  };
  const found = (least: number): Promise<Finding[]> =>
    analyzer.event((e) => (e.type === 'findings' && (e.findings[0]?.count ?? 0) >= least ? e.findings : null), 15_000);

  it('are the same; and what other settings would change is said while it goes on and after its end', async () => {
    await analyzer.request(captureRequest({ interfaces: [network.interface], spoolDirectory: spool }));
    await scan(9000, 9039);
    await found(40);
    const off = { ...defaultRuleSettings, disabled: ['port-scan'] };
    const during = await analyzer.request({ type: 'whatIf', rules: off });
    assert.ok(during.packets >= 80, `${during.packets} packets`);
    assert.deepEqual([during.added.length, during.removed.length, during.kept], [0, 1, 0]);

    await scan(9040, 9060);
    await found(61);
    await analyzer.request({ type: 'stop' });
    const packets = await analyzer.event((e) =>
      e.type === 'snapshot' && e.snapshot.state === 'finished' ? e.snapshot.packets : null,
    );
    const after = await analyzer.request({ type: 'whatIf', rules: defaultRuleSettings });
    assert.deepEqual([after.packets, after.complete], [packets, true]);
    assert.deepEqual([after.added, after.removed, after.changed, after.kept], [[], [], [], 1]);

    const live = analyzer.events.filter((e) => e.type === 'findings').at(-1)?.findings ?? [];
    assert.equal(live.length, 1);
    const [file, ...others] = readdirSync(spool).filter((name) => name.endsWith('.pcapng'));
    assert.deepEqual(others, []);
    const args = [cli, 'analyze', path.join(spool, file!), '--format', 'json'];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const { findings } = JSON.parse(stdout) as AnalysisReport;
    assert.deepEqual(findings.map(asOfAFile), live.map(asOfAFile));
  });
});
