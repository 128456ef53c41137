import assert from 'node:assert/strict';
import path from 'node:path';
import { AnalyzerClient } from '../../../src/extension/client/analyzerClient';
import type { NetworkTrafficError } from '../../../src/extension/errors';

const modulePath = path.join(__dirname, 'support/oddAnalyzer.cjs');

describe('AnalyzerClient', () => {
  const clients: AnalyzerClient[] = [];
  let lines: string[] = [];

  function client(mode: string, timeoutsMs: Record<string, number> = {}): AnalyzerClient {
    lines = [];
    const before = process.env['ODD_MODE'];
    process.env['ODD_MODE'] = mode;
    const made = new AnalyzerClient({
      modulePath,
      log: (level, message) => lines.push(`${level} ${message}`),
      timeoutsMs,
    });
    if (before === undefined) delete process.env['ODD_MODE'];
    else process.env['ODD_MODE'] = before;
    clients.push(made);
    return made;
  }

  async function codeOf(promise: Promise<unknown>): Promise<string> {
    try {
      await promise;
    } catch (error) {
      return (error as NetworkTrafficError).code;
    }
    return 'resolved';
  }

  function isAlive(pid: number | undefined): boolean {
    if (pid === undefined) return false;
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  afterEach(async () => {
    for (const made of clients) made.dispose();
    await Promise.all(clients.splice(0).map((made) => made.exited));
  });

  it('answers requests and forwards the log', async () => {
    const made = client('good');
    assert.deepEqual(await made.request({ type: 'stop' }), {});
    assert.ok(lines.includes('info analyzer: asked stop'), lines.join('\n'));
  });

  it('does not hand NODE_OPTIONS to the child', async () => {
    const before = process.env['NODE_OPTIONS'];
    process.env['NODE_OPTIONS'] = '--no-warnings';
    try {
      const reply = await client('good').request({ type: 'validateFilter', filter: 'x' });
      assert.deepEqual(reply, { verdict: 'invalid', message: 'none' });
    } finally {
      if (before === undefined) delete process.env['NODE_OPTIONS'];
      else process.env['NODE_OPTIONS'] = before;
    }
  });

  it('rejects with the code, message and hint of the analyzer', async () => {
    await assert.rejects(client('refuses').request({ type: 'listInterfaces' }), {
      code: 'BAD_FILTER',
      message: 'syntax error',
      hint: 'see pcap-filter(7)',
    });
  });

  it('fails every waiting request and tells once when the process dies', async () => {
    const made = client('dies');
    let ends = 0;
    made.onUnexpectedEnd(() => (ends += 1));
    const waiting = [made.request({ type: 'stop' }), made.request({ type: 'listInterfaces' })].map(codeOf);
    assert.deepEqual(await Promise.all(waiting), ['INTERNAL', 'INTERNAL']);
    await made.exited;
    assert.equal(ends, 1);
    assert.equal(made.isAlive, false);
    assert.equal(await codeOf(made.request({ type: 'stop' })), 'INTERNAL');
    assert.ok(
      lines.some((line) => line.includes('exit code 3')),
      lines.join('\n'),
    );
    assert.ok(lines.includes('warn analyzer: about to die'), lines.join('\n'));
  });

  it('ends a request without an answer in TIMEOUT', async () => {
    const made = client('silent', { listInterfaces: 60 });
    assert.equal(await codeOf(made.request({ type: 'listInterfaces' })), 'TIMEOUT');
    assert.equal(made.isAlive, true);
  });

  it('ignores an answer that comes after the timeout', async () => {
    const made = client('late', { stop: 50 });
    assert.equal(await codeOf(made.request({ type: 'stop' })), 'TIMEOUT');
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(made.isAlive, true);
  });

  it('refuses messages that are not what the protocol says', async () => {
    const made = client('wrong');
    const events: unknown[] = [];
    made.onEvent((event) => events.push(event));
    const request = { type: 'startCapture', run: 'r' } as unknown as { type: 'stop' };
    assert.equal(await codeOf(made.request(request)), 'INTERNAL');
    assert.deepEqual(events, []);
    assert.equal(lines.filter((line) => line.startsWith('error Invalid message')).length, 3, lines.join('\n'));
  });

  it('gives up on a process of another protocol version', async () => {
    const made = client('old', { kill: 100 });
    const ended = new Promise<NetworkTrafficError>((resolve) => made.onUnexpectedEnd(resolve));
    assert.match((await ended).message, /version 0/);
    await made.exited;
  });

  it('gives up on a process that never says that it is ready', async () => {
    const made = client('mute', { ready: 80, kill: 100 });
    const ended = new Promise<NetworkTrafficError>((resolve) => made.onUnexpectedEnd(resolve));
    assert.match((await ended).message, /did not start in time/);
    await made.exited;
  });

  it('leaves no process after dispose, not even one that clings to life', async () => {
    for (const mode of ['good', 'clings']) {
      const made = client(mode, { kill: 150 });
      await made.request({ type: 'stop' });
      const { pid } = made;
      assert.equal(isAlive(pid), true);
      const waiting = codeOf(made.request({ type: 'listInterfaces' }));
      made.dispose();
      assert.equal(await waiting, 'CANCELLED');
      await made.exited;
      assert.equal(isAlive(pid), false, mode);
      assert.equal(await codeOf(made.request({ type: 'stop' })), 'CANCELLED');
    }
  });

  it('says so when the program is not there', async () => {
    const made = new AnalyzerClient({ modulePath: path.join(__dirname, 'no-such-program.js'), log: () => undefined });
    clients.push(made);
    assert.equal(await codeOf(made.request({ type: 'stop' })), 'INTERNAL');
    await made.exited;
  });
});
