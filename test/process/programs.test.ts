import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { StartCaptureRequest } from '../../src/protocol/analyzerMessages';
import type { AnalysisReport } from '../../src/protocol/capture';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import type { Snapshot } from '../../src/protocol/snapshot';
import { tableColumns } from '../../src/protocol/tables';
import { AnalyzerProcess } from '../support/analyzerProcess';
import { captureRequest } from './support/captureRequest';
import { TestNetwork } from './support/network';
import { Stage, cannotCapture, commandLine } from './support/stage';

/** Connects, says `x` and holds the connection until its stdin ends. */
const client = `const [host, port] = process.argv.slice(1);
const s = require('net').connect(+port, host, () => { s.write('x'); console.log(s.localPort); });
s.on('error', () => process.exit(1));
process.stdin.resume().on('end', () => s.end());`;

/** Answers TCP and UDP on a port of its choice, on every address. */
const server = `const tcp = require('net').createServer((s) => { s.on('error', () => {}); s.pipe(s); });
tcp.listen(0, '::', () => {
  const { port } = tcp.address();
  const udp = require('dgram').createSocket('udp4');
  udp.on('message', (m, from) => udp.send(m, from.port, from.address));
  udp.bind(port, () => console.log(port));
});
process.stdin.resume().on('end', () => process.exit());`;

