import { tcpFlags } from '../decode/packetView';
import type { PacketView } from '../decode/packetView';
import { flowEvents } from '../flows/flow';
import type { Flow } from '../flows/flow';
import type { FlowTable } from '../flows/flowTable';
import type { Host } from '../flows/host';
import type { LimitCounter } from '../limits';
import type { Contact, ContactOutcome, ProbeKind } from './contact';
import { PendingContacts } from './pendingContacts';

/** When the capture ends, a contact this old without an answer counts; nearly all round trips are shorter. */
const finishTimeoutUs = 250_000;
/** Ports of classic traceroute (its manual, option -p), tried with a small time to live. */
const tracerouteFirstPort = 33434;
const tracerouteLastPort = 33534;
const tracerouteMaxTimeToLive = 30;

/** Stages of a flow as a contact, in `flow.scanMark`; from `pending` on, the ticket of a flow that waits for an answer is added. */
const marks = { none: 0, unanswered: 1, settled: 2, crafted: 3, bareAck: 4, pending: 5 } as const;

const flagMask = tcpFlags.fin | tcpFlags.syn | tcpFlags.rst | tcpFlags.psh | tcpFlags.ack | tcpFlags.urg;

/** What may end the waiting for an answer; packets with none of these, ICMP and crafted ones apart, change nothing. */
export const contactEvents =
  flowEvents.opened |
  flowEvents.answered |
  flowEvents.synAnswered |
  flowEvents.refused |
  flowEvents.halfOpenReset |
  flowEvents.established |
  flowEvents.reset;

export interface ContactEvents {
  failed(contact: Contact): void;
  /** A flow ended before an answer could have been expected. */
  cutShort(flow: Flow, kind: ProbeKind): void;
  /** A contact that counted as unanswered was answered late, or was a traceroute: it never failed. */
  retracted(contact: Contact): void;
  /** A TCP handshake was completed, so the port is open. */
  connected(source: Host, target: Host, port: number): void;
  /** A connection or exchange has ended in which the target said something. */
  used(flow: Flow): void;
  /** A connection was completed and has ended without a byte of its opener: the port is open, and that was all to know. */
  unused(flow: Flow): void;
  /** The RST of a target to a crafted probe that already counted as unanswered. */
  probeAnswered(contact: Contact): void;
}

/** Tells from packets and flows which contacts failed, without any opinion on how many are too many. */
export class ContactTracker {
  readonly limit: LimitCounter;
  readonly #events: ContactEvents;
  readonly #pending = new PendingContacts();

  constructor(events: ContactEvents) {
    this.#events = events;
    this.limit = this.#pending.limit;
  }

  packet(view: PacketView, table: FlowTable): void {
    if (view.icmpQuotedOffset >= 0) this.#icmpError(view, table);
    const { flow } = table;
    if (flow === null) return;
    if (view.tcpValid) this.#tcp(view, flow, table);
    else if (view.ipProtocol === 17 && !view.fragment) this.#udp(view, flow, table.events);
    else if (view.icmpType >= 0) this.#echo(view, flow, table.events);
  }

  /** Contacts whose time for an answer is over at `nowUs` have failed. */
  advance(nowUs: number): void {
    for (let flow = this.#pending.takeDue(nowUs); flow !== null; flow = this.#pending.takeDue(nowUs)) {
      this.#settleUnanswered(flow, false);
    }
  }

  finish(nowUs: number): void {
    while (this.#pending.size > 0) {
      const flow = this.#pending.take();
      if (flow !== null) this.#settleUnanswered(flow, nowUs - flow.startUs < finishTimeoutUs);
    }
    this.clear();
  }

  /** An evicted or replaced flow can be waiting still; it waited as long as could be. */
  flowEnded(flow: Flow, nowUs: number): void {
    if (flow.scanMark >= marks.pending) this.#settleUnanswered(flow, nowUs - flow.startUs < finishTimeoutUs);
    if (flow.scanMark !== marks.settled) return;
    if (flow.payloadBytesBToA > 0) this.#events.used(flow);
    if (flow.payloadBytesAToB === 0 && flow.tcpHandshakeMs >= 0) this.#events.unused(flow);
  }

  clear(): void {
    this.#pending.clear();
  }

