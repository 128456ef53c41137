import { uint8 } from '../bytes/integers';
import { engineLimits } from '../limits';
import type { ConversationNames } from './conversationNames';
import { rejected } from './payload';
import type { Namer } from './payload';

/** Ports of media stand in the same set as those of FTP, above all ports; of each, the payload types that are telephone events above those. */
const mediaPorts = 0x1_0000;
const eventTypes = 0x2_0000;
const maxDescription = 8192;

/** Notes the ports that a session description (RFC 8866 section 5.14) wants RTP on, and the payload types that are telephone events. */
export function expectMedia(bytes: Uint8Array, start: number, end: number, conversation: ConversationNames): void {
  const { expected } = conversation;
  if (expected === null) return;
  let port = 0;
  const text = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + maxDescription)));
  for (const line of text.split(/\r?\n/)) {
    const media = /^m=\w+ (\d{1,5})(?:\/\d+)? (?:UDP\/TLS\/)?RTP\//.exec(line);
    if (line.startsWith('m=')) port = Number(media?.[1] ?? 0);
    if (port <= 0 || port > 0xffff) continue;
    if (expected.size >= engineLimits.expectedDataPorts) expected.clear();
    expected.add(mediaPorts + port);
    const event = /^a=rtpmap:(\d{1,3}) telephone-event\//i.exec(line);
    if (event !== null) expected.add(eventTypes + port * 128 + (Number(event[1]) & 0x7f));
  }
}

/** True when one side has a port that a description named. */
export function isExpectedMedia(expected: ReadonlySet<number>, source: number, destination: number): boolean {
  return expected.has(mediaPorts + source) || expected.has(mediaPorts + destination);
}

/** RTP (RFC 3550 section 5.1), and telephone events in it (RFC 4733). */
export const nameMedia: Namer = (payload, conversation) => {
  const { bytes, start, sourcePort, destinationPort } = payload;
  const type = uint8(bytes, start + 1) & 0x7f;
  if (payload.length < 12 || uint8(bytes, start) >> 6 !== 2 || (type >= 72 && type <= 76)) return rejected;
  conversation.namer = nameMedia;
  payload.add('rtp');
  const events = conversation.expected;
  if (
    events?.has(eventTypes + destinationPort * 128 + type) === true ||
    events?.has(eventTypes + sourcePort * 128 + type) === true
  )
    payload.add('rtpevent');
  return payload.wireEnd - start;
};