describe('programs of live traffic', function () {
  this.timeout(60_000);
  let stage: Stage;
  let network: TestNetwork;
  let spool: string;
  let analyzer: AnalyzerProcess;
  const children: ChildProcess[] = [];

  before(function () {
    const reason = cannotCapture();
    if (reason !== null) {
      console.log(`skipped: ${reason}`);
      this.skip();
    }
    stage = new Stage();
    network = new TestNetwork();
  });
  after(() => {
    stage?.dispose();
    network?.dispose();
  });
  beforeEach(() => {
    spool = mkdtempSync(path.join(tmpdir(), 'nta-programs-'));
    const [program, args] = network.inClient();
    analyzer = new AnalyzerProcess([program, ...args]);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await analyzer.close();
    rmSync(spool, { recursive: true, force: true });
  });

  /** Starts a script; resolves with its process id and the first line that it prints. */
  async function start(where: 'inClient' | 'inServer', script: string, ...args: string[]) {
    const [program, words] = network[where](process.execPath, '-e', script, '--', ...args);
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, pid: child.pid ?? -1, line: line.toString().trim() };
  }
  const capture = async (interfaces: string[]): Promise<void> => {
    const request: StartCaptureRequest = captureRequest({
      interfaces,
      promiscuous: false,
      bufferBytes: 4 * 1024 * 1024,
      spoolDirectory: spool,
      spoolLimitBytes: 16 * 1024 * 1024,
      spoolFiles: 4,
    });
    await analyzer.request(request);
    await snapshot((s) => s.state === 'capturing');
  };
  const snapshot = (pick: (s: Snapshot) => boolean): Promise<Snapshot> =>
    analyzer.event((e) => (e.type === 'snapshot' && pick(e.snapshot) ? e.snapshot : null), 20_000);
  const stop = async (): Promise<Snapshot> => {
    await analyzer.request({ type: 'stop' });
    return snapshot((s) => s.state === 'finished');
  };
  const flows = async () => (await analyzer.request({ type: 'getFlows', from: 0, count: 1000 })).rows;

  it('names the process of this machine, and leaves the other end unknown', async () => {
    // The server runs on the same kernel, in another network namespace: another machine.
    const far = await start('inServer', server);
    await capture([network.interface]);
    const near = await start('inClient', client, network.serverAddress, far.line);
    const known = await snapshot((s) => (s.live?.programs?.programs.length ?? 0) > 0);
    assert.deepEqual(
      known.live?.programs?.programs.map(({ name, processes }) => ({ name, processes })),
      [{ name: path.basename(process.execPath), processes: [near.pid] }],
    );
    near.child.stdin?.end();
    await once(near.child, 'exit');
    const end = await stop();
    const row = (await flows()).find(({ aPort }) => aPort === Number(near.line));
    assert.deepEqual(
      [row?.programA, row?.processA, row?.programB, row?.processB],
      [path.basename(process.execPath), near.pid, null, null],
    );
    const [program] = end.live?.programs?.programs ?? [];
    assert.equal(program?.bytesSent, row?.bytesAToB);
    assert.equal(program?.bytesReceived, row?.bytesBToA);
    assert.equal((program?.packets ?? 0) + (end.live?.programs?.unknownPackets ?? 0), end.packets);
  });

  it('names the process of a connection that was over before its packets came', async function () {
    const far = await start('inServer', server);
    await capture([network.interface]);
    const reader = capturingProcess(analyzer.child.pid ?? -1);
    if (reader === null) {
      console.log('skipped: the packets come from the helper itself, which cannot be stopped alone');
      this.skip();
    }
    process.kill(reader, 'SIGSTOP');
    let near;
    try {
      near = await start('inClient', client, network.serverAddress, far.line);
      // Looks at the sockets come some five times a second; nothing outside tells when one was.
      await new Promise((resolve) => setTimeout(resolve, 2000));
      near.child.stdin?.end();
      await once(near.child, 'exit');
    } finally {
      process.kill(reader, 'SIGCONT');
    }
    await snapshot((s) => (s.live?.programs?.programs.length ?? 0) > 0);
    await stop();
    const row = (await flows()).find(({ aPort }) => aPort === Number(near.line));
    assert.deepEqual([row?.programA, row?.processA, row?.processB], [path.basename(process.execPath), near.pid, null]);
  });

  for (const [family, address] of [
    ['IPv4', '127.0.0.1'],
    ['IPv6', '::1'],
  ] as const) {
    it(`names both ends on the loopback, over ${family}, in table, CSV and JSON`, async () => {
      const near = await start('inClient', server);
      await capture(['lo']);
      const one = await start('inClient', client, address, near.line);
      const pids = [one.pid, near.pid].sort((x, y) => x - y);
      await snapshot((s) => (s.live?.programs?.programs[0]?.processes.length ?? 0) === 2);
      one.child.stdin?.end();
      await once(one.child, 'exit');
      await stop();
      const node = path.basename(process.execPath);
      const text = `${node} (${one.pid}) → ${node} (${near.pid})`;
      const table = { type: 'getTable', table: 'flows', from: 0, count: 10, sort: null, search: one.line } as const;
      const column = tableColumns.flows.findIndex(({ id }) => id === 'program');
      for (const range of [null, { fromUs: 0, untilUs: Number.MAX_SAFE_INTEGER }]) {
        const { rows } = await analyzer.request({ ...table, range });
        assert.equal(rows[0]?.cells[column], text);
      }
      for (const filter of ['', `tcp.port == ${one.line}`]) {
        const csv = path.join(spool, 'flows.csv');
        await analyzer.request({ type: 'export', kind: 'flows.csv', path: csv, filter });
        const lines = readFileSync(csv, 'utf8').split('\r\n');
        assert.ok(lines[0]?.endsWith(',programA,processA,programB,processB'));
        const line = lines.find((cells) => cells.includes(`,${one.line},`));
        assert.ok(line?.endsWith(`,${node},${one.pid},${node},${near.pid}`), line);
      }
      const json = path.join(spool, 'analysis.json');
      await analyzer.request({ type: 'export', kind: 'analysis.json', path: json, filter: '' });
      const report = JSON.parse(readFileSync(json, 'utf8')) as AnalysisReport;
      assert.deepEqual(report.programs?.programs.find(({ name }) => name === node)?.processes, pids);
    });
  }

  it('exports what a process and its children said, with the moments that were marked', async () => {
    const near = await start('inClient', server);
    await capture(['lo']);
    // The shell is the run; the program is its child.
    const script = `"$0" -e '${client.replaceAll("'", '"')}' -- 127.0.0.1 ${near.line}; true`;
    const [program, words] = network.inClient('bash', '-c', script, process.execPath);
    const shell = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(shell);
    const port = String(((await once(shell.stdout, 'data')) as [Buffer])[0]).trim();
    const other = await start('inClient', client, '127.0.0.1', near.line);
    await analyzer.request({ type: 'addMarker', kind: 'stop', text: 'breakpoint\nat program.js:3' });
    await snapshot((s) => (s.live?.programs?.programs[0]?.processes.length ?? 0) === 3);
    shell.stdin.end();
    await once(shell, 'exit');
    const { markers } = await stop();
    assert.deepEqual(
      markers?.map(({ kind, text }) => [kind, text]),
      [['stop', 'breakpoint at program.js:3']],
    );
    const out = path.join(spool, 'program.pcapng');
    const exported = await analyzer.request({ type: 'exportProgram', processes: [shell.pid ?? -1], path: out });
    assert.ok(exported.rows >= 4 && exported.others >= 3, JSON.stringify(exported));
    await analyzer.request({ type: 'openFile', run: 'file', path: out, rules: defaultRuleSettings });
    const read = await snapshot((s) => s.run === 'file' && s.state === 'finished');
    assert.deepEqual(read.markers, markers);
    const ports = (await flows()).flatMap(({ aPort, bPort }) => [aPort, bPort]);
    assert.deepEqual(new Set(ports), new Set([Number(port), Number(near.line)]));
    assert.ok(!ports.includes(Number(other.line)));
  });

  it('names the owner of a UDP socket that is bound to every address', async () => {
    const near = await start('inClient', server);
    await capture(['lo']);
    const [program, words] = network.inClient('bash', '-c', `echo x >/dev/udp/127.0.0.1/${near.line}`);
    await once(spawn(program, words, { stdio: 'ignore' }), 'exit');
    await snapshot((s) => (s.live?.programs?.programs ?? []).some(({ processes }) => processes.includes(near.pid)));
    await stop();
    const row = (await flows()).find(({ protocol, bPort }) => protocol === 'udp' && bPort === Number(near.line));
    assert.equal(row?.processB, near.pid);
  });

  it('guesses nothing where no socket is: a connection that is refused belongs to nobody', async () => {
    await capture(['lo']);
    const [program, words] = network.inClient('bash', '-c', '(exec 3<>/dev/tcp/127.0.0.1/9) 2>/dev/null; sleep 0.3');
    await once(spawn(program, words, { stdio: 'ignore' }), 'exit');
    await snapshot((s) => s.packets >= 2);
    await stop();
    const row = (await flows()).find(({ bPort }) => bPort === 9);
    assert.ok(row);
    assert.equal(row.programB, null);
  });
});

/** The tcpdump or dumpcap that a process has started, itself or by others; null for none. */
function capturingProcess(root: number): number | null {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // Gone in the meantime.
    }
  }
  const below = (pid: number): boolean => pid === root || (pid > 1 && below(parents.get(pid) ?? 0));
  const program = (pid: number): string => path.basename(commandLine(pid).split(' ')[0] ?? '');
  return [...parents.keys()].find((pid) => below(pid) && ['tcpdump', 'dumpcap'].includes(program(pid))) ?? null;
}
