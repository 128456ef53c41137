import { uint24, uint8 } from '../bytes/integers';
import { startsWithAscii } from '../decode/text';
import { guessHttp, nameHttp } from './httpNames';
import { rejected, whole } from './payload';
import type { Namer } from './payload';
import { guessStreamNamers, streamNamerOfPort } from './streamNamers';

/** What follows an accepted CONNECT: the protocol of the port that was asked for, inside HTTP. */
export function tunnelledNamer(port: number): Namer {
  return (payload, conversation) => {
    const layers = payload.layers.length;
    for (const namer of [streamNamerOfPort(port), ...guessStreamNamers]) {
      if (namer === null || namer === nameHttp || namer === guessHttp) continue;
      const { namer: before } = conversation;
      const taken = namer(payload, conversation);
      conversation.namer = before;
      if (taken !== rejected) {
        if (payload.layers.length > layers) payload.add('http');
        return taken;
      }
      payload.dropTo(layers);
    }
    payload.add('http');
    payload.add('data');
    return payload.wireEnd - payload.start;
  };
}

/** What follows 101 (RFC 9110 section 15.2.2), or the preface of HTTP/2. */
export function switchedNamer(upgrade: string): Namer {
  if (upgrade.includes('websocket')) return nameWebSocket;
  if (upgrade.includes('h2c')) return nameHttp2;
  return (payload) => {
    payload.add('http');
    payload.add('data');
    return payload.wireEnd - payload.start;
  };
}

/** RFC 6455 section 5.2. */
const nameWebSocket: Namer = (payload) => {
  const { bytes, start } = payload;
  if (payload.length < 2) return whole(payload, 2);
  const short = uint8(bytes, start + 1) & 0x7f;
  const masked = uint8(bytes, start + 1) >= 0x80;
  const header = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (masked ? 4 : 0);
  if (payload.length < header) return whole(payload, header);
  let length = short;
  if (short === 126) length = uint24(bytes, start + 1) & 0xffff;
  if (short === 127) length = uint24(bytes, start + 7);
  const taken = whole(payload, header + length);
  if (taken < 0) return taken;
  payload.add('http');
  payload.add('websocket');
  const operation = uint8(bytes, start) & 0x0f;
  if (operation === 1 && length > 0) payload.add('data-text-lines');
  else if (operation === 2 && length > 0) payload.add('data');
  return taken;
};

/** RFC 9113 section 4.1. */
const nameHttp2: Namer = (payload) => {
  const { bytes, start, end } = payload;
  if (startsWithAscii(bytes, start, end, 'PRI * HTTP/2.0')) {
    payload.add('http');
    payload.add('http2');
    return Math.min(24, payload.wireEnd - start);
  }
  if (payload.length < 9) return whole(payload, 9);
  const taken = whole(payload, 9 + uint24(bytes, start));
  if (taken < 0) return taken;
  payload.add('http');
  payload.add('http2');
  return taken;
};
