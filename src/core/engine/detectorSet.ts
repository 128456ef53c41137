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

/** Who hears the packets of one kind: always, by the first byte of the payload, and with an event of `events` only. */
interface Listeners {
  readonly always: readonly With<'packet'>[];
  readonly byFirstByte: readonly (With<'packet'> & { readonly packetFirstByte: number })[];
  readonly eventful: readonly (With<'packet'> & { readonly packetEvents: number })[];
  readonly events: number;
}

/** Who hears the packets of flows that are alike: in the order of `kindBits`, those of the acceptor and then those of the opener. */
type Audience = readonly Listeners[];

const nobody: Listeners = { always: [], byFirstByte: [], eventful: [], events: 0 };
const arp = packetKinds.arp;

/**
 * All detectors of a run. Each hook goes through those that have it and no others; who hears the packets of a flow is looked up
 * when its protocol becomes known or a detector dismisses it, and kept as a number in the flow.
 */
export class DetectorSet {
  readonly limits: readonly LimitCounter[];
  readonly #all: readonly Detector[];
  readonly #ofPackets: readonly With<'packet'>[];
  /** The first stands for packets without a flow. */
  readonly #audiences: Audience[] = [];
  /** By protocol and by what is dismissed. */
  readonly #audienceOf = new Map<string | null, Map<number, number>>();
  /** Of these, the newest of each cell. */
  readonly #newest = new Array<{ spoken: string | null; dismissed: number; index: number } | null>(64).fill(null);
  /** Marks of the detectors that want certain ports, and of those that want each port. */
  readonly #portMarks: number;
  readonly #marksOf = new Map<number, number>();
  readonly #message: ReadonlyMap<ApplicationMessage['kind'], readonly With<'message'>[]>;
  readonly #anyMessage: readonly With<'message'>[];
  readonly #everyFlow: readonly With<'flowEnded'>[];
  readonly #keptFlow: readonly (With<'flowEnded'> & { readonly flowMark: number })[];
  #event: MutableEvent | null = null;
  #nowUs = 0;

