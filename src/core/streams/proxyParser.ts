import { indexOfByte } from '../decode/text';
import type { MessageParser, ParserState } from './messageParser';

/** Longest header of version 1 of the PROXY protocol, with its line end. */
const maxHeaderLength = 107;

/** The line that a load balancer puts before a connection (HAProxy, PROXY protocol version 1): what follows is the rest. */
export class ProxyParser implements MessageParser {
  state: ParserState = 'going';
  needed = 1;

  read(bytes: Uint8Array, start: number, end: number): number {
    const feed = indexOfByte(bytes, 0x0a, start, Math.min(end, start + maxHeaderLength));
    if (feed < 0 && end - start < maxHeaderLength) {
      this.needed = end - start + 1;
      return start;
    }
    this.state = feed < 0 ? 'lost' : 'restart';
    return feed < 0 ? start : feed + 1;
  }

  cut(): void {
    // Nothing in it is told.
  }
}
