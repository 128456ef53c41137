import { uint16, uint24, uint8 } from '../../bytes/integers';
import { decodeQuic } from '../../decode/quic';
import { decodeHello } from '../../decode/tls';
import type { TlsClientHello } from '../../decode/tls';
import { tlsFingerprints } from '../../decode/tlsFingerprint';
import type { FilterField } from '../filterField';
import { numbers, texts } from '../filterField';
import type { FilterSubject, Message } from '../filterSubject';
import { ofMessages } from '../filterSubject';
import { field, MessageFields } from './define';

interface TlsContent {
  bytes: Uint8Array;
  contentType: number;
  version: number;
  length: number;
  /** Handshake messages in clear: where their headers stand. */
  handshakes: { type: number; start: number; end: number; whole: boolean }[];
  alert: { level: number; description: number } | null;
}

/** RFC 5246 section 7.4, RFC 8446 section 4, RFC 6066 section 8. */
const handshakeNames = {
  'hello-request': 0,
  'client-hello': 1,
  'server-hello': 2,
  'new-session-ticket': 4,
  'encrypted-extensions': 8,
  certificate: 11,
  'server-key-exchange': 12,
  'certificate-request': 13,
  'server-hello-done': 14,
  'certificate-verify': 15,
  'client-key-exchange': 16,
  finished: 20,
  'certificate-status': 22,
} as const;
const knownHandshakes: ReadonlySet<number> = new Set(Object.values(handshakeNames));
const contentNames = { 'change-cipher-spec': 20, alert: 21, handshake: 22, 'application-data': 23 } as const;
const versionNames = { 'SSL-3.0': 0x300, 'TLS-1.0': 0x301, 'TLS-1.1': 0x302, 'TLS-1.2': 0x303, 'TLS-1.3': 0x304 };
const maxHandshakes = 32;

/** One record (RFC 8446 section 5.1); null for what goes on from an earlier one. */
function readTls({ bytes, start, end, cipherChanged }: Message): TlsContent | null {
  if (end - start < 5 || uint8(bytes, start + 1) !== 3) return null;
  const contentType = uint8(bytes, start);
  if (contentType < 20 || contentType > 24) return null;
  const length = uint16(bytes, start + 3);
  const content: TlsContent = {
    bytes,
    contentType,
    version: uint16(bytes, start + 1),
    length,
    handshakes: [],
    alert: null,
  };
  const stop = Math.min(end, start + 5 + length);
  if (contentType === 21 && length === 2) {
    content.alert = { level: uint8(bytes, start + 5), description: uint8(bytes, start + 6) };
  }
  if (contentType !== 22) return content;
  for (let at = start + 5; at + 4 <= stop && content.handshakes.length < maxHandshakes;) {
    const type = uint8(bytes, at);
    const size = 4 + uint24(bytes, at + 1);
    // Ciphertext has any type and length; one that fits neither is none in clear. After the change of ciphers a message in
    // clear is the second ClientHello of TLS 1.3 (RFC 8446 appendix D.4), which fills its record.
    if (!knownHandshakes.has(type) || (at === start + 5 && size > 65_536 + 4)) break;
    if (cipherChanged && size !== length) break;
    const whole = at + size <= stop;
    if (!whole && at + 4 + 2 > stop) break;
    content.handshakes.push({ type, start: at, end: Math.min(stop, at + size), whole });
    at += size;
  }
  return content;
}

const tls = new MessageFields<TlsContent>(['tls'], readTls);

interface Extension {
  type: number;
  start: number;
  length: number;
}

interface Hello {
  type: 1 | 2;
  start: number;
  end: number;
  ciphers: readonly number[];
  sessionIdLength: number;
  extensions: readonly Extension[];
}

/** Hellos of a record (RFC 8446 sections 4.1.2, 4.1.3). */
function hellos({ bytes, handshakes }: TlsContent): Hello[] {
  return handshakes.flatMap(({ type, start, end }) => {
    if ((type !== 1 && type !== 2) || end - start < 39) return [];
    const sessionIdLength = uint8(bytes, start + 38);
    let at = start + 39 + sessionIdLength;
    const ciphers: number[] = [];
    if (type === 1) {
      const stop = Math.min(end, at + 2 + uint16(bytes, at));
      for (let cipher = at + 2; cipher + 2 <= stop; cipher += 2) ciphers.push(uint16(bytes, cipher));
      at = stop + 1 + uint8(bytes, stop);
    } else {
      if (at + 2 <= end) ciphers.push(uint16(bytes, at));
      at += 3;
    }
    return [{ type, start, end, ciphers, sessionIdLength, extensions: extensionsOf(bytes, at, end) }];
  });
}

