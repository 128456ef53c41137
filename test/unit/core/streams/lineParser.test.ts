import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ApplicationMessage } from '../../../../src/core/decode/application';
import { ApplicationStream } from '../../../../src/core/streams/applicationStream';
import { HttpExchange } from '../../../../src/core/streams/httpParser';
import { StreamDirection, StreamMemory } from '../../../../src/core/streams/streamDirection';
import { concatBytes, textBytes, tlsClientHello } from '../../../support/packets';

type Said = ['client' | 'server', Uint8Array];
const client = (text: string): Said => ['client', textBytes(text)];
const server = (text: string): Said => ['server', textBytes(text)];

/** The messages of a conversation with a server on `port`, whose sides speak in the given turns, in pieces of at most `size`. */
function converse(port: number, turns: readonly Said[], size = Number.POSITIVE_INFINITY): string[] {
  const exchange = new HttpExchange();
  const memory = new StreamMemory();
  const messages: ApplicationMessage[] = [];
  const side = (from: number, to: number): StreamDirection => {
    const reader = new ApplicationStream(
      from,
      to,
      exchange,
      (message) => messages.push(message),
      () => undefined,
    );
    const direction = new StreamDirection(reader, memory);
    direction.begin(0);
    return direction;
  };
  const sides = { client: side(40000, port), server: side(port, 40000) };
  const sent = { client: 0, server: 0 };
  for (const [who, bytes] of turns) {
    for (let start = 0; start < bytes.length; start += size) {
      const piece = bytes.slice(start, start + size);
      sides[who].push(0, sent[who], piece, 0, piece.length, piece.length);
      sent[who] += piece.length;
    }
  }
  return messages.map((message) => {
    if (message.kind === 'line-command') return `${message.tag}>${message.verb} ${message.argument}`.trimEnd();
    if (message.kind === 'line-reply') return `${message.tag}<${message.code === 0 ? message.status : message.code}`;
    return message.kind;
  });
}

const ftp: Said[] = [
  server('220-Welcome\r\n530 is no reply here\r\n220 FTP server\r\n'),
  client('USER anna\r\n'),
  server('331 Please specify the password.\r\n'),
  client('PASS secret word\r\n'),
  server('530 Login incorrect.\r\n'),
];

describe('LineParser', () => {
  it('reads commands and last lines of replies of FTP, however they are cut', () => {
    const expected = ['<220', '>USER anna', '<331', '>PASS secret word', '<530'];
    for (const size of [1, 2, 3, 7, 1000]) assert.deepEqual(converse(21, ftp, size), expected, `pieces of ${size}`);
  });

  it('reads SMTP with SASL, and leaves the mail out', () => {
    const turns = [
      server('220 mail ESMTP\r\n'),
      client('EHLO me\r\n'),
      server('250-mail\r\n250 AUTH LOGIN\r\n'),
      client('AUTH LOGIN\r\n'),
      server('334 VXNlcm5hbWU6\r\n'),
      client('YW5uYQ==\r\n'),
      server('535 5.7.8 no\r\n'),
      client('DATA\r\n'),
      server('354 go on\r\n'),
      client('QUIT of the sea\r\nRSET\r\n.\r\n'),
      server('250 ok\r\n'),
      client('BDAT 6 LAST\r\nQUIT\r\nQUIT\r\n'),
    ];
    assert.deepEqual(converse(25, turns), [
      '<220',
      '>EHLO me',
      '<250',
      '>AUTH LOGIN',
      '<334',
      '>AUTH-RESPONSE YW5uYQ==',
      '<535',
      '>DATA',
      '<354',
      '<250',
      '>BDAT 6 LAST',
      '>QUIT',
    ]);
  });

  it('reads tagged replies of IMAP and leaves literals out', () => {
    const turns = [
      server('* OK ready\r\n'),
      client('a1 LOGIN anna {6}\r\na9 X\r\n\r\n'),
      server('* 1 FETCH {9}\r\na1 OK no\r\n)\r\na1 NO wrong\r\n'),
    ];
    assert.deepEqual(converse(143, turns), ['a1>LOGIN anna {6}', 'a1<NO']);
  });

  it('reads POP3', () => {
    const turns = [server('+OK ready\r\n'), client('USER a\r\nPASS b\r\n'), server('+OK\r\n-ERR no\r\n')];
    assert.deepEqual(converse(110, turns), ['<OK', '>USER a', '>PASS b', '<OK', '<ERR']);
  });

  it('gives way to TLS behind STARTTLS', () => {
    const hello: Said = ['client', tlsClientHello('mail.test')];
    const turns = [server('220 mail ESMTP\r\n'), client('STARTTLS\r\n'), server('220 go\r\n'), hello];
    for (const size of [1, 5, 1000]) {
      assert.deepEqual(converse(25, turns, size), ['<220', '>STARTTLS', '<220', 'tls-client-hello'], `${size}`);
    }
  });

  it('ends with any bytes, and keeps little of a line without an end', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('220 FTP\r\n', '* OK\r\n', '+OK \r\n'),
        fc.array(fc.tuple(fc.constantFrom<Said[0]>('client', 'server'), fc.uint8Array({ maxLength: 60 }))),
        (greeting, turns) => void converse(21, [server(greeting), ...turns]),
      ),
    );
    const long = converse(21, [server('220 FTP\r\n'), client(`USER ${'a'.repeat(5000)}\r\nPASS b\r\n`)], 100);
    assert.equal(long.length, 3);
    assert.ok((long[1] ?? '').length < 600);
    assert.equal(long[2], '>PASS b');
  });
});

describe('SshParser', () => {
  const packet = (type: number, length = 12): Uint8Array => {
    const bytes = new Uint8Array(4 + length);
    new DataView(bytes.buffer).setUint32(0, length);
    bytes[4] = 4;
    bytes[5] = type;
    return bytes;
  };

  it('says where a side begins to encrypt', () => {
    const bytes = concatBytes([textBytes('SSH-2.0-x\r\n'), packet(20, 900), packet(31, 300), packet(21), packet(99)]);
    for (const size of [1, 4, 17, 5000]) {
      assert.deepEqual(converse(22, [['server', bytes]], size), ['ssh-banner', 'ssh-new-keys'], `pieces of ${size}`);
    }
  });

  it('stops at what is no packet', () => {
    const bytes = concatBytes([textBytes('SSH-2.0-x\r\n'), new Uint8Array(40).fill(0xff), packet(21)]);
    assert.deepEqual(converse(22, [['server', bytes]]), ['ssh-banner']);
  });
});
