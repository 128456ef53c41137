import { uint16 } from '../bytes/integers';
import { couldBeDns, decodeDns } from '../decode/dns';
import type { MessageParser, OnMessage, ParserState } from './messageParser';

const headerLength = 12;

/** DNS messages over TCP, each behind its length in two bytes (RFC 1035 section 4.2.2, RFC 7766). */
export class DnsParser implements MessageParser {
  state: ParserState = 'going';
  needed = 2;

  constructor(readonly onMessage: OnMessage) {}

  read(bytes: Uint8Array, start: number, end: number): number {
    let offset = start;
    while (offset < end) {
      const length = end - offset >= 2 ? uint16(bytes, offset) : 0;
      if (end - offset < 2 + length || length === 0) {
        this.needed = 2 + length;
        if (end - offset < this.needed) return offset;
      }
      const body = offset + 2;
      if (length < headerLength || !couldBeDns(bytes, body, body + length)) {
        this.state = 'lost';
        return offset;
      }
      const message = decodeDns(bytes, body, body + length, 'dns');
      if (message !== null) this.onMessage(message, 'dns');
      offset = body + length;
    }
    this.needed = 2;
    return offset;
  }

  cut(bytes: Uint8Array, start: number, end: number): void {
    const body = start + 2;
    if (end - body < headerLength || !couldBeDns(bytes, body, end)) return;
    const message = decodeDns(bytes, body, end, 'dns');
    if (message !== null) this.onMessage(message, 'dns');
  }
}
