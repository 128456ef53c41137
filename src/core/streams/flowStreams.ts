import type { HttpExchange } from './httpParser';
import type { StreamDirection } from './streamDirection';

/** The two directions of a TCP connection whose bytes are read. */
export interface FlowStreams {
  readonly aToB: StreamDirection;
  readonly bToA: StreamDirection;
  /** What both have in common. */
  readonly exchange: HttpExchange;
  /** The same of what they say inside TLS; null where that is not decrypted. */
  readonly inside: HttpExchange | null;
}
