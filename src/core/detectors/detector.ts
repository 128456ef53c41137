import type { Finding } from '../../protocol/finding';
import type { PacketView } from '../decode/packetView';
import type { FlowEndReason, FlowTable } from '../flows/flowTable';
import type { Flow } from '../flows/flow';
import type { LimitCounter } from '../limits';

/**
 * Mechanism of every rule: fed with each packet after the flow table took it, and with packet time. A detector keeps
 * bounded state, never throws, and updates one finding an incident.
 */
export interface Detector {
  readonly limits: readonly LimitCounter[];
  /** `table.flow`, `table.fromA` and `table.events` belong to this packet. */
  packet(view: PacketView, table: FlowTable): void;
  /** The flow's object is used for another flow after this call. */
  flowEnded(flow: Flow, reason: FlowEndReason): void;
  /** Packet time has come to `nowUs`, with or without packets. */
  advance(nowUs: number): void;
  /** No more packets come. */
  finish(): void;
  /** Hands over the incidents that changed since the last call. */
  collect(put: (finding: Finding) => void): void;
  /** Forgets all incidents and what led to them. */
  clear(): void;
}
