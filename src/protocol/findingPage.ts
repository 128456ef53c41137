import type { PacketRow } from './capture';
import type { Finding } from './finding';

/** The page of one finding: extension ⇄ webview, complete states, one in flight (design 4.2). */

export const verdicts = ['right', 'wrong'] as const;
export type Verdict = (typeof verdicts)[number];

/** What a person has said of a finding. */
export interface FindingMark {
  verdict: Verdict;
  note: string;
}

/** Packets for each stretch of the capture. */
export interface FindingTimeline {
  startMs: number;
  bucketMs: number;
  packets: number[];
}

export interface FindingPageState {
  type: 'finding';
  sequence: number;
  /** Null when the run it was of is gone; what the page last drew stays. */
  finding: Finding | null;
  /** The interface or the file. */
  source: string;
  timeline: FindingTimeline | null;
  /** The first packets that show it, as far as they are still there. */
  packets: PacketRow[];
  mark: FindingMark | null;
  /** False without a trusted folder to write marks and exclusions into. */
  canWrite: boolean;
}

export type FromFindingPage =
  | { type: 'ready' }
  | { type: 'drawn'; sequence: number }
  /** Packets by number. */
  | { type: 'showPackets'; numbers: number[] }
  /** Packets of a flow, by its place in the finding. */
  | { type: 'showFlow'; flow: number }
  | { type: 'mark'; verdict: Verdict | null }
  | { type: 'silence' }
  | { type: 'exportEvidence' }
  | { type: 'showRule' }
  | { type: 'showDocument' };
