import { uint16, uint8 } from '../bytes/integers';
import { startsWithAscii } from '../decode/text';
import { headerValue, namePart } from './bodyNames';
import type { ConversationNames } from './conversationNames';
import { expectMedia } from './mediaNames';
import { oneMoreSegment, rejected, whole } from './payload';
import type { Namer, Payload } from './payload';

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
export const nameSip: Namer = (payload, conversation) =>
  beginsSip(payload.bytes, payload.start, payload.end) ? nameMessage(payload, conversation, 'sip') : rejected;

const streamingMethods =
  /^(DESCRIBE|ANNOUNCE|GET_PARAMETER|OPTIONS|PAUSE|PLAY|RECORD|REDIRECT|SETUP|SET_PARAMETER|TEARDOWN) /;

/** RTSP (RFC 2326), and what is interleaved with it behind a dollar sign (section 10.12). */
export const nameStreaming: Namer = (payload, conversation) => {
  const { bytes, start, end, wireEnd } = payload;
  if (bytes[start] === 0x24) {
    if (payload.length < 4) return payload.canWait ? -4 : rejected;
    const taken = whole(payload, 4 + uint16(bytes, start + 2));
    if (taken > 0) payload.add('rtsp');
    // Channels come in pairs, media and its control.
    if (taken > 4 && conversation.interleaved) payload.add((uint8(bytes, start + 1) & 1) === 0 ? 'rtp' : 'rtcp');
    return taken;
  }
  const line = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 16)));
  if (line.startsWith('RTSP/') || streamingMethods.test(line)) return nameMessage(payload, conversation, 'rtsp');
  payload.add('rtsp');
  return wireEnd - start;
};

function nameMessage(payload: Payload, conversation: ConversationNames, name: 'sip' | 'rtsp'): number {
  const { bytes, start, end, wireEnd } = payload;
  const headEnd = endOfHead(bytes, start, end);
  if (headEnd < 0 && payload.overTcp && payload.canWait && end - start < 16_384) return oneMoreSegment;
  const stop = headEnd < 0 ? end : headEnd;
  const head = bytes.subarray(start, stop);
  const length = Number(
    headerValue(head, 'content-length') || headerValue(head, 'l') || (payload.overTcp ? 0 : end - stop),
  );
  const total = stop - start + (Number.isFinite(length) ? length : 0);
  if (payload.overTcp && payload.canWait && total > wireEnd - start && total < 65_536) return -total;
  payload.add(name);
  if (name === 'rtsp' && /RTP.*interleaved=/i.test(headerValue(head, 'transport'))) conversation.interleaved = true;
  const type = headerValue(head, 'content-type') || headerValue(head, 'c');
  if (name === 'sip' && stop < end && type.toLowerCase().startsWith('application/sdp'))
    expectMedia(bytes, stop, Math.min(end, start + total), conversation);
  if (stop < end && length > 0) namePart(payload, type, true, bytes, stop, Math.min(end, start + total), 0);
  return payload.overTcp ? Math.max(1, Math.min(total, wireEnd - start)) : wireEnd - start;
}

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
