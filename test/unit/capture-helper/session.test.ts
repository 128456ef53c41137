import assert from 'node:assert/strict';
import type { HelperOutput, StartLine } from '../../../src/protocol/captureWire';
import { captureWireVersion } from '../../../src/protocol/captureWire';
import { parseHelperOutput } from '../../../src/protocol/captureGuards';
import type { ByteSink } from '../../../src/capture-helper/outputQueue';
import { OutputQueue } from '../../../src/capture-helper/outputQueue';
import type { OnPacket, PacketSource } from '../../../src/capture-helper/packetSource';
import { SourceError } from '../../../src/capture-helper/packetSource';
import { Session } from '../../../src/capture-helper/session';
import { WallClock } from '../../../src/capture-helper/wallClock';

const startLine: StartLine = {
  kind: 'start',
  version: captureWireVersion,
  backend: 'auto',
  interface: 'test0',
  filter: 'tcp',
  snapLengthBytes: 256,
  promiscuous: true,
  bufferBytes: 1 << 26,
};

class Sink implements ByteSink {
  writableLength = 0;
  text = '';
  writes = 0;
  write(text: string): boolean {
    this.text += text;
    this.writes += 1;
    return true;
  }
  get lines(): HelperOutput[] {
    return this.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const parsed = parseHelperOutput(line);
        assert.equal(parsed.verdict, 'line', line);
        return (parsed as { line: HelperOutput }).line;
      });
  }
  get kinds(): string[] {
    return this.lines.map((line) => line.kind);
  }
}

