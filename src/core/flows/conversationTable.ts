import type { ConversationRow } from '../../protocol/capture';
import { LimitCounter, engineLimits } from '../limits';
import { largest } from '../stats/largest';
import type { Flow } from './flow';
import type { Host } from './host';

/** Everything between two addresses, whatever the ports. `a` is the one seen sending first. */
export class Conversation {
  packets = 0;
  bytes = 0;
  listed = true;
  /** The flow of the newest first fragment: later fragments carry no ports and belong to it. */
  fragmentFlow: Flow | null = null;

  constructor(
    readonly key: number,
    readonly a: Host,
    readonly b: Host,
  ) {}
}

/** All address pairs seen, bounded: at the limit the half with fewer packets is forgotten. */
export class ConversationTable {
  readonly limit: LimitCounter;
  readonly #conversations = new Map<number, Conversation>();

  constructor(maxConversations: number = engineLimits.conversations) {
    this.limit = new LimitCounter('conversations', maxConversations);
  }

  get size(): number {
    return this.#conversations.size;
  }

  between(source: Host, destination: Host): Conversation {
    const low = Math.min(source.id, destination.id);
    const key = low * 2 ** 26 + (source.id + destination.id - low);
    const known = this.#conversations.get(key);
    if (known !== undefined) return known;
    const made = new Conversation(key, source, destination);
    this.#insert(made);
    return made;
  }

  /** Lists a forgotten conversation again; returns the one to use from now on. */
  relist(conversation: Conversation): Conversation {
    const known = this.#conversations.get(conversation.key);
    if (known !== undefined) {
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
    return largest(this.#conversations.values(), count, (conversation) => conversation.bytes).map(
      ({ a, b, packets, bytes }) => ({ a: a.text, b: b.text, packets, bytes }),
    );
  }

  #insert(conversation: Conversation): void {
    if (this.#conversations.size >= this.limit.limit) this.#forgetQuietHalf();
    conversation.listed = true;
    this.#conversations.set(conversation.key, conversation);
  }

  #forgetQuietHalf(): void {
    const byPackets = [...this.#conversations.values()].sort((x, y) => x.packets - y.packets);
    const forgotten = byPackets.slice(0, Math.ceil(this.limit.limit / 2));
    for (const conversation of forgotten) {
      conversation.listed = false;
      conversation.fragmentFlow = null;
      this.#conversations.delete(conversation.key);
    }
    this.limit.hits += forgotten.length;
  }
}
