import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { AnalyzerEvent, StartCaptureRequest } from '../../src/protocol/analyzerMessages';
import { noStopRules } from '../../src/protocol/liveCapture';
import type { Snapshot } from '../../src/protocol/snapshot';
import { AnalyzerFailure, AnalyzerProcess } from '../support/analyzerProcess';
import { readCapture } from '../support/readCapture';
import { captureRequest } from './support/captureRequest';
import { TestNetwork } from './support/network';
import { Stage, cannotCapture, eventually } from './support/stage';

const run = promisify(execFile);

describe('analyzer process on live traffic in a network namespace', function () {
  this.timeout(60_000);
  let stage: Stage;
  let network: TestNetwork;
  let server: ChildProcess;
  let spool: string;
  let analyzer: AnalyzerProcess;

  before(async function () {
    const reason = cannotCapture();
    if (reason !== null) {
      console.log(`skipped: ${reason}`);
      this.skip();
    }
    stage = new Stage();
    network = new TestNetwork();
    const [program, args] = network.inServer(process.execPath, stage.serverPath, network.serverAddress);
    server = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    assert.ok(server.stdout);
    await once(server.stdout, 'data');
  });
  after(() => {
    server?.kill('SIGKILL');
    stage?.dispose();
    network?.dispose();
  });
  beforeEach(() => {
    spool = mkdtempSync(path.join(tmpdir(), 'nta-live-'));
    const [program, args] = network.inClient();
    analyzer = new AnalyzerProcess([program, ...args]);
  });
  afterEach(async () => {
    await analyzer.close();
    rmSync(spool, { recursive: true, force: true });
  });

  const request = (changes: Partial<StartCaptureRequest> = {}): StartCaptureRequest =>
    captureRequest({ interfaces: [network.interface], spoolDirectory: spool, ...changes });
  const inClient = (...words: string[]): Promise<unknown> => {
    const [program, args] = network.inClient(...words);
    return run(program, args, { timeout: 20_000 });
  };
  const curl = (bytes: number): Promise<unknown> =>
    inClient(
      'curl',
      '-sS',
      '--max-time',
      '10',
      '-o',
      '/dev/null',
      `http://${network.serverAddress}:8080/bytes/${bytes}`,
    );
  /** One datagram to a port where nobody listens, and the answer that says so. */
  const knock = (address: string, times = 1): Promise<unknown> =>
    inClient('bash', '-c', `for i in $(seq ${times}); do echo x >/dev/udp/${address}/9; done`);
  const snapshot = (pick: (s: Snapshot) => boolean): Promise<Snapshot> =>
    analyzer.event((e: AnalyzerEvent) => (e.type === 'snapshot' && pick(e.snapshot) ? e.snapshot : null), 15_000);

  it('shows traffic in and out, the server, HTTP and its latency, and keeps the packets', async () => {
    assert.deepEqual(await analyzer.request(request()), { interface: network.interface });
    const capturing = await snapshot((s) => s.state === 'capturing');
    assert.equal(capturing.source?.kind === 'live' && capturing.source.timestampSource, 'kernel');
    assert.equal(capturing.captureLoss.droppedByKernel, null);
    await curl(100_000);
    const seen = await snapshot((s) => s.latency.httpMs.count > 0 && s.latency.tcpHandshakeMs.count > 0);
    const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
    assert.ok(sum(seen.series.bytesIn) > 100_000, 'bytes in');
    assert.ok(sum(seen.series.bytesOut) > 100, 'bytes out');
    assert.ok(seen.talkers.some((t) => t.address === network.serverAddress && !t.local));
    assert.ok(seen.protocols.some((p) => p.protocol === 'http'));
    await analyzer.request({ type: 'stop' });
    const end = await snapshot((s) => s.state === 'finished');
    const page = await analyzer.request({ type: 'getPackets', from: 0, count: 1000, filter: 'http.request' });
    assert.equal(page.rows[0]?.info, 'GET /bytes/100000 HTTP/1.1');
    const out = path.join(spool, 'export.pcap');
    assert.equal(
      (await analyzer.request({ type: 'export', kind: 'packets.pcap', path: out, filter: '' })).rows,
      end.packets,
    );
    assert.equal(readCapture(readFileSync(out)).packets.length, end.packets);
  });

  it('tells of a port scan while it goes on, once', async () => {
    await analyzer.request(request());
    await inClient(
      'bash',
      '-c',
      `for p in $(seq 9000 9060); do (exec 3<>/dev/tcp/${network.serverAddress}/$p) 2>/dev/null; done; true`,
    );
    const findings = await analyzer.event(
      (e) => (e.type === 'findings' && (e.findings[0]?.count ?? 0) >= 61 ? e.findings : null),
      15_000,
    );
    assert.equal(findings.length, 1);
    assert.deepEqual(findings[0]?.sources, [network.clientAddress]);
    assert.deepEqual(findings[0]?.targets, [network.serverAddress]);
    await analyzer.request({ type: 'stop' });
    await snapshot((s) => s.state === 'finished');
  });

  it('captures on several interfaces at once, in the order of time, and says of each packet where it was', async () => {
    network.addLink('nta2', '10.79.0.2', '10.79.0.1');
    try {
      await analyzer.request(request({ interfaces: [network.interface, 'nta2', 'lo'] }));
      const begun = await snapshot((s) => s.state === 'capturing');
      assert.deepEqual(
        begun.live?.interfaces.map((one) => one.name),
        [network.interface, 'nta2', 'lo'],
      );
      for (let n = 0; n < 3; n++) {
        for (const address of [network.serverAddress, '10.79.0.1', '127.0.0.1']) await knock(address);
      }
      await snapshot((s) => s.protocols.some((p) => p.protocol === 'icmp' && p.packets >= 9));
      await analyzer.request({ type: 'stop' });
      const end = await snapshot((s) => s.state === 'finished');
      assert.equal(end.live?.stoppedBy, 'asked');
      const out = path.join(spool, 'export.pcapng');
      await analyzer.request({ type: 'export', kind: 'packets.pcap', path: out, filter: 'icmp' });
      const [file] = readdirSync(spool).filter((name) => name.startsWith('capture-'));
      const { packets } = readCapture(readFileSync(path.join(spool, file!)));
      assert.deepEqual([...new Set(packets.map((p) => p.interfaceIndex))].sort(), [0, 1, 2]);
      const times = packets.map((p) => p.seconds * 1e6 + p.nanoseconds / 1000);
      assert.deepEqual(
        times,
        [...times].sort((a, b) => a - b),
      );
    } finally {
      network.removeLink('nta2');
    }
  });

  it('goes on with the rest when one of several interfaces goes away', async () => {
    network.addLink('nta3', '10.80.0.2', '10.80.0.1');
    await analyzer.request(request({ interfaces: ['nta3', network.interface] }));
    await snapshot((s) => s.state === 'capturing');
    network.removeLink('nta3');
    const without = await snapshot((s) => typeof s.live?.interfaces[0]?.ended === 'string');
    assert.equal(without.state, 'capturing');
    assert.equal(without.live?.interfaces[1]?.ended, null);
    const before = without.packets;
    await knock(network.serverAddress);
    await snapshot((s) => s.packets > before);
    await analyzer.request({ type: 'stop' });
    assert.equal((await snapshot((s) => s.state === 'finished')).failure, null);
  });

  it('names the interface that is not there, and leaves none of the others open', async () => {
    await assert.rejects(
      analyzer.request(request({ interfaces: [network.interface, 'nothere0'] })),
      (error: unknown) =>
        error instanceof AnalyzerFailure && error.error.code === 'NO_SUCH_INTERFACE' && /nothere0/.test(error.message),
    );
    const pid = await analyzer.event((e) => (e.type === 'ready' ? e.pid : null));
    assert.ok(await eventually(() => childrenOf(pid).length === 0, 5000), 'a helper is left');
  });

  it('ends by itself: after packets, to the packet, after a time, and on a finding', async () => {
    await analyzer.request(request({ run: 'five', stop: { ...noStopRules, afterPackets: 5 } }));
    await knock(network.serverAddress, 5);
    const five = await snapshot((s) => s.run === 'five' && s.state === 'finished');
    assert.equal(five.packets, 5);
    assert.equal(five.live?.stoppedBy, 'packets');
    await analyzer.request(request({ run: 'time', stop: { ...noStopRules, afterSeconds: 1 } }));
    assert.equal((await snapshot((s) => s.run === 'time' && s.state === 'finished')).live?.stoppedBy, 'time');
    await analyzer.request(request({ run: 'scan', stop: { ...noStopRules, onFinding: 'low' } }));
    await inClient(
      'bash',
      '-c',
      `for p in $(seq 9000 9060); do (exec 3<>/dev/tcp/${network.serverAddress}/$p) 2>/dev/null; done; true`,
    );
    const scan = await snapshot((s) => s.run === 'scan' && s.state === 'finished');
    assert.equal(scan.live?.stoppedBy, 'finding');
  });

  it('keeps what it captures away from a second analyzer', async () => {
    await analyzer.request(request());
    const [program, args] = network.inClient();
    const second = new AnalyzerProcess([program, ...args]);
    try {
      await assert.rejects(
        second.request(request()),
        (error: unknown) => error instanceof AnalyzerFailure && error.error.code === 'SPOOL',
      );
    } finally {
      await second.close();
    }
  });

  it('a wrong filter fails with the words of libpcap and the next start works', async () => {
    await assert.rejects(
      analyzer.request(request({ filter: 'tcp porrt 80' })),
      (error: unknown) =>
        error instanceof AnalyzerFailure && error.error.code === 'BAD_FILTER' && /syntax error/.test(error.message),
    );
    assert.equal((await snapshot((s) => s.state === 'failed')).failure?.code, 'BAD_FILTER');
    await analyzer.request(request({ run: 'again', filter: 'tcp port 80' }));
    await snapshot((s) => s.run === 'again' && s.state === 'capturing');
  });

  it('an interface that goes away is named, and what was captured is kept', async () => {
    network.addLink('nta1', '10.78.0.2', '10.78.0.1');
    await analyzer.request(request({ interfaces: ['nta1'] }));
    await inClient('curl', '-s', '--max-time', '1', 'http://10.78.0.1:1/').catch(() => undefined);
    await snapshot((s) => s.packets > 0);
    network.removeLink('nta1');
    const failed = await snapshot((s) => s.state === 'failed');
    assert.equal(failed.failure?.code, 'INTERFACE_GONE');
    const { rows } = await analyzer.request({ type: 'getPackets', from: 0, count: 10, filter: '' });
    assert.equal(rows.length, Math.min(10, failed.packets));
  });

  it('killed with SIGKILL it leaves no helper and a spool that can be read', async () => {
    await analyzer.request(request());
    const capturing = await snapshot((s) => s.state === 'capturing');
    assert.equal(capturing.source?.kind, 'live');
    // Segments of a veth pair are up to 64 KiB, so one download is a dozen packets.
    for (let i = 0; i < 5; i++) await curl(50_000);
    await snapshot((s) => s.packets > 20);
    await new Promise((resolve) => setTimeout(resolve, 600));
    const analyzerPid = await analyzer.event((e) => (e.type === 'ready' ? e.pid : null));
    const helpers = childrenOf(analyzerPid);
    assert.ok(helpers.length > 0, 'the helper is a child of the analyzer');
    process.kill(analyzerPid, 'SIGKILL');
    assert.ok(await eventually(() => helpers.every((pid) => !alive(pid)), 3000), 'helper still there');
    const files = readdirSync(spool).filter((f) => f.endsWith('.pcapng'));
    assert.equal(files.length, 1);
    const { packets } = readCapture(readFileSync(path.join(spool, files[0]!)));
    assert.ok(packets.length > 20, `${packets.length} packets`);
  });
});

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(/\s+/)
    .filter((t) => t !== '')
    .map(Number);
}

function alive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
