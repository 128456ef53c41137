import type { PacketView } from '../../decode/packetView';
import type { Flow } from '../../flows/flow';
import { findShellSigns, shellSigns } from './shellSigns';

/** Somebody who types thinks at least this long between a command and the next. */
const idleUs = 200_000;
/** A shell begins to answer at once. */
const answerUs = 3e6;
/** Packets of a flow whose text is looked at; a shell shows what it is at the beginning. */
const textPackets = 100;
const maxPackets = 20;
/** A line typed, or a TLS record around one. */
const smallBytes = 160;

export class ShellSide {
  // As the one who drives the other.
  turns = 0;
  answered = 0;
  smallTurns = 0;
  commands = 0;
  // As the one who answers.
  prompts = 0;
  banners = 0;
  outputs = 0;
  bytes = 0;
}

/** How the two ends of one connection take turns, and what they show of a shell. */
export class ShellSession {
  readonly packets: number[] = [];
  readonly opener = new ShellSide();
  readonly acceptor = new ShellSide();
  /** Server name that was looked at and is none. */
  address: string | null = null;
  #lastUs = Number.NEGATIVE_INFINITY;
  #turnOfOpener = false;
  #turnUs = Number.NEGATIVE_INFINITY;
  #looked = 0;
  #signs = 0;

  /** `flow`: serial of its flow. */
  constructor(readonly flow: number) {}

  /** Anything to judge: signs in the text, or so many turns of the acceptor. */
  showsSigns(turns: number): boolean {
    return this.#signs !== 0 || this.acceptor.turns >= turns;
  }

  packet(view: PacketView, flow: Flow, fromA: boolean): void {
    const { timeUs, payloadOffset, payloadLength } = view;
    const side = fromA ? this.opener : this.acceptor;
    const other = fromA ? this.acceptor : this.opener;
    side.bytes += view.payloadWireLength;
    const idle = timeUs - this.#lastUs >= idleUs;
    this.#lastUs = timeUs;
    if (idle) {
      this.#turnOfOpener = fromA;
      this.#turnUs = timeUs;
      side.turns++;
      if (view.payloadWireLength <= smallBytes) side.smallTurns++;
    } else if (fromA !== this.#turnOfOpener && timeUs - this.#turnUs <= answerUs) {
      other.answered++;
      // One answer for each turn.
      this.#turnUs = Number.NEGATIVE_INFINITY;
    }
    if (this.#looked++ >= textPackets || flow.spoken !== null) return;
    const signs = findShellSigns(view.bytes, payloadOffset, payloadOffset + payloadLength);
    if (signs === 0) return;
    this.#signs |= signs;
    if ((signs & shellSigns.prompt) !== 0) side.prompts++;
    if ((signs & shellSigns.banner) !== 0) side.banners++;
    if ((signs & shellSigns.output) !== 0) side.outputs++;
    if ((signs & shellSigns.command) !== 0) side.commands++;
    if (this.packets.length < maxPackets) this.packets.push(view.number);
  }
}
