import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { HelloLine } from '../../src/protocol/captureWire';
import { captureWireVersion } from '../../src/protocol/captureWire';
import type { DriverConfiguration } from './support/captureDriver';
import { Driver, startLine } from './support/driver';
import { TestNetwork } from './support/network';
import { Polkit } from './support/polkit';
import { cannotCapture, commandLine, eventually, hasProgram, Stage } from './support/stage';
import { TestUser } from './support/testUser';

describe('getting the permission to capture, as an unprivileged user', function () {
  this.timeout(90_000);
  let stage: Stage;
  let network: TestNetwork;
  let user: TestUser;
  const drivers: Driver[] = [];

  before(function () {
    const tools = ['sudo', 'pkexec', 'useradd', 'chpasswd', 'setpriv'].filter((name) => !hasProgram(name));
    const reason = cannotCapture() ?? (tools.length > 0 ? `not installed: ${tools.join(', ')}` : null);
    if (reason !== null) {
      console.log(`skipped: ${reason}`);
      this.skip();
    }
    stage = new Stage();
    network = new TestNetwork();
    user = new TestUser();
  });

  afterEach(async () => {
    for (const driver of drivers.splice(0)) await driver.dispose();
    assert.ok(await eventually(() => stage.processes().length === 0, 4000), 'something of the run is left behind');
  });

  after(() => {
    stage?.dispose();
    network?.dispose();
    user?.dispose();
  });

  const start = (configuration: Partial<DriverConfiguration>, hidden: string[] = [], variables = {}): Driver => {
    const driver = new Driver(stage, network, configuration, { user, hidden, variables });
    drivers.push(driver);
    return driver;
  };
  /** Fields of /proc/PID/status, each as its words. */
  const status = (pid: number): Map<string, string[]> =>
    new Map(
      readFileSync(`/proc/${pid}/status`, 'utf8')
        .split('\n')
        .map((line) => line.split(':'))
        .map(([name = '', value = '']) => [name, value.trim().split(/\s+/).filter(Boolean)]),
    );
  const netRaw = 1n << 13n;
  /** Nothing of root, looked at from outside; `rights` are the capabilities that may be left. */
  const assertIsUser = (pid: number, rights = 0n): void => {
    const fields = status(pid);
    assert.deepEqual(fields.get('Uid'), Array(4).fill(String(user.uid)));
    assert.deepEqual(fields.get('Gid'), Array(4).fill(String(user.gid)));
    assert.deepEqual(fields.get('Groups'), []);
    const set = (name: string): bigint => BigInt(`0x${fields.get(name)?.[0] ?? ''}`);
    for (const name of ['CapEff', 'CapPrm', 'CapInh', 'CapAmb']) assert.equal(set(name) & ~rights, 0n, name);
    // dac_read_search, setgid, setuid, net_raw: what a root that never came back could have had at most.
    assert.equal(set('CapBnd') & ~0x20c4n, 0n);
    assert.deepEqual(fields.get('NoNewPrivs'), ['1']);
  };

  it('reports NOT_PERMITTED, with what to do, when no other way is allowed', async () => {
    const { code, message, hint } = await start({}).next('failed');
    assert.equal(code, 'NOT_PERMITTED');
    assert.match(message, /nta0/);
    assert.match(hint, /networkTraffic\.capture\.elevation/);
  });

  it('asks for no password for an interface that is not there', async () => {
    user.allow('password');
    const driver = start({ start: startLine({ interface: 'nope0' }), methods: ['sudo -A'], answers: ['x'] });
    assert.equal((await driver.next('failed')).code, 'NO_SUCH_INTERFACE');
    assert.deepEqual(driver.all('asked'), []);
  });

  it('captures with sudo -n and gives root up', async () => {
    user.allow('nopasswd');
    const driver = start({ methods: ['sudo -n'] });
    const hello = await driver.next('hello');
    assert.equal(hello.elevation, 'sudo -n');
    assert.equal(hello.uid, user.uid);
    assertIsUser(hello.pid);
    const line = commandLine(hello.pid);
    assert.equal(line.trim(), `${process.execPath} ${stage.helperPath}`);
    await driver.next('stats');
    driver.stop();
    assert.equal((await driver.ended()).code, null);
  });

  for (const backend of ['tcpdump', 'dumpcap', 'cap'] as const) {
    describe(`with ${backend}`, () => {
      before(function () {
        if (backend === 'cap' || hasProgram(backend)) return;
        console.log(`skipped: ${backend} is not installed`);
        this.skip();
      });
      const idle = startLine({ filter: 'udp port 9', backend: backend === 'cap' ? 'cap' : 'stream' });
      const hidden = backend === 'dumpcap' ? ['tcpdump'] : [];

      it('gives root up, also in the program that captures', async () => {
        user.allow('nopasswd');
        const hello = await start({ methods: ['sudo -n'], start: idle }, hidden).next('hello');
        assert.equal(hello.line.backend, backend);
        assertIsUser(hello.pid);
        if (hello.line.capturePid !== null) assertIsUser(hello.line.capturePid, netRaw);
        assert.equal(hello.line.capturePid === null, backend === 'cap');
      });

      for (const victim of ['reader', 'sudo', 'helper', 'program'] as const) {
        // With cap the helper itself captures; there is no program.
        if (victim === 'program' && backend === 'cap') continue;
        it(`leaves nothing behind when the ${victim} is killed`, async () => {
          user.allow('nopasswd');
          const driver = start({ methods: ['sudo -n'], start: idle }, hidden);
          const { pid, line } = await driver.next('hello');
          const sudo = Number(status(pid).get('PPid')?.[0]);
          assert.match(commandLine(sudo), /sudo/);
          const pids = [sudo, pid, ...(line.capturePid === null ? [] : [line.capturePid])];
          if (victim === 'reader') driver.kill();
          else if (victim === 'sudo') process.kill(sudo, 'SIGKILL');
          else if (victim === 'helper') process.kill(pid, 'SIGKILL');
          else process.kill(line.capturePid ?? assert.fail('hello names no program'), 'SIGKILL');
          const isGone = (): boolean => pids.every((one) => commandLine(one) === '');
          assert.ok(await eventually(isGone, 4000), `still there: ${pids.map(commandLine).join('; ')}`);
          if (victim !== 'reader') assert.notEqual((await driver.ended()).code, null);
        });
      }
    });
  }

  it("reports a bad filter in libpcap's words from behind sudo", async () => {
    user.allow('nopasswd');
    const driver = start({ methods: ['sudo -n', 'pkexec'], start: startLine({ filter: 'tcp prot 80' }) });
    const failed = await driver.next('failed');
    assert.equal(failed.code, 'BAD_FILTER');
    assert.match(failed.message, /syntax error/);
  });

  it('captures with sudo -A and the password that a person gives', async () => {
    user.allow('password');
    const driver = start({ methods: ['sudo -n', 'sudo -A'], answers: [user.password] });
    const hello = await driver.next('hello');
    assert.equal(hello.elevation, 'sudo -A');
    assertIsUser(hello.pid);
    assert.match((await driver.next('asked')).prompt, new RegExp(user.name));
    for (const pid of stage.processes()) {
      const isDriver = commandLine(pid).includes(stage.driverPath);
      assert.ok(isDriver || !commandLine(pid).includes(user.password), 'the password is in the arguments of a process');
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
      assert.ok(!environment.includes(user.password), 'the password is in the environment of a process');
    }
    driver.stop();
    assert.equal((await driver.ended()).code, null);
    assert.ok(!driver.all('log').some((log) => log.message.includes(user.password)));
    for (const name of readdirSync(stage.directory, { recursive: true, encoding: 'utf8' })) {
      const file = path.join(stage.directory, name);
      if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) continue;
      assert.ok(!readFileSync(file, 'latin1').includes(user.password), `the password is in ${name}`);
    }
  });

  it('asks again after a wrong password', async () => {
    user.allow('password');
    const driver = start({ methods: ['sudo -A'], answers: ['wrong', user.password] });
    assert.equal((await driver.next('hello')).elevation, 'sudo -A');
    assert.match(driver.all('asked')[1]!.prompt, /not accepted/);
  });

  it('reports WRONG_PASSWORD after three wrong ones', async () => {
    user.allow('password');
    const driver = start({
      methods: ['sudo -A', 'pkexec'],
      answers: ['wrong', 'still wrong', 'wrong again', user.password],
    });
    assert.equal((await driver.next('failed', 40_000)).code, 'WRONG_PASSWORD');
    assert.equal(driver.all('asked').length, 3);
  });

  it('reports CANCELLED when the person gives no password, and tries nothing else', async () => {
    user.allow('password');
    const driver = start({ methods: ['sudo -A', 'pkexec'], answers: [null] });
    assert.equal((await driver.next('failed')).code, 'CANCELLED');
    assert.equal(driver.all('asked').length, 1);
    assert.ok(!driver.all('log').some((log) => log.message.startsWith('pkexec')));
  });

  it('reports NOT_PERMITTED for a user who is not in sudoers', async () => {
    user.allow('none');
    const driver = start({ methods: ['sudo -n', 'sudo -A'], answers: [user.password] });
    const failed = await driver.next('failed', 30_000);
    assert.equal(failed.code, 'NOT_PERMITTED');
    assert.match(failed.message, /sudoers/);
  });

  /** A screen, on which no desktop shows dialogs. */
  const screen = { DISPLAY: ':99' };

  it('goes on to the next way when pkexec has nobody to ask', async () => {
    user.allow('nopasswd');
    const driver = start({ methods: ['pkexec', 'sudo -n'] }, [], screen);
    assert.equal((await driver.next('hello', 30_000)).elevation, 'sudo -n');
    assert.ok(driver.all('log').some((log) => log.message.startsWith('pkexec: NOT_PERMITTED')));
  });

  it('reports NOT_PERMITTED when pkexec alone has nobody to ask', async () => {
    user.allow('none');
    const failed = await start({ methods: ['pkexec'] }, [], screen).next('failed', 30_000);
    assert.equal(failed.code, 'NOT_PERMITTED');
  });

  it('does not try pkexec without a screen of this session, on which its dialog would be seen', async () => {
    user.allow('nopasswd');
    for (const variables of [{}, { ...screen, SSH_CONNECTION: '192.0.2.1 50000 192.0.2.2 22' }]) {
      const driver = start({ methods: ['pkexec', 'sudo -n'] }, [], variables);
      assert.equal((await driver.next('hello', 30_000)).elevation, 'sudo -n');
      assert.ok(!driver.all('log').some((log) => log.message.includes('pkexec')));
    }
  });

  it('can be stopped while a password is being asked for', async () => {
    user.allow('password');
    const driver = start({ methods: ['sudo -A'], answers: ['wrong', 'wrong', 'wrong'] });
    await driver.next('asked');
    driver.stop();
    assert.equal((await driver.next('failed', 5000)).code, 'CANCELLED');
  });

  it('refuses a helper that stays root', async () => {
    user.allow('nopasswd');
    const impostor = path.join(stage.directory, 'impostor.js');
    const hello: HelloLine = {
      kind: 'hello',
      version: captureWireVersion,
      pid: 1,
      uid: 0,
      interface: 'x',
      linkType: 1,
      snapLengthBytes: 64,
      timestampSource: 'process',
      nanoseconds: false,
      backend: 'cap',
      dropCountsKnown: false,
      capturePid: null,
    };
    const line = JSON.stringify(hello);
    writeFileSync(impostor, `console.log(${JSON.stringify(line)}); process.stdin.resume();`);
    const driver = start({ helperPath: impostor });
    const failed = await driver.next('failed');
    assert.equal(failed.code, 'PROTOCOL');
    assert.match(failed.message, /user 0/);
  });

  describe('with a dumpcap that may capture by itself', () => {
    const hidden = ['tcpdump'];
    before(function () {
      const missing = ['dumpcap', 'setcap'].filter((name) => !hasProgram(name));
      if (missing.length > 0) {
        console.log(`skipped: not installed: ${missing.join(', ')}`);
        this.skip();
      }
      const copy = path.join(stage.directory, 'dumpcap');
      copyFileSync('/usr/bin/dumpcap', copy);
      execFileSync('setcap', ['cap_net_raw,cap_net_admin=eip', copy]);
      hidden.push(`dumpcap=${copy}`);
    });
    const idle = startLine({ filter: 'udp port 9' });

    it('captures without a word to sudo or to the person', async () => {
      user.allow('password');
      const driver = start({ methods: ['sudo -n', 'sudo -A'], answers: [user.password] }, hidden);
      const { line, elevation, uid } = await driver.next('hello');
      assert.deepEqual([line.backend, elevation, uid], ['dumpcap', 'direct', user.uid]);
      assert.deepEqual(driver.all('asked'), []);
      driver.stop();
      assert.equal((await driver.ended()).code, null);
    });

    for (const victim of ['reader', 'helper', 'program'] as const) {
      it(`leaves nothing behind when the ${victim} is killed`, async () => {
        const driver = start({ start: idle }, hidden);
        const { pid, line } = await driver.next('hello');
        const pids = [pid, line.capturePid ?? 0];
        assert.match(commandLine(pids[1]!), /dumpcap/);
        if (victim === 'reader') driver.kill();
        else process.kill(victim === 'helper' ? pid : pids[1]!, 'SIGKILL');
        assert.ok(await eventually(() => pids.every((one) => commandLine(one) === ''), 3000), 'something still runs');
      });
    }
  });

  describe('without the capture binding', () => {
    let bare: Stage;
    before(() => {
      bare = new Stage();
      rmSync(path.join(bare.dist, 'native'), { recursive: true });
    });
    after(() => bare?.dispose());

    it('reports BINDING_MISSING with the ABI, and asks for no password', async () => {
      user.allow('password');
      const driver = start({
        helperPath: bare.helperPath,
        start: startLine({ backend: 'cap' }),
        methods: ['sudo -n', 'sudo -A'],
        answers: [user.password],
      });
      const failed = await driver.next('failed');
      assert.equal(failed.code, 'BINDING_MISSING');
      assert.match(failed.message, new RegExp(`ABI ${process.versions.modules}`));
      assert.deepEqual(driver.all('asked'), []);
    });
  });

  describe('with a polkit that says yes', () => {
    const polkit = new Polkit();
    before(async function () {
      const reason = Polkit.missing() ?? ((await polkit.start(user.name)) ? null : 'no system bus could be started');
      if (reason === null) return;
      console.log(`skipped: ${reason}`);
      this.skip();
    });
    after(() => polkit.dispose());

    it('captures with pkexec, gives root up and stops', async () => {
      user.allow('none');
      const driver = start({ methods: ['pkexec'] });
      const hello = await driver.next('hello');
      assert.equal(hello.elevation, 'pkexec');
      assert.equal(hello.uid, user.uid);
      assertIsUser(hello.pid);
      driver.stop();
      assert.equal((await driver.ended()).code, null);
    });

    it('leaves nothing behind when its reader is killed', async () => {
      user.allow('none');
      const driver = start({ methods: ['pkexec'], start: startLine({ filter: 'udp port 9' }) });
      const { pid } = await driver.next('hello');
      driver.kill();
      assert.ok(await eventually(() => commandLine(pid) === '', 2000), 'the helper still runs');
    });
  });

  describe('with a helper that was changed on disk', () => {
    let changed: Stage;
    before(() => {
      changed = new Stage();
      appendFileSync(changed.helperPath, '\n// changed');
    });
    after(() => changed?.dispose());

    it('does not start it as root', async () => {
      user.allow('nopasswd');
      const driver = start({ helperPath: changed.helperPath, methods: ['sudo -n'] });
      const failed = await driver.next('failed');
      assert.equal(failed.code, 'INTERNAL');
      assert.match(failed.message, /capture-helper\.js is not the file that was built/);
      assert.deepEqual(driver.all('hello'), []);
    });
  });
});
