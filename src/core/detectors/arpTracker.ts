import type { PacketView } from '../decode/packetView';
import type { FlowTable } from '../flows/flowTable';
import { LimitCounter, engineLimits } from '../limits';
import { ArpRouters } from './arpRouters';
import type { Contact } from './contact';

/** A neighbour answers within milliseconds; Linux asks again after one second. */
const answerTimeoutUs = 1_000_000;

/** Tells which ARP requests (RFC 826) nobody answered. */
export class ArpTracker {
  readonly limit = new LimitCounter('ARP requests waiting for an answer', engineLimits.scanPendingArp);
  readonly routers = new ArpRouters();
  readonly #failed: (contact: Contact) => void;
  readonly #pending = new Map<number, Contact>();
  /** Nothing has failed before this. */
  #nextUs = 0;

  constructor(failed: (contact: Contact) => void) {
    this.#failed = failed;
  }

  packet(view: PacketView, table: FlowTable): void {
    if (view.arpSenderAddressOffset < 0 || view.arpTargetAddressOffset < 0) return;
    const sender = table.hosts.at(view.bytes, view.arpSenderAddressOffset, 4);
    const target = table.hosts.at(view.bytes, view.arpTargetAddressOffset, 4);
    // Gratuitous ones announce or probe the sender's own address (RFC 5227) and want no answer.
    if (sender === target || sender.isGroup || target.isGroup) return;
    this.routers.learn(view, sender);
    if (view.arpOpcode === 2) {
      this.#pending.delete(keyOf(target.id, sender.id));
      return;
    }
    const key = keyOf(sender.id, target.id);
    if (view.arpOpcode !== 1 || this.#pending.has(key)) return;
    if (this.#pending.size >= this.limit.limit) {
      this.limit.hits++;
      return;
    }
    this.#pending.set(key, {
      source: sender,
      target,
      sourcePort: -1,
      port: 0,
      kind: 'arp',
      outcome: 'unanswered',
      timeUs: view.timeUs,
      packet: view.number,
    });
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
