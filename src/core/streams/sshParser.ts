import { uint32, uint8 } from '../bytes/integers';
import { decodeSshBanner } from '../decode/ssh';
import { indexOfByte } from '../decode/text';
import type { MessageParser, OnMessage, ParserState } from './messageParser';

/** RFC 4253 section 4.2. */
const maxBannerLength = 255;
/** RFC 4253 section 6.1: what every implementation has to take. */
const maxPacketLength = 35_000;
/** Length of the packet, of its padding, and the message number. */
const packetHeaderLength = 6;
const newKeys = 21;

/**
 * The identification string that each side of an SSH connection begins with, and of the packets in clear behind it the one
 * that says that what follows is encrypted (SSH_MSG_NEWKEYS, RFC 4253 section 7.3).
 */
export class SshParser implements MessageParser {
  state: ParserState = 'going';
  needed = 1;
  #bannerDone = false;

  constructor(readonly onMessage: OnMessage) {}

  read(bytes: Uint8Array, start: number, end: number): number {
    let offset = start;
    if (!this.#bannerDone) {
      const feed = indexOfByte(bytes, 0x0a, start, end);
      if (feed < 0 && end - start < maxBannerLength) {
        this.needed = end - start + 1;
        return start;
      }
      offset = feed < 0 ? end : feed + 1;
      this.cut(bytes, start, offset);
      this.#bannerDone = true;
      this.needed = packetHeaderLength;
      // Version 1 has other packets.
      if (feed < 0 || uint8(bytes, start + 4) !== 0x32) this.state = 'done';
    }
    while (this.state === 'going' && end - offset >= packetHeaderLength) {
      const length = uint32(bytes, offset);
      if (length < 2 || length > maxPacketLength) {
        this.state = 'done';
        return end;
      }
      if (uint8(bytes, offset + 5) === newKeys) {
        this.onMessage({ kind: 'ssh-new-keys' }, 'ssh');
        this.state = 'done';
        return end;
      }
      offset += 4 + length;
    }
    return this.state === 'done' ? end : offset;
  }

  cut(bytes: Uint8Array, start: number, end: number): void {
    if (this.#bannerDone) return;
    const message = decodeSshBanner(bytes, start, end);
    if (message !== null) this.onMessage(message, 'ssh');
  }
}
