import { Engine } from '../../../../src/core/engine/engine';
import type { Finding } from '../../../../src/protocol/finding';
import { packetsAt } from '../../../support/packets';

export type Timed = [atSeconds: number, frame: Uint8Array];

/** Runs the whole engine over the frames, in the order of their times; returns the findings of one rule, or of all. */
export function findingsOf(frames: readonly Timed[], rule: string | null = null): Finding[] {
  const engine = new Engine({ localAddresses: [] });
  for (const packet of packetsAt([...frames].sort(([x], [y]) => x - y))) engine.push(packet);
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
