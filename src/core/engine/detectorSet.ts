import type { Finding } from '../../protocol/finding';
import type { ApplicationMessage } from '../decode/application';
import type { PacketView } from '../decode/packetView';
import type { ProtocolName } from '../decode/protocols';
import type { Detector, MessageEvent } from '../detectors/detector';
import { kindBits, kindOf } from '../detectors/packetKinds';
import type { Flow } from '../flows/flow';
import type { FlowEndReason, FlowTable } from '../flows/flowTable';
import type { LimitCounter } from '../limits';

type With<Hook extends keyof Detector> = Detector & Required<Pick<Detector, Hook>>;
/** The detectors of each kind of packet, in the order of `kindBits`. */
type PacketListeners = readonly (readonly With<'packet'>[])[];
type MutableEvent = { -readonly [Key in keyof MessageEvent]: MessageEvent[Key] };

/** All detectors of a run. Each hook goes through those that have it and no others. */
export class DetectorSet {
  readonly limits: readonly LimitCounter[];
  readonly #all: readonly Detector[];
  /** By kind of packet, for flows of which the protocol is not known; of protocols that no detector names; and of each other. */
  readonly #unspoken: PacketListeners;
  readonly #otherSpoken: PacketListeners;
  readonly #spoken: ReadonlyMap<string, PacketListeners>;
  readonly #byEvent: readonly (With<'packet'> & { readonly packetEvents: number })[];
  /** All events that a detector asks for. */
  readonly #events: number;
  readonly #message: ReadonlyMap<ApplicationMessage['kind'], readonly With<'message'>[]>;
  readonly #anyMessage: readonly With<'message'>[];
  readonly #flowEnded: readonly With<'flowEnded'>[];
  #event: MutableEvent | null = null;

  constructor(detectors: readonly Detector[]) {
    this.#all = detectors;
    const ofPackets = detectors.filter((detector): detector is With<'packet'> => detector.packet !== undefined);
    this.#unspoken = listeners(ofPackets, (protocols) => protocols.includes(null));
    this.#otherSpoken = listeners(ofPackets, () => false);
    const named = new Set(ofPackets.flatMap(({ packetProtocols = [] }) => packetProtocols));
    this.#spoken = new Map(
      [...named]
        .filter((protocol) => protocol !== null)
        .map((protocol) => [protocol, listeners(ofPackets, (protocols) => protocols.includes(protocol))]),
    );
    this.#byEvent = ofPackets.filter(
      (detector): detector is With<'packet'> & { packetEvents: number } => detector.packetEvents !== undefined,
    );
    this.#events = this.#byEvent.reduce((bits, { packetEvents }) => bits | packetEvents, 0);
    const ofMessages = detectors.filter((detector): detector is With<'message'> => detector.message !== undefined);
    const kinds = new Set(ofMessages.flatMap(({ messageKinds = [] }) => messageKinds));
    this.#anyMessage = ofMessages.filter(({ messageKinds }) => messageKinds === undefined);
    this.#message = new Map(
      [...kinds].map((kind) => [kind, ofMessages.filter(({ messageKinds }) => messageKinds?.includes(kind) ?? true)]),
    );
    this.#flowEnded = detectors.filter((detector): detector is With<'flowEnded'> => detector.flowEnded !== undefined);
    this.limits = detectors.flatMap((detector) => detector.limits);
  }

  packet(view: PacketView, table: FlowTable): void {
    const kind = kindOf(view);
    const detectors = this.#listeners(table)[kind] ?? [];
    for (let i = 0; i < detectors.length; i++) detectors[i]?.packet(view, table);
    if ((table.events & this.#events) !== 0) this.#eventful(view, table, detectors);
  }

  message(
    flow: Flow,
    fromA: boolean,
    timeUs: number,
    packetNumber: number,
    message: ApplicationMessage,
    layer: ProtocolName,
  ): void {
    const detectors = this.#message.get(message.kind) ?? this.#anyMessage;
    if (detectors.length === 0) return;
    const event = (this.#event ??= { flow, fromA, timeUs, packetNumber, message, layer });
    event.flow = flow;
    event.fromA = fromA;
    event.timeUs = timeUs;
    event.packetNumber = packetNumber;
    event.message = message;
    event.layer = layer;
    for (let i = 0; i < detectors.length; i++) detectors[i]?.message(event);
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

  #listeners({ flow }: FlowTable): PacketListeners {
    const spoken = flow === null ? null : flow.spoken;
    return spoken === null ? this.#unspoken : (this.#spoken.get(spoken) ?? this.#otherSpoken);
  }

  /** Those that wait for an event of this packet and did not get it for its kind. */
  #eventful(view: PacketView, table: FlowTable, told: readonly Detector[]): void {
    for (let i = 0; i < this.#byEvent.length; i++) {
      const detector = this.#byEvent[i];
      if (detector === undefined || (detector.packetEvents & table.events) === 0) continue;
      if (!told.includes(detector)) detector.packet(view, table);
    }
  }
}

function listeners(
  detectors: readonly With<'packet'>[],
  speaks: (protocols: readonly (ProtocolName | null)[]) => boolean,
): PacketListeners {
  return kindBits.map((bits) =>
    detectors.filter(
      ({ packetKinds: wanted, packetProtocols }) =>
        (wanted === undefined || (wanted & bits) !== 0) && (packetProtocols === undefined || speaks(packetProtocols)),
    ),
  );
}
