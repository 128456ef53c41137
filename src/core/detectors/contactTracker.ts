import { tcpFlags } from '../decode/packetView';
import type { PacketView } from '../decode/packetView';
import { flowEvents } from '../flows/flow';
import type { Flow } from '../flows/flow';
import type { FlowTable } from '../flows/flowTable';
import type { Host } from '../flows/host';
import { LimitCounter, engineLimits } from '../limits';
import type { Contact, ContactOutcome, ProbeKind } from './contact';

/** Three seconds: a second more than the first two SYNs of Linux and Windows are apart, and far above any round trip. */
const answerTimeoutUs = 3_000_000;
/** When the capture ends, a contact this old without an answer counts; nearly all round trips are shorter. */
const finishTimeoutUs = 250_000;
/** Ports of classic traceroute (its manual, option -p), tried with a small time to live. */
const tracerouteFirstPort = 33434;
const tracerouteLastPort = 33534;
const tracerouteMaxTimeToLive = 30;

/** Stages of a flow as a contact, in `flow.scanMark`. */
const marks = { none: 0, pending: 1, unanswered: 2, settled: 3, crafted: 4, bareAck: 5 } as const;

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
  /** `young`: the capture ended before an answer could have been expected. */
  failed(contact: Contact, young: boolean): void;
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
  readonly limit = new LimitCounter('contacts waiting for an answer', engineLimits.scanPendingContacts);
  readonly #events: ContactEvents;
  #flows: Flow[] = [];
  #serials: number[] = [];
  #head = 0;

  constructor(events: ContactEvents) {
    this.#events = events;
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
    while (this.#head < this.#flows.length) {
      const flow = this.#flows[this.#head];
      if (flow === undefined) return;
      if (flow.serial === this.#serials[this.#head]) {
        const waitedUs = nowUs - flow.startUs;
        // A packet dated far ahead must not hold up those behind it.
        if (waitedUs < answerTimeoutUs && waitedUs > -answerTimeoutUs) break;
        this.#settleUnanswered(flow, false);
      }
      this.#head++;
    }
    if (this.#head > 4096 && this.#head * 2 > this.#flows.length) {
      this.#flows = this.#flows.slice(this.#head);
      this.#serials = this.#serials.slice(this.#head);
      this.#head = 0;
    }
  }

  finish(nowUs: number): void {
    for (let i = this.#head; i < this.#flows.length; i++) {
      const flow = this.#flows[i];
      if (flow !== undefined && flow.serial === this.#serials[i]) {
        this.#settleUnanswered(flow, nowUs - flow.startUs < finishTimeoutUs);
      }
    }
    this.clear();
  }

  /** An evicted or replaced flow can be waiting still; it waited as long as could be. */
  flowEnded(flow: Flow, nowUs: number): void {
    if (flow.scanMark === marks.pending) this.#settleUnanswered(flow, nowUs - flow.startUs < finishTimeoutUs);
    if (flow.scanMark !== marks.settled) return;
    if (flow.payloadBytesBToA > 0) this.#events.used(flow);
    if (flow.payloadBytesAToB === 0 && flow.tcpHandshakeMs >= 0) this.#events.unused(flow);
  }

  clear(): void {
    this.#flows = [];
    this.#serials = [];
    this.#head = 0;
  }

  #tcp(view: PacketView, flow: Flow, table: FlowTable): void {
    const { events, fromA } = table;
    const flags = view.tcpFlags & flagMask;
    if ((flags & (tcpFlags.syn | tcpFlags.ack | tcpFlags.rst)) === 0) {
      if (flow.scanMark !== marks.crafted && fromA) {
        flow.scanMark = marks.crafted;
        this.#events.failed(contactOf(flow, craftedKind(flags), 'unanswered', view.number, view.timeUs), false);
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
      if (scanMark === marks.pending || scanMark === marks.none) this.#fail(flow, 'syn', 'reset');
    } else if ((events & flowEvents.halfOpenReset) !== 0) {
      flow.scanMark = marks.settled;
      this.#events.failed(contactOf(flow, 'syn', 'half-open'), false);
    } else if ((events & (flowEvents.synAnswered | flowEvents.established)) !== 0) {
      if (scanMark === marks.unanswered) this.#events.retracted(contactOf(flow, 'syn', 'unanswered'));
      flow.scanMark = marks.settled;
      if ((events & flowEvents.established) !== 0) this.#events.connected(flow.a, flow.b, flow.bPort);
    } else if ((events & flowEvents.reset) !== 0 && !fromA && flow.packetsBToA === 1) {
      if (scanMark === marks.crafted) this.#events.probeAnswered(contactOf(flow, 'null', 'reset'));
      else if (scanMark === marks.bareAck && flow.packetsAToB === 1) {
        this.#fail(flow, flow.finFromA ? 'maimon' : 'ack', 'reset');
      }
      flow.scanMark = marks.settled;
    }
  }

  #udp(view: PacketView, flow: Flow, events: number): void {
    if ((events & flowEvents.opened) !== 0) {
      if (mayFailOverUdp(view, flow)) this.#wait(flow, view);
    } else if ((events & flowEvents.answered) !== 0) {
      if (flow.scanMark === marks.unanswered) this.#events.retracted(contactOf(flow, 'udp', 'unanswered'));
      flow.scanMark = marks.settled;
    }
  }

  /** RFC 792 and RFC 4443 section 4. */
  #echo(view: PacketView, flow: Flow, events: number): void {
    if ((events & flowEvents.opened) !== 0) {
      if (view.icmpType === (view.ipProtocol === 58 ? 128 : 8)) this.#wait(flow, view);
    } else if ((events & flowEvents.answered) !== 0) {
      if (flow.scanMark === marks.unanswered) this.#events.retracted(contactOf(flow, 'echo', 'unanswered'));
      flow.scanMark = marks.settled;
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
    const waiting = flow.scanMark === marks.pending;
    if (!waiting && flow.scanMark !== marks.unanswered) return;
    const kind = flow.ipProtocol === 17 ? 'udp' : 'syn';
    if (timeExceeded) {
      // A traceroute wants just this answer.
      if (!waiting) this.#events.retracted(contactOf(flow, kind, 'unanswered'));
      flow.scanMark = marks.settled;
    } else {
      this.#fail(flow, kind, 'unreachable');
    }
  }

  #wait(flow: Flow, view: PacketView): void {
    if (flow.b.isGroup || flow.a === flow.b || isToGroupMac(view)) return;
    if (this.#flows.length - this.#head >= this.limit.limit) {
      this.limit.hits++;
      return;
    }
    flow.scanMark = marks.pending;
    this.#flows.push(flow);
    this.#serials.push(flow.serial);
  }

  #settleUnanswered(flow: Flow, young: boolean): void {
    if (flow.scanMark !== marks.pending) return;
    const kind = flow.ipProtocol === 17 ? 'udp' : flow.ipProtocol === 6 ? 'syn' : 'echo';
    this.#fail(flow, kind, 'unanswered', young);
    flow.scanMark = marks.unanswered;
  }

  #fail(flow: Flow, kind: ProbeKind, outcome: ContactOutcome, young = false): void {
    flow.scanMark = marks.settled;
    this.#events.failed(contactOf(flow, kind, outcome), young);
  }
}

function contactOf(
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
