import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Scenario } from './scenario';

/** Addresses of the servers end in these. */
const serverAddresses = Array.from({ length: 10 }, (_, i) => `10.88.0.${10 + i}/16`);

const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });

/** A process in a namespace, ended with all that it started. */
export function startIn(
  space: string,
  command: string,
  folder: string,
  env: Record<string, string> = {},
): ChildProcess {
  return spawn('ip', ['netns', 'exec', space, 'bash', '-c', command], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: 'ignore',
    // A group of its own, so that one signal ends all of it.
    detached: true,
  });
}

export function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** The namespace of one client. */
export interface Client {
  readonly space: string;
  readonly device: string;
  readonly address: string;
  readonly addresses: readonly string[];
}

/** Servers and clients in network namespaces on one switch, without a way out. Needs root. */
export class LabNetwork {
  readonly #spaces = new Set<string>();
  readonly #children = new Set<ChildProcess>();
  readonly serverSpace: string;
  readonly #switchSpace: string;

  /** Two networks at a time need two names. */
  constructor(
    private readonly folder: string,
    private readonly name = 'nta-ml',
  ) {
    const serverSpace = `${name}-srv`;
    const switchSpace = `${name}-sw`;
    this.serverSpace = serverSpace;
    this.#switchSpace = switchSpace;
    for (const space of [serverSpace, switchSpace]) this.#addSpace(space);
    ip('-n', switchSpace, 'link', 'add', 'br0', 'type', 'bridge');
    ip('-n', switchSpace, 'link', 'set', 'br0', 'up');
    this.#plug(serverSpace, 'eth0', 'srv', true);
    for (const address of serverAddresses) ip('-n', serverSpace, 'addr', 'add', address, 'dev', 'eth0');
  }

  /** Address of the servers' device, for programs that write frames themselves. */
  get serverMac(): string {
    const text = execFileSync('ip', ['-n', this.serverSpace, '-o', 'link', 'show', 'eth0'], { encoding: 'utf8' });
    return /link\/ether ([0-9a-f:]{17})/.exec(text)?.[1] ?? '';
  }

  start(space: string, command: string, env: Record<string, string> = {}): ChildProcess {
    const child = startIn(space, command, this.folder, env);
    this.#children.add(child);
    child.on('exit', () => this.#children.delete(child));
    return child;
  }

  /** A client with its path to the switch, as the scenario wants it. */
  addClient(number: number, { path: wanted, rate, offload, addresses = 0 }: Scenario): Client {
    const switchSpace = this.#switchSpace;
    const space = `${this.name}-c${number}`;
    const list = Array.from({ length: addresses + 1 }, (_, i) => `10.88.${1 + i}.${number}`);
    this.#addSpace(space);
    this.#plug(space, 'eth0', `c${number}`, wanted === undefined);
    for (const address of list) ip('-n', space, 'addr', 'add', `${address}/16`, 'dev', 'eth0');
    const inClient = (...words: string[]): void => void execFileSync('ip', ['netns', 'exec', space, ...words], { stdio: 'ignore' }); // prettier-ignore
    if (wanted !== undefined || offload === false) {
      inClient('ethtool', '-K', 'eth0', 'tso', 'off', 'gso', 'off', 'gro', 'off', 'tx', 'off');
    }
    if (rate !== undefined) inClient('tc', 'qdisc', 'add', 'dev', 'eth0', 'root', 'tbf', 'rate', rate, 'burst', '64k', 'latency', '200ms'); // prettier-ignore
    if (wanted !== undefined) {
      const far = `d${number}`;
      ip('-n', switchSpace, 'link', 'add', far, 'type', 'veth', 'peer', 'name', `${far}b`);
      ip('-n', switchSpace, 'link', 'set', `${far}b`, 'master', 'br0', 'up');
      ip('-n', switchSpace, 'link', 'set', far, 'up');
      const words = [`c${number}`, far, wanted.delayMs, wanted.jitterMs, wanted.lossPercent].join(' ');
      this.start(switchSpace, `exec python3 ${path.join(__dirname, 'delay.py')} ${words}`);
    }
    return { space, device: 'eth0', address: list[0] ?? '', addresses: list };
  }

  /** Frames that a program carries along must be whole: without segments of 64 KB, with checksums. */
  setServerOffload(on: boolean): void {
    const state = on ? 'on' : 'off';
    const words = ['tso', 'gso', 'gro', 'tx'].flatMap((feature) => [feature, state]);
    execFileSync('ip', ['netns', 'exec', this.serverSpace, 'ethtool', '-K', 'eth0', ...words], { stdio: 'ignore' });
  }

  removeClient({ space }: Client): void {
    this.#removeSpace(space);
  }

  close(): void {
    for (const child of this.#children) endGroup(child);
    for (const space of [...this.#spaces]) this.#removeSpace(space);
  }

  #addSpace(space: string): void {
    // What a run that was killed has left.
    try {
      execFileSync('ip', ['netns', 'del', space], { stdio: 'ignore' });
    } catch {
      // There was none.
    }
    ip('netns', 'add', space);
    this.#spaces.add(space);
    ip('-n', space, 'link', 'set', 'lo', 'up');
    execFileSync('ip', ['netns', 'exec', space, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1'], { stdio: 'ignore' }); // prettier-ignore
  }

  #removeSpace(space: string): void {
    if (!this.#spaces.delete(space)) return;
    ip('netns', 'del', space);
  }

  #plug(space: string, device: string, far: string, bridged: boolean): void {
    ip('-n', space, 'link', 'add', device, 'type', 'veth', 'peer', 'name', far, 'netns', this.#switchSpace);
    if (bridged) ip('-n', this.#switchSpace, 'link', 'set', far, 'master', 'br0');
    ip('-n', this.#switchSpace, 'link', 'set', far, 'up');
    ip('-n', space, 'link', 'set', device, 'up');
  }
}
