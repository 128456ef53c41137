import type { StreamDirection } from './streamDirection';

/** The two directions of a TCP connection whose bytes are read. */
export interface FlowStreams {
  readonly aToB: StreamDirection;
  readonly bToA: StreamDirection;
}
