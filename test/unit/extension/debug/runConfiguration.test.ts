import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { DebugTracker, stoppedAt } from '../../../../src/extension/debug/debugTracker';
import { KeyLogFolder } from '../../../../src/extension/debug/keyLogFolder';
import { keyLogEnvironment, wishesOf } from '../../../../src/extension/debug/runConfiguration';
import { runResultText } from '../../../../src/extension/debug/runResult';

describe('what a debug run is asked to do', () => {
  const settings = { capture: false, keyLog: false };

  it('is what its launch configuration says, else the settings', () => {
    assert.deepEqual(wishesOf(undefined, { capture: true, keyLog: true }), { capture: true, keyLog: true });
    assert.deepEqual(wishesOf(true, settings), { capture: true, keyLog: false });
    assert.deepEqual(wishesOf(false, { capture: true, keyLog: true }), { capture: false, keyLog: true });
    assert.deepEqual(wishesOf({ keyLog: true }, settings), { capture: true, keyLog: true });
    assert.deepEqual(wishesOf({}, { capture: false, keyLog: true }), { capture: true, keyLog: false });
  });

  it('is nothing where the configuration is not understood', () => {
    for (const odd of [null, 'yes', 1, { capture: 'yes' }, { keyLog: 1 }])
      assert.deepEqual(wishesOf(odd, { capture: true, keyLog: true }), { capture: false, keyLog: false });
  });

  it('changes the environment of types that have one, and keeps what is there', () => {
    assert.deepEqual(keyLogEnvironment('go', { A: 'b' }, '/k'), { A: 'b', SSLKEYLOGFILE: '/k' });
    assert.deepEqual(keyLogEnvironment('debugpy', undefined, '/k'), { SSLKEYLOGFILE: '/k' });
    assert.equal(keyLogEnvironment('chrome', undefined, '/k'), null);
    assert.equal(keyLogEnvironment('go', 'env', '/k'), null);
    const node = keyLogEnvironment('node', { NODE_OPTIONS: '--no-warnings' }, '/k');
    assert.equal(node?.['NODE_OPTIONS'], '--no-warnings --tls-keylog="/k"');
  });

  it('has Node write its keys, into a folder with spaces and quotes as well', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'nta keys "'));
    try {
      const keys = await KeyLogFolder.create(path.join(folder, 'keys.log'));
      assert.equal(statSync(keys.file).mode & 0o777, 0o600);
      assert.equal(await keys.hasKeys(), false);
      const env = keyLogEnvironment('node', {}, keys.file) as Record<string, string>;
      const script = `const tls = require('tls');
        const server = tls.createServer({ pskCallback: () => Buffer.alloc(16, 1), ciphers: 'PSK' }, (s) => s.end());
        server.listen(0, '127.0.0.1', () => {
          const s = tls.connect({ port: server.address().port, host: '127.0.0.1', ciphers: 'PSK', maxVersion: 'TLSv1.2',
            checkServerIdentity: () => undefined, pskCallback: () => ({ psk: Buffer.alloc(16, 1), identity: 'a' }) });
          s.on('close', () => server.close()).resume();
        });`;
      execFileSync(process.execPath, ['-e', script], { env: { ...process.env, ...env }, timeout: 20_000 });
      assert.match(readFileSync(keys.file, 'utf8'), /^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/m);
      assert.equal(await keys.hasKeys(), true);
      await keys.remove();
      assert.equal(await keys.hasKeys(), false);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('what a debug adapter says', () => {
  const seen = (messages: readonly [from: 'adapter' | 'editor', message: unknown][]): unknown[] => {
    const events: unknown[] = [];
    const tracker = new DebugTracker({
      process: (pid) => events.push(pid),
      stopped: (reason, threadId) => events.push([reason, threadId]),
    });
    for (const [from, message] of messages)
      if (from === 'adapter') tracker.onDidSendMessage(message);
      else tracker.onWillReceiveMessage(message);
    return events;
  };
  const event = (name: string, body: unknown): ['adapter', unknown] => [
    'adapter',
    { type: 'event', event: name, body },
  ];

  it('names processes and stops, but not steps', () => {
    assert.deepEqual(
      seen([
        event('process', { systemProcessId: 4711 }),
        event('stopped', { reason: 'breakpoint', threadId: 3 }),
        event('stopped', { reason: 'step', threadId: 3 }),
        event('stopped', { reason: 'exception' }),
        ['editor', { type: 'response', command: 'runInTerminal', body: { shellProcessId: 12 } }],
        ['editor', { type: 'response', command: 'runInTerminal', body: { processId: 13, shellProcessId: 12 } }],
      ]),
      [4711, ['breakpoint', 3], ['exception', null], 12, 13],
    );
  });

  it('can be anything', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (message, body) => {
        for (const name of ['process', 'stopped']) {
          seen([['adapter', message], event(name, body), ['editor', message]]);
          seen([['editor', { type: 'response', command: 'runInTerminal', body }]]);
        }
      }),
    );
    assert.deepEqual(seen([event('process', { systemProcessId: -1 }), event('process', { systemProcessId: '7' })]), []);
  });

  it('says where a thread stands, or not', async () => {
    const session = (answer: () => unknown): Parameters<typeof stoppedAt>[0] =>
      ({ customRequest: async () => answer() }) as unknown as Parameters<typeof stoppedAt>[0];
    const frame = { line: 12, source: { name: 'app.js' } };
    assert.equal(
      await stoppedAt(
        session(() => ({ stackFrames: [frame] })),
        1,
      ),
      'app.js:12',
    );
    for (const odd of [null, {}, { stackFrames: [] }, { stackFrames: [{ line: 12 }] }, { stackFrames: 'x' }])
      assert.equal(
        await stoppedAt(
          session(() => odd),
          1,
        ),
        null,
      );
    const failing = session(() => {
      throw new Error('no');
    });
    assert.equal(await stoppedAt(failing, 1), null);
  });
});

describe('the result of a run in words', () => {
  it('says what is there, what is left out, and when nothing is known', () => {
    const found = { bytes: 1, rows: 1, unknown: 2000, others: 0 };
    assert.equal(
      runResultText('app', found, null),
      '1 packet of app and what it started. The dashboard has 2,000 packets of no known program besides.',
    );
    assert.match(runResultText('app', { ...found, rows: 0 }, true), /^No packet of app was seen\..*TLS is decrypted/);
    assert.match(runResultText('app', null, false), /is not known, so the dashboard shows all traffic.*No key of TLS/);
  });
});
