import type { ChildProcessByStdio } from 'node:child_process';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { TestNetwork } from './network';

/** What a path does to packets. `lossFrom` is the side whose TCP segments with data are dropped. */
export interface Impairment {
  /** Of what comes from the server. */
  delayMs: number;
  lossPercent: number;
  lossFrom: 'client' | 'server';
}

/** What it really did. */
export interface ImpairmentFacts {
  handshakeMs: number;
  lossPercent: number;
}

/** Segments are put on the path as they are on a wire: neither joined nor without checksum. */
const offloadsOff = `import array, fcntl, socket, struct, sys
s = socket.socket()
for command in (0x17, 0x1f, 0x24, 0x2c):
    value = array.array("B", struct.pack("II", command, 0))
    fcntl.ioctl(s, 0x8946, struct.pack("16sP", sys.argv[1].encode(), value.buffer_info()[0]))`;

/**
 * A second link between the namespaces of a network, through a third one that delays and drops: by the kernel's netem, or
 * where there is none by a relay in user space.
 */
export class ImpairedPath {
  readonly interface = 'ntaw0';
  readonly clientAddress = '10.82.0.2';
  readonly serverAddress = '10.82.0.1';
  /** `netem`, or what stands in for it. */
  readonly means: 'netem' | 'relay';
  private readonly middle: string;
  private relay: ChildProcessByStdio<Writable, Readable, null> | null = null;
  private output: Promise<string> | null = null;

  constructor(
    network: TestNetwork,
    private readonly impairment: Impairment,
  ) {
    this.middle = `nta-m-${process.pid}-${Date.now() % 100_000}`;
    ip('netns', 'add', this.middle);
    for (const [namespace, address, end] of [
      [network.client, this.clientAddress, 'near'],
      [network.server, this.serverAddress, 'far'],
    ] as const) {
      ip('-n', namespace, 'link', 'add', this.interface, 'type', 'veth', 'peer', 'name', end, 'netns', this.middle);
      ip('netns', 'exec', namespace, 'python3', '-c', offloadsOff, this.interface);
      ip('-n', namespace, 'addr', 'add', `${address}/24`, 'dev', this.interface);
      ip('-n', namespace, 'link', 'set', this.interface, 'up');
      ip('netns', 'exec', this.middle, 'python3', '-c', offloadsOff, end);
      ip('-n', this.middle, 'link', 'set', end, 'up');
    }
    this.means = this.useNetem() ? 'netem' : 'relay';
  }

  /** Resolves when packets pass. */
  async start(): Promise<void> {
    if (this.means === 'netem') return;
    const { delayMs, lossPercent, lossFrom } = this.impairment;
    const script = path.join(__dirname, 'relay.py');
    const numbers = [String(delayMs), String(lossPercent), lossFrom === 'client' ? 'near' : 'far'];
    const words = ['netns', 'exec', this.middle, 'python3', script, 'near', 'far', ...numbers];
    this.relay = spawn('ip', words, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(this.relay.stdout, 'data');
    this.output = text(this.relay.stdout);
  }

  /** Nothing passes any more. */
  async finish(): Promise<ImpairmentFacts> {
    const { delayMs, lossPercent } = this.impairment;
    if (this.relay === null || this.output === null) return { handshakeMs: delayMs, lossPercent };
    this.relay.stdin.end();
    const facts = JSON.parse(await this.output) as Record<'handshakeMs' | 'data' | 'dropped' | 'overflow', number>;
    if (facts.overflow > 0) throw new Error('the relay itself could not keep up');
    return { handshakeMs: facts.handshakeMs, lossPercent: (100 * facts.dropped) / Math.max(1, facts.data) };
  }

  dispose(): void {
    this.relay?.kill('SIGKILL');
    ip('netns', 'del', this.middle);
  }

  private useNetem(): boolean {
    const { delayMs, lossPercent, lossFrom } = this.impairment;
    spawnSync('modprobe', ['sch_netem']);
    const tc = (device: string, ...words: string[]): boolean =>
      spawnSync('tc', ['-n', this.middle, 'qdisc', 'add', 'dev', device, 'root', 'netem', ...words]).status === 0;
    const loss = lossFrom === 'client' ? 'far' : 'near';
    const isThere =
      (delayMs === 0 || tc('near', 'delay', `${delayMs}ms`)) &&
      (lossPercent === 0 || tc(loss, 'loss', `${lossPercent}%`));
    if (!isThere) return false;
    ip('-n', this.middle, 'link', 'add', 'both', 'type', 'bridge');
    for (const end of ['near', 'far']) ip('-n', this.middle, 'link', 'set', end, 'master', 'both');
    ip('-n', this.middle, 'link', 'set', 'both', 'up');
    return true;
  }
}

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'inherit'], timeout: 10_000 });
}