function extensionsOf(bytes: Uint8Array, offset: number, end: number): Extension[] {
  const found: Extension[] = [];
  if (offset + 2 > end) return found;
  const stop = Math.min(end, offset + 2 + uint16(bytes, offset));
  for (let at = offset + 2; at + 4 <= stop && found.length < 64; at += 4 + uint16(bytes, at + 2)) {
    found.push({ type: uint16(bytes, at), start: at + 4, length: Math.min(uint16(bytes, at + 2), stop - at - 4) });
  }
  return found;
}

const extensionNumbers =
  (type: number, read: (bytes: Uint8Array, hello: Hello, extension: Extension) => number[]) =>
  (content: TlsContent): number[] =>
    hellos(content).flatMap((hello) =>
      hello.extensions
        .filter((extension) => extension.type === type)
        .flatMap((extension) => read(content.bytes, hello, extension)),
    );

/** Signature algorithms of messages other than hellos (RFC 5246 sections 7.4.3, 7.4.4, 7.4.8), which TLS 1.2 brought. */
function signatureAlgorithms({ bytes, version, handshakes }: TlsContent): number[] {
  if (version !== versionNames['TLS-1.2']) return [];
  return handshakes.flatMap(({ type, start, end }) => {
    const body = start + 4;
    if (type === 13) {
      const list = body + 1 + uint8(bytes, body);
      return pairs(bytes, list + 2, Math.min(end, list + 2 + uint16(bytes, list)));
    }
    // Of key exchanges only those with a named curve (RFC 8422 section 5.4) say by themselves where the signature begins.
    const named = type === 12 && uint8(bytes, body) === 3;
    const at = type === 15 ? body : named ? body + 4 + uint8(bytes, body + 3) : -1;
    return at < 0 || at + 2 > end ? [] : [uint16(bytes, at)];
  });
}

/** 16-bit numbers from `start` to `end`. */
function pairs(bytes: Uint8Array, start: number, end: number): number[] {
  const values: number[] = [];
  for (let at = start; at + 2 <= end && values.length < 512; at += 2) values.push(uint16(bytes, at));
  return values;
}

/** Numbers of hellos, with those of the ClientHello that came over QUIC. */
function helloNumbers(
  name: string,
  description: string,
  read: (content: TlsContent) => number[],
  more: { names?: Readonly<Record<string, number>> } = {},
): FilterField {
  const overTcp = ofMessages<TlsContent, number>(['tls'], readTls, read);
  const reader = numbers((subject: FilterSubject) => {
    const hello = subject.tracker?.quicHelloBytes ?? null;
    return hello === null ? overTcp(subject) : [...overTcp(subject), ...read(asContent(hello))];
  });
  const values = more.names === undefined ? {} : { values: more.names };
  return field(name, 'number', description, reader, { needs: { messages: ['tls', 'quic'] }, ...values });
}

/** A message that came without a record around it. */
function asContent(bytes: Uint8Array): TlsContent {
  const handshakes = [{ type: uint8(bytes, 0), start: 0, end: bytes.length, whole: true }];
  return { bytes, contentType: 22, version: 0, length: bytes.length, handshakes, alert: null };
}

/** Names of a hello, with those that came over QUIC. */
function helloTexts(
  name: string,
  description: string,
  read: (hello: TlsClientHello) => (string | null)[],
): FilterField {
  const overTcp = ofMessages<TlsContent, string>(['tls'], readTls, (content) =>
    content.handshakes.flatMap(({ type, start, end }) => {
      if (type !== 1 && type !== 2) return [];
      const hello = decodeHello(content.bytes, start, end, end - start);
      if (hello === null) return [];
      if (hello.kind === 'tls-server-hello') {
        const server = { ...hello, kind: 'tls-client-hello' as const, serverName: null, fingerprints: null };
        return strings(read({ ...server, alpn: hello.alpn === null ? [] : [hello.alpn] }));
      }
      return strings(read({ ...hello, fingerprints: tlsFingerprints(content.bytes, start, end, 't') }));
    }),
  );
  const reader = texts((subject: FilterSubject) => {
    const quic = subject.tracker?.quicHello ?? null;
    return quic === null ? overTcp(subject) : [...overTcp(subject), ...strings(read(quic))];
  });
  return field(name, 'text', description, reader, { needs: { messages: ['tls', 'quic'] } });
}

function strings(values: readonly (string | null)[]): string[] {
  return values.filter((value) => value !== null);
}

const handshakeTypes = numbers((subject) => {
  const overTcp = ofMessages<TlsContent, number>(['tls'], readTls, ({ handshakes }) =>
    handshakes.map(({ type }) => type),
  );
  const types = overTcp(subject);
  return (subject.tracker?.quicHello ?? null) === null ? types : [...types, 1];
});

const offeredAlgorithms = extensionNumbers(13, (bytes, _hello, { start, length }) =>
  pairs(bytes, start + 2, start + length),
);

