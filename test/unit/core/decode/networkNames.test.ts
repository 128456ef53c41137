import assert from 'node:assert/strict';
import { concatBytes, hexBytes, ipPacket, rawPacket, tcp } from '../../../support/packets';
import { assertSound, decoded } from '../../../support/decoded';

const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 80 };
const packet = ipPacket({ ...ends, protocol: 6 }, tcp({ ...ends, flags: 'S' }));
const macs = '020000000002 020000000001';
const nothing = hexBytes('00'.repeat(40));

/** Layers as tshark 4.0.17 gives them, without its `ethertype`. */
function layersOf(linkType: number, header: string, payload = nothing): string {
  const result = decoded(rawPacket(concatBytes([hexBytes(header), payload]), { linkType }));
  assertSound(result);
  return result.view.layers.join(':');
}

describe('protocols that a number names', () => {
  it('are named by their EtherType, with what they carry', () => {
    const cases: [header: string, layers: string][] = [
      ['8809 01', 'eth:slow:lacp'],
      ['8809 03', 'eth:slow:oampdu'],
      ['8809 99', 'eth:slow:data'],
      ['88a4 0010', 'eth:ecatf:ecat'],
      ['8892 fefe', 'eth:pn_rt:pn_dcp'],
      ['8892 8000', 'eth:pn_rt:pn_io'],
      ['888e 02 00 0010', 'eth:eapol:eap'],
      ['888e 02 03 005f', 'eth:eapol'],
      ['809b 01 02 01', 'eth:llap:ddp'],
      ['8947', 'eth:gnw'],
      ['886f', 'eth:msnlb'],
      ['8903 0000 020000000004 020000000003 8947', 'eth:cfp:eth:gnw'],
      ['1234', 'eth:data'],
      ['0000', 'eth:data'],
    ];
    for (const [header, layers] of cases) assert.equal(layersOf(1, `${macs} ${header}`), layers, header);
  });

  it('are entered where a tag has a type behind it', () => {
    assert.equal(layersOf(1, `${macs} 892f 0034 0001 0800`, packet), 'eth:hsr:ip:tcp');
    assert.equal(layersOf(1, `${macs} f1c1 0000 0001 0800`, packet), 'eth:ieee8021cb:ip:tcp');
    const inner = '020000000004 020000000003';
    assert.equal(layersOf(1, `${macs} 88e7 00000001 ${inner} 0800`, packet), 'eth:ieee8021ah:ip:tcp');
    assert.equal(layersOf(1, `${macs} 22f3 0000 0001 0002 ${inner} 0800`, packet), 'eth:trill:eth:ip:tcp');
  });

  it('are named behind LLC by what information frames carry', () => {
    const cases: [header: string, layers: string][] = [
      ['424203', 'eth:llc:stp'],
      ['42420026', 'eth:llc:stp'],
      ['080803', 'eth:llc:sna'],
      ['7777 03', 'eth:llc:data'],
      ['0707 e3', 'eth:llc:data'],
      ['0001 af 810100', 'eth:llc'],
      ['fefe 03 83 0000 00 12', 'eth:llc:osi:isis:isis.lsp'],
      ['aaaa03 00000c 0104', 'eth:llc:pagp'],
      ['aaaa03 00000c 010b', 'eth:llc:stp'],
      ['aaaa03 00e02b 00bb', 'eth:llc:edp'],
      ['aaaa03 123456 0001', 'eth:llc:data'],
    ];
    for (const [header, layers] of cases) assert.equal(layersOf(1, `${macs} 0030 ${header}`), layers, header);
  });

  it('are named behind IP, GRE and PPP by the numbers of each', () => {
    const behindIp = (protocol: number, header: string): string =>
      layersOf(101, '', ipPacket({ ...ends, protocol }, concatBytes([hexBytes(header), nothing])));
    assert.equal(behindIp(97, `3000 ${macs} 8947`), 'raw:ip:etherip:eth:gnw');
    assert.equal(behindIp(108, ''), 'raw:ip:ipcomp:data');
    assert.equal(behindIp(143, `${macs} 8947`), 'raw:ip:eth:gnw');
    assert.equal(behindIp(47, '0000 88cc'), 'raw:ip:gre:data');
    assert.equal(behindIp(47, '0000 0101'), 'raw:ip:gre:grebonding');
    assert.equal(layersOf(9, 'ff03 002d'), 'ppp:vjc');
    assert.equal(layersOf(9, 'ff03 8031'), 'ppp:bcp_ncp');
    assert.equal(layersOf(104, '0f00 88cc'), 'chdlc:data');
  });

  it('are named, and entered where the header is short, by rare link types', () => {
    const cases: [linkType: number, header: string, payload: Uint8Array, layers: string][] = [
      [6, '1040 020000000002 020000000001 aaaa03 000000 0800', packet, 'tr:llc:ip:tcp'],
      [6, '1040 020000000002 820000000001 0630 0011 0020 aaaa03 000000 0800', packet, 'tr:llc:ip:tcp'],
      [100, 'aaaa03 000000 0800', packet, 'llc:ip:tcp'],
      [106, '', packet, 'clip:ip:tcp'],
      [109, '02000000 00000001 00000000', packet, 'enc:ip:tcp'],
      [117, `3d02 ${'00'.repeat(62)}`, packet, 'pflog:ip:tcp'],
      [122, `${'00'.repeat(16)} aaaa03 000000 0800`, packet, 'ipfc:llc:ip:tcp'],
      [123, '02 00 0020 aaaa03 000000 0800', packet, 'atm:llc:ip:tcp'],
      [51, '1100 0001 0030 0021', packet, 'pppoes:ppp:ip:tcp'],
      [201, '00000000 04', nothing, 'bluetooth:hci_h4:bthci_evt'],
      [189, '', nothing, 'usb'],
      [143, '', nothing, 'docsis'],
    ];
    for (const [linkType, header, payload, layers] of cases)
      assert.equal(layersOf(linkType, header, payload), layers, `link type ${linkType}`);
  });

  it('reads a family of BSD loopback and a protocol of cooked captures that carry no IP as data', () => {
    assert.equal(layersOf(0, '63000000'), 'null:data');
    assert.equal(layersOf(0, '10000000'), 'null:ddp');
    assert.equal(layersOf(113, '0000 0001 0006 0200000000010000 0001'), 'sll:ipx');
    assert.equal(layersOf(113, '0000 0001 0006 0200000000010000 0099'), 'sll:data');
  });
});
