import assert from 'node:assert/strict';
import { assertSound, decoded } from '../../../support/decoded';
import { concatBytes, hexBytes, ipv4, rawPacket, tcp, textBytes } from '../../../support/packets';

const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 7 };
const inner = ipv4({ ...ends, protocol: 6 }, tcp({ ...ends, flags: 'PA' }, textBytes('hello')));
const macs = '020000000001 020000000002';
const greHead = '4500 0054 0000 0000 402f 0000 c0000201 c0000202';

/** Headers as their specifications have them, with the layers that tshark 4 shows. */
const frames: [name: string, linkType: number, header: string, inner: Uint8Array | null, layers: string][] = [
  ['CAN with data', 227, '00000123 02 000000 aabb', null, 'can:data'],
  ['CAN without data', 227, '00000123 00 000000', null, 'can'],
  ['a remote request on CAN', 227, '40000123 02 000000', null, 'can'],
  ['IEEE 802.15.4', 195, '00ebcdabffff', null, 'wpan'],
  ['Juniper Ethernet', 178, `4d4743 01 ${macs} 0800`, inner, 'juniper:eth:ip:tcp'],
  ['Juniper Ethernet with extensions', 178, `4d4743 80 0004 01020304 ${macs} 0800`, inner, 'juniper:eth:ip:tcp'],
  ['Juniper ATM', 137, '4d4743 30', null, 'juniper'],
  ['ES-IS in frame relay', 107, '1841 03 82 0a 01 00 02', null, 'fr:esis'],
  ['IS-IS in Cisco HDLC', 104, '8f00 fefe 35 83 1b 01 00 14 01 00', null, 'chdlc:osi:isis:isis.lsp'],
  ['MACsec that only signs', 1, `${macs} 88e5 20 00 00000006 0000000000000001 0800`, concatBytes([inner, new Uint8Array(16)]), 'eth:macsec:ip:tcp'],
  ['MACsec that encrypts', 1, `${macs} 88e5 2c 00 00000006 0000000000000001 aabbcc`, new Uint8Array(40), 'eth:macsec:data'],
  ['Cisco MetaData', 1, `${macs} 8909 0101 0001 0000 0800`, inner, 'eth:cmd:ip:tcp'],
  ['Cisco MetaData in GRE', 101, `${greHead} 0000 8909 0800 0101 0001 0000`, inner, 'raw:ip:gre:cmd:ip:tcp'],
  ['NHRP in GRE', 101, `${greHead} 0000 2001 0001 0800 0000`, null, 'raw:ip:gre:nhrp'],
  ['IS-IS in GRE', 101, `${greHead} 0000 fefe 83 1b 01 00 14`, null, 'raw:ip:gre:osi:isis:isis.lsp'],
]; // prettier-ignore

describe('frames of devices', () => {
  for (const [name, linkType, header, rest, layers] of frames) {
    const bytes = concatBytes([hexBytes(header), rest ?? new Uint8Array()]);

    it(`names ${name}`, () => {
      const { view } = decoded(rawPacket(bytes, { linkType }));
      assert.equal(view.layers.join(':'), layers);
      if (layers.endsWith('tcp')) assert.deepEqual([view.destinationPort, view.payloadLength], [7, 5]);
    });

    it(`is sound when ${name} is cut at any byte`, () => {
      for (let length = 0; length <= bytes.length; length++) {
        assertSound(decoded(rawPacket(bytes.subarray(0, length), { linkType })));
      }
    });
  }

  it('notes a Juniper frame without its magic number', () => {
    assert.deepEqual(decoded(rawPacket(new Uint8Array(20), { linkType: 178 })).view.notes, ['bad-juniper-magic']);
  });
});
