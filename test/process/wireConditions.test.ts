import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { CaptureBackendChoice } from '../../src/protocol/captureWire';
import type { Snapshot } from '../../src/protocol/snapshot';
import { AnalyzerProcess } from '../support/analyzerProcess';
import { captureRequest } from './support/captureRequest';
import type { Impairment, ImpairmentFacts } from './support/impairedPath';
import { ImpairedPath } from './support/impairedPath';
import { TestNetwork } from './support/network';
import { cannotCapture, hasProgram, Stage } from './support/stage';

const run = promisify(execFile);

/** Latency and loss as a live capture tells them, held against what the path really does to the packets. */
describe('a live capture on a path that delays and loses', function () {
  this.timeout(120_000);
  let stage: Stage;

  before(function () {
    const missing = ['python3', 'curl', 'tcpdump'].find((name) => !hasProgram(name));
    const reason = cannotCapture() ?? (missing === undefined ? null : `${missing} is not installed`);
    if (reason !== null) {
      console.log(`skipped: ${reason}`);
      this.skip();
    }
    stage = new Stage();
  });
  after(() => stage?.dispose());

  interface Traffic {
    backend: CaptureBackendChoice;
    /** Who serves; the other side asks. */
    server: 'client' | 'server';
    requests: number;
    parallel: number;
    bytes: number;
  }

  /** Captures on the client's side while one side loads from the other. */
  async function capture(impairment: Impairment, traffic: Traffic): Promise<{ end: Snapshot; facts: ImpairmentFacts }> {
    const network = new TestNetwork();
    const spool = mkdtempSync(path.join(tmpdir(), 'nta-path-'));
    let server: ChildProcess | null = null;
    let analyzer: AnalyzerProcess | null = null;
    const link = new ImpairedPath(network, impairment);
    try {
      if (link.means === 'relay')
        console.log('        no netem in this kernel: a relay in user space delays and drops');
      await link.start();
      const inServer = network.inServer.bind(network);
      const inClient = network.inClient.bind(network);
      const [serving, asking] = traffic.server === 'server' ? [inServer, inClient] : [inClient, inServer];
      const address = traffic.server === 'server' ? link.serverAddress : link.clientAddress;
      server = spawn(...serving(process.execPath, stage.serverPath, address), { stdio: ['pipe', 'pipe', 'inherit'] });
      assert.ok(server.stdout);
      await once(server.stdout, 'data');
      const [program, args] = network.inClient();
      analyzer = new AnalyzerProcess([program, ...args]);
      await analyzer.request(
        captureRequest({
          run: 'path',
          backend: traffic.backend,
          interfaces: [link.interface],
          filter: 'tcp port 8080',
          snapLengthBytes: 256,
          bufferBytes: 64 * 1024 * 1024,
          spoolDirectory: spool,
        }),
      );
      const url = `http://${address}:8080/bytes/${traffic.bytes}`;
      const loop = `seq ${traffic.requests} | xargs -P ${traffic.parallel} -I% curl -sS --max-time 60 -o /dev/null ${url}`;
      await run(...asking('bash', '-c', loop), { timeout: 90_000 });
      await new Promise((resolve) => setTimeout(resolve, 500));
      await analyzer.request({ type: 'stop' });
      const end = await analyzer.event((e) =>
        e.type === 'snapshot' && e.snapshot.state === 'finished' ? e.snapshot : null,
      );
      assert.equal(end.captureLoss.droppedByKernel, 0, 'the capture itself lost packets');
      return { end, facts: await link.finish() };
    } finally {
      await analyzer?.close();
      server?.kill('SIGKILL');
      link.dispose();
      network.dispose();
      rmSync(spool, { recursive: true, force: true });
    }
  }

  for (const backend of ['stream', 'cap'] as const) {
    it(`measures the latency of handshakes over a delay of 50 ms within 2 ms (${backend})`, async () => {
      const traffic = { backend, server: 'server', requests: 25, parallel: 1, bytes: 100 } as const;
      const { end, facts } = await capture({ delayMs: 50, lossPercent: 0, lossFrom: 'server' }, traffic);
      const { count, p50 } = end.latency.tcpHandshakeMs;
      assert.equal(count, 25);
      assert.ok(
        p50 !== null && Math.abs(p50 - facts.handshakeMs) <= 2,
        `${p50} ms, and really ${facts.handshakeMs} ms`,
      );
      assert.ok(facts.handshakeMs >= 50);
    });
  }

  // Behind the loss only a round trip tells what was sent again from what was overtaken, so there has to be one.
  for (const [server, delayMs, where] of [
    ['client', 0, 'at the sender, before the loss'],
    ['server', 20, 'at the receiver, behind the loss'],
  ] as const) {
    it(`measures a loss of 2 % within 0.3 points, captured ${where}`, async () => {
      const traffic = { backend: 'auto', server, requests: 40, parallel: 8, bytes: 1_000_000 } as const;
      const { end, facts } = await capture({ delayMs, lossPercent: 2, lossFrom: server }, traffic);
      const { tcpRetransmissionPercent: measured, tcpRetransmittedSegments: segments } = end.loss;
      console.log(
        `        lost ${facts.lossPercent.toFixed(2)} %, measured ${measured?.toFixed(2)} % (${segments} segments)`,
      );
      assert.ok(end.packets > 15_000, `only ${end.packets} packets`);
      assert.ok(
        Math.abs((measured ?? 0) - facts.lossPercent) <= 0.3,
        `${measured} %, and really ${facts.lossPercent} %`,
      );
      assert.ok(Math.abs(facts.lossPercent - 2) <= 0.5);
    });
  }
});
