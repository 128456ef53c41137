import type { ProtocolName } from '../decode/protocols';
import { ConversationNames } from '../naming/conversationNames';
import type { MessageListener, Payload } from '../naming/payload';
import type { Message } from './filterSubject';

/** Bytes of a message that fields are read from: the largest TLS record, any head that a server accepts. */
const maxMessageBytes = 65_536;
/** Messages of one packet: a full segment of the shortest DNS messages. */
const maxMessages = 128;
/** Heads of HTTP messages whose bodies have not ended; pipelined requests are few. */
const maxWaitingHeads = 16;

/** Content type of ChangeCipherSpec (RFC 5246 section 6.2.1). */
const changeCipherSpec = 20;

/**
 * Adds what is remembered of the two directions of a conversation: HTTP heads that wait for the end of their body, and
 * whether TLS has changed to ciphertext.
 */
export class TrackedConversation extends ConversationNames {
  readonly headsFromA: Uint8Array[] = [];
  readonly headsFromB: Uint8Array[] = [];
  cipherChangedByA = false;
  cipherChangedByB = false;
}

/** Keeps the messages of one packet whose protocols are wanted. */
export class MessageCollector implements MessageListener {
  readonly messages: Message[] = [];
  readonly #wanted: ReadonlySet<ProtocolName>;
  readonly #named: ProtocolName[] = [];

  constructor(wanted: ReadonlySet<ProtocolName>) {
    this.#wanted = wanted;
  }

  clear(): void {
    this.messages.length = 0;
    this.#named.length = 0;
  }

  named(name: ProtocolName): void {
    if (this.#named.length < 64) this.#named.push(name);
  }

  /** A message inside TLS, decrypted. */
  inside(protocol: ProtocolName, bytes: Uint8Array): void {
    if (!this.#wanted.has(protocol) || this.messages.length >= maxMessages) return;
    const place = { bytes, start: 0, end: bytes.length };
    this.messages.push({
      protocol,
      ...place,
      overTcp: true,
      toServer: false,
      cipherChanged: false,
      read: undefined,
    });
  }

  rejected(): void {
    this.#named.length = 0;
  }

  message(payload: Payload, conversation: ConversationNames, length: number): void {
    const { start } = payload;
    const end = Math.min(payload.end, start + length, start + maxMessageBytes);
    if (this.#wanted.has('http')) this.#http(payload, conversation, start, end);
    for (const name of new Set(this.#named)) {
      if (name === 'http' || !this.#wanted.has(name)) continue;
      const changed =
        name === 'tls' && conversation instanceof TrackedConversation && cipherChange(conversation, payload);
      this.#add(name, payload, payload.bytes, start, end, changed);
    }
    this.#named.length = 0;
  }

  /** The head of a message counts for the packet that brings the end of its body. */
  #http(payload: Payload, conversation: ConversationNames, start: number, end: number): void {
    const heads = conversation instanceof TrackedConversation ? headsOf(conversation, payload.fromA) : null;
    const named = this.#named.includes('http') && !this.#named.includes('websocket');
    if (named && heads !== null && heads.length > 0) {
      const head = heads.shift();
      if (head !== undefined) this.#add('http', payload, head, 0, head.length);
    } else if (named) {
      this.#add('http', payload, payload.bytes, start, end);
    } else if (heads !== null && conversation.http !== null && end > start && heads.length < maxWaitingHeads) {
      const open = conversation.http.openBody(payload.fromA);
      if (open !== null && open.head.length > 0 && heads.at(-1) !== open.head) heads.push(open.head);
    }
  }

  #add(
    protocol: ProtocolName,
    payload: Payload,
    bytes: Uint8Array,
    start: number,
    end: number,
    cipherChanged = false,
  ): void {
    if (this.messages.length >= maxMessages) return;
    // What was put together from segments is overwritten by what follows in the same packet.
    const kept = payload.fresh || bytes !== payload.bytes ? bytes : bytes.slice(start, end);
    const from = kept === bytes ? start : 0;
    const to = kept === bytes ? end : kept.length;
    const { overTcp, toServer } = payload;
    const message = { protocol, bytes: kept, start: from, end: to, overTcp, toServer, cipherChanged, read: undefined };
    this.messages.push(message);
  }
}

/** Whether the sender of this record had changed to ciphertext before it; keeps in mind when this record says so. */
function cipherChange(conversation: TrackedConversation, { bytes, start, fromA }: Payload): boolean {
  const changed = fromA ? conversation.cipherChangedByA : conversation.cipherChangedByB;
  if (bytes[start] === changeCipherSpec) {
    if (fromA) conversation.cipherChangedByA = true;
    else conversation.cipherChangedByB = true;
  }
  return changed;
}

function headsOf(conversation: TrackedConversation, fromA: boolean): Uint8Array[] {
  return fromA ? conversation.headsFromA : conversation.headsFromB;
}
