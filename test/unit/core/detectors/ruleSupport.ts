import { Engine } from '../../../../src/core/engine/engine';
import type { Finding } from '../../../../src/protocol/finding';
import { hexBytes, packetsAt, tcpFrame, textBytes } from '../../../support/packets';

export type Timed = [atSeconds: number, frame: Uint8Array];

/**
 * Runs the whole engine over the frames, in the order of their times; returns the findings of one rule, or of all. With a snap length
 * the capture holds so many bytes of each frame at most.
 */
export function findingsOf(
  frames: readonly Timed[],
  rule: string | null = null,
  snapLengthBytes = Number.POSITIVE_INFINITY,
): Finding[] {
  const engine = new Engine({ localAddresses: [] });
  for (const packet of packetsAt([...frames].sort(([x], [y]) => x - y))) {
    engine.push({ ...packet, bytes: packet.bytes.subarray(0, snapLengthBytes) });
  }
  engine.finish();
  return engine.findings().filter((finding) => rule === null || finding.rule === rule);
}

/** `count` things, `gapSeconds` apart. */
export function repeated(count: number, gapSeconds: number, frame: (i: number) => Uint8Array, from = 0): Timed[] {
  return Array.from({ length: count }, (_, i): Timed => [from + i * gapSeconds, frame(i)]);
}

/** Address number `i` of 100.64.0.0/10 (RFC 6598). */
export function someAddress(i: number): string {
  return `100.${64 + ((i >> 16) & 63)}.${(i >> 8) & 255}.${i & 255}`;
}

/** Whether a finding reaches the severity that people are told of. */
export function isLoud(finding: Finding): boolean {
  return finding.severity !== 'info' && finding.severity !== 'low';
}

export interface Talk {
  at: number;
  client: string;
  server: string;
  port: number;
  sourcePort: number;
  /** Seconds between two segments. */
  gap?: number;
  /** How it ends; `client` closes first when it is not left open. */
  end?: 'fin' | 'open';
  /** Window that the client announces. */
  window?: number;
}

export type Turn = readonly [who: 'client' | 'server', bytes: Uint8Array | string, afterSeconds?: number];

/** A whole TCP connection: handshake, the turns in segments of their own, and both FINs. */
export function talk(options: Talk, turns: readonly Turn[]): Timed[] {
  const { client, server, port, sourcePort, gap = 0.002, end = 'fin', window = 64240 } = options;
  const frames: Timed[] = [];
  let now = options.at;
  const next = { client: 1000, server: 5000 };
  const send = (who: 'client' | 'server', flags: string, payload: Uint8Array = new Uint8Array(0)): void => {
    const fromClient = who === 'client';
    const frame = tcpFrame(
      {
        source: fromClient ? client : server,
        destination: fromClient ? server : client,
        sourcePort: fromClient ? sourcePort : port,
        destinationPort: fromClient ? port : sourcePort,
        flags,
        sequence: next[who],
        acknowledgment: flags === 'S' ? 0 : next[fromClient ? 'server' : 'client'],
        window: fromClient ? window : 64240,
        ...(flags.includes('S') ? { options: hexBytes('020405b4') } : {}),
      },
      payload,
    );
    frames.push([now, frame]);
    next[who] += payload.length + (/[SF]/.test(flags) ? 1 : 0);
    now += gap;
  };
  send('client', 'S');
  send('server', 'SA');
  send('client', 'A');
  for (const [who, bytes, afterSeconds = 0] of turns) {
    now += afterSeconds;
    send(who, 'PA', typeof bytes === 'string' ? textBytes(bytes) : bytes);
  }
  if (end === 'fin') {
    send('client', 'FA');
    send('server', 'FA');
    send('client', 'A');
  }
  return frames;
}
