import type { FlowTcpAnalysis } from '../../protocol/capture';
import { flowEvents, noTcpAnalysis } from './flow';

const counted = [
  ['retransmissions', flowEvents.suspectedRetransmission],
  ['fastRetransmissions', flowEvents.fastRetransmission],
  ['spuriousRetransmissions', flowEvents.spuriousRetransmission],
  ['outOfOrder', flowEvents.suspectedOutOfOrder],
  ['duplicateAcks', flowEvents.duplicateAck],
  ['zeroWindows', flowEvents.zeroWindow],
  ['lostSegments', flowEvents.lostSegment],
] as const satisfies readonly (readonly [keyof FlowTcpAnalysis, number])[];
const anyCounted = counted.reduce((bits, [, bit]) => bits | bit, 0);

/** Counts the events of one segment for its connection; nothing is made for one without trouble. */
export function countForFlow(flow: { analysis: FlowTcpAnalysis | null }, events: number): void {
  if ((events & anyCounted) === 0) return;
  flow.analysis ??= { ...noTcpAnalysis };
  const { analysis } = flow;
  for (const [name, bit] of counted) if ((events & bit) !== 0) analysis[name]++;
}
