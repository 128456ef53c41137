import { uint32, uint8 } from '../bytes/integers';
import { startsWithAscii } from '../decode/text';
import { guessHttp } from './httpNames';
import { rejected, whole } from './payload';
import type { Namer, Payload } from './payload';
import { guessTls } from './tlsNames';

const longestMessage = 0x0004_0000;
const torrentGreeting = '\x13BitTorrent protocol';
const torrentGreetingBytes = 68;

/** BEP 3: a greeting, then messages with their length; what has no sense is the rest of one that began earlier. */
const nameTorrent: Namer = (payload) => {
  const { bytes, start, end, wireEnd } = payload;
  const greeting = startsWithAscii(bytes, start, end, torrentGreeting);
  if (!greeting && payload.length < 4) return payload.canWait ? -4 : rejected;
  const length = greeting ? torrentGreetingBytes : 4 + uint32(bytes, start);
  const taken = length > longestMessage || length < 4 ? wireEnd - start : whole(payload, length);
  if (taken > 0) payload.add('bittorrent');
  return taken;
};

const guessTorrent: Namer = (payload, conversation) => {
  if (!startsWithAscii(payload.bytes, payload.start, payload.end, torrentGreeting)) return rejected;
  conversation.namer = nameTorrent;
  return nameTorrent(payload, conversation);
};

/** FIX 4.2 volume 1: tag 9 counts the bytes up to the checksum, which has seven. */
const guessFix: Namer = (payload, conversation) => {
  const { bytes, start, end } = payload;
  if (!startsWithAscii(bytes, start, end, '8=FIX')) return rejected;
  conversation.namer ??= guessFix;
  let at = start;
  while (at < Math.min(end, start + 16) && bytes[at] !== 1) at++;
  if (!startsWithAscii(bytes, at, end, '\x019=')) return rejected;
  let length = 0;
  for (at += 3; at < end && at < start + 32 && bytes[at] !== 1; at++) length = length * 10 + uint8(bytes, at) - 0x30;
  const taken = whole(payload, at + 1 - start + Math.min(longestMessage, Math.max(0, length)) + 7);
  if (taken > 0) payload.add('fix');
  return taken;
};

const afterProxy: Namer = (payload, conversation) =>
  guessTls(payload, conversation) || guessHttp(payload, conversation);

/** HAProxy's PROXY protocol: a line, or 16 bytes with the length of what follows. */
const guessProxy: Namer = (payload, conversation) => {
  const { bytes, start, end, wireEnd } = payload;
  if (uint32(bytes, start) === 0x0d0a_0d0a && uint32(bytes, start + 8) === 0x5549_540a) {
    payload.add('proxy');
    return wireEnd - start;
  }
  if (!startsWithAscii(bytes, start, end, 'PROXY ')) return rejected;
  const feed = bytes.indexOf(0x0a, start);
  if (feed < 0 || feed >= Math.min(end, start + 108)) return rejected;
  payload.add('proxy');
  conversation.upgradedTo = afterProxy;
  return feed + 1 - start;
};

/** Words that begin a protocol whose segments are named one by one. */
const guessSegmentWord: Namer = (payload, conversation) => {
  const { bytes, start, end } = payload;
  const name = startsWithAscii(bytes, start, end, 'REDQ')
    ? 'spice'
    : startsWithAscii(bytes, start, end, 'MSRP ')
      ? 'msrp'
      : null;
  if (name === null) return rejected;
  const namer: Namer = (later: Payload) => {
    later.add(name);
    return later.wireEnd - later.start;
  };
  conversation.namer = namer;
  return namer(payload, conversation);
};

/** Signatures that are tried where no port is known, after those of `framedStreams`. */
export const moreGuessers: readonly Namer[] = [guessTorrent, guessFix, guessProxy, guessSegmentWord];
