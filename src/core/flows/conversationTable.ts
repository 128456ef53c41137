import type { ConversationRow } from '../../protocol/capture';
import { LimitCounter, engineLimits } from '../limits';
import { largest } from '../stats/largest';
import { nthSmallest } from '../stats/nthSmallest';
import type { Flow } from './flow';
import { HashIndex } from './hashIndex';
import type { Host } from './host';

/** More than any host id. */
const rankStep = 2 ** 26;

/** Conversation objects kept for others to come. */
const maxFree = 4096;

/** Everything between two addresses, whatever the ports. `a` is the one seen sending first. Objects are pooled by the table. */
export class Conversation {
  packets = 0;
  bytes = 0;
  listed = true;
  /** Open flows that count in it: when there are none and it is not listed, the object is for another one. */
  flows = 0;
  /** The flow of the newest first fragment: later fragments carry no ports and belong to it. */
  fragmentFlow: Flow | null = null;
  /** The newer of its two hosts tells its age. */
  newestHost: number;

  constructor(
    public a: Host,
    public b: Host,
  ) {
    this.newestHost = Math.max(a.id, b.id);
  }

  /** Prepares a pooled object for another pair. */
  reset(a: Host, b: Host): void {
    this.a = a;
    this.b = b;
    this.packets = 0;
    this.bytes = 0;
    this.fragmentFlow = null;
    this.newestHost = Math.max(a.id, b.id);
  }
}

/** All address pairs seen, bounded: at the limit the half with fewer packets is forgotten. */
export class ConversationTable {
  readonly limit: LimitCounter;
  /** In the order in which they were listed; the index finds the place of each. */
  #conversations: Conversation[] = [];
  readonly #index = new HashIndex();
  readonly #free: Conversation[] = [];

  constructor(maxConversations: number = engineLimits.conversations) {
    this.limit = new LimitCounter('conversations', maxConversations);
  }

  get size(): number {
    return this.#conversations.length;
  }

  between(source: Host, destination: Host): Conversation {
    const hash = hashOf(source, destination);
    const known = this.#find(source, destination, hash);
    if (known !== null) return known;
    const pooled = this.#free.pop();
    pooled?.reset(source, destination);
    const made = pooled ?? new Conversation(source, destination);
    this.#insert(made, hash);
    return made;
  }

  /** A flow that counted in the conversation does so no longer. */
  leave(conversation: Conversation): void {
    conversation.flows--;
    if (!conversation.listed) this.#giveBack(conversation);
  }

  /** Lists a forgotten conversation again; returns the one to use from now on. */
  relist(conversation: Conversation): Conversation {
    const hash = hashOf(conversation.a, conversation.b);
    const known = this.#find(conversation.a, conversation.b, hash);
    if (known !== null) {
      known.packets += conversation.packets;
      known.bytes += conversation.bytes;
      conversation.packets = 0;
      conversation.bytes = 0;
      return known;
    }
    this.#insert(conversation, hash);
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

  #find(x: Host, y: Host, hash: number): Conversation | null {
    for (let at = this.#index.first(hash); at >= 0; at = this.#index.after(at)) {
      const found = this.#conversations[at];
      if (found !== undefined && ((found.a === x && found.b === y) || (found.a === y && found.b === x))) return found;
    }
    return null;
  }

  #insert(conversation: Conversation, hash: number): void {
    if (this.#conversations.length >= this.limit.limit) this.#forgetQuietHalf();
    conversation.listed = true;
    this.#index.add(this.#conversations.length, hash);
    this.#conversations.push(conversation);
  }

  #giveBack(conversation: Conversation): void {
    if (conversation.flows === 0 && this.#free.length < maxFree) this.#free.push(conversation);
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
    const hashes = this.#index.hashes(all.length);
    this.#index.clear();
    for (let i = 0; i < all.length; i++) {
      const conversation = all[i];
      if (conversation === undefined) continue;
      if ((ranks[i] ?? 0) >= least && kept.length < this.limit.limit / 2) {
        this.#index.add(kept.length, hashes[i] as number);
        kept.push(conversation);
      } else {
        conversation.listed = false;
        conversation.fragmentFlow = null;
        this.#giveBack(conversation);
      }
    }
    this.limit.hits += all.length - kept.length;
    this.#conversations = kept;
  }
}

/** Host ids are counted up, not chosen by whoever sends the packets, so no seed is needed. The same both ways. */
function hashOf(x: Host, y: Host): number {
  const low = Math.min(x.id, y.id);
  const high = Math.max(x.id, y.id);
  const hash = Math.imul(Math.imul(low, 0x9e3779b1) ^ high, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
