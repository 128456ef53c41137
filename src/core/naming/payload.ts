import type { ProtocolName } from '../decode/protocols';
import type { ConversationNames } from './conversationNames';

/** Answers of a `Namer` beside a count of bytes. */
export const rejected = 0;
/** The message goes on; one more segment may be enough. */
export const oneMoreSegment = Number.NEGATIVE_INFINITY;

/** Layers kept of one packet; the names differ, so a packet that nests them all stays far below. */
const maxNames = 48;

/** Hears of each message that is named: first its names, then its bytes. */
export interface MessageListener {
  named(name: ProtocolName): void;
  /** What was named since the last message was a mistake. */
  rejected(): void;
  /** `length` bytes from `payload.start` on, of which those before `payload.end` are there, are what was named; 0 for what began earlier. */
  message(payload: Payload, conversation: ConversationNames, length: number): void;
}

/** Counts HTTP requests whose message is whole, and the values of their Host headers. */
export interface HttpTally {
  httpRequest(): void;
  httpHost(host: string): void;
}

/**
 * What a namer reads: the bytes of one datagram, or of a TCP stream from where a message may begin. One instance serves
 * all packets.
 */
export class Payload {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** End as it was on the wire, at least `end`: bytes behind `end` were cut by the capture, or are not kept. */
  wireEnd = 0;
  /** TCP: sequence number of the byte at `start`. */
  sequence = 0;
  sourcePort = 0;
  destinationPort = 0;
  overTcp = false;
  /** False when a namer has to take what is there: nothing more will come. */
  canWait = false;
  /** How many bytes of the message that it waits for a namer wants to see; the others are only counted. */
  keepBytes = Number.POSITIVE_INFINITY;
  /** False when the bytes were put together from several segments. */
  fresh = true;
  fromA = true;
  /** Towards the side that was called: the one with the port of the SYN, else with the lower one. */
  toServer = true;
  timeUs = 0;
  /** Layers of the packet, tshark's `frame.protocols`. */
  layers: ProtocolName[] = [];
  /** Who wants the messages themselves beside their names. */
  listener: MessageListener | null = null;
  tally: HttpTally | null = null;

  get length(): number {
    return this.end - this.start;
  }

  /** Adds a name unless the packet has it. */
  add(name: ProtocolName): void {
    if (this.listener !== null) this.listener.named(name);
    const { layers } = this;
    // From the end, where it stands when it is there at all; the few names are compared sooner than `includes` is called.
    for (let i = layers.length - 1; i >= 0; i--) if (layers[i] === name) return;
    if (layers.length < maxNames) layers[layers.length] = name;
  }

  /** Takes back the names behind the first `count`: whoever gave them does not know the message. */
  dropTo(count: number): void {
    this.layers.length = count;
    if (this.listener !== null) this.listener.rejected();
  }

  addAll(names: readonly ProtocolName[]): void {
    for (const name of names) this.add(name);
  }

  hasPort(port: number): boolean {
    return this.sourcePort === port || this.destinationPort === port;
  }
}

/**
 * Names the protocols of the message at `payload.start` and tells how many bytes it takes; `rejected` when it is none of
 * its own. A negative number -n asks for n bytes from `start` on.
 */
export type Namer = (payload: Payload, conversation: ConversationNames) => number;

/** Waits for `length` bytes where more can come, else takes what is there. */
export function whole(payload: Payload, length: number): number {
  if (payload.wireEnd - payload.start >= length) return length;
  return payload.canWait ? -length : Math.max(1, payload.wireEnd - payload.start);
}
