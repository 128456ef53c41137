import type { Finding } from '../../protocol/finding';
import type { ApplicationMessage } from '../decode/application';
import type { PacketView } from '../decode/packetView';
import type { ProtocolName } from '../decode/protocols';
import type { FlowEndReason, FlowTable } from '../flows/flowTable';
import type { Flow } from '../flows/flow';
import type { LimitCounter } from '../limits';

/** An application message where and when it was whole. */
export interface MessageEvent {
  readonly flow: Flow;
  /** Sent by the flow's opener. */
  readonly fromA: boolean;
  readonly timeUs: number;
  /** Number of the packet that made it whole. */
  readonly packetNumber: number;
  readonly message: ApplicationMessage;
  readonly layer: ProtocolName;
}

/**
 * Mechanism of every rule: fed with each packet after the flow table took it, and with packet time. A detector keeps
 * bounded state, never throws, and updates one finding an incident.
 */
export interface Detector {
  readonly limits: readonly LimitCounter[];
  /** Bits of `packetKinds`: which packets `packet` gets; all when left out. A packet of no interest then costs nothing. */
  readonly packetKinds?: number;
  /** What `Flow.spoken` has to be for packets of these kinds, null for not known yet; whatever it is when left out. */
  readonly packetProtocols?: readonly (ProtocolName | null)[];
  /** Of these, only those of flows to these ports; a detector with a `flowMark` says so, by which the others are dismissed. */
  readonly packetPorts?: Iterable<number>;
  /** Of these, only those that the opener of their flow sent. */
  readonly packetsOfOpener?: boolean;
  /** Of these, only those whose payload begins with this byte. */
  readonly packetFirstByte?: number;
  /** Bits of `flowEvents`: `packet` gets packets with one of them besides, of whatever kind and protocol, dismissed flows' too. */
  readonly packetEvents?: number;
  /**
   * A bit of `flowMarks`. Set in `flow.dismissed`, `packet` gets no more packets of the flow, ARP in tunnels apart; set in
   * `flow.kept`, `flowEnded` is told of its end though `endsOfKept` asks for few.
   */
  readonly flowMark?: number;
  /** `flowEnded` gets flows only whose `kept` has `flowMark`: those that something is kept of. */
  readonly endsOfKept?: boolean;
  /** `table.flow`, `table.fromA` and `table.events` belong to this packet. Left out by rules that need messages or flows only. */
  packet?(view: PacketView, table: FlowTable): void;
  /** Which messages `message` gets; all when left out. */
  readonly messageKinds?: readonly ApplicationMessage['kind'][];
  /** The event's object is used again after this call. Comes before `packet` of the same packet. */
  message?(event: MessageEvent): void;
  /** The flow's object is used for another flow after this call. `nowUs`: time of the newest packet. */
  flowEnded?(flow: Flow, reason: FlowEndReason, nowUs: number): void;
  /** Live: our own capture has lost and handed over so many packets since the count before. */
  captureLoss?(timeUs: number, lost: number, passed: number): void;
  /** Packet time has come to `nowUs`, with or without packets; at least once a second of packet time. */
  advance(nowUs: number): void;
  /** No more packets come, and every flow has ended: ends all incidents, so that their last state is told. `nowUs` as above. */
  finish(nowUs: number): void;
  /** Hands over the incidents that changed since the last call. */
  collect(put: (finding: Finding) => void): void;
  /** Forgets all incidents and what led to them. */
  clear(): void;
}
