import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { whenEnded } from '../../../scripts/lib/children.mjs';

const serverPort = 18_080;
const requestEveryMs = 50;

/** A place with traffic of its own: a peer to talk to and the interface on the way there. */
interface Place {
  /** Interface to capture on. */
  readonly interfaceName: string;
  /** Address of the peer. */
  readonly peer: string;
  /** Our own address on the way there. */
  readonly self: string;
  /** More addresses of ours there. */
  readonly more: readonly string[];
  /** Keeps other traffic of the interface out. */
  readonly filter: string;
  /** Words in front of a command that make it run on the peer. */
  readonly onPeer: string[];
  remove(): void;
}

/**
 * Real, bounded traffic for a test: HTTP requests to a small server, and a connect scan of it. As root the peer is a
 * network namespace at the other end of a veth pair, else an address of its own on loopback.
 */
export class TrafficLab {
  private timer: NodeJS.Timeout | undefined;
  requests = 0;

  private constructor(
    readonly place: Place,
    private readonly server: ChildProcess,
    private readonly keepNoMore: () => void,
  ) {}

  static async create(): Promise<TrafficLab> {
    const place = process.getuid?.() === 0 ? makeNamespace() : loopback();
    const keepNoMore = whenEnded(place.remove);
    try {
      const script = path.join(__dirname, 'trafficServer.mjs');
      const [command, ...words] = [...place.onPeer, process.execPath, script, place.peer, String(serverPort)];
      const server = spawn(command!, words, { stdio: ['pipe', 'pipe', 'inherit'] });
      const [line] = (await once(server.stdout!, 'data')) as [Buffer];
      if (!line.toString().includes('listening')) throw new Error(`the traffic server said ${line.toString()}`);
      return new TrafficLab(place, server, keepNoMore);
    } catch (error) {
      keepNoMore();
      place.remove();
      throw error;
    }
  }

  /** Where the server of the peer answers. */
  get address(): string {
    return `http://${this.place.peer}:${serverPort}/`;
  }

  /** Requests a page every 50 ms until {@link stopTraffic}, over a new connection each time. */
  startTraffic(): void {
    this.timer = setInterval(() => {
      const request = get(
        { host: this.place.peer, port: serverPort, path: `/page-${this.requests}`, agent: false },
        (r) => r.resume(),
      );
      request.on('error', () => undefined);
      this.requests++;
    }, requestEveryMs);
  }

  stopTraffic(): void {
    clearInterval(this.timer);
  }

  /** Tries to connect to `ports` ports of the peer, one after the other, on which nothing listens. `from`: an address of ours. */
  async scan(ports: number, from = this.place.self): Promise<void> {
    for (let port = 20_000; port < 20_000 + ports; port++) {
      const socket = connect({ host: this.place.peer, port, localAddress: from });
      await new Promise<void>((resolve) => {
        socket.once('error', () => resolve());
        socket.once('connect', () => resolve());
      });
      socket.destroy();
    }
  }

  async close(): Promise<void> {
    this.stopTraffic();
    if (this.server.exitCode === null) {
      const gone = once(this.server, 'exit');
      this.server.stdin?.end();
      await gone;
    }
    this.keepNoMore();
    this.place.remove();
  }
}

function loopback(): Place {
  const peer = '127.0.0.9';
  // The filter keeps the workbench's own connection, which is on 127.0.0.1, out of the capture.
  return {
    interfaceName: 'lo',
    peer,
    self: '127.0.0.1',
    more: ['127.0.0.11', '127.0.0.12'],
    filter: `host ${peer}`,
    onPeer: [],
    remove: () => undefined,
  };
}

function makeNamespace(): Place {
  const namespace = `nta-e2e-${process.pid}`;
  const ours = `ntae${process.pid}`;
  const theirs = `${ours}p`;
  const subnet = `10.213.${process.pid % 254}`;
  const ip = (...words: string[]) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  const remove = () => {
    try {
      // Before the namespace: what is in one goes some time after it, and would be in the way of the next.
      if (existsSync(`/sys/class/net/${ours}`)) ip('link', 'delete', ours);
      ip('netns', 'delete', namespace);
    } catch (error) {
      console.log(`the namespace ${namespace} could not be removed: ${String(error)}`);
    }
  };
  ip('netns', 'add', namespace);
  try {
    ip('link', 'add', ours, 'type', 'veth', 'peer', 'name', theirs, 'netns', namespace);
    for (const host of [1, 11, 12]) ip('address', 'add', `${subnet}.${host}/24`, 'dev', ours);
    ip('link', 'set', ours, 'up');
    ip('-n', namespace, 'address', 'add', `${subnet}.2/24`, 'dev', theirs);
    ip('-n', namespace, 'link', 'set', theirs, 'up');
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  } catch (error) {
    remove();
    throw error;
  }
  return {
    interfaceName: ours,
    peer: `${subnet}.2`,
    self: `${subnet}.1`,
    more: [`${subnet}.11`, `${subnet}.12`],
    filter: 'ip',
    onPeer: ['ip', 'netns', 'exec', namespace],
    remove,
  };
}
