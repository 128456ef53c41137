import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PacketView } from '../../../../src/core/decode/packetView';
import { allProtocolNames } from '../../../../src/core/decode/protocols';
import { engineLimits } from '../../../../src/core/limits';
import { ConversationNames } from '../../../../src/core/naming/conversationNames';
import { nameDatagram } from '../../../../src/core/naming/datagramNames';
import { nameSegment } from '../../../../src/core/naming/segmentNames';

interface Segment {
  bytes: Uint8Array;
  fromA?: boolean;
  again?: boolean;
  /** Where it is not what follows on the newest one of its direction. */
  sequence?: number;
  fin?: boolean;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** The names that each segment gets, as one line. */
function names(port: number, segments: readonly Segment[], clientPort = 40_000): string[] {
  const conversation = new ConversationNames();
  const next = { a: 1, b: 1 };
  return segments.map(({ bytes, fromA = true, again = false, sequence, fin = false }) => {
    const view = new PacketView();
    view.bytes = bytes;
    view.sourcePort = fromA ? clientPort : port;
    view.destinationPort = fromA ? port : clientPort;
    view.payloadOffset = 0;
    view.payloadLength = bytes.length;
    view.payloadWireLength = bytes.length;
    view.tcpFlags = fin ? 0x11 : 0x10;
    const side = fromA ? 'a' : 'b';
    view.tcpSequence = sequence ?? next[side];
    next[side] = view.tcpSequence + bytes.length;
    nameSegment(view, conversation, { fromA, again, keepAlive: false, serverPort: port });
    return view.layers.join(' ');
  });
}

function datagram(
  port: number,
  bytes: Uint8Array,
  conversation = new ConversationNames(),
  clientPort = 40_000,
): string {
  const view = new PacketView();
  view.bytes = bytes;
  view.sourcePort = clientPort;
  view.destinationPort = port;
  view.payloadOffset = 0;
  view.payloadLength = bytes.length;
  view.payloadWireLength = bytes.length;
  nameDatagram(view, conversation, true);
  return view.layers.join(' ');
}

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const a = (value: string): Segment => ({ bytes: text(value) });
const b = (value: string): Segment => ({ bytes: text(value), fromA: false });

describe('names of what TCP segments hold', () => {
  it('calls messages with a length before them DNS on the port of multicast DNS, which is UDP alone', () => {
    const message = Uint8Array.of(0, 12, 0x11, 0x33, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    assert.deepEqual(names(5353, [{ bytes: message }, { bytes: message, fromA: false }]), ['dns', 'dns']);
  });

  it('are those of a message in the segment that brings its last byte', () => {
    const response = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<p>';
    assert.deepEqual(names(80, [a('GET / HTTP/1.1\r\n'), a('Host: x\r\n\r\n'), b(response), b('abc'), b('def')]), [
      '',
      'http',
      '',
      '',
      'http data-text-lines',
    ]);
  });

  it('find the end of a body in chunks, and of one that ends with the connection', () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
    assert.deepEqual(
      names(8080, [b(`${head}Transfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n`), b('3\r\n:1}\r\n0'), b('\r\n\r\n')]),
      ['', '', 'http json'],
    );
    assert.deepEqual(names(80, [b(`${head}\r\n{}`), b('\n'), { bytes: text(' '), fromA: false, fin: true }]), [
      '',
      '',
      'http json',
    ]);
  });

  it('take a segment that came too early into its message, and none that was sent again', () => {
    const length = 'HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nContent-Length: 12\r\n\r\n';
    const late: Segment[] = [
      b(length),
      { bytes: text('8901'), fromA: false, sequence: 1 + length.length + 8 },
      { bytes: text('GIF8'), fromA: false, sequence: 1 + length.length },
      { bytes: text('GIF8'), fromA: false, sequence: 1 + length.length, again: true },
      { bytes: text('4567'), fromA: false, sequence: 1 + length.length + 4 },
    ];
    assert.deepEqual(names(80, late), ['', '', '', '', 'http image-gif']);
  });

  it('are data where nobody knows the stream, and what a signature tells on any port', () => {
    assert.deepEqual(names(9_123, [a('one'), b('two')]), ['data', 'data']);
    assert.deepEqual(names(9_123, [a('GET / HTTP/1.1\r\nHost: x\r\n\r\n')]), ['http']);
    assert.deepEqual(names(9_123, [{ bytes: bytes('170303000401020304') }, { bytes: bytes('1703030002aa') }]), [
      'tls',
      'tls',
    ]);
  });

  it('follow STARTTLS and an accepted CONNECT into what comes then', () => {
    const record: Segment = { bytes: bytes('160301000401020304') };
    assert.deepEqual(names(25, [a('STARTTLS\r\n'), b('220 go\r\n'), record]), ['smtp', 'smtp', 'tls']);
    const connect = [a('CONNECT x:443 HTTP/1.1\r\n\r\n'), b('HTTP/1.1 200 OK\r\n\r\n'), record];
    assert.deepEqual(names(8080, connect), ['http', 'http', 'tls http']);
  });

  it('follow an upgrade to WebSocket, and take a method of three letters for a request', () => {
    const get = a('GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n');
    const frame: Segment = { bytes: bytes('81026869'), fromA: false };
    assert.deepEqual(names(80, [get, b('HTTP/1.1 101 Switching\r\n\r\n'), frame]), [
      'http',
      'http',
      'http websocket data-text-lines',
    ]);
    assert.deepEqual(names(80, [a('PUT /x HTTP/1.1\r\nContent-Length: 2\r\n\r\n'), a('ab')]), ['', 'http data']);
  });

  it('find the mail behind commands sent at once', () => {
    assert.deepEqual(names(25, [a('RCPT TO:<x>\r\nDATA\r\n'), a('Subject: x\r\n\r\nhi\r\n'), a('.\r\n')]), [
      'smtp',
      'smtp data-text-lines',
      'smtp imf',
    ]);
  });

  it('tell the mail in SMTP and the parts in it', () => {
    const mail =
      'Subject: x\r\nContent-Type: multipart/mixed; boundary="z"\r\n\r\n--z\r\nContent-Type: text/plain\r\n\r\nhi\r\n--z--\r\n.\r\n';
    assert.deepEqual(
      names(25, [a('DATA\r\n'), b('354 go\r\n'), a(mail.slice(0, 60)), a(mail.slice(60)), b('250 ok\r\n')]),
      ['smtp', 'smtp', 'smtp data-text-lines', 'smtp imf mime_multipart data-text-lines', 'smtp'],
    );
  });

  it('tell the modules of a certificate in a handshake', () => {
    // Certificate with a name of one attribute, an elliptic key and one extension, cut down to those.
    const name = '300a300806035504030c0141';
    const key = '300b06072a8648ce3d02010500'.replaceAll(' ', '');
    const extension = '300a0603551d0f040300aabb';
    const body = name + key + extension;
    const certificate = `30${(body.length / 2).toString(16).padStart(2, '0')}${body}`;
    const three = (length: number): string => length.toString(16).padStart(6, '0');
    const list = three(certificate.length / 2) + certificate;
    const message = `0b${three(list.length / 2 + 3)}${three(list.length / 2)}${list}`;
    const record = `160303${(message.length / 2).toString(16).padStart(4, '0')}${message}`;
    const [first, second] = [bytes(record).slice(0, 20), bytes(record).slice(20)];
    assert.deepEqual(
      names(443, [
        { bytes: first, fromA: false },
        { bytes: second, fromA: false },
      ]),
      ['tls', 'tls x509sat pkcs-1 x509ce'],
    );
  });

  it('read SMB 2 with the remote calls and the file bytes that it carries', () => {
    const header = `fe534d42 4000 0000 00000000 0900 0000 00000000 00000000 ${'00'.repeat(40)}`.replaceAll(' ', '');
    const write = (payload: string): Uint8Array => {
      const length = payload.length / 2;
      const little = (length & 0xff).toString(16).padStart(2, '0') + '000000';
      const body = `3100 7000 ${little} ${'00'.repeat(40)} ${payload}`.replaceAll(' ', '');
      return bytes(`00${((header.length + body.length) / 2).toString(16).padStart(6, '0')}${header}${body}`);
    };
    const call = `0500000310000000 1800 0000 01000000 ${'00'.repeat(8)}`.replaceAll(' ', '');
    assert.deepEqual(names(445, [{ bytes: write('41424344') }, { bytes: write(call) }]), [
      'nbss smb2 data',
      'nbss smb2 dcerpc',
    ]);
  });

  it('stay bounded however long a message says it is', () => {
    const conversation = new ConversationNames();
    const view = new PacketView();
    view.bytes = new Uint8Array(60_000).fill(0x61);
    view.bytes.set(text('POST / HTTP/1.1\r\nContent-Length: 4000000000\r\n\r\n'));
    view.sourcePort = 40_000;
    view.destinationPort = 80;
    view.payloadOffset = 0;
    view.payloadLength = 60_000;
    view.payloadWireLength = 60_000;
    view.tcpFlags = 0x10;
    for (let count = 0; count < 50; count++) {
      view.tcpSequence = 1 + count * 60_000;
      nameSegment(view, conversation, { fromA: true, again: false, keepAlive: false, serverPort: 80 });
    }
    assert.ok((conversation.aToB?.bytes.length ?? 0) <= engineLimits.namedMessageBytes);
    assert.deepEqual(view.layers, []);
  });

  it('are sound for any segments on any port', () => {
    const ports = [21, 22, 25, 53, 80, 88, 102, 110, 139, 179, 389, 443, 445, 502, 1080, 1883, 3306, 5060, 5432, 9_123];
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 120 }),
      fc.constantFrom(
        text('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'),
        text('ffffffffff\r\n'),
        text('GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n'),
        text('HTTP/1.1 101 x\r\n\r\n'),
        bytes('16030300ff0b0000fb0000f80000f5'),
        bytes('000000ffff534d42'),
      ),
    );
    const segment = fc.record({
      bytes: piece,
      fromA: fc.boolean(),
      again: fc.boolean(),
      fin: fc.boolean(),
      sequence: fc.option(fc.integer({ min: -100, max: 500 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.constantFrom(...ports), fc.array(segment, { maxLength: 12 }), (port, segments) => {
        const found = names(port, segments as Segment[]);
        for (const name of found.flatMap((line) => line.split(' '))) {
          assert.ok(name === '' || allProtocolNames.has(name), name);
        }
      }),
    );
  });
});

describe('names of what UDP datagrams hold', () => {
  it('are those of the port, the lower one first, or of a signature', () => {
    assert.equal(datagram(1645, text('x')), 'data');
    assert.equal(datagram(69, text('x')), 'tftp');
    assert.equal(datagram(53, text('x'), new ConversationNames(), 69), 'dns');
    assert.equal(datagram(9_123, bytes('0001000021 12a442 000000000000000000000000')), 'stun');
    assert.equal(datagram(9_123, text('d1:ad2:id20:')), 'bt-dht');
    assert.equal(datagram(47_808, bytes('810a000801000000')), 'bvlc bacnet bacapp');
  });

  it('are no longer looked for in a flow that nobody knew for long', () => {
    const conversation = new ConversationNames();
    for (let count = 0; count <= engineLimits.applicationProbesPerFlow; count++) {
      assert.equal(datagram(9_123, text('??'), conversation), 'data');
    }
    assert.equal(datagram(9_123, text('d1:ad2:id20:'), conversation), 'data');
  });

  it('are sound for any bytes on any ports', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, minLength: 1 }), fc.nat(65_535), (payload, port) => {
        for (const name of datagram(port, payload).split(' ')) assert.ok(allProtocolNames.has(name), name);
      }),
    );
  });
});
