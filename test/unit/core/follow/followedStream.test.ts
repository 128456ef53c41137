import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodePacket } from '../../../../src/core/decode/decodePacket';
import { PacketView } from '../../../../src/core/decode/packetView';
import { endsOf, FollowedStream } from '../../../../src/core/follow/followedStream';
import { httpExchanges } from '../../../../src/core/follow/httpExchanges';
import { streamText } from '../../../../src/core/follow/streamText';
import { engineLimits } from '../../../../src/core/limits';
import { concatBytes, packetsAt, tcpFrame, textBytes, udpFrame } from '../../../support/packets';

const client = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 5000, destinationPort: 80 };
const server = { source: '10.0.0.2', destination: '10.0.0.1', sourcePort: 80, destinationPort: 5000 };

/** One connection: handshake, then what each side says in turn. */
class Talk {
  readonly frames: Uint8Array[] = [];
  private next = { client: 1000, server: 5000 };

  constructor(start = 1000) {
    this.next = { client: start, server: start * 5 };
    this.frames.push(
      tcpFrame({ ...client, flags: 'S', sequence: this.next.client++ }),
      tcpFrame({ ...server, flags: 'SA', sequence: this.next.server++, acknowledgment: this.next.client }),
    );
  }

  say(side: 'client' | 'server', payload: string | Uint8Array): this {
    const bytes = typeof payload === 'string' ? textBytes(payload) : payload;
    const other = side === 'client' ? 'server' : 'client';
    this.frames.push(
      tcpFrame(
        {
          ...(side === 'client' ? client : server),
          flags: 'PA',
          sequence: this.next[side],
          acknowledgment: this.next[other],
        },
        bytes,
      ),
    );
    this.next[side] += bytes.length;
    return this;
  }
}

function follow(frames: readonly Uint8Array[], packet: number): FollowedStream {
  const packets = packetsAt(frames.map((frame, at) => [at / 10, frame] as const));
  const view = new PacketView();
  decodePacket(view, packets[packet - 1]!);
  const ends = endsOf(view);
  assert.ok(ends);
  const stream = new FollowedStream(ends, packet);
  for (const each of packets) {
    decodePacket(view, each);
    stream.packet(view);
  }
  stream.finish();
  return stream;
}

const said = (stream: FollowedStream, fromA: boolean): string =>
  Buffer.concat(stream.pieces.filter((piece) => piece.fromA === fromA).map(({ bytes }) => bytes)).toString('latin1');

describe('a conversation, followed', () => {
  it('holds what both sides said, in order, whoever sent the packet that was chosen', () => {
    const { frames } = new Talk().say('client', 'hello ').say('client', 'there').say('server', 'hi');
    for (const packet of [1, 2, 3, 5]) {
      const stream = follow(frames, packet);
      assert.deepEqual(stream.ends, { ipProtocol: 6, a: '10.0.0.1', aPort: 5000, b: '10.0.0.2', bPort: 80 });
      assert.equal(said(stream, true), 'hello there');
      assert.equal(said(stream, false), 'hi');
    }
  });

  it('puts segments in order, takes each byte once, and says where bytes are missing', () => {
    const { frames } = new Talk().say('client', 'one ').say('client', 'two ').say('client', 'three');
    const [syn, synAck, one, two, three] = frames as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    assert.equal(said(follow([syn, synAck, three, two, one, one, two], 1), true), 'one two three');
    const holed = follow([syn, synAck, one, three], 1);
    assert.equal(said(holed, true), 'one three');
    assert.deepEqual(
      holed.pieces.map(({ afterGap }) => afterGap),
      [false, true],
    );
    assert.match(streamText(holed, 'text').text, /bytes before it are missing/);
  });

  it('is the one of several connections on the same ports that holds the packet', () => {
    const first = new Talk(1000).say('client', 'first').say('server', 'A').frames;
    const second = new Talk(90_000).say('client', 'second').say('server', 'B').frames;
    const all = [...first, ...second];
    assert.equal(said(follow(all, 1), true), 'first');
    assert.equal(said(follow(all, first.length), false), 'A');
    assert.equal(said(follow(all, first.length + 1), true), 'second');
    assert.equal(said(follow(all, all.length), false), 'B');
  });

  it('is of UDP as well, and leaves other conversations alone', () => {
    const frames = [
      udpFrame(client, textBytes('ping')),
      udpFrame({ ...client, sourcePort: 5001 }, textBytes('other')),
      udpFrame(server, textBytes('pong')),
    ];
    const stream = follow(frames, 3);
    assert.equal(said(stream, true), 'ping');
    assert.equal(said(stream, false), 'pong');
  });

  it('is bounded, and says how much was left out', () => {
    const talk = new Talk();
    const block = new Uint8Array(60_000).fill(0x61);
    const blocks = Math.ceil(engineLimits.followedBytes / block.length) + 3;
    for (let at = 0; at < blocks; at++) talk.say('server', block);
    const stream = follow(talk.frames, 1);
    const kept = stream.pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
    assert.equal(kept, engineLimits.followedBytes);
    assert.equal(kept + stream.leftOutBytes, blocks * block.length);
    const { text, cut } = streamText(stream, 'text');
    assert.ok(cut && text.length < 4_100_000);
    assert.match(text, /more bytes are left out/);
    assert.ok(streamText(stream, 'hex').text.length < 6_000_000);
  });
});

