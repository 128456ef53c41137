import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { pcapFileHeader, pcapRecord } from '../../src/core/pcap/pcapWriter';
import { rawPacket, udpFrame } from '../support/packets';
import { Driver, startLine } from './support/driver';
import { TestNetwork } from './support/network';
import { cannotCapture, eventually, hasProgram, Stage } from './support/stage';

const run = promisify(execFile);
const sentPackets = 150_000;

/** Resolves when a process has used no more time of the processor for as long as twenty looks at it take. */
async function atRest(pid: number): Promise<void> {
  const used = (): string => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ').slice(13, 15).join(' ');
  let last = '';
  for (let same = 0; same < 20; same = used() === last ? same + 1 : 0) {
    last = used();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** More packets than the buffers hold while what reads them stands still: each is handed over or counted as lost. */
for (const backend of ['tcpdump', 'dumpcap', 'cap'] as const) {
  describe(`a capture by ${backend} that cannot keep up`, function () {
    this.timeout(60_000);
    let stage: Stage;
    let network: TestNetwork;
    let driver: Driver | null = null;

    before(function () {
      const missing = ['cc', ...(backend === 'cap' ? [] : [backend])].find((name) => !hasProgram(name));
      const reason = cannotCapture() ?? (missing === undefined ? null : `${missing} is not installed`);
      if (reason !== null) {
        console.log(`skipped: ${reason}`);
        this.skip();
      }
      stage = new Stage();
      network = new TestNetwork();
    });
    after(async () => {
      await driver?.dispose();
      stage?.dispose();
      network?.dispose();
    });

    /** What came in at the interface by the count of its driver, to whoever listens there. */
    const arrived = (): number => {
      const [program, args] = network.inClient('cat', `/sys/class/net/${network.interface}/statistics/rx_packets`);
      return Number(execFileSync(program, args, { encoding: 'utf8' }));
    };
    const flood = async (): Promise<void> => {
      const sender = path.join(stage.directory, 'sendFrames');
      execFileSync('cc', ['-O2', '-o', sender, path.resolve(__dirname, '../../scripts/bench/live/sendFrames.c')]);
      const ends = { source: network.serverAddress, destination: network.clientAddress };
      const frame = udpFrame({ ...ends, sourcePort: 4000, destinationPort: 9 }, new Uint8Array(100));
      const file = path.join(stage.directory, 'flood.pcap');
      const header = pcapFileHeader({ linkType: 1, snapLengthBytes: 65_535, nanoseconds: false });
      writeFileSync(file, Buffer.concat([header, pcapRecord(rawPacket(frame), false)]));
      await run(...network.inServer(sender, network.interface, String(sentPackets), '200000', file));
    };

    /** Sends all while a process stands still: what it would take in time on a quiet machine, it cannot. */
    const floodWhileStopped = async (pid: number, untilItGoesOn: () => Promise<unknown>): Promise<void> => {
      const before = arrived();
      process.kill(pid, 'SIGSTOP');
      try {
        await flood();
        await untilItGoesOn();
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      const sent = arrived() - before;
      assert.ok(sent >= sentPackets, `only ${sent} of ${sentPackets} packets arrived`);
    };
    afterEach(async () => {
      await driver?.dispose();
      driver = null;
    });

    it('loses packets, and received and dropped and shed are what was sent, to the packet', async () => {
      const choice = backend === 'cap' ? 'cap' : 'stream';
      const start = startLine({ backend: choice, filter: 'udp dst port 9', bufferBytes: 1024 * 1024 });
      const hidden = backend === 'dumpcap' ? ['tcpdump'] : [];
      driver = new Driver(stage, network, { start, quiet: true }, { hidden });
      const { line } = await driver.next('hello');
      await floodWhileStopped(line.capturePid ?? line.pid, async () => undefined);
      const newest = () => driver!.all('stats').at(-1) ?? { received: 0, droppedByKernel: 0, shed: 0 };
      if (backend === 'dumpcap') {
        // It tells what it dropped at its end only.
        let received = -1;
        for (let same = 0; same < 3;) {
          const next = driver.all('stats').length + 1;
          await driver.next('stats', 10_000, next);
          same = newest().received === received && received > 0 ? same + 1 : 0;
          received = newest().received;
        }
        assert.equal(newest().droppedByKernel, null);
      } else {
        const isCounted = (): boolean => newest().received + (newest().droppedByKernel ?? 0) >= sentPackets;
        assert.ok(await eventually(isCounted, 15_000), JSON.stringify(newest()));
      }
      driver.stop();
      const { code, packets } = await driver.ended();
      assert.equal(code, null);
      const { received, droppedByKernel, shed } = newest();
      assert.ok((droppedByKernel ?? 0) > 0, 'nothing was dropped, so nothing was tested');
      assert.equal(received + (droppedByKernel ?? 0), sentPackets);
      assert.equal(packets, received - shed);
    });

    // A stream is left to the kernel instead.
    if (backend !== 'cap') return;
    it('sheds and counts what its reader does not take, while the kernel drops nothing', async () => {
      const start = startLine({ backend, filter: 'udp dst port 9', bufferBytes: 64 * 1024 * 1024 });
      driver = new Driver(stage, network, { start, quiet: true });
      const { pid } = await driver.next('hello');
      await floodWhileStopped(driver.pid, () => atRest(pid));
      driver.stop();
      const { code, packets } = await driver.ended();
      assert.equal(code, null);
      const { received, droppedByKernel, shed } = driver.all('stats').at(-1)!;
      assert.ok(shed > 0, 'nothing was shed, so nothing was tested');
      assert.deepEqual(
        { received, droppedByKernel, packets },
        { received: sentPackets, droppedByKernel: 0, packets: sentPackets - shed },
      );
    });
  });
}
