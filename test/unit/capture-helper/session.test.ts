import assert from 'node:assert/strict';
import type { HelloLine, HelperOutput, StartLine } from '../../../src/protocol/captureWire';
import { captureWireVersion } from '../../../src/protocol/captureWire';
import { parseHelperOutput } from '../../../src/protocol/captureGuards';
import type { ByteSink } from '../../../src/capture-helper/outputQueue';
import { OutputQueue } from '../../../src/capture-helper/outputQueue';
import type { PacketSource } from '../../../src/capture-helper/packetSource';
import { CaptureFault } from '../../../src/protocol/captureFault';
import { Session } from '../../../src/capture-helper/session';

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
  private onDrain: () => void = () => undefined;
  once(_event: 'drain', then: () => void): void {
    this.onDrain = then;
  }
  drain(): void {
    this.writableLength = 0;
    this.onDrain();
  }
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

function setUp(faults: { open?: Error; load?: Error; drop?: Error; others?: (() => Promise<PacketSource>)[] } = {}) {
  const sink = new Sink();
  const log: string[] = [];
  const output = new OutputQueue(sink);
  let lose: (fault: CaptureFault) => void = () => assert.fail('not open');
  const source: PacketSource = {
    backend: 'cap',
    open: (options, queue, onLost) => {
      assert.equal(queue, output);
      log.push(`open ${options.interface}`);
      if (faults.open) throw faults.open;
      lose = onLost;
      return { linkType: 1, timestampSource: 'process', nanoseconds: false, dropCountsKnown: false, capturePid: null };
    },
    stats: () => ({ received: 2, droppedByKernel: null, droppedByInterface: null }),
    close: (wantsRest) => void log.push(wantsRest ? 'close' : 'close at once'),
  };
  const session = new Session({
    output,
    backends: () => [
      ...(faults.others ?? []),
      () => (faults.load ? Promise.reject(faults.load) : Promise.resolve(source)),
    ],
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
    await settle();
  };
  const packet = (timeUs: number, originalLength: number, bytes: Buffer): void =>
    output.packet(timeUs, 0, originalLength, bytes);
  return { session, sink, log, input, packet, lose: (fault: CaptureFault) => lose(fault) };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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
    assert.deepEqual(sink.lines[4], { kind: 'end', reason: 'stop', shed: 0 });
  });

  it('ends when stdin ends, in whatever state', async () => {
    const waiting = setUp();
    waiting.session.stop('stdin-closed');
    assert.deepEqual(waiting.log, ['exit 0']);

    const opening = setUp();
    opening.session.input(Buffer.from(`${JSON.stringify(startLine)}\n`));
    opening.session.stop('stdin-closed');
    await settle();
    assert.deepEqual(opening.log, ['open test0', 'drop', 'close at once', 'exit 0']);

    const capturing = setUp();
    await capturing.input(startLine);
    capturing.session.stop('stdin-closed');
    await settle();
    assert.deepEqual(capturing.log, ['open test0', 'drop', 'close at once', 'exit 0']);
  });

  it('reports a failed open and touches the source no more', async () => {
    const { sink, log, input } = setUp({ open: new CaptureFault('BAD_FILTER', 'syntax error', 'a hint') });
    await input(startLine);
    assert.deepEqual(log, ['open test0', 'exit 1']);
    assert.deepEqual(sink.lines[0], { kind: 'error', code: 'BAD_FILTER', message: 'syntax error', hint: 'a hint' });
    assert.equal(sink.lines[1]?.kind, 'end');
  });

  it('sends no hello and no packet when root cannot be given up', async () => {
    const { sink, log, input, packet } = setUp({ drop: new CaptureFault('PRIVILEGE_DROP_FAILED', 'x') });
    await input(startLine);
    packet(1, 1, Buffer.from([1]));
    assert.deepEqual(sink.kinds, ['error', 'end']);
    assert.deepEqual(log, ['open test0', 'drop', 'exit 1']);
  });

  it('reports a backend that cannot be loaded', async () => {
    const { sink, input } = setUp({ load: new CaptureFault('BINDING_MISSING', 'ABI 115') });
    await input(startLine);
    assert.equal((sink.lines[0] as { code?: string }).code, 'BINDING_MISSING');
  });

  const refusing =
    (code: 'NOT_PERMITTED' | 'BINDING_MISSING' | 'BAD_FILTER', words: string) => (): Promise<PacketSource> =>
      Promise.reject(new CaptureFault(code, words));

  it('goes on to the next backend when one is missing or may not capture', async () => {
    const others = [refusing('BINDING_MISSING', 'none'), refusing('NOT_PERMITTED', 'forbidden')];
    const { sink, log, input } = setUp({ others });
    await input(startLine);
    assert.deepEqual(sink.kinds, ['hello']);
    assert.deepEqual(log, ['open test0', 'drop']);
  });

  it('says that it may not capture when one backend said so, whatever else is missing', async () => {
    const others = [refusing('BINDING_MISSING', 'none'), refusing('NOT_PERMITTED', 'forbidden')];
    const { sink, input } = setUp({ others, load: new CaptureFault('BINDING_MISSING', 'ABI 115') });
    await input(startLine);
    const [error] = sink.lines;
    assert.deepEqual(error?.kind === 'error' && [error.code, error.message], ['NOT_PERMITTED', 'forbidden']);
  });

  it('tries nothing else after a filter that cannot be compiled', async () => {
    const { sink, log, input } = setUp({ others: [refusing('BAD_FILTER', 'syntax error')] });
    await input(startLine);
    assert.deepEqual(sink.kinds, ['error', 'end']);
    assert.deepEqual(log, ['exit 1']);
  });

  it('ends, with the last statistics, when the interface is gone', async () => {
    const { sink, log, input, lose } = setUp();
    await input(startLine);
    lose(new CaptureFault('INTERFACE_GONE', 'gone'));
    assert.deepEqual(sink.kinds, ['hello', 'stats', 'error', 'end']);
    assert.equal(log.at(-1), 'exit 1');
  });

  it('refuses a second start, nonsense, and a line without end; ignores unknown kinds', async () => {
    const twice = setUp();
    await twice.input({ kind: 'future' }, startLine);
    await twice.input(startLine);
    assert.deepEqual(twice.sink.kinds, ['hello', 'stats', 'error', 'end']);

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
  const bytes = Buffer.alloc(1000, 1);
  const make = () => {
    const sink = new Sink();
    const queue = new OutputQueue(sink);
    const end = { kind: 'end', reason: 'stop', shed: 0 } as const;
    const hello: HelloLine = {
      kind: 'hello',
      version: captureWireVersion,
      pid: 1,
      uid: 1,
      interface: 'x',
      linkType: 1,
      snapLengthBytes: 64,
      timestampSource: 'kernel',
      nanoseconds: true,
      backend: 'cap',
      dropCountsKnown: true,
      capturePid: null,
    };
    queue.send(hello);
    const packets = (count: number): void => {
      for (let i = 0; i < count; i++) queue.packet(i, 0, 1000, bytes);
    };
    return { sink, queue, hello, end, packets };
  };

  it('sends packets between hello and end only', () => {
    const { sink, queue, end, packets } = make();
    packets(1);
    queue.pcap(Buffer.from([1]), () => undefined);
    queue.send(end);
    packets(1);
    queue.pcap(Buffer.from([1]), () => undefined);
    queue.flush();
    const silent = new Sink();
    new OutputQueue(silent).packet(1, 0, 1, bytes);
    assert.deepEqual(sink.kinds.sort(), ['end', 'hello', 'packet', 'pcap']);
    assert.equal(silent.text, '');
  });

  it('writes packets together', async () => {
    const { sink, packets } = make();
    packets(10);
    assert.equal(sink.writes, 1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(sink.writes, 2);
    assert.equal(sink.lines.length, 11);
  });

  it('writes at once when there is much to write', () => {
    const { sink, queue, packets } = make();
    packets(100);
    assert.ok(sink.writes >= 2);
    queue.flush();
    assert.equal(sink.lines.length, 101);
  });

  it('keeps nanoseconds, and leaves them out where there are none', () => {
    const { sink, queue } = make();
    queue.packet(5, 678, 1, bytes);
    queue.packet(6, 0, 1, bytes);
    queue.flush();
    const fine = sink.lines.slice(1).map((line) => line.kind === 'packet' && line.nanoseconds);
    assert.deepEqual(fine, [678, undefined]);
  });

  it('sheds packets, and nothing else, while its reader takes nothing', () => {
    const { sink, queue, packets } = make();
    sink.writableLength = 5 * 1024 * 1024;
    packets(3);
    const { shed } = queue;
    queue.send({ kind: 'stats', timeUs: 1, received: 3, droppedByKernel: null, droppedByInterface: null, shed });
    sink.writableLength = 0;
    packets(1);
    queue.flush();
    assert.deepEqual(sink.kinds, ['hello', 'stats', 'packet']);
    assert.equal(queue.shed, 3);
  });

  it('asks a stream to wait while its reader takes nothing, and tells when it does again', () => {
    const { sink, queue } = make();
    let ready = 0;
    assert.equal(
      queue.pcap(bytes, () => (ready += 1)),
      true,
    );
    sink.writableLength = 5 * 1024 * 1024;
    assert.equal(
      queue.pcap(bytes, () => (ready += 1)),
      false,
    );
    assert.equal(ready, 0);
    sink.drain();
    assert.equal(ready, 1);
  });

  it('cuts a stream so that no line is too long', () => {
    const { sink, queue } = make();
    const stream = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => i));
    queue.pcap(stream, () => undefined);
    const pieces = sink.lines.flatMap((line) => (line.kind === 'pcap' ? [Buffer.from(line.data, 'base64')] : []));
    assert.ok(pieces.length > 1);
    assert.ok(Buffer.concat(pieces).equals(stream));
  });
});