describe('a conversation as a document', () => {
  it('tells the sides apart by a line before each turn', () => {
    const stream = follow(new Talk().say('client', 'GET /\r\n').say('server', 'tab\there\nüber\n').frames, 1);
    const { text, turns } = streamText(stream, 'text');
    const lines = text.split('\n');
    assert.equal(lines[0], '10.0.0.1:5000 ⇄ 10.0.0.2:80');
    assert.deepEqual(
      turns.map(({ fromA }) => fromA),
      [true, false],
    );
    assert.match(
      lines[turns[0]!.firstLine] ?? '',
      /^▶ 10\.0\.0\.1:5000 {2}2023-11-14 22:13:20\.200 UTC {2}packet 3 {2}7 bytes$/,
    );
    assert.match(lines[turns[1]!.firstLine] ?? '', /^◀ 10\.0\.0\.2:80 /);
    assert.deepEqual(lines.slice(turns[1]!.firstLine + 1, turns[1]!.endLine), ['tab\there', 'über']);
  });

  it('shows nothing that acts on what shows it, whatever was sent', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 6 }), (payloads) => {
        const talk = new Talk();
        payloads.forEach((payload, at) => talk.say(at % 2 === 0 ? 'client' : 'server', payload));
        const stream = follow(talk.frames, 1);
        for (const form of ['text', 'hex'] as const) {
          const { text, turns } = streamText(stream, form);
          assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
          assert.ok(turns.every(({ firstLine, endLine }) => firstLine < endLine));
        }
      }),
    );
  });

  it('is a hex dump with the offsets of each side', () => {
    const stream = follow(new Talk().say('client', 'abc').say('server', 'x').say('client', 'def').frames, 1);
    const { text } = streamText(stream, 'hex');
    assert.match(text, /^00000000 {2}61 62 63 .* abc$/m);
    assert.match(text, /^ {4}00000000 {2}78 .* x$/m);
    assert.match(text, /^00000003 {2}64 65 66 .* def$/m);
  });
});

describe('HTTP exchanges of a conversation', () => {
  const bodies = (talk: Talk) =>
    httpExchanges(follow(talk.frames, 1)).map(({ request, response }) => [
      request.head.target,
      request.packet,
      Buffer.from(request.body).toString('latin1'),
      response?.head.status ?? null,
      response === null ? null : Buffer.from(response.body).toString('latin1'),
      response?.cut ?? null,
    ]);

  it('have their bodies: by length, in chunks, until the end', () => {
    const talk = new Talk()
      .say('client', 'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nq=one')
      .say('server', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes')
      .say('client', 'HEAD /b HTTP/1.1\r\nHost: h\r\n\r\n')
      .say('server', 'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n')
      .say('client', 'GET /c HTTP/1.1\r\nHost: h\r\n\r\n')
      .say('server', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nWiki\r\n')
      .say('server', '6\r\npedia \r\n0\r\nTrailer: t\r\n\r\n')
      .say('client', 'GET /d HTTP/1.1\r\nHost: h\r\n\r\n')
      .say('server', 'HTTP/1.0 404 Not Found\r\n\r\nto the ')
      .say('server', 'end');
    assert.deepEqual(bodies(talk), [
      ['/a', 3, 'q=one', 200, 'yes', false],
      ['/b', 5, '', 200, '', false],
      ['/c', 7, '', 200, 'Wikipedia ', false],
      ['/d', 10, '', 404, 'to the end', false],
    ]);
  });

  it('say when a body is not whole', () => {
    const talk = new Talk()
      .say('client', 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
      .say('server', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this');
    assert.deepEqual(bodies(talk), [['/', 3, '', 200, 'only this', true]]);
  });

  it('are read to their end whatever the bytes', () => {
    const piece = fc.oneof(
      fc
        .constantFrom(
          'GET / HTTP/1.1\r\n',
          'HTTP/1.1 200 OK\r\n',
          'Transfer-Encoding: chunked\r\n',
          'Content-Length: 7\r\n',
          'Content-Length: 99999999999999\r\n',
          '\r\n',
          'ffffffffff\r\n',
          '5\r\nhello\r\n',
          '0\r\n\r\n',
        )
        .map((text) => textBytes(text)),
      fc.uint8Array({ maxLength: 30 }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.array(piece, { minLength: 1, maxLength: 8 })), { maxLength: 6 }),
        (turns) => {
          const talk = new Talk();
          for (const [fromClient, parts] of turns) {
            const bytes = concatBytes(parts);
            if (bytes.length > 0) talk.say(fromClient ? 'client' : 'server', bytes);
          }
          const stream = follow(talk.frames, 1);
          const all = stream.pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
          for (const { request, response } of httpExchanges(stream))
            assert.ok(request.body.length + (response?.body.length ?? 0) <= all);
        },
      ),
    );
  });
});
