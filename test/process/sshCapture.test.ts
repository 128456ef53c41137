import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { AnalyzerEvent, StartCaptureRequest } from '../../src/protocol/analyzerMessages';
import type { Snapshot } from '../../src/protocol/snapshot';
import { AnalyzerFailure, AnalyzerProcess } from '../support/analyzerProcess';
import { readCapture } from '../support/readCapture';
import { captureRequest } from './support/captureRequest';
import { TestNetwork } from './support/network';
import { cannotCapture, eventually, hasProgram } from './support/stage';

const run = promisify(execFile);
const port = 2222;

/** A real sshd in one namespace, the analyzer in the other, with a home folder of its own for its keys. */
describe('a capture on a host of ssh', function () {
  this.timeout(60_000);
  let network: TestNetwork;
  let folder: string;
  let sshd: ChildProcess;
  let analyzer: AnalyzerProcess | null = null;
  const analyzers: AnalyzerProcess[] = [];
  let said = '';

  before(async function () {
    const missing = ['ssh', 'ssh-keygen', 'tcpdump'].filter((name) => !hasProgram(name));
    const sshdPath = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find((file) => existsSync(file));
    const reason =
      cannotCapture() ??
      (missing.length > 0 || sshdPath === undefined ? 'needs ssh, sshd, ssh-keygen and tcpdump' : null);
    if (reason !== null || sshdPath === undefined) {
      console.log(`skipped: ${reason}`);
      this.skip();
    }
    network = new TestNetwork();
    folder = mkdtempSync(path.join(tmpdir(), 'nta-ssh-'));
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const key = (name: string): void => {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(folder, name)]);
    };
    for (const name of ['host', 'user', 'stranger']) key(name);
    writeFileSync(path.join(folder, 'authorized_keys'), readFileSync(path.join(folder, 'user.pub')));
    const options = [
      ...['-D', '-e', '-f', '/dev/null', '-p', String(port), '-h', path.join(folder, 'host')],
      ...['PidFile=none', 'UsePAM=no', 'StrictModes=no', 'PermitRootLogin=prohibit-password'].flatMap((o) => ['-o', o]),
      ...['-o', `AuthorizedKeysFile=${path.join(folder, 'authorized_keys')}`],
    ];
    const [program, args] = network.inServer(sshdPath, ...options);
    sshd = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    sshd.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    assert.ok(await eventually(() => said.includes('Server listening'), 5000), said);
  });
  after(() => {
    sshd?.kill('SIGKILL');
    // What serves a connection may outlive it, and holds the pipe.
    sshd?.stderr?.destroy();
    network?.dispose();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    for (const one of analyzers.splice(0)) await one.close();
    analyzer = null;
  });

  /** An analyzer whose `~/.ssh` holds the key and the known hosts that are named. */
  function open(identity: string, knownHosts: string): AnalyzerProcess {
    const home = mkdtempSync(path.join(folder, 'home-'));
    writeFileSync(path.join(home, 'known_hosts'), knownHosts);
    const config = `Host far\n  HostName ${network.serverAddress}\n  Port ${port}\n  User root\n  IdentityFile ${path.join(folder, identity)}\n  IdentitiesOnly yes\n`;
    writeFileSync(path.join(home, 'config'), config, { mode: 0o600 });
    // `ip netns exec` gives a mount namespace of its own: what is mounted here is seen by nobody else.
    const script =
      'mount -t tmpfs tmpfs /root && mkdir -m 700 /root/.ssh && cp "$1"/* /root/.ssh && shift && exec "$@"';
    const [program, args] = network.inClient('sh', '-c', script, 'sh', home);
    analyzer = new AnalyzerProcess([program, ...args]);
    analyzers.push(analyzer);
    return analyzer;
  }
  const hostKey = (): string =>
    `[${network.serverAddress}]:${port} ${readFileSync(path.join(folder, 'host.pub'), 'utf8')}`;
  const request = (changes: Partial<StartCaptureRequest> = {}): StartCaptureRequest =>
    captureRequest({
      run: 'far',
      remote: 'far',
      interfaces: [network.interface],
      bufferBytes: 4 * 1024 * 1024,
      spoolDirectory: mkdtempSync(path.join(folder, 'spool-')),
      ...changes,
    });
  const snapshot = (pick: (s: Snapshot) => boolean): Promise<Snapshot> =>
    analyzer!.event((e: AnalyzerEvent) => (e.type === 'snapshot' && pick(e.snapshot) ? e.snapshot : null), 20_000);
  const knock = (): Promise<unknown> => {
    const [program, args] = network.inClient('bash', '-c', `echo x >/dev/udp/${network.serverAddress}/9`);
    return run(program, args);
  };
  const remoteCaptures = (): number[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((name) => {
        try {
          const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
          return /(^|\/)tcpdump$/.test(words[0] ?? '') && words.includes(network.interface) && words.includes('-U');
        } catch {
          return false;
        }
      })
      .map(Number);

  it('brings its packets with times of its kernel, counts its drops, and leaves its own connection out', async () => {
    const spawned = open('user', hostKey());
    const asked = request();
    assert.deepEqual(await spawned.request(asked), { interface: `far:${network.interface}` });
    for (let n = 0; n < 5; n++) await knock();
    const seen = await snapshot((s) => s.packets >= 10 && s.captureLoss.droppedByKernel !== null);
    const source = seen.source?.kind === 'live' ? seen.source : null;
    assert.deepEqual([source?.timestampSource, source?.backend, source?.elevation], ['kernel', 'tcpdump', 'ssh']);
    assert.equal(seen.captureLoss.droppedByKernel, 0);
    assert.equal(seen.live?.lagMs, null);
    await spawned.request({ type: 'stop' });
    const end = await snapshot((s) => s.state === 'finished');
    assert.equal(end.failure, null);
    const [file] = readdirSync(asked.spoolDirectory).filter((name) => name.startsWith('capture-'));
    const { packets } = readCapture(readFileSync(path.join(asked.spoolDirectory, file!)));
    assert.equal(packets.length, end.packets);
    const { rows } = await spawned.request({ type: 'getPackets', from: 0, count: 1000, filter: '' });
    assert.deepEqual(
      rows.filter((row) => row.sourcePort === port || row.destinationPort === port),
      [],
    );
    assert.ok(await eventually(() => remoteCaptures().length === 0, 5000), 'tcpdump is left');
  });

  it('leaves nothing running there when the analyzer is killed on a silent line', async () => {
    const spawned = open('user', hostKey());
    await spawned.request(request({ filter: 'udp port 1' }));
    assert.ok(await eventually(() => remoteCaptures().length === 1, 5000));
    spawned.child.kill('SIGKILL');
    assert.ok(await eventually(() => remoteCaptures().length === 0, 10_000), 'tcpdump is left');
  });

  const fails = async (identity: string, known: string, changes: Partial<StartCaptureRequest>) => {
    const error = await open(identity, known)
      .request(request(changes))
      .then(() => assert.fail('it started'))
      .catch((reason: unknown) => reason);
    assert.ok(error instanceof AnalyzerFailure, String(error));
    return error.error;
  };

  it('an unknown host key, a changed one and a refused login are told in the words of ssh', async () => {
    const unknown = await fails('user', '', {});
    assert.equal(unknown.code, 'REMOTE');
    assert.match(unknown.message, /Host key verification failed/);
    assert.match(unknown.hint, /ssh far/);
    const other = hostKey().replace(/ssh-ed25519 .*/, readFileSync(path.join(folder, 'stranger.pub'), 'utf8'));
    assert.match((await fails('user', other, {})).message, /REMOTE HOST IDENTIFICATION HAS CHANGED/);
    const refused = await fails('stranger', hostKey(), {});
    assert.match(refused.message, /Permission denied/);
  });

  it('a wrong filter and interface are told in the words of tcpdump', async () => {
    assert.equal((await fails('user', hostKey(), { filter: 'tcp porrt 1' })).code, 'BAD_FILTER');
    assert.equal((await fails('user', hostKey(), { interfaces: ['nope0'] })).code, 'NO_SUCH_INTERFACE');
    const quoted = await fails('user', hostKey(), { filter: `'; touch ${path.join(folder, 'pwned')}; '` });
    assert.equal(quoted.code, 'BAD_FILTER');
    assert.equal(existsSync(path.join(folder, 'pwned')), false);
  });
});
