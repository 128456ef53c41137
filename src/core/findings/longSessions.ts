import { transportName } from '../flows/flow';
import type { Flow } from '../flows/flow';
import { LimitCounter, engineLimits } from '../limits';
import type { FlowReference } from '../../protocol/finding';

/** A connection that was used for a while: what comes of a login that worked. */
export interface LongSession {
  client: string;
  server: string;
  port: number;
  /** Seconds since 1970. */
  start: number;
  end: number;
  payloadBytes: number;
  flow: FlowReference;
  packet: number;
}

/** Longer than a login that fails, by its time and by what is said: sshd closes after six tries, some 30 packets with data. */
const leastUs = 10e6;
const leastPayloadPackets = 40;
const tcp = 6;

/** The newest long session of each client, server and port; bounded, the oldest goes first. */
export class LongSessions {
  readonly limit = new LimitCounter('long sessions', engineLimits.longSessions);
  readonly #sessions = new Map<string, LongSession>();

  flowEnded(flow: Flow): void {
    const session = longSession(flow);
    if (session === null) return;
    const key = `${session.client}>${session.server}:${session.port}`;
    this.#sessions.delete(key);
    if (this.#sessions.size >= this.limit.limit) {
      this.limit.hits++;
      for (const oldest of this.#sessions.keys()) {
        this.#sessions.delete(oldest);
        break;
      }
    }
    this.#sessions.set(key, session);
  }

  all(): LongSession[] {
    return [...this.#sessions.values()];
  }

  clear(): void {
    this.#sessions.clear();
  }
}

/** The flow as a session; null when it is none, or a short one so far. */
export function longSession(flow: Flow): LongSession | null {
  if (flow.ipProtocol !== tcp || flow.endUs - flow.startUs < leastUs || flow.payloadPackets < leastPayloadPackets) {
    return null;
  }
  if (flow.payloadBytesAToB === 0 || flow.payloadBytesBToA === 0) return null;
  return {
    client: flow.a.text,
    server: flow.b.text,
    port: flow.bPort,
    start: flow.startUs / 1e6,
    end: flow.endUs / 1e6,
    payloadBytes: flow.payloadBytesAToB + flow.payloadBytesBToA,
    flow: {
      transport: transportName(flow.ipProtocol),
      a: flow.a.text,
      aPort: flow.aPort < 0 ? null : flow.aPort,
      b: flow.b.text,
      bPort: flow.bPort < 0 ? null : flow.bPort,
      start: flow.startUs / 1e6,
    },
    packet: flow.firstPacket,
  };
}