  constructor(detectors: readonly Detector[]) {
    this.#all = detectors;
    this.#ofPackets = detectors.filter((detector): detector is With<'packet'> => detector.packet !== undefined);
    this.#audiences.push(this.#listeners(null, 0));
    let portMarks = 0;
    for (const { packetPorts, flowMark = 0 } of detectors) {
      if (packetPorts === undefined) continue;
      portMarks |= flowMark;
      for (const port of packetPorts) this.#marksOf.set(port, (this.#marksOf.get(port) ?? 0) | flowMark);
    }
    this.#portMarks = portMarks;
    const ofMessages = detectors.filter((detector): detector is With<'message'> => detector.message !== undefined);
    const kinds = new Set(ofMessages.flatMap(({ messageKinds = [] }) => messageKinds));
    this.#anyMessage = ofMessages.filter(({ messageKinds }) => messageKinds === undefined);
    this.#message = new Map(
      [...kinds].map((kind) => [kind, ofMessages.filter(({ messageKinds }) => messageKinds?.includes(kind) ?? true)]),
    );
    const ofFlows = detectors.filter((detector): detector is With<'flowEnded'> => detector.flowEnded !== undefined);
    this.#everyFlow = ofFlows.filter(({ endsOfKept }) => endsOfKept !== true);
    this.#keptFlow = ofFlows.filter(
      (detector): detector is With<'flowEnded'> & { flowMark: number } =>
        detector.endsOfKept === true && detector.flowMark !== undefined,
    );
    this.limits = detectors.flatMap((detector) => detector.limits);
  }

  packet(view: PacketView, table: FlowTable): void {
    this.#nowUs = view.timeUs;
    const { flow, events } = table;
    if (flow?.audience === 0) {
      if ((events & flowEvents.opened) !== 0) flow.dismissed |= this.#portMarks & ~(this.#marksOf.get(flow.bPort) ?? 0);
      flow.audience = this.#audience(flow.spoken, flow.dismissed);
    }
    const audience = this.#audiences[flow === null ? 0 : flow.audience];
    const listeners = audience?.[2 * kindOf(view) + (table.fromA ? 1 : 0)] ?? nobody;
    const { always, byFirstByte } = listeners;
    for (let i = 0; i < always.length; i++) always[i]?.packet(view, table);
    if (byFirstByte.length > 0 && view.payloadLength > 0) {
      const first = view.bytes[view.payloadOffset];
      for (let i = 0; i < byFirstByte.length; i++) {
        const detector = byFirstByte[i];
        if (detector?.packetFirstByte === first) detector?.packet(view, table);
      }
    }
    if ((events & listeners.events) !== 0) this.#eventful(listeners, view, table);
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
    for (let i = 0; i < this.#everyFlow.length; i++) this.#everyFlow[i]?.flowEnded(flow, reason, this.#nowUs);
    if (flow.kept === 0) return;
    for (let i = 0; i < this.#keptFlow.length; i++) {
      const detector = this.#keptFlow[i];
      if (detector !== undefined && (detector.flowMark & flow.kept) !== 0) {
        detector.flowEnded(flow, reason, this.#nowUs);
      }
    }
  }

  captureLoss(timeUs: number, lost: number, passed: number): void {
    for (const detector of this.#all) detector.captureLoss?.(timeUs, lost, passed);
  }

  /** Packet time has come to `nowUs`. */
  advance(nowUs: number): void {
    for (const detector of this.#all) detector.advance(nowUs);
  }

  finish(): void {
    for (const detector of this.#all) detector.finish(this.#nowUs);
  }

  collect(put: (finding: Finding) => void): void {
    for (const detector of this.#all) detector.collect(put);
  }

  clear(): void {
    for (const detector of this.#all) detector.clear();
  }

  #eventful({ eventful }: Listeners, view: PacketView, table: FlowTable): void {
    for (let i = 0; i < eventful.length; i++) {
      const detector = eventful[i];
      if (detector !== undefined && (detector.packetEvents & table.events) !== 0) detector.packet(view, table);
    }
  }

  /** Index of the audience of such flows; as many as there are protocols and sets of detectors that dismissed a flow. */
  #audience(spoken: string | null, dismissed: number): number {
    const cell = (Math.imul(dismissed, 0x9e3779b1) >>> 27) + (spoken === null ? 0 : 32);
    const held = this.#newest[cell];
    if (held?.spoken === spoken && held.dismissed === dismissed) return held.index;
    const index = this.#audienceIndex(spoken, dismissed);
    this.#newest[cell] = { spoken, dismissed, index };
    return index;
  }

  #audienceIndex(spoken: string | null, dismissed: number): number {
    let speaking = this.#audienceOf.get(spoken);
    if (speaking === undefined) {
      speaking = new Map();
      this.#audienceOf.set(spoken, speaking);
    }
    let index = speaking.get(dismissed);
    if (index === undefined) {
      index = this.#audiences.push(this.#listeners(spoken, dismissed)) - 1;
      speaking.set(dismissed, index);
    }
    return index;
  }

  #listeners(spoken: string | null, dismissed: number): Audience {
    const speaks = ({ packetProtocols: wanted }: Detector): boolean =>
      wanted === undefined || (wanted as readonly (string | null)[]).includes(spoken);
    const awake = this.#ofPackets.filter(({ flowMark = 0 }) => (flowMark & dismissed) === 0);
    return kindBits.flatMap((bits) =>
      [false, true].map((opener) => {
        const hears = ({ packetKinds: wanted, packetsOfOpener: ofOpener }: Detector): boolean =>
          (wanted === undefined || (wanted & bits) !== 0) && (opener || ofOpener !== true);
        // What ARP says in a tunnel is of no flow.
        const asked = ((bits & arp) !== 0 ? this.#ofPackets : awake).filter((each) => hears(each) && speaks(each));
        const always = asked.filter(({ packetFirstByte }) => packetFirstByte === undefined);
        const byFirstByte = asked.filter(
          (each): each is With<'packet'> & { packetFirstByte: number } => each.packetFirstByte !== undefined,
        );
        const eventful = this.#ofPackets.filter(
          (each): each is With<'packet'> & { packetEvents: number } =>
            each.packetEvents !== undefined && !always.includes(each),
        );
        const events = eventful.reduce((all, { packetEvents }) => all | packetEvents, 0);
        return { always, byFirstByte, eventful, events };
      }),
    );
  }
}
