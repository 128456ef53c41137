import type { PacketField } from '../../protocol/packetTree';
import { uint16, uint8 } from '../bytes/integers';
import { tlsFingerprints } from '../decode/tlsFingerprint';
import type { Dissection } from './dissection';
import { note } from './fieldScribe';
import { tlsCipherNames, tlsExtensionNames, tlsGroupNames, tlsVersionNames } from './tlsNames';

/** Entries of one list that are shown one by one. */
const maxListed = 128;

/** ClientHello and ServerHello (RFC 8446 sections 4.1.2 and 4.1.3, RFC 5246). `start` is the handshake header. */
export function dissectHello(at: Dissection, message: PacketField, start: number, end: number, client: boolean): void {
  const { scribe, bytes } = at;
  let place = start + 4;
  if (at.isCut(message, place, end, 35)) return;
  scribe.number(message, 'tls.handshake.version', 'Version', place, 2, { names: tlsVersionNames, hex: true });
  scribe.octets(message, 'tls.handshake.random', 'Random', place + 2, 32);
  place += 34;
  const sessionLength = uint8(bytes, place);
  scribe.number(message, 'tls.handshake.session_id_length', 'Session ID length', place, 1);
  if (sessionLength > 0) scribe.octets(message, 'tls.handshake.session_id', 'Session ID', place + 1, sessionLength);
  place += 1 + sessionLength;
  if (client) {
    const ciphersLength = uint16(bytes, place);
    if (at.isCut(message, place, end, 2 + ciphersLength + 1)) return;
    scribe.number(message, 'tls.handshake.cipher_suites_length', 'Cipher suites length', place, 2);
    const suites = scribe.add(
      message,
      'tls.handshake.ciphersuites',
      'Cipher suites',
      place + 2,
      ciphersLength,
      `${ciphersLength / 2} suites`,
    );
    numbers(at, suites, 'tls.handshake.ciphersuite', 'Cipher suite', place + 2, place + 2 + ciphersLength, cipherText);
    place += 2 + ciphersLength;
    const methods = uint8(bytes, place);
    scribe.number(message, 'tls.handshake.comp_methods_length', 'Compression methods length', place, 1);
    place += 1 + methods;
  } else {
    if (at.isCut(message, place, end, 3)) return;
    scribe.number(message, 'tls.handshake.ciphersuite', 'Cipher suite', place, 2, { text: cipherText });
    scribe.number(message, 'tls.handshake.comp_method', 'Compression method', place + 2, 1);
    place += 3;
  }
  if (place + 2 <= end) {
    scribe.number(message, 'tls.handshake.extensions_length', 'Extensions length', place, 2);
    extensions(at, message, place + 2, Math.min(end, place + 2 + uint16(bytes, place)), client);
  }
  if (!client) return;
  const fingerprints = tlsFingerprints(bytes, start, end, 't');
  if (fingerprints === null) return;
  scribe.add(message, 'tls.handshake.ja3', 'JA3', start, 0, fingerprints.ja3, fingerprints.ja3);
  scribe.add(message, 'tls.handshake.ja4', 'JA4', start, 0, fingerprints.ja4, fingerprints.ja4);
}

function extensions(at: Dissection, message: PacketField, start: number, end: number, client: boolean): void {
  const { scribe, bytes } = at;
  let place = start;
  while (place + 4 <= end) {
    const type = uint16(bytes, place);
    const length = uint16(bytes, place + 2);
    const name = tlsExtensionNames[type] ?? ((type & 0x0f0f) === 0x0a0a ? 'Reserved (GREASE)' : `unknown`);
    const field = scribe.add(message, '', `Extension: ${name}`, place, 4 + length);
    scribe.number(field, 'tls.handshake.extension.type', 'Type', place, 2, { text: (value) => `${name} (${value})` });
    scribe.number(field, 'tls.handshake.extension.len', 'Length', place + 2, 2);
    if (place + 4 + length > end) return note(field, 'is cut');
    if (length > 0) extension(at, field, type, place + 4, place + 4 + length, client);
    place += 4 + length;
  }
}

function extension(
  at: Dissection,
  field: PacketField,
  type: number,
  start: number,
  end: number,
  client: boolean,
): void {
  const { scribe, bytes } = at;
  if (type === 0 && client && end - start >= 5) {
    const length = Math.min(uint16(bytes, start + 3), end - start - 5);
    field.value = scribe.text(field, 'tls.handshake.extensions_server_name', 'Server name', start + 5, length).value;
  } else if (type === 16) {
    for (let place = start + 2; place < end; place += 1 + uint8(bytes, place)) {
      const length = Math.min(uint8(bytes, place), end - place - 1);
      const next = scribe.text(field, 'tls.handshake.extensions_alpn_str', 'Next protocol', place + 1, length);
      field.value = field.value === '' ? next.value : `${field.value}, ${next.value}`;
    }
  } else if (type === 10) {
    numbers(at, field, 'tls.handshake.extensions_supported_group', 'Group', start + 2, end, (value) =>
      named(tlsGroupNames, value),
    );
  } else if (type === 43) {
    const from = client ? start + 1 : start;
    numbers(at, field, 'tls.handshake.extensions.supported_version', 'Version', from, end, (value) =>
      named(tlsVersionNames, value),
    );
  } else if (type === 13) {
    numbers(at, field, 'tls.handshake.sig_hash_alg', 'Algorithm', start + 2, end, (value) => hex16(value));
  } else scribe.octets(field, '', 'Data', start, end - start);
}

function numbers(
  at: Dissection,
  parent: PacketField,
  name: string,
  label: string,
  start: number,
  end: number,
  text: (value: number) => string,
): void {
  for (let place = start, count = 0; place + 2 <= end && count < maxListed; place += 2, count++)
    at.scribe.number(parent, name, label, place, 2, { text });
}

function cipherText(value: number): string {
  return named(tlsCipherNames, value);
}

function named(names: Readonly<Record<number, string>>, value: number): string {
  const name =
    names[value] ?? ((value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff) ? 'Reserved (GREASE)' : 'Unknown');
  return `${name} (${hex16(value)})`;
}

function hex16(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`;
}
