import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RawPacket } from '../../../src/core/pcap/rawPacket';
import { CaptureError } from '../../../src/analyzer/captureError';
import { HelperSource } from '../../../src/analyzer/helperSource';
import type { HelloLine, HelperOutput, StartLine } from '../../../src/protocol/captureWire';
import { captureWireVersion } from '../../../src/protocol/captureWire';

const hello: HelloLine = {
  kind: 'hello',
  version: captureWireVersion,
  pid: 0,
  uid: process.getuid?.() ?? null,
  interface: 'test0',
  linkType: 1,
  snapLengthBytes: 256,
  timestampSource: 'process',
  nanoseconds: false,
  backend: 'cap',
  dropCountsKnown: false,
  capturePid: null,
};

const startLine: StartLine = {
  kind: 'start',
  version: captureWireVersion,
  backend: 'auto',
  interface: 'test0',
  filter: '',
  snapLengthBytes: 262_144,
  promiscuous: true,
  bufferBytes: 1,
};

describe('HelperSource', function () {
  this.timeout(20_000);
  const directory = mkdtempSync(path.join(tmpdir(), 'nta-fake-'));
  after(() => rmSync(directory, { recursive: true, force: true }));

  /** A source over a helper that runs `script`, which has `say(line)` and `hello(changes)`. */
  function setUp(script: string) {
    const helperPath = path.join(directory, `helper-${Math.random()}.js`);
    const prelude = `
      const say = (line) => process.stdout.write(typeof line === 'string' ? line : JSON.stringify(line) + '\\n');
      const hello = (changes = {}) => say({ ...${JSON.stringify(hello)}, pid: process.pid, ...changes });
      const onEnd = (then) => process.stdin.on('end', then).resume();
    `;
    writeFileSync(helperPath, prelude + script);
    const packets: RawPacket[] = [];
    const others: string[] = [];
    const source = new HelperSource({
      helperPath,
      runtimePath: process.execPath,
      start: startLine,
      elevation: { methods: [], askpass: null },
      events: {
        hello: (line, elevation) => others.push(`hello ${line.interface} ${elevation}`),
        packet: (packet) => packets.push({ ...packet, bytes: Uint8Array.from(packet.bytes) }),
        stats: (line) => others.push(`stats ${line.received}`),
        warning: (message) => others.push(`warning ${message}`),
      },
      log: (_level, message) => others.push(`log ${message}`),
    });
    return { source, packets, others };
  }

  async function failureOf(source: HelperSource): Promise<CaptureError> {
    const error = await source.start().then(
      () => assert.fail('it started'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof CaptureError);
    assert.deepEqual(await source.ended, error.toFailure());
    return error;
  }

  it('hands over hello, packets, statistics and warnings, and ends cleanly', async () => {
    const { source, packets, others } = setUp(`
      hello();
      say({ kind: 'packet', timeUs: 1700000000123456, originalLength: 1514, data: 'AQID' });
      say({ kind: 'future', x: 1 });
      say({ kind: 'warning', code: 'CLOCK_STEP', message: 'tick' });
      say({ kind: 'stats', timeUs: 1, received: 1, droppedByKernel: null, droppedByInterface: null, shed: 0 });
      onEnd(() => { say({ kind: 'end', reason: 'stop', received: 1, shed: 0 }); });
    `);
    assert.equal((await source.start()).interface, 'test0');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await source.stop();
    assert.equal(await source.ended, null);
    assert.deepEqual(packets, [
      {
        number: 1,
        seconds: 1_700_000_000,
        nanoseconds: 123_456_000,
        originalLength: 1514,
        bytes: Uint8Array.from([1, 2, 3]),
        linkType: 1,
        interfaceIndex: 0,
      },
    ]);
    assert.deepEqual(
      others.filter((text) => !text.startsWith('log')),
      ['hello test0 direct', 'warning tick', 'stats 1'],
    );
    assert.equal(others.filter((text) => text.includes('unknown kind')).length, 1);
  });

  it('sends a start line whose sizes are within the bounds of the helper', async () => {
    const { source } = setUp(`
      process.stdin.once('data', (data) => {
        const start = JSON.parse(data);
        hello({ interface: start.snapLengthBytes + ' ' + start.bufferBytes });
      });
    `);
    assert.equal((await source.start()).interface, `65535 ${1024 * 1024}`);
    await source.stop();
  });

  it('believes no packet before hello', async () => {
    const { source, packets } = setUp(
      `say({ kind: 'packet', timeUs: 1, originalLength: 1, data: 'AA==' }); hello(); onEnd(() => {});`,
    );
    assert.equal((await failureOf(source)).code, 'PROTOCOL');
    assert.deepEqual(packets, []);
  });

  const protocolErrors: [title: string, script: string][] = [
    ['another version', 'hello({ version: 99 });'],
    ['a malformed hello', 'hello({ linkType: "ETHERNET" });'],
    ['a line without end', 'say("x".repeat(300000));'],
    ['an answer to another question', 'say({ kind: "interfaces", interfaces: [] });'],
  ];
  for (const [title, script] of protocolErrors) {
    it(`calls ${title} before hello a PROTOCOL error`, async () => {
      const { source } = setUp(`${script} onEnd(() => {});`);
      assert.equal((await failureOf(source)).code, 'PROTOCOL');
    });
  }

  const brokenLater: [title: string, script: string][] = [
    ['something else than JSON', 'say("segfault\\n");'],
    ['a malformed packet', 'say({ kind: "packet", timeUs: -1, originalLength: 1, data: "" });'],
    ['a second hello', 'hello();'],
    ['a line without end', 'say("x".repeat(300000));'],
  ];
  for (const [title, script] of brokenLater) {
    it(`ends with a PROTOCOL error at ${title} after hello, also when the helper does not go away`, async () => {
      const { source } = setUp(`hello(); ${script} setInterval(() => {}, 1000);`);
      await source.start();
      assert.equal((await source.ended)?.code, 'PROTOCOL');
    });
  }

  it('lets whatever stands before the helper say something, and shows it when nothing comes after', async () => {
    const greeted = setUp('say("Welcome to this machine\\n"); hello(); onEnd(() => {});');
    await greeted.source.start();
    await greeted.source.stop();
    const { source } = setUp('say("Welcome, but no\\n"); process.exit(3);');
    const error = await failureOf(source);
    assert.equal(error.code, 'HELPER_DIED');
    assert.match(error.message, /code 3.*Welcome, but no/);
  });

  it('passes an error line on', async () => {
    const { source } = setUp(
      `say({ kind: 'error', code: 'BAD_FILTER', message: 'syntax error', hint: 'h' }); process.exitCode = 1;`,
    );
    const error = await failureOf(source);
    assert.deepEqual([error.code, error.message, error.hint], ['BAD_FILTER', 'syntax error', 'h']);
  });

  it('passes an error line in the middle of a capture on', async () => {
    const { source } = setUp(
      `hello(); say({ kind: 'error', code: 'INTERNAL', message: 'm', hint: '' }); setTimeout(() => process.exit(1), 50);`,
    );
    await source.start();
    assert.deepEqual(await source.ended, { code: 'INTERNAL', message: 'm', hint: '' } satisfies Omit<
      Extract<HelperOutput, { kind: 'error' }>,
      'kind'
    >);
  });

  it('tells a helper that died from one that was aborted by its interface', async function () {
    // Windows has no signals to be killed by.
    if (process.platform === 'win32') this.skip();
    const died = setUp('hello(); setTimeout(() => { console.error("out of memory"); process.exit(9); }, 50);');
    await died.source.start();
    const failure = await died.source.ended;
    assert.equal(failure?.code, 'HELPER_DIED');
    assert.match(failure.message, /code 9.*out of memory/);

    const aborted = setUp('hello(); setTimeout(() => process.kill(process.pid, "SIGABRT"), 50);');
    await aborted.source.start();
    assert.equal((await aborted.source.ended)?.code, 'INTERFACE_GONE');
  });

  it('does not take a silent end for a clean one', async () => {
    const { source } = setUp('hello(); setTimeout(() => process.exit(0), 50);');
    await source.start();
    assert.equal((await source.ended)?.code, 'HELPER_DIED');
  });

  it('says so when there is nothing to start', async () => {
    const source = new HelperSource({
      helperPath: '/nonexistent/helper.js',
      runtimePath: '/nonexistent/node',
      start: startLine,
      elevation: { methods: [], askpass: null },
      events: {
        hello: () => assert.fail(),
        packet: () => assert.fail(),
        stats: () => assert.fail(),
        warning: () => assert.fail(),
      },
      log: () => undefined,
    });
    const error = await failureOf(source);
    assert.equal(error.code, 'HELPER_DIED');
    assert.match(error.message, /ENOENT/);
  });

  it('kills a helper that does not end with its stdin', async function () {
    // Windows has no signals to be killed by.
    if (process.platform === 'win32') this.skip();
    const { source, others } = setUp('hello(); process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);');
    const { pid } = await source.start();
    await source.stop();
    assert.equal(await source.ended, null);
    assert.throws(() => process.kill(pid, 0));
    assert.ok(others.some((text) => text.includes('killed')));
  });

  it('can be stopped before hello, and before it was started', async () => {
    const { source } = setUp('onEnd(() => {});');
    const started = failureOf(source);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await source.stop();
    assert.equal((await started).code, 'CANCELLED');

    const early = setUp('hello(); onEnd(() => {});');
    await early.source.stop();
    assert.equal((await failureOf(early.source)).code, 'CANCELLED');
  });

  it('gives up on a helper that says nothing', async () => {
    const { source } = setUp('setInterval(() => {}, 1000);');
    assert.equal((await failureOf(source)).code, 'HELPER_TIMEOUT');
  });
});
