import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  arpFrame,
  dnsMessage,
  ethernet,
  hexBytes,
  httpRequest,
  ipv6,
  ipv6Extension,
  portUnreachableFrame,
  rawPacket,
  tcp,
  tcpFrame,
  tlsClientHello,
  udpFrame,
} from '../../../support/packets';
import { assertSound, decoded } from '../../../support/decoded';

const linkTypes = [
  10, 107, 119, 127, 129, 163, 166, 192, 204, 205, 206, 239, 242, 258, 0, 1, 9, 12, 14, 50, 101, 104, 108, 113, 228,
  229, 276, 105, 147,
];
const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 80 };
const ends6 = { source: '2001:db8::1', destination: '2001:db8::2', sourcePort: 4000, destinationPort: 80 };
const macs = { source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02' };
const samples: [name: string, frame: Uint8Array][] = [
  ['HTTP', tcpFrame({ ...ends, flags: 'PA', vlans: [1, 2] }, httpRequest('GET', '/', 'a.test', { 'User-Agent': 'x' }))],
  ['TLS', tcpFrame({ ...ends, flags: 'PA' }, tlsClientHello('a.test'))],
  [
    'DNS',
    udpFrame(
      { ...ends, sourcePort: 53 },
      dnsMessage({
        id: 1,
        response: true,
        questions: [{ name: 'a.test', type: 'A' }],
        answers: [
          { name: 'a.test', type: 'TXT', data: 'hello' },
          { name: 'a.test', type: 'CNAME', data: 'b.test' },
        ],
      }),
    ),
  ],
  ['ARP', arpFrame({ operation: 'request', senderAddress: '10.0.0.1', targetAddress: '10.0.0.2' })],
  ['ICMP error', portUnreachableFrame(ends, udpFrame(ends, new Uint8Array(8)).subarray(14))],
  [
    'IPv6',
    ethernet(
      macs,
      ipv6(
        { ...ends6, nextHeader: 0 },
        ipv6Extension(43, ipv6Extension(6, tcp({ ...ends6, flags: 'S', options: hexBytes('03030701') }))),
      ),
    ),
  ],
  [
    'VXLAN',
    udpFrame(
      { ...ends, destinationPort: 4789 },
      Uint8Array.from([8, 0, 0, 0, 0, 0, 1, 0, ...tcpFrame({ ...ends, flags: 'S' })]),
    ),
  ],
];

describe('decoding hostile bytes', () => {
  it('is sound for any bytes on any link type', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...linkTypes),
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(70000),
        (linkType, bytes, originalLength) => {
          assertSound(decoded(rawPacket(bytes, { linkType, originalLength })));
        },
      ),
      { numRuns: 2000 },
    );
  });

  for (const [name, frame] of samples) {
    it(`is sound for ${name} cut at every byte`, () => {
      for (let length = 0; length <= frame.length; length++) {
        assertSound(decoded(rawPacket(frame.subarray(0, length), { originalLength: frame.length })));
      }
    });

    it(`is sound for ${name} with any few bytes changed`, () => {
      const change = fc.record({ at: fc.nat(frame.length - 1), value: fc.integer({ min: 0, max: 255 }) });
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
          const damaged = frame.slice();
          for (const { at, value } of changes) damaged[at] = value;
          assertSound(decoded(damaged));
        }),
        { numRuns: 500 },
      );
    });
  }

  it('leaves nothing of one packet in the next', () => {
    const [first] = samples;
    assert.ok(first);
    const used = decoded(first[1]);
    const { view } = used;
    view.reset(new Uint8Array(0), 2, 0, 0, 1);
    const fresh = decoded(rawPacket(new Uint8Array(0), { linkType: 98 })).view;
    for (const key of Object.keys(fresh) as (keyof typeof fresh)[]) {
      if (['bytes', 'number', 'timeUs', 'linkType', 'notes'].includes(key)) continue;
      assert.deepEqual(view[key], fresh[key], key);
    }
  });
});
