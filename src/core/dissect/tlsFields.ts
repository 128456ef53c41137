import type { PacketField } from '../../protocol/packetTree';
import { uint16, uint24, uint8 } from '../bytes/integers';
import { isTlsRecord } from '../decode/tls';
import { tlsContentTypeNames, tlsHandshakeTypeNames } from '../decode/tlsTypeNames';
import type { Dissection } from './dissection';
import { note } from './fieldScribe';
import { dissectHello } from './tlsHelloFields';
import { tlsVersionNames } from './tlsNames';

/** RFC 8446 section 6. */
const alerts: Record<number, string> = {
  0: 'Close Notify',
  10: 'Unexpected Message',
  20: 'Bad Record MAC',
  40: 'Handshake Failure',
  42: 'Bad Certificate',
  43: 'Unsupported Certificate',
  44: 'Certificate Revoked',
  45: 'Certificate Expired',
  46: 'Certificate Unknown',
  47: 'Illegal Parameter',
  48: 'Unknown CA',
  49: 'Access Denied',
  50: 'Decode Error',
  51: 'Decrypt Error',
  70: 'Protocol Version',
  71: 'Insufficient Security',
  80: 'Internal Error',
  86: 'Inappropriate Fallback',
  90: 'User Canceled',
  109: 'Missing Extension',
  112: 'Unrecognized Name',
  116: 'Certificate Required',
  120: 'No Application Protocol',
};

const maxRecords = 32;

/** RFC 8446 section 5.1: the records that begin in this segment. One that is cut goes on in the next segments. */
export function dissectTls(at: Dissection, offset: number, end: number): void {
  const { scribe, bytes } = at;
  const tls = at.protocol('tls', 'Transport Layer Security', offset, end - offset);
  let place = offset;
  for (let count = 0; count < maxRecords && isTlsRecord(bytes, place, end); count++) {
    const type = uint8(bytes, place);
    const length = uint16(bytes, place + 3);
    const stop = Math.min(end, place + 5 + length);
    const name = tlsContentTypeNames[type] ?? `Content type ${type}`;
    const record = scribe.add(tls, 'tls.record', `Record: ${name}`, place, stop - place);
    tls.value = tls.value === '' ? name : `${tls.value}, ${name}`;
    scribe.number(record, 'tls.record.content_type', 'Content type', place, 1, { names: tlsContentTypeNames });
    scribe.number(record, 'tls.record.version', 'Version', place + 1, 2, { names: tlsVersionNames, hex: true });
    scribe.number(record, 'tls.record.length', 'Length', place + 3, 2);
    if (place + 5 + length > end) note(record, 'goes on in the next segments');
    if (type === 22) handshake(at, record, place + 5, stop, place + 5 + length);
    else if (type === 21 && length === 2 && stop === place + 7) {
      scribe.number(record, 'tls.alert_message.level', 'Level', place + 5, 1, { names: { 1: 'Warning', 2: 'Fatal' } });
      scribe.number(record, 'tls.alert_message.desc', 'Description', place + 6, 1, { names: alerts });
    } else if (type === 23)
      scribe.octets(record, 'tls.app_data', 'Encrypted application data', place + 5, stop - place - 5);
    else if (stop > place + 5) scribe.octets(record, '', 'Message', place + 5, stop - place - 5);
    place = stop;
  }
  if (place < end) scribe.octets(tls, '', 'Rest of an earlier record, or no TLS', place, end - place);
}

/** RFC 8446 section 4. Messages of an encrypted record have types and lengths that do not fit. */
function handshake(at: Dissection, record: PacketField, start: number, end: number, recordEnd: number): void {
  const { scribe, bytes } = at;
  let place = start;
  while (place + 4 <= end) {
    const type = uint8(bytes, place);
    const length = uint24(bytes, place + 1);
    const name = tlsHandshakeTypeNames[type];
    if (
      name === undefined ||
      (type !== 14 && length === 0) ||
      (place + 4 + length > recordEnd && type !== 1 && type !== 2 && type !== 11)
    ) {
      scribe.octets(record, '', 'Encrypted handshake message', place, end - place);
      return;
    }
    const stop = Math.min(end, place + 4 + length);
    const message = scribe.add(record, 'tls.handshake', `Handshake: ${name}`, place, stop - place);
    scribe.number(message, 'tls.handshake.type', 'Type', place, 1, { names: tlsHandshakeTypeNames });
    scribe.number(message, 'tls.handshake.length', 'Length', place + 1, 3);
    if (type === 1 || type === 2) dissectHello(at, message, place, stop, type === 1);
    else if (stop > place + 4) scribe.octets(message, '', 'Body', place + 4, stop - place - 4);
    place = stop;
  }
}
