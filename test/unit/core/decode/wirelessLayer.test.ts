import assert from 'node:assert/strict';
import { assertSound, decoded } from '../../../support/decoded';
import { concatBytes, hexBytes, ipv4, rawPacket, tcp } from '../../../support/packets';

const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 7 };
const packet = ipv4({ ...ends, protocol: 6 }, tcp({ ...ends, flags: 'S' }));
const llc = concatBytes([hexBytes('aaaa03 000000 0800'), packet]);
const wireless = 105;

/** Duration, three addresses that end in 1, 2 and 3, sequence control, then `rest`. */
function frame(control: string, rest: Uint8Array = llc, sequence = '0000'): Uint8Array {
  const addresses = '0000 020000000001 020000000002 020000000003';
  return concatBytes([hexBytes(`${control} ${addresses} ${sequence}`), rest]);
}

function describeFrame(bytes: Uint8Array, linkType = wireless): { layers: string; macs: string; notes: string[] } {
  const result = decoded(rawPacket(bytes, { linkType }));
  assertSound(result);
  const { view } = result;
  const mac = (offset: number): string => (offset < 0 ? '-' : String(view.bytes[offset + 5]));
  return {
    layers: view.layers.join(':'),
    macs: `${mac(view.sourceMacOffset)} ${mac(view.destinationMacOffset)}`,
    notes: [...view.notes],
  };
}

describe('IEEE 802.11', () => {
  // Layers and addresses as tshark 4 shows them for these frames.
  const address4 = hexBytes('020000000004');
  const subframe = concatBytes([hexBytes('020000000009 02000000000a 0030'), llc]);
  const cases: [name: string, bytes: Uint8Array, layers: string, macs: string, notes: string[]][] = [
    ['between stations', frame('0800'), 'wlan:llc:ip:tcp', '2 1', []],
    ['to the access point', frame('0801'), 'wlan:llc:ip:tcp', '2 3', []],
    ['from the access point', frame('0802'), 'wlan:llc:ip:tcp', '3 1', []],
    ['between access points', frame('0803', concatBytes([address4, llc])), 'wlan:llc:ip:tcp', '4 3', []],
    ['with QoS', frame('8802', concatBytes([hexBytes('0000'), llc])), 'wlan:llc:ip:tcp', '3 1', []],
    ['with QoS and HT control', frame('8882', concatBytes([hexBytes('0000 00000000'), llc])), 'wlan:llc:ip:tcp', '3 1', []],
    ['A-MSDU', frame('8802', concatBytes([hexBytes('8000'), subframe])), 'wlan:llc:ip:tcp', '10 9', []],
    ['A-MSDU of two', frame('8802', concatBytes([hexBytes('8000'), subframe, subframe])), 'wlan:llc:ip:tcp', '10 9', ['wlan-more-subframes']],
    ['protected', frame('0841'), 'wlan:data', '2 3', ['wlan-protected']],
    ['first fragment', frame('0804'), 'wlan', '2 1', ['wlan-fragment']],
    ['later fragment', frame('0800', llc, '0100'), 'wlan', '2 1', ['wlan-fragment']],
    ['without data', frame('4801'), 'wlan', '2 3', []],
    ['QoS without data', frame('c801', hexBytes('0000')), 'wlan', '2 3', []],
    ['beacon', frame('8000', new Uint8Array(40)), 'wlan', '2 1', []],
    ['acknowledgment', hexBytes('d400 0000 020000000001'), 'wlan', '- 1', []],
    ['cut', frame('0800').subarray(0, 20), 'wlan', '2 1', ['truncated-wlan']],
    ['bridge tunnel', frame('0800', concatBytes([hexBytes('aaaa03 0000f8 0800'), packet])), 'wlan:llc:ip:tcp', '2 1', []],
  ]; // prettier-ignore
  for (const [name, bytes, layers, macs, notes] of cases) {
    it(`decodes a frame ${name}`, () => {
      assert.equal(llc.length, 0x30);
      assert.deepEqual(describeFrame(bytes), { layers, macs, notes });
    });
  }

  it('stands behind radiotap, whose flags tell of a checksum and of padding', () => {
    const flagsOnly = '0000 0900 02000000';
    const timed = '0000 1100 03000000 0000000000000000';
    const twoMasks = '0000 1900 030000a0 00000020 00000000 0000000000000000';
    const inner = frame('0802');
    for (const [header, flags, bytes] of [
      [flagsOnly, '00', inner],
      [flagsOnly, '10', concatBytes([inner, hexBytes('deadbeef')])],
      [timed, '10', concatBytes([inner, hexBytes('deadbeef')])],
      [twoMasks, '10', concatBytes([inner, hexBytes('deadbeef')])],
      [flagsOnly, '20', frame('8802', concatBytes([hexBytes('0000 0000'), llc]))],
    ] as const) {
      const whole = concatBytes([hexBytes(`${header} ${flags}`), bytes]);
      assert.equal(describeFrame(whole, 127).layers, 'radiotap:wlan_radio:wlan:llc:ip:tcp', `${header} ${flags}`);
    }
    assert.deepEqual(describeFrame(hexBytes('0000 ff00 00000000'), 127).notes, ['truncated-radiotap']);
  });

  it('stands behind PPI, Prism and AVS headers', () => {
    const inner = frame('0802');
    const behind = (header: string, length: number, linkType: number): string => {
      const head = new Uint8Array(length);
      head.set(hexBytes(header));
      return describeFrame(concatBytes([head, inner]), linkType).layers;
    };
    const ip = 'wlan_radio:wlan:llc:ip:tcp';
    assert.equal(behind('0000 0c00 69000000', 12, 192), `ppi:${ip}`);
    assert.equal(behind('44000000 90000000', 144, 119), `prism:${ip}`);
    assert.equal(behind('00000044 00000090', 144, 119), `prism:${ip}`);
    assert.equal(behind('80211001 00000040', 64, 119), `prism:wlancap:${ip}`);
    assert.equal(behind('80211001 00000040', 64, 163), `wlancap:${ip}`);
    for (const linkType of [119, 163, 192])
      assert.equal(describeFrame(hexBytes('00000000 ffffffff'), linkType).layers.includes('ip'), false);
  });

  it('ends, however often PPI names itself', () => {
    const header = hexBytes('0000 0800 c0000000');
    const { layers, notes } = describeFrame(concatBytes(new Array<Uint8Array>(100).fill(header)), 192);
    assert.equal(layers.split(':').length, 24);
    assert.ok(notes.every((name) => name === 'too-many-layers'));
  });
});

