import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HpackDecoder } from '../../../../../src/core/streams/http2/hpackDecoder';
import { StreamMemory } from '../../../../../src/core/streams/streamDirection';

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

function decode(decoder: HpackDecoder, hex: string): string[] | null {
  const bytes = bytesOf(hex);
  return decoder.decode(bytes, 0, bytes.length)?.map(([name, value]) => `${name}: ${value}`) ?? null;
}

describe('header lists of HTTP/2', () => {
  const asked = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'];

  it('are read as RFC 7541 appendices C.3 and C.4 show, plain and with the Huffman code', () => {
    const custom = [
      ':method: GET',
      ':scheme: https',
      ':path: /index.html',
      ':authority: www.example.com',
      'custom-key: custom-value',
    ];
    const plain = new HpackDecoder(new StreamMemory());
    assert.deepEqual(decode(plain, '828684410f7777772e6578616d706c652e636f6d'), asked);
    assert.deepEqual(decode(plain, '828684be58086e6f2d6361636865'), [...asked, 'cache-control: no-cache']);
    assert.deepEqual(decode(plain, '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565'), custom);
    const coded = new HpackDecoder(new StreamMemory());
    assert.deepEqual(decode(coded, '828684418cf1e3c2e5f23a6ba0ab90f4ff'), asked);
    assert.deepEqual(decode(coded, '828684be5886a8eb10649cbf'), [...asked, 'cache-control: no-cache']);
    assert.deepEqual(decode(coded, '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf'), custom);
  });

  it('are read with a table that is small and evicts, as RFC 7541 appendix C.6 shows', () => {
    const memory = new StreamMemory();
    const decoder = new HpackDecoder(memory);
    const location = 'location: https://www.example.com';
    const date = 'date: Mon, 21 Oct 2013 20:13:21 GMT';
    const first =
      '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3';
    assert.deepEqual(decode(decoder, `3fe101${first}`), [':status: 302', 'cache-control: private', date, location]);
    assert.equal(memory.bytes, 222);
    assert.deepEqual(decode(decoder, '4883640effc1c0bf'), [':status: 307', 'cache-control: private', date, location]);
    const third =
      '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f' +
      '3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007';
    assert.deepEqual(decode(decoder, third), [
      ':status: 200',
      'cache-control: private',
      'date: Mon, 21 Oct 2013 20:13:22 GMT',
      location,
      'content-encoding: gzip',
      'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
    ]);
    assert.equal(memory.bytes, 215);
    decoder.release();
    assert.equal(memory.bytes, 0);
  });

  it('end with the first that is wrong: an index that is not there, a number too long, a code cut short', () => {
    for (const hex of ['bf', '80', 'ffffffffffffff', '40', '4005616263', '4081ff8100', '3fffffff7f']) {
      const memory = new StreamMemory();
      const decoder = new HpackDecoder(memory);
      assert.notEqual(decode(decoder, '410161'), null);
      assert.equal(decode(decoder, hex), null, hex);
      assert.equal(decode(decoder, '82'), null, 'nothing more');
      assert.equal(memory.bytes, 0);
    }
  });

  it('are bounded: fields of one list, and the tables of all connections together', () => {
    const long = 'a'.repeat(4000);
    const decoder = new HpackDecoder(new StreamMemory());
    assert.ok(decode(decoder, `41ffa11e${Buffer.from(long.slice(0, 4000)).toString('hex')}`) === null, 'no such code');
    const plain = new HpackDecoder(new StreamMemory());
    assert.equal(decode(plain, `417fa11e${Buffer.from(long).toString('hex')}`)?.length, 1);
    const fields = plain.decode(new Uint8Array(100_000).fill(0xbe), 0, 100_000) ?? [];
    assert.equal(fields.length, 16);

    const memory = new StreamMemory(6000);
    const [one, other] = [new HpackDecoder(memory), new HpackDecoder(memory)];
    assert.notEqual(decode(one, `417fa11e${Buffer.from(long).toString('hex')}`), null);
    assert.equal(decode(other, `417fa11e${Buffer.from(long).toString('hex')}`), null);
    assert.equal(memory.limit.hits, 1);
    one.release();
    assert.equal(memory.bytes, 0);
  });

  it('may be any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 6 }), (lists) => {
        const memory = new StreamMemory();
        const decoder = new HpackDecoder(memory);
        for (const bytes of lists) decoder.decode(bytes, 0, bytes.length);
        assert.ok(memory.bytes >= 0 && memory.bytes <= 262_144);
        decoder.release();
        assert.equal(memory.bytes, 0);
      }),
    );
  });
});
