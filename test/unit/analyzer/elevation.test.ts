import assert from 'node:assert/strict';
import type { ElevationHost, ElevationMethod, SilentExit } from '../../../src/analyzer/elevation';
import { classifySilentExit, planElevation } from '../../../src/analyzer/elevation';
import type { ElevationOptions } from '../../../src/protocol/analyzerMessages';
import { askpassMarkers } from '../../../src/protocol/askpass';

const host: ElevationHost = {
  platform: 'linux',
  isRoot: false,
  sudoPath: '/usr/bin/sudo',
  pkexecPath: '/usr/bin/pkexec',
  pkexecAnswers: true,
  envPath: '/usr/bin/env',
  setprivPath: '/usr/bin/setpriv',
  canBoundRights: true,
  environment: {
    PATH: '/bin',
    HOME: '/home/me',
    NODE_OPTIONS: '--require /tmp/x.js',
    LD_PRELOAD: '/tmp/x.so',
    SUDO_UID: '7',
  },
};
const rights = '--bounding-set=-all,+dac_read_search,+net_raw,+setgid,+setuid';
const programs = { runtimePath: '/opt/code/code', helperPath: '/ext/dist/capture-helper.js' };
const all: ElevationOptions = {
  methods: ['sudo -n', 'pkexec', 'sudo -A'],
  askpass: { program: '/ext/dist/askpass.sh', environment: { TOKEN: 't' } },
};
const methodsOf = (changes: Partial<ElevationHost>, options = all): ElevationMethod[] =>
  planElevation({ ...host, ...changes }, programs, options).map((step) => step.method);

describe('planElevation', () => {
  it('tries without rights first, then what was asked for, in that order and once', () => {
    assert.deepEqual(methodsOf({}), ['direct', 'sudo -n', 'pkexec', 'sudo -A']);
    const odd: ElevationOptions = { ...all, methods: ['pkexec', 'sudo -n', 'pkexec'] };
    assert.deepEqual(methodsOf({}, odd), ['direct', 'pkexec', 'sudo -n']);
    assert.deepEqual(methodsOf({}, { methods: [], askpass: null }), ['direct']);
  });

  it('leaves out what this machine does not have', () => {
    assert.deepEqual(methodsOf({ isRoot: true }), ['direct']);
    assert.deepEqual(methodsOf({ platform: 'win32' }), ['direct']);
    assert.deepEqual(methodsOf({ platform: 'darwin' }), ['direct', 'sudo -n', 'sudo -A']);
    assert.deepEqual(methodsOf({ pkexecPath: null }), ['direct', 'sudo -n', 'sudo -A']);
    assert.deepEqual(methodsOf({ pkexecAnswers: false }), ['direct', 'sudo -n', 'sudo -A']);
    assert.deepEqual(methodsOf({ sudoPath: null }), ['direct', 'pkexec']);
    assert.deepEqual(methodsOf({ envPath: null }), ['direct']);
    assert.deepEqual(methodsOf({}, { ...all, askpass: null }), ['direct', 'sudo -n', 'pkexec']);
  });

  it('starts fixed words by absolute paths, and sets the variable on the far side', () => {
    const [direct, silent, pkexec, asking] = planElevation(host, programs, all);
    const bounds = ['/usr/bin/setpriv', '--no-new-privs', rights, '--'];
    const helper = [
      ...bounds,
      '/usr/bin/env',
      'ELECTRON_RUN_AS_NODE=1',
      '/opt/code/code',
      '/ext/dist/capture-helper.js',
    ];
    assert.deepEqual([direct?.program, direct?.args], ['/opt/code/code', ['/ext/dist/capture-helper.js']]);
    assert.deepEqual([silent?.program, silent?.args], ['/usr/bin/sudo', ['-n', '--', ...helper]]);
    assert.deepEqual([pkexec?.program, pkexec?.args], ['/usr/bin/pkexec', ['--disable-internal-agent', ...helper]]);
    assert.equal(asking?.program, '/usr/bin/sudo');
    assert.deepEqual(asking?.args.slice(-9), ['--', ...helper]);
    assert.equal(asking?.environment['SUDO_ASKPASS'], '/ext/dist/askpass.sh');
  });

  it('gives sudo only what sudo-rs has, too, and leaves all of the question to it', () => {
    const steps = planElevation(host, programs, all).filter(({ method }) => method.startsWith('sudo'));
    const options = steps.map(({ args }) => args.slice(0, args.indexOf('--')));
    assert.deepEqual(options[0], ['-n']);
    // sudo(8) of both: %p is whose password it is.
    assert.deepEqual(options[1], ['-A', '-p', 'Password of %p, to capture network packets']);
    for (const { environment } of steps) assert.equal(environment['SUDO_PROMPT'], undefined);
  });

  it('does without setpriv, and without a smaller set of rights, where that cannot be had', () => {
    const wordsOf = (changes: Partial<ElevationHost>): string[] | undefined =>
      planElevation({ ...host, ...changes }, programs, all).find((step) => step.method === 'sudo -n')?.args;
    assert.deepEqual(wordsOf({ setprivPath: null })?.slice(0, 3), ['-n', '--', '/usr/bin/env']);
    const without = wordsOf({ canBoundRights: false });
    assert.deepEqual(without?.slice(0, 6), ['-n', '--', '/usr/bin/setpriv', '--no-new-privs', '--', '/usr/bin/env']);
  });

  it('passes the token to sudo -A only, and to nobody what changes what Node runs', () => {
    for (const step of planElevation(host, programs, all)) {
      assert.equal(step.environment['NODE_OPTIONS'], undefined);
      assert.equal(step.environment['LD_PRELOAD'], undefined);
      assert.equal(step.environment['SUDO_UID'], undefined);
      assert.equal(step.environment['HOME'], '/home/me');
      assert.equal(step.environment['TOKEN'], step.method === 'sudo -A' ? 't' : undefined);
    }
  });

  it('tells a helper of root whose root it is', () => {
    const [direct] = planElevation({ ...host, isRoot: true }, programs, all);
    assert.equal(direct?.environment['SUDO_UID'], '7');
  });

  it('waits longer where a person may be typing', () => {
    const [direct, silent, pkexec, asking] = planElevation(host, programs, all).map((step) => step.helloTimeoutMs);
    assert.deepEqual([direct, silent], [10_000, 10_000]);
    assert.ok((pkexec ?? 0) > 100_000 && (asking ?? 0) > 100_000);
  });
});

