import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { samplePath } from '../support/samples';

const dist = path.resolve(__dirname, '../../dist');

/**
 * What keeps ONNX Runtime quiet besides: on build servers and in its own tests it reports nothing, and then this test would
 * see nothing either.
 */
const quietAnyway = /^(CI|TF_BUILD|GITHUB_ACTIONS|GITLAB_CI|BUILD_|JENKINS|TRAVIS|CIRCLECI|CODEBUILD|TEAMCITY|ORT_)/;

describe('ONNX Runtime', function () {
  this.timeout(60_000);
  let home: string;

  before(function () {
    if (existsSync(path.join(dist, 'onnxruntime/onnxruntime_binding.node'))) return;
    console.log('skipped: ONNX Runtime has no binary for this platform');
    this.skip();
  });
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'nta-home-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const filesAfter = (...args: string[]): string[] => {
    const kept = Object.entries(process.env).filter(([name]) => !quietAnyway.test(name) && !name.startsWith('XDG_'));
    const env = { ...Object.fromEntries(kept), HOME: home };
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
    return readdirSync(home, { recursive: true, encoding: 'utf8' });
  };

  it('scores flows without an identifier of the machine or reports to be sent in the home folder', () => {
    assert.deepEqual(filesAfter(path.join(dist, 'cli.js'), 'analyze', samplePath('web-browsing.pcap')), []);
  });
});
