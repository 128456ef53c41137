import { uint16, uint24, uint8 } from '../bytes/integers';
import { rejected } from './payload';
import type { Namer, Payload } from './payload';
import { nameHandshake } from './tlsNames';

const recordHeader = 13;
const handshakeHeader = 12;

/** DTLS (RFC 6347 section 4.1) on any port: a record type, a version that exists, a length within the datagram. */
export const guessDtls: Namer = (payload, conversation) => {
  if (!isRecord(payload)) return rejected;
  conversation.namer = nameDtls;
  return nameDtls(payload, conversation);
};

const nameDtls: Namer = (payload) => {
  if (!isRecord(payload)) return rejected;
  const { bytes, start, end } = payload;
  payload.add('dtls');
  for (let at = start; at + recordHeader <= end;) {
    const length = uint16(bytes, at + 11);
    const body = at + recordHeader;
    // Epoch 0 is in clear.
    if (uint8(bytes, at) === 22 && uint16(bytes, at + 3) === 0)
      nameFragment(payload, body, Math.min(end, body + length));
    at = body + length;
  }
  return payload.wireEnd - start;
};

function isRecord({ bytes, start, end, wireEnd }: Payload): boolean {
  if (end - start < recordHeader) return false;
  const type = uint8(bytes, start);
  const version = uint16(bytes, start + 1);
  if (type < 20 || type > 25 || (version !== 0xfeff && version !== 0xfefd && version !== 0x0100)) return false;
  return start + recordHeader + uint16(bytes, start + 11) <= wireEnd;
}

/** A whole handshake message; fragments are not put together. */
function nameFragment(payload: Payload, start: number, end: number): void {
  const { bytes } = payload;
  if (start + handshakeHeader > end) return;
  const length = uint24(bytes, start + 1);
  if (uint24(bytes, start + 6) !== 0 || uint24(bytes, start + 9) !== length) return;
  nameHandshake(
    payload,
    bytes,
    uint8(bytes, start),
    start + handshakeHeader,
    Math.min(end, start + handshakeHeader + length),
  );
}
