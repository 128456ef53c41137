import type { Finding } from '../../protocol/finding';
import type { ApplicationMessage } from '../decode/application';
import type { PacketView } from '../decode/packetView';
import type { ProtocolName } from '../decode/protocols';
import type { Detector, MessageEvent } from '../detectors/detector';
import type { Flow } from '../flows/flow';
import type { FlowEndReason, FlowTable } from '../flows/flowTable';
import type { LimitCounter } from '../limits';

/** Detectors are told the time at whole seconds of it, so that a live capture's ticks and a file's packets say the same. */
const advanceEveryUs = 1e6;
/** A clock that was set back by more than this begins again. */
const setBackUs = 60e6;

type With<Hook extends keyof Detector> = Detector & Required<Pick<Detector, Hook>>;
type MutableEvent = { -readonly [Key in keyof MessageEvent]: MessageEvent[Key] };

/** All detectors of a run. Each hook goes through those that have it and no others. */
export class DetectorSet {
  readonly limits: readonly LimitCounter[];
  readonly #all: readonly Detector[];
  readonly #packet: readonly With<'packet'>[];
  readonly #message: readonly With<'message'>[];
  readonly #flowEnded: readonly With<'flowEnded'>[];
  #event: MutableEvent | null = null;
  #nextUs = Number.NEGATIVE_INFINITY;

  constructor(detectors: readonly Detector[]) {
    this.#all = detectors;
    this.#packet = detectors.filter((detector): detector is With<'packet'> => detector.packet !== undefined);
    this.#message = detectors.filter((detector): detector is With<'message'> => detector.message !== undefined);
    this.#flowEnded = detectors.filter((detector): detector is With<'flowEnded'> => detector.flowEnded !== undefined);
    this.limits = detectors.flatMap((detector) => detector.limits);
  }

  packet(view: PacketView, table: FlowTable): void {
    for (const detector of this.#packet) detector.packet(view, table);
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

  /** Packet time has come to `nowUs`. Tells detectors of the last whole second that has passed. */
  advance(nowUs: number): void {
    if (nowUs < this.#nextUs && nowUs > this.#nextUs - setBackUs) return;
    const secondUs = Math.floor(nowUs / advanceEveryUs) * advanceEveryUs;
    this.#nextUs = secondUs + advanceEveryUs;
    for (const detector of this.#all) detector.advance(secondUs);
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
