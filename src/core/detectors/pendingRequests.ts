import type { PacketView } from '../decode/packetView';
import type { Host } from '../flows/host';
import type { LimitCounter } from '../limits';
import type { Contact } from './contact';

/** A neighbour answers within milliseconds; Linux asks again after one second, as RFC 4861 section 10 has it (RETRANS_TIMER). */
const answerTimeoutUs = 1_000_000;

/** Requests for the hardware address of a neighbour, and which of them nobody answered. */
export class PendingRequests {
  readonly limit: LimitCounter;
  readonly #kind: 'arp' | 'neighbor';
  readonly #failed: (contact: Contact) => void;
  readonly #pending = new Map<number, Contact>();
  /** Nothing has failed before this. */
  #nextUs = 0;

  constructor(kind: 'arp' | 'neighbor', limit: LimitCounter, failed: (contact: Contact) => void) {
    this.#kind = kind;
    this.limit = limit;
    this.#failed = failed;
  }

  asked(view: PacketView, source: Host, target: Host): void {
    const key = keyOf(source.id, target.id);
    if (this.#pending.has(key)) return;
    if (this.#pending.size >= this.limit.limit) {
      this.limit.hits++;
      return;
    }
    const { timeUs, number: packet } = view;
    const kind = this.#kind;
    this.#pending.set(key, { source, target, sourcePort: -1, port: 0, kind, outcome: 'unanswered', timeUs, packet });
  }

  answered(asker: Host, asked: Host): void {
    this.#pending.delete(keyOf(asker.id, asked.id));
  }

  /** Requests whose time for an answer is over at `nowUs` have failed. */
  advance(nowUs: number): void {
    // The second test is for a clock that was set back.
    if (this.#pending.size === 0 || (nowUs < this.#nextUs && nowUs > this.#nextUs - 2 * answerTimeoutUs)) return;
    for (const [key, contact] of this.#pending) {
      this.#nextUs = contact.timeUs + answerTimeoutUs;
      if (nowUs < this.#nextUs && nowUs > contact.timeUs - answerTimeoutUs) return;
      this.#pending.delete(key);
      this.#failed(contact);
    }
  }

  finish(nowUs: number): void {
    // What was asked in the last moments is let off: a neighbour needs a few milliseconds.
    this.advance(nowUs + answerTimeoutUs - 50_000);
    this.#pending.clear();
  }
}

function keyOf(asker: number, asked: number): number {
  return asker * 2 ** 26 + asked;
}
