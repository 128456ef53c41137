import assert from 'node:assert/strict';
import { engineLimits } from '../../../../src/core/limits';
import { ConversationNames } from '../../../../src/core/naming/conversationNames';
import { a, b, bytes, datagram, names, text } from './support';
import type { Segment } from './support';

const hex = (value: string, fromA = true): Segment => ({ bytes: bytes(value), fromA });
const zeros = (count: number): string => '00'.repeat(count);

describe('streams that tell themselves', () => {
  it('are named by their first bytes on any port', () => {
    const cases: [segment: Segment, layers: string][] = [
      [hex(`0000001c 00000002 00000000 00000001 ${zeros(12)}`), 'smpp'],
      [hex(`54534820 00000024 02010000 ${zeros(24)}`), 'mq'],
      [hex(`0016 d0 41 0001 0010 1041 ${zeros(12)}`), 'drda'],
      [hex(`0100 00000048 0001 0000 ${zeros(68)}`), 'dicom'],
      [hex(`59 4d 53 47 0010 0000 0005 0057 ${zeros(8)} 31c0806100`), 'ymsg'],
      [hex(`deadbeef 00000004 01020304`), 'etch'],
      [hex('0300000e 08 02 0001 05 0403 8893a5'), 'q931'],
      [hex('0300000e 08 02 0001 05 7e 0002 05 20'), 'q931 h225'],
      [a('8=FIX.4.2\u00019=5\u000135=A\u000110=062\u0001'), 'fix'],
      [a('MSRP a786 SEND\r\n'), 'msrp'],
      [a('REDQ and more'), 'spice'],
    ];
    for (const [segment, layers] of cases) assert.deepEqual(names(33_333, [segment]), [layers]);
    // The end of an HTTP/2 connection begins like a length and no command.
    assert.deepEqual(names(33_333, [hex('00000807 00000000 00000000 03 00000000')]), ['data']);
  });

  it('keep their name: BitTorrent after its greeting, with messages in several segments', () => {
    const greeting = `13${Buffer.from('BitTorrent protocol').toString('hex')}${zeros(48)}`;
    const piece = `0000000d 07 00000000 00000000 0102`;
    assert.deepEqual(
      names(51_413, [
        hex(greeting),
        hex(greeting, false),
        hex('00000000'),
        hex(piece, false),
        hex('0304', false),
        hex('ffffffff'),
      ]),
      ['bittorrent', 'bittorrent', 'bittorrent', '', 'bittorrent', 'bittorrent'],
    );
    assert.deepEqual(names(51_413, [hex('00000000 0102')]), ['data']);
  });

  it('are told on their ports by a header that has sense', () => {
    const cases: [port: number, segment: Segment, layers: string][] = [
      [1521, hex(`0010 0000 01 00 0000 ${zeros(8)}`), 'tns'],
      [1521, hex(`0010 0000 06 00 0000 ${zeros(8)}`), 'tns data'],
      [1521, hex('0001 0000 01 00 0000'), 'data'],
      [9042, hex('0400000005 00000000'), 'cql'],
      [11_210, hex(`80000003 ${zeros(20)}`), 'couchbase'],
      [2000, hex('04000000 00000000 00000000'), 'skinny'],
      [4662, hex('e3 05000000 01 00000000'), 'edonkey'],
      [548, hex(`00 02 0001 00000000 00000002 00000000 1200`), 'dsi afp'],
      [1998, hex('0000 0003 10010b'), 'xot x25'],
    ];
    for (const [port, segment, layers] of cases) assert.deepEqual(names(port, [segment]), [layers], String(port));
  });

  it('hand over behind the line of a proxy', () => {
    const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
    assert.deepEqual(
      names(8081, [a(`PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n${request}`), b('HTTP/1.1 204 No Content\r\n\r\n')]),
      ['proxy http', 'http'],
    );
    assert.deepEqual(names(8081, [hex('0d0a0d0a000d0a515549540a 2111 0000')]), ['proxy']);
  });
});

describe('datagrams that tell themselves', () => {
  it('are named by their first bytes', () => {
    assert.equal(datagram(6454, text('Art-Net\0\0\x20\0\x0e\x02\0')), 'artnet');
    assert.equal(datagram(6454, text('Art-Net\0\0\x50\0\x0e\0\0\0\0\0\x01a')), 'artnet dmx_chan');
    assert.equal(datagram(5004, bytes(`ffff494e 00000002 00000001 ${zeros(4)}`)), 'applemidi');
    assert.equal(datagram(716, bytes(`0000 0010 0000 0002 ${zeros(8)}`)), 'pana');
    assert.equal(datagram(2300, bytes(`b0fa3400 ${zeros(16)} 706c6179 02000e00`)), 'dplay');
    assert.equal(datagram(4672, bytes('e401')), 'edonkey');
    assert.equal(datagram(4672, bytes('0001')), 'data');
    assert.equal(datagram(27_036, bytes('ffffffff214c5fa0')), 'steam_ihs_discovery');
  });
});

describe('media that a session description announces', () => {
  const description =
    'v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 49170 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\nm=text 5000 TCP/T 1\r\n';
  const invite = `INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP x\r\nContent-Type: application/sdp\r\nContent-Length: ${description.length}\r\n\r\n${description}`;
  const rtp = bytes(`80 00 0001 00000001 00000002 ${zeros(20)}`);
  const event = bytes(`80 65 0002 00000001 00000002 0100 0000`);

  it('is named on its port, with its telephone events, and nowhere else', () => {
    const expected = new Set<number>();
    const conversation = (): ConversationNames => new ConversationNames(expected);
    assert.equal(datagram(49_170, rtp, conversation()), 'data');
    assert.equal(datagram(5060, text(invite), conversation()), 'sip sdp');
    const media = conversation();
    assert.equal(datagram(49_170, rtp, media), 'rtp');
    assert.equal(datagram(49_170, event, media), 'rtp rtpevent');
    assert.equal(datagram(49_170, bytes('00 00 0001'), media), 'data');
    assert.equal(datagram(49_172, rtp, conversation()), 'data');
    assert.equal(datagram(5000, rtp, conversation()), 'data');
  });

  it('is kept for a bounded number of ports', () => {
    const expected = new Set<number>();
    for (let port = 10_000; port < 10_000 + 3 * engineLimits.expectedDataPorts; port++) {
      const body = `m=audio ${port} RTP/AVP 0\r\n`;
      const message = `INVITE sip:a@b SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n${body}`;
      datagram(5060, text(message), new ConversationNames(expected));
    }
    assert.ok(expected.size > 0 && expected.size <= engineLimits.expectedDataPorts);
  });
});
