import { decodeSshBanner } from '../decode/ssh';
import { indexOfByte } from '../decode/text';
import type { MessageParser, OnMessage, ParserState } from './messageParser';

/** RFC 4253 section 4.2. */
const maxBannerLength = 255;

/** The identification string that each side of an SSH connection begins with; what follows is encrypted. */
export class SshParser implements MessageParser {
  state: ParserState = 'going';
  needed = 1;

  constructor(readonly onMessage: OnMessage) {}

  read(bytes: Uint8Array, start: number, end: number): number {
    const feed = indexOfByte(bytes, 0x0a, start, end);
    if (feed < 0 && end - start < maxBannerLength) {
      this.needed = end - start + 1;
      return start;
    }
    const bannerEnd = feed < 0 ? end : feed + 1;
    this.cut(bytes, start, bannerEnd);
    this.state = 'done';
    return bannerEnd;
  }

  cut(bytes: Uint8Array, start: number, end: number): void {
    const message = decodeSshBanner(bytes, start, end);
    if (message !== null) this.onMessage(message, 'ssh');
  }
}
