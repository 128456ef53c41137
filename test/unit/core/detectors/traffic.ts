import { Engine } from '../../../../src/core/engine/engine';
import type { Finding } from '../../../../src/protocol/finding';
import { packetsAt, tcpFrame, textBytes } from '../../../support/packets';

export type Timed = [atSeconds: number, frame: Uint8Array];

export interface TalkOptions {
  client?: string;
  server?: string;
  clientPort?: number;
  port?: number;
  at?: number;
  /** Ethernet address that the client's frames come from. */
  clientMac?: string;
}

/** A TCP connection, frame by frame, with right sequence numbers. */
export class Talk {
  readonly frames: Timed[] = [];
  #at: number;
  readonly #ends: { source: string; destination: string; sourcePort: number; destinationPort: number };
  readonly #sequences = { client: 1000, server: 9000 };

  constructor(options: TalkOptions = {}) {
    const { client = '10.0.0.21', server = '10.0.0.10', clientPort = 40000, port = 80 } = options;
    this.#at = options.at ?? 0;
    this.#ends = { source: client, destination: server, sourcePort: clientPort, destinationPort: port };
    this.#segment('client', 'S');
    this.#sequences.client++;
    this.#segment('server', 'SA');
    this.#sequences.server++;
    this.#segment('client', 'A');
  }

  get at(): number {
    return this.#at;
  }

  wait(seconds: number): this {
    this.#at += seconds;
    return this;
  }

  client(payload: Uint8Array | string): this {
    return this.#data('client', payload);
  }

  server(payload: Uint8Array | string): this {
    return this.#data('server', payload);
  }

  close(): this {
    this.#segment('client', 'FA');
    this.#sequences.client++;
    this.#segment('server', 'FA');
    this.#sequences.server++;
    this.#segment('client', 'A');
    return this;
  }

  #data(from: 'client' | 'server', payload: Uint8Array | string): this {
    const bytes = typeof payload === 'string' ? textBytes(payload) : payload;
    for (let offset = 0; offset < bytes.length; offset += 1400) {
      const part = bytes.slice(offset, offset + 1400);
      this.#segment(from, 'PA', part);
      this.#sequences[from] += part.length;
    }
    return this;
  }

  #segment(from: 'client' | 'server', flags: string, payload?: Uint8Array): void {
    this.#at += 0.001;
    const { source, destination, sourcePort, destinationPort } = this.#ends;
    const ends =
      from === 'client'
        ? this.#ends
        : { source: destination, destination: source, sourcePort: destinationPort, destinationPort: sourcePort };
    const sequence = this.#sequences[from];
    const acknowledgment = this.#sequences[from === 'client' ? 'server' : 'client'];
    this.frames.push([this.#at, tcpFrame({ ...ends, flags, sequence, acknowledgment }, payload)]);
  }
}

/** What the whole engine says of the frames, in the order of time: findings of one rule, or of all but port scans. */
export function findingsOf(frames: readonly Timed[], rule: string | null = null): Finding[] {
  const engine = new Engine({ localAddresses: [] });
  const sorted = [...frames].sort(([x], [y]) => x - y);
  for (const packet of packetsAt(sorted)) engine.push(packet);
  engine.finish();
  return engine.findings().filter((finding) => (rule === null ? finding.rule !== 'port-scan' : finding.rule === rule));
}

const ranks = ['info', 'low', 'medium', 'high', 'critical'];

export function atLeastMedium(findings: readonly Finding[]): string[] {
  return findings.filter((finding) => ranks.indexOf(finding.severity) >= 2).map((finding) => finding.title);
}

/** Numbers from 0 to 1 that look random and are the same each time (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