export const tlsFields: readonly FilterField[] = [
  tls.numbers('tls.record.content_type', 'What a record holds', ({ contentType }) => contentType, {
    names: contentNames,
  }),
  tls.numbers('tls.record.version', 'Version of a record', ({ version }) => version, { names: versionNames }),
  tls.numbers('tls.record.length', 'Bytes of a record', ({ length }) => length),
  tls.flag('tls.app_data', 'Encrypted data of the application', ({ contentType }) =>
    contentType === 23 ? true : null,
  ),
  tls.numbers('tls.alert_message.level', 'Level of an alert: 1 warning, 2 fatal', ({ alert }) => alert?.level ?? null),
  tls.numbers('tls.alert_message.desc', 'What an alert says', ({ alert }) => alert?.description ?? null),
  field('tls.handshake.type', 'number', 'Type of a handshake message', handshakeTypes, {
    values: handshakeNames,
    needs: { messages: ['tls', 'quic'] },
  }),
  helloNumbers('tls.handshake.length', 'Bytes of a handshake message', ({ bytes, handshakes }) =>
    handshakes.map(({ start }) => uint24(bytes, start + 1)),
  ),
  helloNumbers(
    'tls.handshake.version',
    'Version in a hello; 1.3 says 1.2 here',
    (content) => hellos(content).map(({ start }) => uint16(content.bytes, start + 4)),
    { names: versionNames },
  ),
  helloNumbers(
    'tls.handshake.extensions.supported_version',
    'Versions offered in a client hello, or chosen in a server hello',
    extensionNumbers(43, (bytes, { type }, { start, length }) =>
      type === 2 ? [uint16(bytes, start)] : pairs(bytes, start + 1, start + length),
    ),
    { names: versionNames },
  ),
  helloNumbers('tls.handshake.ciphersuite', 'Cipher suites of a hello', (content) =>
    hellos(content).flatMap(({ ciphers }) => ciphers),
  ),
  helloNumbers('tls.handshake.session_id_length', 'Bytes of the session identifier', (content) =>
    hellos(content).map(({ sessionIdLength }) => sessionIdLength),
  ),
  helloNumbers('tls.handshake.extension.type', 'Extensions of a hello', (content) =>
    hellos(content).flatMap(({ extensions }) => extensions.map(({ type }) => type)),
  ),
  helloNumbers(
    'tls.handshake.extensions_supported_group',
    'Groups that a hello offers for the key exchange',
    extensionNumbers(10, (bytes, _hello, { start, length }) => pairs(bytes, start + 2, start + length)),
  ),
  helloNumbers('tls.handshake.sig_hash_alg', 'Signature algorithms offered, and those of signatures', (content) => [
    ...offeredAlgorithms(content),
    ...signatureAlgorithms(content),
  ]),
  helloTexts('tls.handshake.extensions_server_name', 'Server name that the client asks for (SNI)', (hello) => [
    hello.serverName,
  ]),
  helloTexts('tls.handshake.extensions_alpn_str', 'Application protocols offered or chosen (ALPN)', ({ alpn }) => alpn),
  helloTexts('tls.handshake.ja3', 'JA3 fingerprint of the client', ({ fingerprints }) => [fingerprints?.ja3 ?? null]),
  helloTexts('tls.handshake.ja4', 'JA4 fingerprint of the client', ({ fingerprints }) => [fingerprints?.ja4 ?? null]),
];

const quic = new MessageFields(['quic'], ({ bytes, start, end }) => {
  const packet = decodeQuic(bytes, start, end);
  return { packet, form: uint8(bytes, start) >> 7, length: end - start };
});

const packetTypes = { initial: 0, '0-rtt': 1, handshake: 2, retry: 3 } as const;

export const quicFields: readonly FilterField[] = [
  quic.numbers('quic.header_form', 'Long header (1) or short header (0)', ({ form }) => form),
  quic.numbers('quic.version', 'Version in a long header', ({ packet }) => packet?.version ?? null),
  quic.numbers(
    'quic.long.packet_type',
    'Type of the first packet with a long header',
    ({ packet }) =>
      packet === null || packet.packetType === 'version-negotiation' ? null : packetTypes[packet.packetType],
    { names: packetTypes },
  ),
  quic.bytes('quic.dcid', 'bytes', 'Connection identifier of the receiver in a long header', ({ packet }) =>
    identifier(packet?.destinationConnectionId ?? ''),
  ),
  quic.bytes('quic.scid', 'bytes', 'Connection identifier of the sender in a long header', ({ packet }) =>
    identifier(packet?.sourceConnectionId ?? ''),
  ),
];

function identifier(digits: string): Uint8Array[] {
  if (digits === '') return [];
  return [Uint8Array.from({ length: digits.length / 2 }, (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16))];
}
