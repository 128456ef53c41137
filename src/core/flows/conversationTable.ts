import type { ConversationRow } from '../../protocol/capture';
import { LimitCounter, engineLimits } from '../limits';
import { largest } from '../stats/largest';
import { nthSmallest } from '../stats/nthSmallest';
import type { Flow } from './flow';
import type { Host } from './host';

/** More than any host id. */
const rankStep = 2 ** 26;

/** Everything between two addresses, whatever the ports. `a` is the one seen sending first. */
export class Conversation {
  packets = 0;
  bytes = 0;
  listed = true;
  /** The flow of the newest first fragment: later fragments carry no ports and belong to it. */
  fragmentFlow: Flow | null = null;
  /** Next conversation in the same hash bucket. */
  next: Conversation | null = null;
  /** The newer of its two hosts tells its age. */
  readonly newestHost: number;

  constructor(
    readonly a: Host,
    readonly b: Host,
  ) {
    this.newestHost = Math.max(a.id, b.id);
  }
}

/** All address pairs seen, bounded: at the limit the half with fewer packets is forgotten. */
export class ConversationTable {
  readonly limit: LimitCounter;
  #buckets: (Conversation | null)[] = new Array<Conversation | null>(1024).fill(null);
  /** All of them once more, in the order in which they were listed. */
  #conversations: Conversation[] = [];

  constructor(maxConversations: number = engineLimits.conversations) {
    this.limit = new LimitCounter('conversations', maxConversations);
  }

  get size(): number {
    return this.#conversations.length;
  }

  between(source: Host, destination: Host): Conversation {
    const known = this.#find(source, destination);
    if (known !== null) return known;
    const made = new Conversation(source, destination);
    this.#insert(made);
    return made;
  }

  /** Lists a forgotten conversation again; returns the one to use from now on. */
  relist(conversation: Conversation): Conversation {
    const known = this.#find(conversation.a, conversation.b);
    if (known !== null) {
      known.packets += conversation.packets;
      known.bytes += conversation.bytes;
      conversation.packets = 0;
      conversation.bytes = 0;
      return known;
    }
    this.#insert(conversation);
    return conversation;
  }

  /** The `count` conversations with the most bytes. */
  top(count: number): ConversationRow[] {
    return largest(this.#conversations, count, (conversation) => conversation.bytes).map(
      ({ a, b, packets, bytes }) => ({
        a: a.text,
        b: b.text,
        packets,
        bytes,
      }),
    );
  }

  #find(x: Host, y: Host): Conversation | null {
    let at = this.#buckets[this.#bucketOf(x, y)] ?? null;
    while (at !== null && !((at.a === x && at.b === y) || (at.a === y && at.b === x))) at = at.next;
    return at;
  }

  #insert(conversation: Conversation): void {
    const { length } = this.#conversations;
    if (length >= this.limit.limit) this.#forgetQuietHalf();
    else if (length >= this.#buckets.length) this.#refill(this.#conversations, this.#buckets.length * 2);
    conversation.listed = true;
    this.#conversations.push(conversation);
    this.#link(conversation);
  }

  #link(conversation: Conversation): void {
    const bucket = this.#bucketOf(conversation.a, conversation.b);
    conversation.next = this.#buckets[bucket] ?? null;
    this.#buckets[bucket] = conversation;
  }

  #forgetQuietHalf(): void {
    const all = this.#conversations;
    const ranks = new Float64Array(all.length);
    for (let i = 0; i < all.length; i++) {
      const conversation = all[i];
      if (conversation !== undefined) {
        ranks[i] = Math.min(conversation.packets, rankStep) * rankStep + conversation.newestHost;
      }
    }
    const at = Math.ceil(this.limit.limit / 2);
    const least = at < all.length ? nthSmallest(ranks.slice(), at) : Number.POSITIVE_INFINITY;
    const kept: Conversation[] = [];
    for (let i = 0; i < all.length; i++) {
      const conversation = all[i];
      if (conversation === undefined) continue;
      if ((ranks[i] ?? 0) >= least && kept.length < this.limit.limit / 2) {
        kept.push(conversation);
      } else {
        conversation.listed = false;
        conversation.fragmentFlow = null;
        conversation.next = null;
      }
    }
    this.limit.hits += all.length - kept.length;
    this.#conversations = kept;
    this.#refill(kept, this.#buckets.length);
  }

  #refill(conversations: readonly Conversation[], bucketCount: number): void {
    this.#buckets = new Array<Conversation | null>(bucketCount).fill(null);
    for (const conversation of conversations) this.#link(conversation);
  }

  /** Host ids are counted up, not chosen by whoever sends the packets, so no seed is needed. The same both ways. */
  #bucketOf(x: Host, y: Host): number {
    const low = Math.min(x.id, y.id);
    const high = Math.max(x.id, y.id);
    const hash = Math.imul(Math.imul(low, 0x9e3779b1) ^ high, 0x85ebca6b);
    return (hash ^ (hash >>> 15)) & (this.#buckets.length - 1);
  }
}
