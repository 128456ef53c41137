import { severities } from '../protocol/finding';
import type { Finding } from '../protocol/finding';
import type { StopCause, StopRules } from '../protocol/liveCapture';

/** What a running capture has come to. */
export interface CaptureExtent {
  /** Since its interfaces were open, by the clock of the machine: a silent line ends a capture in time, too. */
  elapsedSeconds: number;
  packets: number;
  capturedBytes: number;
}

/** The rule that ends the capture now, or null. `findings` is asked only when a rule needs it. */
export function stopCause(
  rules: StopRules,
  extent: CaptureExtent,
  findings: () => readonly Finding[],
): StopCause | null {
  if (rules.afterPackets !== null && extent.packets >= rules.afterPackets) return 'packets';
  if (rules.afterBytes !== null && extent.capturedBytes >= rules.afterBytes) return 'size';
  if (rules.afterSeconds !== null && extent.elapsedSeconds >= rules.afterSeconds) return 'time';
  if (rules.onFinding !== null) {
    const least = severities.indexOf(rules.onFinding);
    // What our own capture lost says nothing about the traffic that somebody waits for.
    const tells = findings().some((f) => severities.indexOf(f.severity) >= least && f.rule !== 'capture-loss');
    if (tells) return 'finding';
  }
  return null;
}