  #tcp(view: PacketView, flow: Flow, table: FlowTable): void {
    const { events, fromA } = table;
    const flags = view.tcpFlags & flagMask;
    if ((flags & (tcpFlags.syn | tcpFlags.ack | tcpFlags.rst)) === 0) {
      if (flow.scanMark !== marks.crafted && fromA) {
        this.#mark(flow, marks.crafted);
        this.#events.failed(contactOf(flow, craftedKind(flags), 'unanswered', view.number, view.timeUs));
      }
      return;
    }
    if ((events & flowEvents.opened) !== 0) {
      if (flow.state === 'syn-sent') this.#wait(flow, view);
      else if (fromA && isBareAck(view, flags, flow)) flow.scanMark = marks.bareAck;
      return;
    }
    if (events === 0) return;
    const { scanMark } = flow;
    if ((events & flowEvents.refused) !== 0) {
      // Not waited for when too many were: the answer counts all the same.
      if (scanMark >= marks.pending || scanMark === marks.none) this.#fail(flow, 'syn', 'reset');
    } else if ((events & flowEvents.halfOpenReset) !== 0) {
      this.#mark(flow, marks.settled);
      this.#events.failed(contactOf(flow, 'syn', 'half-open'));
    } else if ((events & (flowEvents.synAnswered | flowEvents.established)) !== 0) {
      if (scanMark === marks.unanswered) this.#events.retracted(contactOf(flow, 'syn', 'unanswered'));
      this.#mark(flow, marks.settled);
      if ((events & flowEvents.established) !== 0) this.#events.connected(flow.a, flow.b, flow.bPort);
    } else if ((events & flowEvents.reset) !== 0 && !fromA && flow.packetsBToA === 1) {
      if (scanMark === marks.crafted) this.#events.probeAnswered(contactOf(flow, 'null', 'reset'));
      else if (scanMark === marks.bareAck && flow.packetsAToB === 1) {
        this.#fail(flow, flow.finFromA ? 'maimon' : 'ack', 'reset');
      }
      this.#mark(flow, marks.settled);
    }
  }

  #udp(view: PacketView, flow: Flow, events: number): void {
    if ((events & flowEvents.opened) !== 0) {
      if (mayFailOverUdp(view, flow)) this.#wait(flow, view);
    } else if ((events & flowEvents.answered) !== 0) {
      if (flow.scanMark === marks.unanswered) this.#events.retracted(contactOf(flow, 'udp', 'unanswered'));
      this.#mark(flow, marks.settled);
    }
  }

  /** RFC 792 and RFC 4443 section 4. */
  #echo(view: PacketView, flow: Flow, events: number): void {
    if ((events & flowEvents.opened) !== 0) {
      if (view.icmpType === (view.ipProtocol === 58 ? 128 : 8)) this.#wait(flow, view);
    } else if ((events & flowEvents.answered) !== 0) {
      if (flow.scanMark === marks.unanswered) this.#events.retracted(contactOf(flow, 'echo', 'unanswered'));
      this.#mark(flow, marks.settled);
    }
  }

  #icmpError(view: PacketView, table: FlowTable): void {
    const six = view.ipProtocol === 58;
    const unreachable = view.icmpType === (six ? 1 : 3);
    const timeExceeded = view.icmpType === (six ? 3 : 11);
    if (!unreachable && !timeExceeded) return;
    const quoted = table.quoted(view);
    if (quoted === null || !quoted.fromA || quoted.flow.packetsBToA > 0) return;
    const { flow } = quoted;
    const waiting = flow.scanMark >= marks.pending;
    if (!waiting && flow.scanMark !== marks.unanswered) return;
    const kind = flow.ipProtocol === 17 ? 'udp' : 'syn';
    if (timeExceeded) {
      // A traceroute wants just this answer.
      if (!waiting) this.#events.retracted(contactOf(flow, kind, 'unanswered'));
      this.#mark(flow, marks.settled);
    } else {
      this.#fail(flow, kind, 'unreachable');
    }
  }

  #wait(flow: Flow, view: PacketView): void {
    if (flow.b.isGroup || flow.a === flow.b || isToGroupMac(view)) return;
    const ticket = this.#pending.add(flow);
    if (ticket >= 0) flow.scanMark = marks.pending + ticket;
  }

  #settleUnanswered(flow: Flow, young: boolean): void {
    if (flow.scanMark < marks.pending) return;
    const kind = flow.ipProtocol === 17 ? 'udp' : flow.ipProtocol === 6 ? 'syn' : 'echo';
    if (young) {
      this.#mark(flow, marks.settled);
      this.#events.cutShort(flow, kind);
    } else {
      this.#fail(flow, kind, 'unanswered');
    }
    flow.scanMark = marks.unanswered;
  }

  #fail(flow: Flow, kind: ProbeKind, outcome: ContactOutcome): void {
    this.#mark(flow, marks.settled);
    this.#events.failed(contactOf(flow, kind, outcome));
  }

  /** `mark`: any but `pending`. */
  #mark(flow: Flow, mark: number): void {
    if (flow.scanMark >= marks.pending) this.#pending.remove(flow, flow.scanMark - marks.pending);
    flow.scanMark = mark;
  }
}

export function contactOf(
  flow: Flow,
  kind: ProbeKind,
  outcome: ContactOutcome,
  packet: number = flow.firstPacket,
  timeUs: number = flow.startUs,
): Contact {
  const port = Math.max(0, flow.bPort);
  return { source: flow.a, target: flow.b, sourcePort: flow.aPort, port, kind, outcome, timeUs, packet };
}

function craftedKind(flags: number): ProbeKind {
  if ((flags & tcpFlags.fin) === 0) return 'null';
  return (flags & tcpFlags.urg) === 0 ? 'fin' : 'xmas';
}

/**
 * An ACK or FIN/ACK with nothing in it that no connection was seen for. Towards a dynamic port from a lower one it is more
 * likely the end of a connection that began before the capture.
 */
function isBareAck(view: PacketView, flags: number, flow: Flow): boolean {
  const shape = flags & ~tcpFlags.fin;
  return (
    shape === tcpFlags.ack &&
    view.payloadWireLength === 0 &&
    flow.aPort >= 1024 &&
    !(flow.aPort < flow.bPort && flow.bPort >= 32768)
  );
}

/** Whether silence after this first datagram of a flow means anything. */
function mayFailOverUdp(view: PacketView, flow: Flow): boolean {
  // From a service port to a dynamic one: an answer whose question was not captured.
  if (flow.aPort < 1024 && flow.bPort >= 1024) return false;
  const traceroute =
    view.timeToLive >= 0 &&
    view.timeToLive <= tracerouteMaxTimeToLive &&
    flow.bPort >= tracerouteFirstPort &&
    flow.bPort <= tracerouteLastPort;
  return !traceroute;
}

/** Sent to a multicast or broadcast hardware address: nobody in particular was asked. */
function isToGroupMac(view: PacketView): boolean {
  return view.destinationMacOffset >= 0 && ((view.bytes[view.destinationMacOffset] ?? 0) & 1) === 1;
}
