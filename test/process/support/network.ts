import { execFileSync } from 'node:child_process';

/** Two network namespaces joined by a veth pair: packets are captured in one, the servers run in the other. */
export class TestNetwork {
  readonly clientAddress = '10.77.0.2';
  readonly serverAddress = '10.77.0.1';
  /** Name of the client's end of the pair, in its namespace. */
  readonly interface = 'nta0';
  readonly client: string;
  readonly server: string;

  constructor() {
    const suffix = `${process.pid}-${Date.now() % 100_000}`;
    this.client = `nta-c-${suffix}`;
    this.server = `nta-s-${suffix}`;
    try {
      for (const namespace of [this.client, this.server]) {
        ip('netns', 'add', namespace);
        ip('-n', namespace, 'link', 'set', 'lo', 'up');
      }
      this.addLink(this.interface, this.clientAddress, this.serverAddress);
      // The route that auto-detection is meant to follow.
      ip('-n', this.client, 'route', 'add', 'default', 'via', this.serverAddress);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Joins the namespaces by one more pair; the addresses are /24. */
  addLink(name: string, clientAddress: string, serverAddress: string): void {
    ip('-n', this.client, 'link', 'add', name, 'type', 'veth', 'peer', 'name', name, 'netns', this.server);
    ip('-n', this.client, 'addr', 'add', `${clientAddress}/24`, 'dev', name);
    ip('-n', this.server, 'addr', 'add', `${serverAddress}/24`, 'dev', name);
    ip('-n', this.client, 'link', 'set', name, 'up');
    ip('-n', this.server, 'link', 'set', name, 'up');
  }

  removeLink(name: string): void {
    ip('-n', this.client, 'link', 'del', name);
  }

  inClient(...words: string[]): [string, string[]] {
    return ['ip', ['netns', 'exec', this.client, ...words]];
  }

  inServer(...words: string[]): [string, string[]] {
    return ['ip', ['netns', 'exec', this.server, ...words]];
  }

  dispose(): void {
    for (const namespace of [this.client, this.server]) {
      try {
        ip('netns', 'del', namespace);
      } catch {
        // Was not made.
      }
    }
  }
}

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 10_000 });
}
