import { startsWithAscii } from '../decode/text';
import { headerValue, namePart } from './bodyNames';
import { oneMoreSegment, rejected } from './payload';
import type { Namer } from './payload';

const methods = [
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'REGISTER',
  'PRACK',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'INFO',
  'REFER',
  'MESSAGE',
  'UPDATE',
];

/** SIP (RFC 3261 section 7): a start line with the version, and the body by its type. */
export const nameSip: Namer = (payload) => {
  const { bytes, start, end, wireEnd } = payload;
  if (!beginsSip(bytes, start, end)) return rejected;
  const headEnd = endOfHead(bytes, start, end);
  if (headEnd < 0 && payload.overTcp && payload.canWait && end - start < 16_384) return oneMoreSegment;
  const stop = headEnd < 0 ? end : headEnd;
  const head = bytes.subarray(start, stop);
  const length = Number(
    headerValue(head, 'content-length') || headerValue(head, 'l') || (payload.overTcp ? 0 : end - stop),
  );
  const total = stop - start + (Number.isFinite(length) ? length : 0);
  if (payload.overTcp && payload.canWait && total > wireEnd - start && total < 65_536) return -total;
  payload.add('sip');
  const type = headerValue(head, 'content-type') || headerValue(head, 'c');
  if (stop < end && length > 0) namePart(payload, type, true, bytes, stop, Math.min(end, start + total), 0);
  return payload.overTcp ? Math.max(1, Math.min(total, wireEnd - start)) : wireEnd - start;
};

function beginsSip(bytes: Uint8Array, start: number, end: number): boolean {
  if (startsWithAscii(bytes, start, end, 'SIP/2.0 ')) return true;
  for (const method of methods) {
    if (!startsWithAscii(bytes, start, end, `${method} `)) continue;
    let at = start;
    while (at < end && bytes[at] !== 0x0d && bytes[at] !== 0x0a && at - start < 1024) at++;
    return startsWithAscii(bytes, at - 8, end, ' SIP/2.0');
  }
  return false;
}

function endOfHead(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at + 3 < end; at++) {
    if (bytes[at] === 0x0d && bytes[at + 1] === 0x0a && bytes[at + 2] === 0x0d && bytes[at + 3] === 0x0a) return at + 4;
  }
  return -1;
}
