import type { ApplicationMessage } from '../decode/application';
import type { ProtocolName } from '../decode/protocols';

/** Gets each message as soon as it is whole; `layer` is the protocol that it is counted under. */
export type OnMessage = (message: ApplicationMessage, layer: ProtocolName) => void;

/**
 * How a protocol went on: `going` reads further, `restart` means that another protocol may begin behind what was read,
 * `lost` that the bytes are not what was expected, `done` that nothing more is of interest.
 */
export type ParserState = 'going' | 'restart' | 'lost' | 'done';

/** Finds the messages of one protocol in one direction of a connection. */
export interface MessageParser {
  readonly state: ParserState;
  /** As in `StreamReader`. */
  readonly needed: number;
  /** As in `StreamReader.read`. */
  read(bytes: Uint8Array, start: number, end: number): number;
  /** The message that `start` to `end` begin was cut: takes of it what can be known. */
  cut(bytes: Uint8Array, start: number, end: number): void;
}
