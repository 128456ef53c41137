import type { FindingPageState } from '../../src/protocol/findingPage';
import { isFinding, isPacketRow } from '../common/guards';

/** Whether a message is a state of this page, of the shape that it says. */
export function isFindingPageState(value: unknown): value is FindingPageState {
  if (typeof value !== 'object' || value === null) return false;
  const state = value as Partial<Record<keyof FindingPageState, unknown>>;
  return (
    state.type === 'finding' &&
    typeof state.sequence === 'number' &&
    typeof state.source === 'string' &&
    typeof state.canWrite === 'boolean' &&
    (state.finding === null || isWholeFinding(state.finding)) &&
    Array.isArray(state.packets) &&
    state.packets.every(isPacketRow) &&
    isTimeline(state.timeline) &&
    isMark(state.mark)
  );
}

function isTimeline(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== 'object' || value === undefined || !('packets' in value)) return false;
  const { packets } = value;
  return Array.isArray(packets) && packets.every((count) => typeof count === 'number');
}

function isMark(value: unknown): boolean {
  return value === null || (typeof value === 'object' && 'verdict' in value && 'note' in value);
}

const lists = ['ports', 'evidence', 'against', 'packets', 'flows', 'mitre', 'next', 'stages'] as const;

function isWholeFinding(value: unknown): boolean {
  return (
    isFinding(value) &&
    typeof value.confidence === 'number' &&
    typeof value.detector === 'string' &&
    lists.every((name) => Array.isArray(value[name]))
  );
}
