import type { Finding } from '../../protocol/finding';
import type { ApplicationMessage } from '../decode/application';
import type { PacketView } from '../decode/packetView';
import type { ProtocolName } from '../decode/protocols';
import type { Detector, MessageEvent } from '../detectors/detector';
import { kindBits, kindOf, packetKinds } from '../detectors/packetKinds';
import { flowEvents } from '../flows/flow';
import type { Flow } from '../flows/flow';
import type { FlowEndReason, FlowTable } from '../flows/flowTable';
import type { LimitCounter } from '../limits';

type With<Hook extends keyof Detector> = Detector & Required<Pick<Detector, Hook>>;
type MutableEvent = { -readonly [Key in keyof MessageEvent]: MessageEvent[Key] };

/** All detectors of a run. Each hook goes through those that have it and no others. */
export class DetectorSet {
  readonly limits: readonly LimitCounter[];
  readonly #all: readonly Detector[];
  /** By kind of packet, first those that do not open a flow. */
  readonly #packet: readonly (readonly With<'packet'>[])[];
  readonly #message: readonly With<'message'>[];
  readonly #flowEnded: readonly With<'flowEnded'>[];
  #event: MutableEvent | null = null;

  constructor(detectors: readonly Detector[]) {
    this.#all = detectors;
    const ofPackets = detectors.filter((detector): detector is With<'packet'> => detector.packet !== undefined);
    this.#packet = Array.from({ length: 2 * kindBits.length }, (_, index) => {
      const bits = (kindBits[index % kindBits.length] ?? 0) | (index < kindBits.length ? 0 : packetKinds.opened);
      return ofPackets.filter(({ packetKinds: wanted }) => wanted === undefined || (wanted & bits) !== 0);
    });
    this.#message = detectors.filter((detector): detector is With<'message'> => detector.message !== undefined);
    this.#flowEnded = detectors.filter((detector): detector is With<'flowEnded'> => detector.flowEnded !== undefined);
    this.limits = detectors.flatMap((detector) => detector.limits);
  }

  packet(view: PacketView, table: FlowTable): void {
    const opened = (table.events & flowEvents.opened) !== 0;
    const detectors = this.#packet[kindOf(view) + (opened ? kindBits.length : 0)] ?? [];
    for (let i = 0; i < detectors.length; i++) detectors[i]?.packet(view, table);
  }

  message(
    flow: Flow,
    fromA: boolean,
    timeUs: number,
    packetNumber: number,
    message: ApplicationMessage,
    layer: ProtocolName,
  ): void {
    if (this.#message.length === 0) return;
    const event = (this.#event ??= { flow, fromA, timeUs, packetNumber, message, layer });
    event.flow = flow;
    event.fromA = fromA;
    event.timeUs = timeUs;
    event.packetNumber = packetNumber;
    event.message = message;
    event.layer = layer;
    for (const detector of this.#message) detector.message(event);
  }

  flowEnded(flow: Flow, reason: FlowEndReason): void {
    for (const detector of this.#flowEnded) detector.flowEnded(flow, reason);
  }

  captureLoss(timeUs: number, lost: number, passed: number): void {
    for (const detector of this.#all) detector.captureLoss?.(timeUs, lost, passed);
  }

  /** Packet time has come to `nowUs`. */
  advance(nowUs: number): void {
    for (const detector of this.#all) detector.advance(nowUs);
  }

  finish(): void {
    for (const detector of this.#all) detector.finish();
  }

  collect(put: (finding: Finding) => void): void {
    for (const detector of this.#all) detector.collect(put);
  }

  clear(): void {
    for (const detector of this.#all) detector.clear();
  }
}