function setUp(faults: { open?: Error; load?: Error; drop?: Error } = {}) {
  const sink = new Sink();
  const log: string[] = [];
  let onPacket: OnPacket = () => assert.fail('not open');
  const source: PacketSource = {
    backend: 'cap',
    listInterfaces: () => [{ name: 'test0', description: 'one', addresses: [], loopback: false }],
    open: (options, handler) => {
      log.push(`open ${options.interface}`);
      if (faults.open) throw faults.open;
      onPacket = handler;
      return { linkType: 1, timestampSource: 'process', nanoseconds: false, dropCountsKnown: false, capturePid: null };
    },
    stats: () => ({ droppedByKernel: null }),
    close: () => log.push('close'),
  };
  const session = new Session({
    output: new OutputQueue(sink),
    clock: new WallClock(),
    loadSource: () => (faults.load ? Promise.reject(faults.load) : Promise.resolve(source)),
    dropPrivileges: () => {
      log.push('drop');
      if (faults.drop) throw faults.drop;
      return 1000;
    },
    pid: 7,
    exit: (code) => log.push(`exit ${code}`),
  });
  const input = async (...lines: unknown[]): Promise<void> => {
    session.input(
      Buffer.from(lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')),
    );
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { session, sink, log, input, packet: (...args: Parameters<OnPacket>) => onPacket(...args) };
}

describe('Session of the capture helper', () => {
  it('opens, drops root, says hello, passes packets on, stops', async () => {
    const { sink, log, input, packet } = setUp();
    await input(startLine);
    assert.deepEqual(log, ['open test0', 'drop']);
    packet(1_700_000_000_000_001, 1514, Buffer.from([1, 2, 3]));
    packet(1_700_000_000_000_002, 60, Buffer.from([4]));
    await input({ kind: 'stop' });
    assert.deepEqual(log, ['open test0', 'drop', 'close', 'exit 0']);
    assert.deepEqual(sink.kinds, ['hello', 'packet', 'packet', 'stats', 'end']);
    assert.deepEqual(sink.lines[1], {
      kind: 'packet',
      timeUs: 1_700_000_000_000_001,
      originalLength: 1514,
      data: 'AQID',
    });
    assert.deepEqual(sink.lines[4], { kind: 'end', reason: 'stop', received: 2, shed: 0 });
  });

  it('ends when stdin ends, in whatever state', async () => {
    const waiting = setUp();
    waiting.session.stop('stdin-closed');
    assert.deepEqual(waiting.log, ['exit 0']);

    const opening = setUp();
    opening.session.input(Buffer.from(`${JSON.stringify(startLine)}\n`));
    opening.session.stop('stdin-closed');
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(opening.log, ['open test0', 'drop', 'close', 'exit 0']);

    const capturing = setUp();
    await capturing.input(startLine);
    capturing.session.stop('stdin-closed');
    assert.deepEqual(capturing.log, ['open test0', 'drop', 'close', 'exit 0']);
  });

  it('reports a failed open and touches the source no more', async () => {
    const { sink, log, input } = setUp({ open: new SourceError('BAD_FILTER', 'syntax error', 'a hint') });
    await input(startLine);
    assert.deepEqual(log, ['open test0', 'exit 1']);
    assert.deepEqual(sink.lines[0], { kind: 'error', code: 'BAD_FILTER', message: 'syntax error', hint: 'a hint' });
    assert.equal(sink.lines[1]?.kind, 'end');
  });

  it('sends no hello and no packet when root cannot be given up', async () => {
    const { sink, log, input, packet } = setUp({ drop: new SourceError('PRIVILEGE_DROP_FAILED', 'x') });
    await input(startLine);
    packet(1, 1, Buffer.from([1]));
    assert.deepEqual(sink.kinds, ['error', 'end']);
    assert.deepEqual(log, ['open test0', 'drop', 'exit 1']);
  });

  it('reports a backend that cannot be loaded', async () => {
    const { sink, input } = setUp({ load: new SourceError('BINDING_MISSING', 'ABI 115') });
    await input(startLine);
    assert.equal((sink.lines[0] as { code?: string }).code, 'BINDING_MISSING');
  });

  it('lists interfaces without opening one, and without the rights to', async () => {
    const { sink, log, input } = setUp();
    await input({ kind: 'interfaces' });
    assert.deepEqual(sink.kinds, ['interfaces', 'end']);
    assert.deepEqual(log, ['drop', 'exit 0']);
  });

  it('refuses a second start, nonsense, and a line without end; ignores unknown kinds', async () => {
    const twice = setUp();
    await twice.input({ kind: 'future' }, startLine);
    await twice.input(startLine);
    assert.deepEqual(twice.sink.kinds, ['hello', 'error', 'end']);

    const nonsense = setUp();
    await nonsense.input('nonsense', startLine);
    assert.deepEqual(nonsense.sink.kinds, ['error', 'end']);
    assert.deepEqual(nonsense.log, ['exit 1']);

    const endless = setUp();
    endless.session.input(Buffer.alloc(70_000, 'x'));
    assert.deepEqual(endless.sink.kinds, ['error', 'end']);
  });
});

describe('OutputQueue', () => {
  const packet = Buffer.alloc(1000, 1);

  it('writes packets together', async () => {
    const sink = new Sink();
    const queue = new OutputQueue(sink);
    for (let i = 0; i < 10; i++) queue.packet(i, 1000, packet);
    assert.equal(sink.writes, 0);
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(sink.writes, 1);
    assert.equal(sink.lines.length, 10);
  });

  it('writes at once when there is much to write', () => {
    const sink = new Sink();
    const queue = new OutputQueue(sink);
    for (let i = 0; i < 100; i++) queue.packet(i, 1000, packet);
    assert.ok(sink.writes >= 1);
    queue.flush();
    assert.equal(sink.lines.length, 100);
  });

  it('sheds packets, and nothing else, while its reader takes nothing', () => {
    const sink = new Sink();
    sink.writableLength = 5 * 1024 * 1024;
    const queue = new OutputQueue(sink);
    for (let i = 0; i < 3; i++) queue.packet(i, 1000, packet);
    const { received, shed } = queue;
    queue.send({ kind: 'stats', timeUs: 1, received, droppedByKernel: null, droppedByInterface: null, shed });
    sink.writableLength = 0;
    queue.packet(4, 1000, packet);
    queue.flush();
    assert.deepEqual(sink.kinds, ['stats', 'packet']);
    assert.deepEqual([queue.received, queue.shed], [4, 3]);
  });

  it('sheds when the event loop gets no turn, until it gets one', async () => {
    let nowMs = 0;
    const queue = new OutputQueue(new Sink(), () => nowMs);
    queue.packet(1, 1000, packet);
    nowMs = 1000;
    queue.packet(2, 1000, packet);
    assert.equal(queue.shed, 1);
    await new Promise((resolve) => setImmediate(resolve));
    queue.packet(3, 1000, packet);
    assert.equal(queue.shed, 1);
    queue.flush();
  });
});