describe('classifySilentExit', () => {
  const cases: { title: string; method: ElevationMethod; exit: Partial<SilentExit>; code: string; stop: boolean }[] = [
    {
      title: 'a password is needed',
      method: 'sudo -n',
      exit: { stderr: 'sudo: a password is required\n' },
      code: 'NOT_PERMITTED',
      stop: false,
    },
    {
      title: 'sudo-rs refuses',
      method: 'sudo -n',
      exit: { stderr: 'sudo-rs: interactive authentication is required\n' },
      code: 'NOT_PERMITTED',
      stop: false,
    },
    {
      title: 'sudo-rs has no rule for this user',
      method: 'sudo -A',
      exit: { stderr: "sudo: I'm sorry me. I'm afraid I can't do that\n" },
      code: 'NOT_PERMITTED',
      stop: false,
    },
    {
      title: 'sudo-rs had three wrong passwords',
      method: 'sudo -A',
      exit: {
        stderr: `${askpassMarkers.answered}\nsudo: Authentication failed, try again.\nsudo: Maximum 3 incorrect authentication attempts\n`,
      },
      code: 'WRONG_PASSWORD',
      stop: true,
    },
    {
      title: 'a sudo-rs that cannot be given a program to ask',
      method: 'sudo -A',
      exit: { stderr: 'invalid option provided\nusage: sudo -h | -K | -k | -V\nusage: sudo [-BknS] …\n' },
      code: 'NOT_PERMITTED',
      stop: false,
    },
    {
      title: 'sudo wants a terminal',
      method: 'sudo -n',
      exit: { stderr: 'sudo: sorry, you must have a tty to run sudo\n' },
      code: 'NOT_PERMITTED',
      stop: false,
    },
    {
      title: 'the helper cannot be read',
      method: 'sudo -n',
      exit: { stderr: 'node:internal/modules\nError: Cannot find module\n' },
      code: 'HELPER_DIED',
      stop: true,
    },
    {
      title: 'root cannot reach the runtime',
      method: 'sudo -n',
      exit: { code: 126, stderr: "/usr/bin/env: '/tmp/.mount/code': Permission denied\n" },
      code: 'HELPER_DIED',
      stop: true,
    },
    {
      title: 'the person cancelled',
      method: 'sudo -A',
      exit: { stderr: `${askpassMarkers.cancelled}\nsudo: no password was provided\n` },
      code: 'CANCELLED',
      stop: true,
    },
    {
      title: 'wrong once, then cancelled',
      method: 'sudo -A',
      exit: {
        stderr: `${askpassMarkers.answered}\nSorry, try again.\n${askpassMarkers.cancelled}\nsudo: a password is required\n`,
      },
      code: 'CANCELLED',
      stop: true,
    },
    {
      title: 'three wrong passwords',
      method: 'sudo -A',
      exit: { stderr: `${askpassMarkers.answered}\nSorry, try again.\nsudo: 3 incorrect password attempts\n` },
      code: 'WRONG_PASSWORD',
      stop: true,
    },
    {
      title: 'a wrong password in another language',
      method: 'sudo -A',
      exit: { stderr: `${askpassMarkers.answered}\nsudo: 3 Fehlversuche bei der Passwort-Eingabe\n` },
      code: 'WRONG_PASSWORD',
      stop: true,
    },
    {
      title: 'not in sudoers',
      method: 'sudo -A',
      exit: { stderr: `${askpassMarkers.answered}\nme is not in the sudoers file.\n` },
      code: 'NOT_PERMITTED',
      stop: false,
    },
    {
      title: 'no askpass can be run',
      method: 'sudo -A',
      exit: { stderr: 'sudo: unable to run /x/askpass.sh: No such file\nsudo: no password was provided\n' },
      code: 'NOT_PERMITTED',
      stop: false,
    },
    {
      title: 'the dialog was dismissed',
      method: 'pkexec',
      exit: { code: 126, stderr: 'Error executing command as another user: Request dismissed\n' },
      code: 'CANCELLED',
      stop: true,
    },
    {
      title: 'not authorised',
      method: 'pkexec',
      exit: { code: 127, stderr: 'Error executing command as another user: Not authorized\n' },
      code: 'NOT_PERMITTED',
      stop: false,
    },
    {
      title: 'no agent',
      method: 'pkexec',
      exit: { code: 127, stderr: 'Error getting authority: no bus\n' },
      code: 'NOT_PERMITTED',
      stop: false,
    },
    {
      title: 'the runtime cannot be found',
      method: 'pkexec',
      exit: { code: 127, stderr: "/usr/bin/env: '/x': No such file or directory\n" },
      code: 'HELPER_DIED',
      stop: true,
    },
    {
      title: 'the runtime cannot be run',
      method: 'pkexec',
      exit: { code: 126, stderr: "/usr/bin/env: '/x': Permission denied\n" },
      code: 'HELPER_DIED',
      stop: true,
    },
    {
      title: 'rights cannot be taken away',
      method: 'pkexec',
      exit: { code: 127, stderr: 'setpriv: apply bounding set: Operation not permitted\n' },
      code: 'HELPER_DIED',
      stop: true,
    },
    { title: 'the helper crashed', method: 'pkexec', exit: { code: 139 }, code: 'HELPER_DIED', stop: true },
    {
      title: 'the interface went down at once',
      method: 'sudo -n',
      exit: { code: null, signal: 'SIGABRT' },
      code: 'INTERFACE_GONE',
      stop: true,
    },
    { title: 'a shell reports the abort', method: 'direct', exit: { code: 134 }, code: 'INTERFACE_GONE', stop: true },
    {
      title: 'the helper has a syntax error',
      method: 'direct',
      exit: { stderr: 'SyntaxError: x\n' },
      code: 'HELPER_DIED',
      stop: true,
    },
    {
      title: 'the runtime is not there',
      method: 'direct',
      exit: { code: null, spawnError: 'spawn ENOENT' },
      code: 'HELPER_DIED',
      stop: true,
    },
    {
      title: 'sudo was removed in the meantime',
      method: 'sudo -n',
      exit: { code: null, spawnError: 'spawn ENOENT' },
      code: 'HELPER_DIED',
      stop: false,
    },
  ];
  for (const { title, method, exit, code, stop } of cases) {
    it(`${method}: ${title} -> ${code}`, () => {
      const complete = { code: 1, signal: null, stderr: '', spawnError: null, ...exit };
      const result = classifySilentExit({ method, program: '/usr/bin/x' }, complete);
      assert.deepEqual([result.failure.code, result.stop], [code, stop]);
      assert.ok(result.failure.message !== '');
    });
  }
});