describe('further link types', () => {
  // Layers as tshark 4 shows them.
  const cases: [linkType: number, header: string, layers: string][] = [
    [107, '1841 0800', 'fr:ip:tcp'],
    [107, '1841 03cc', 'fr:ip:tcp'],
    [107, '1841 0300 80 000000 0800', 'fr:ip:tcp'],
    [107, '1840 4081 03cc', 'fr:ip:tcp'],
    [239, '02000000 0800 0100 08000127 2c00 0900', 'nflog:ip:tcp'],
    [239, '02000000 0008 0001 08000127 002c 0009', 'nflog:ip:tcp'],
    [258, '0c000000 01000000 0c000000', 'pktap:pcap_pktdata:raw:ip:tcp'],
    [10, '50 020000000001 020000000002 aaaa03 000000 0800', 'fddi:llc:ip:tcp'],
    [242, `${'00'.repeat(40)} 0800 0000`, 'ipoib:ip:tcp'],
    [129, '01 02 0000 f0', 'arcnet:ip:tcp'],
    [129, '01 02 0000 d4 00 0001', 'arcnet:ip:tcp'],
    [129, '01 02 0000 d4 ff ffff d4 00 0001', 'arcnet:ip:tcp'],
    [50, 'ff03 0021', 'ppp:ip:tcp'],
    [166, '00 ff03 0021', 'ppp:ip:tcp'],
    [204, '01 ff03 0021', 'ppp:ip:tcp'],
    [205, '01 0f00 0800', 'chdlc:ip:tcp'],
    [206, '01 1841 0800', 'fr:ip:tcp'],
  ];
  for (const [linkType, header, layers] of cases) {
    it(`${linkType} with ${header} leads to the IP packet`, () => {
      assert.equal(describeFrame(concatBytes([hexBytes(header), packet]), linkType).layers, layers);
    });
  }
});
