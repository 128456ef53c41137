import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import type { DoctorReport } from '../../src/protocol/doctor';
import { cannotCapture, hasProgram, Stage } from './support/stage';
import { TestUser } from './support/testUser';

const cli = path.resolve(__dirname, '../../dist/cli.js');

describe('doctor on the command line', function () {
  this.timeout(60_000);
  let stage: Stage;
  let user: TestUser;

  before(function () {
    const tools = ['sudo', 'useradd', 'chpasswd', 'setpriv', 'tcpdump'].filter((name) => !hasProgram(name));
    const reason = cannotCapture() ?? (tools.length > 0 ? `not installed: ${tools.join(', ')}` : null);
    if (reason !== null || !existsSync(cli)) {
      console.log(`skipped: ${reason ?? 'dist/cli.js is missing: node esbuild.mjs'}`);
      this.skip();
    }
    stage = new Stage();
    cpSync(cli, path.join(stage.dist, 'cli.js'));
    user = new TestUser();
  });
  after(() => {
    stage?.dispose();
    user?.dispose();
  });

  const doctor = (words: string[], format = 'json'): { report: DoctorReport; status: number | null; text: string } => {
    const node = [process.execPath, path.join(stage.dist, 'cli.js'), 'doctor', '--format', format];
    const [program = '', ...args] = [...words, ...node];
    const environment = { PATH: '/usr/bin:/bin', HOME: '/' };
    const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8', env: environment, cwd: '/' });
    assert.equal(stderr, '');
    return { report: (format === 'json' ? JSON.parse(stdout) : null) as DoctorReport, status, text: stdout };
  };
  const found = (report: DoctorReport, name: string): string =>
    report.checks.find((check) => check.name === name)?.found ?? '';

  it('lets root capture', () => {
    const { report, status } = doctor([]);
    assert.deepEqual([report.verdict, report.command, status], ['ready', null, 0]);
    assert.match(found(report, 'capture library'), /^fits$/);
  });

  it('knows what sudo says to a user', () => {
    user.allow('nopasswd');
    assert.equal(doctor(user.command([])).report.verdict, 'ready');
    user.allow('password');
    const { report, status } = doctor(user.command([]));
    assert.deepEqual([report.verdict, status], ['asks', 0]);
    assert.match(found(report, 'sudo'), /asks for a password/);
    user.allow('none');
    const refused = doctor(user.command([]));
    assert.deepEqual([refused.report.verdict, refused.status], ['blocked', 1]);
    assert.match(refused.report.summary, new RegExp(`${user.name} is not in sudoers`));
  });

  it('sees that no program may gain rights', () => {
    user.allow('nopasswd');
    const { report } = doctor(['setpriv', '--no-new-privs', '--', ...user.command([])]);
    assert.equal(report.verdict, 'blocked');
    assert.match(report.summary, /NoNewPrivs/);
  });

  it('sees that not even root may capture', () => {
    const { report } = doctor(['setpriv', '--bounding-set=-net_raw', '--']);
    assert.equal(report.verdict, 'blocked');
    assert.match(report.command ?? '', /--cap-add=NET_RAW/);
  });

  it('sees that a process has the right already', () => {
    const ids = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
    const { report } = doctor(['setpriv', ...ids, '--inh-caps=+net_raw', '--ambient-caps=+net_raw', '--']);
    assert.equal(report.verdict, 'ready');
    assert.match(report.summary, /CAP_NET_RAW/);
  });

  it('writes for people as well', () => {
    user.allow('password');
    assert.match(doctor(user.command([]), 'text').text, /^The editor will ask for the password.*\n/);
  });
});
