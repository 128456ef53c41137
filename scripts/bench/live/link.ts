import { execFileSync } from 'node:child_process';

/** Two network namespaces of our own, joined by a pair of virtual cards: nothing else is on this link. */
export class BenchLink {
  readonly name = 'nta0';
  readonly near = `nta-bench-near-${process.pid}`;
  readonly far = `nta-bench-far-${process.pid}`;

  constructor() {
    for (const namespace of [this.near, this.far]) ip('netns', 'add', namespace);
    ip('-n', this.near, 'link', 'add', this.name, 'type', 'veth', 'peer', 'name', this.name, 'netns', this.far);
    for (const namespace of [this.near, this.far]) {
      ip('netns', 'exec', namespace, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6');
      ip('-n', namespace, 'link', 'set', this.name, 'arp', 'off', 'up');
    }
  }

  /** Frames that have come in on the near side: what is put to whoever listens there. */
  get received(): number {
    const file = `/sys/class/net/${this.name}/statistics/rx_packets`;
    return Number(ip('netns', 'exec', this.near, 'cat', file));
  }

  dispose(): void {
    for (const namespace of [this.near, this.far]) ip('netns', 'del', namespace);
  }
}

function ip(...words: string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: 10_000 });
}
