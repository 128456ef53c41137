import { uint16, uint8 } from '../bytes/integers';

const ethernetHeaderLength = 14;
const vlanTagLength = 4;
/** A frame has one or two tags (IEEE 802.1Q). */
const maxTags = 2;
const controlWordLength = 4;

/**
 * Where the Ethernet frame begins that stands behind the labels of MPLS: at once or behind a control word (RFC 4448 section 4.6);
 * -1 for none. Nothing in a label says so, therefore the type of the frame has to fit what follows it.
 */
export function pseudowireFrame(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return -1;
  // A control word begins with four bits of 0 (RFC 4385 section 3).
  const behindWord = start + controlWordLength;
  if (uint8(bytes, start) >> 4 === 0 && isFrame(bytes, behindWord, end)) return behindWord;
  return isFrame(bytes, start, end) ? start : -1;
}

function isFrame(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start + ethernetHeaderLength;
  for (let tags = 0; tags <= maxTags && at + 2 <= end; tags++, at += vlanTagLength) {
    switch (uint16(bytes, at - 2)) {
      case 0x0800:
        return uint8(bytes, at) >> 4 === 4;
      case 0x86dd:
        return uint8(bytes, at) >> 4 === 6;
      case 0x0806:
        return uint16(bytes, at) === 1;
      case 0x8100:
      case 0x88a8:
        break;
      default:
        return false;
    }
  }
  return false;
}
