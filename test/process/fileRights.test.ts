import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import { AnalyzerFailure, AnalyzerProcess } from '../support/analyzerProcess';
import { samplePath } from '../support/samples';

const nobody = '65534';

/** Words in front of a command that take root's rights from it; null where that cannot be done, none for somebody else. */
function asNobody(): string[] | null {
  if (process.getuid?.() !== 0) return [];
  const wrapper = ['setpriv', '--reuid', nobody, '--regid', nobody, '--clear-groups'];
  const [program = '', ...words] = wrapper;
  const bundle = path.resolve(__dirname, '../../dist/analyzer.js');
  return spawnSync(program, [...words, 'test', '-r', bundle]).status === 0 ? wrapper : null;
}

describe('captures that may only be read, or not even that', () => {
  let analyzer: AnalyzerProcess;
  let folder: string;
  let file: string;

  before(function () {
    if (asNobody() !== null) return;
    console.log('      skipped: root reads everything, and setpriv or the way to dist is closed for nobody');
    this.skip();
  });
  beforeEach(() => {
    analyzer = new AnalyzerProcess(asNobody() ?? []);
    folder = mkdtempSync(path.join(tmpdir(), 'nta-rights-'));
    chmodSync(folder, 0o755);
    file = path.join(folder, 'capture.pcap');
    copyFileSync(samplePath('port-scan.pcap'), file);
  });
  afterEach(async () => {
    await analyzer.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = () => analyzer.request({ type: 'openFile', run: 'r1', path: file, rules: defaultRuleSettings });

  it('reads a file of mode 0444 in a folder that it may not write to, and leaves both as they were', async () => {
    chmodSync(file, 0o444);
    chmodSync(folder, 0o555);
    const before = statSync(file);
    await open();
    await analyzer.event((e) => (e.type === 'snapshot' && e.snapshot.state === 'finished' ? true : null), 60_000);
    const page = await analyzer.request({ type: 'getPackets', from: 0, count: 5, filter: 'tcp' });
    assert.equal(page.rows.length, 5);
    const after = statSync(file);
    assert.deepEqual([after.mtimeMs, after.size, after.mode], [before.mtimeMs, before.size, before.mode]);
  });

  it('says that it may not read a file of mode 0000, and what to do', async () => {
    chmodSync(file, 0o000);
    await assert.rejects(open(), (error: unknown) => {
      assert.ok(error instanceof AnalyzerFailure);
      assert.equal(error.error.code, 'FILE_UNREADABLE');
      assert.equal(error.error.message, `${file}: permission denied.`);
      assert.match(error.error.hint, /permissions/);
      return true;
    });
  });
});
