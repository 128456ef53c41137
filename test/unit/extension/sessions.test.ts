import assert from 'node:assert/strict';
import path from 'node:path';
import { AnalyzerClient } from '../../../src/extension/client/analyzerClient';
import type { NetworkTrafficError } from '../../../src/extension/errors';
import { FileSession } from '../../../src/extension/sessions/fileSession';
import { LiveSession, type CaptureOptions } from '../../../src/extension/sessions/liveSession';
import { noStopRules } from '../../../src/protocol/liveCapture';
import { SessionRegistry } from '../../../src/extension/sessions/sessionRegistry';
import { defaultRuleSettings } from '../../../src/protocol/ruleSettings';

const modulePath = path.join(__dirname, 'support/oddAnalyzer.cjs');
const rules = defaultRuleSettings;
const capture: CaptureOptions = {
  interfaces: ['eth0'],
  filter: '',
  backend: 'auto',
  snapLengthBytes: 65_535,
  promiscuous: true,
  bufferBytes: 1,
  spoolLimitBytes: 1,
  spoolFiles: 2,
  stop: noStopRules,
  rules,
  methods: ['sudo -A'],
};

/** Sessions over processes that behave badly. */
describe('sessions', () => {
  let mode = 'good';
  const log: string[] = [];
  const removed: string[] = [];
  let askpassDisposed = 0;
  const clients: AnalyzerClient[] = [];

  function createClient(): AnalyzerClient {
    process.env['ODD_MODE'] = mode;
    const client = new AnalyzerClient({
      modulePath,
      log: (_level, message) => log.push(message),
      timeoutsMs: { kill: 100 },
    });
    delete process.env['ODD_MODE'];
    clients.push(client);
    return client;
  }

  function liveSession(askpassFails = false): LiveSession {
    let next = 0;
    return new LiveSession({
      createClient,
      createAskpass: () => ({
        start: () =>
          askpassFails
            ? Promise.reject(new Error('no socket'))
            : Promise.resolve({ program: '/askpass', environment: {} }),
        dispose: () => void (askpassDisposed += 1),
      }),
      spools: {
        create: () => Promise.resolve(`/spool/${next++}`),
        remove: (directory) => {
          removed.push(directory);
          return Promise.resolve();
        },
      },
      log: (_level, message) => log.push(message),
    });
  }

  async function codeOf(promise: Promise<unknown>): Promise<string> {
    return promise.then(
      () => 'resolved',
      (error: unknown) => (error as NetworkTrafficError).code,
    );
  }

  beforeEach(() => {
    log.length = 0;
    removed.length = 0;
    askpassDisposed = 0;
    mode = 'good';
  });

  afterEach(async () => {
    for (const client of clients) client.dispose();
    await Promise.all(clients.splice(0).map((client) => client.exited));
  });

  it('fails a start that the analyzer refuses, with its words, and can start again', async () => {
    mode = 'refuses';
    const session = liveSession();
    const states: string[] = [];
    session.onDidChange((change) => change === 'snapshot' && states.push(session.state));
    for (let i = 0; i < 2; i++) assert.equal(await codeOf(session.start(capture)), 'BAD_FILTER');
    assert.deepEqual(states, ['authorising', 'failed', 'authorising', 'failed']);
    assert.equal(session.snapshot?.failure?.message, 'syntax error');
    assert.equal(session.isBusy, false);
    assert.equal(askpassDisposed, 2);
    assert.deepEqual(removed, ['/spool/0'], 'the packets of the run before are gone');
    session.dispose();
    await session.exited();
  });

  it('does without a password box when there can be none', async () => {
    mode = 'refuses';
    const session = liveSession(true);
    assert.equal(await codeOf(session.start(capture)), 'BAD_FILTER');
    assert.ok(log.some((line) => line.includes('no socket')));
    session.dispose();
  });

  it('fails a start in which the process dies, and starts one process a run', async () => {
    mode = 'dies';
    const session = liveSession();
    assert.equal(await codeOf(session.start(capture)), 'INTERNAL');
    assert.equal(session.state, 'failed');
    const first = session.analyzerPid;
    assert.equal(await codeOf(session.start(capture)), 'INTERNAL');
    assert.notEqual(session.analyzerPid, first);
    session.dispose();
  });

  it('refuses a second start, and a stop before the process was asked cancels the first', async () => {
    const session = liveSession();
    const first = codeOf(session.start(capture));
    assert.equal(session.isBusy, true);
    const second = codeOf(session.start(capture));
    await session.stop();
    assert.equal(await second, 'BAD_REQUEST');
    assert.equal(await first, 'CANCELLED');
    assert.equal(session.isBusy, false);
    session.dispose();
  });

  it('lists interfaces again after its process died', async () => {
    mode = 'dies';
    const session = liveSession();
    assert.equal(await codeOf(session.listInterfaces()), 'INTERNAL');
    mode = 'refuses';
    assert.equal(await codeOf(session.listInterfaces()), 'BAD_FILTER');
    session.dispose();
  });

  it('has nothing to read from before there is a run', async () => {
    const session = liveSession();
    assert.equal(await codeOf(session.getPackets(0, 10, '')), 'BAD_REQUEST');
    assert.equal(await codeOf(session.export('packets.csv', '/x', '')), 'BAD_REQUEST');
    await session.clearFindings();
    await session.stop();
    assert.equal(clients.length, 0, 'none of this needs a process');
    session.dispose();
  });

  it('ends the wait for a file when the file is closed', async () => {
    mode = 'silent';
    const session = new FileSession(createClient, '/data/x.pcap');
    const opening = codeOf(session.open(rules));
    const finished = session.finished();
    session.dispose();
    await finished;
    assert.equal(await opening, 'CANCELLED');
    await session.exited();
    assert.equal(await codeOf(session.open(rules)), 'CANCELLED');
  });

  it('goes back to another session when the active one is closed', () => {
    const registry = new SessionRegistry(liveSession());
    const heard: string[] = [];
    registry.onDidChangeActive((change) => heard.push(change));
    const [a, b] = ['/a.pcap', '/b.pcap'].map((file) => new FileSession(createClient, file)) as [
      FileSession,
      FileSession,
    ];
    registry.add(a);
    registry.add(b);
    assert.equal(registry.active, registry.live);
    registry.activate(a);
    registry.remove(a);
    assert.equal(registry.active, b);
    registry.remove(b);
    assert.equal(registry.active, registry.live);
    assert.deepEqual(registry.all, [registry.live]);
    assert.deepEqual(heard, ['active', 'active', 'active']);
    registry.dispose();
  });
});
