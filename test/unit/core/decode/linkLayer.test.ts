import assert from 'node:assert/strict';
import { concatBytes, ethernet, hexBytes, ipPacket, rawPacket, tcp, tcpFrame } from '../../../support/packets';
import { assertSound, decoded } from '../../../support/decoded';

const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 80 };
const ipv4Packet = ipPacket({ ...ends, protocol: 6 }, tcp({ ...ends, flags: 'S' }));
const ends6 = { source: '2001:db8::1', destination: '2001:db8::2', sourcePort: 4000, destinationPort: 80 };
const ipv6Packet = ipPacket({ ...ends6, protocol: 6 }, tcp({ ...ends6, flags: 'S' }));
const macs = { source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02' };

function layersOf(linkType: number, ...parts: Uint8Array[]): string {
  return decoded(rawPacket(concatBytes(parts), { linkType })).view.layers.join(':');
}

describe('link layers', () => {
  it('decodes each link type down to TCP', () => {
    const cases: [linkType: number, header: string, payload: Uint8Array, layers: string][] = [
      [0, '02000000', ipv4Packet, 'null:ip:tcp'],
      [0, '00000002', ipv4Packet, 'null:ip:tcp'],
      [0, '1e000000', ipv6Packet, 'null:ipv6:tcp'],
      [0, '18000000', ipv6Packet, 'null:ipv6:tcp'],
      [0, '1c000000', ipv6Packet, 'null:ipv6:tcp'],
      [108, '00000002', ipv4Packet, 'null:ip:tcp'],
      [12, '', ipv4Packet, 'raw:ip:tcp'],
      [14, '', ipv4Packet, 'raw:ip:tcp'],
      [101, '', ipv6Packet, 'raw:ipv6:tcp'],
      [228, '', ipv4Packet, 'ip:tcp'],
      [229, '', ipv6Packet, 'ipv6:tcp'],
      [113, '0000 0001 0006 020000000001 0000 0800', ipv4Packet, 'sll:ip:tcp'],
      [276, '86dd 0000 00000002 0001 00 06 020000000001 0000', ipv6Packet, 'sll:ipv6:tcp'],
      [9, 'ff03 0021', ipv4Packet, 'ppp:ip:tcp'],
      [9, '57', ipv6Packet, 'ppp:ipv6:tcp'],
      [104, '0f00 0800', ipv4Packet, 'chdlc:ip:tcp'],
    ];
    for (const [linkType, header, payload, layers] of cases) {
      assert.equal(layersOf(linkType, hexBytes(header), payload), layers, `link type ${linkType} ${header}`);
    }
  });

  it('keeps a row, and a note, for a link type it does not know', () => {
    const { view, row } = decoded(rawPacket(ipv4Packet, { linkType: 98 }));
    assert.deepEqual(view.layers, []);
    assert.deepEqual(view.notes, [`undecoded link type ${view.linkType}`]);
    assert.equal(row.protocol, 'unknown');
    assert.equal(row.source, '');
    assert.match(row.info, /98/);
  });

  it('takes MAC addresses from Ethernet and the sender from cooked headers', () => {
    const { view } = decoded(tcpFrame({ ...ends, flags: 'S' }));
    assert.equal(view.destinationMacOffset, 0);
    assert.equal(view.sourceMacOffset, 6);
    const cooked = hexBytes('0000 0001 0006 020000000001 0000 0800');
    assert.equal(decoded(rawPacket(concatBytes([cooked, ipv4Packet]), { linkType: 113 })).view.sourceMacOffset, 6);
  });

  it('reads the innermost of several VLAN tags', () => {
    const single = decoded(tcpFrame({ ...ends, flags: 'S', vlans: [100] }));
    assert.equal(single.view.layers.join(':'), 'eth:vlan:ip:tcp');
    assert.equal(single.view.vlanId, 100);
    const double = decoded(tcpFrame({ ...ends, flags: 'S', vlans: [100, 200] }));
    assert.equal(double.view.layers.join(':'), 'eth:ieee8021ad:vlan:ip:tcp');
    assert.equal(double.view.vlanId, 200);
    assert.equal(double.view.destinationPort, 80);
  });

  it('reads 802.3 frames: LLC, SNAP, spanning tree', () => {
    const snap = concatBytes([hexBytes('aaaa03 000000 0800'), ipv4Packet]);
    assert.equal(decoded(ethernet({ ...macs, etherType: snap.length }, snap)).view.layers.join(':'), 'eth:llc:ip:tcp');
    const stp = hexBytes('424203 0000 00 00 00');
    assert.equal(decoded(ethernet({ ...macs, etherType: stp.length }, stp)).view.layers.join(':'), 'eth:llc:stp');
  });

  it('does not count the padding behind a short 802.3 frame as payload', () => {
    const snap = concatBytes([hexBytes('aaaa03 000000 0800'), ipv4Packet]);
    const frame = concatBytes([ethernet({ ...macs, etherType: snap.length }, snap), new Uint8Array(20)]);
    assert.equal(decoded(frame).view.payloadLength, 0);
  });

  it('decodes PPPoE, MPLS and GRE', () => {
    const pppoe = concatBytes([
      hexBytes('1100 0001'),
      Uint8Array.of(0, ipv4Packet.length + 2),
      hexBytes('0021'),
      ipv4Packet,
    ]);
    const layers = decoded(ethernet({ ...macs, etherType: 0x8864 }, pppoe)).view.layers.join(':');
    assert.equal(layers, 'eth:pppoes:ppp:ip:tcp');
    const mpls = concatBytes([hexBytes('00010040 00020140'), ipv4Packet]);
    assert.equal(decoded(ethernet({ ...macs, etherType: 0x8847 }, mpls)).view.layers.join(':'), 'eth:mpls:ip:tcp');
    const gre = ipPacket(
      { source: '192.0.2.1', destination: '192.0.2.2', protocol: 47 },
      concatBytes([hexBytes('2000 0800 00000001'), ipv4Packet]),
    );
    const tunnelled = decoded(ethernet(macs, gre));
    assert.equal(tunnelled.view.layers.join(':'), 'eth:ip:gre:ip:tcp');
    assert.equal(tunnelled.row.source, '10.0.0.1');
  });

  it('finds the Ethernet frame of a pseudowire behind MPLS, with a control word and without, and takes nothing else for one', () => {
    const labels = hexBytes('00010140');
    const word = hexBytes('00000007');
    const inMpls = (...parts: Uint8Array[]) =>
      decoded(ethernet({ ...macs, etherType: 0x8847 }, concatBytes([labels, ...parts]))).view;
    const inner = ethernet({ ...macs, etherType: 0x0800 }, ipv4Packet);
    const tagged = ethernet({ ...macs, etherType: 0x88a8 }, concatBytes([hexBytes('0064 8100 0005 0800'), ipv4Packet]));
    for (const [parts, layers] of [
      [[word, inner], 'eth:mpls:pwethheuristic:pwethcw:eth:ip:tcp'],
      [[inner], 'eth:mpls:pwethheuristic:pwethnocw:eth:ip:tcp'],
      [[word, tagged], 'eth:mpls:pwethheuristic:pwethcw:eth:ieee8021ad:vlan:ip:tcp'],
      // What follows the header is no IP, or not there.
      [[word, ethernet({ ...macs, etherType: 0x86dd }, ipv4Packet)], 'eth:mpls:data'],
      [[word, inner.subarray(0, 14)], 'eth:mpls:data'],
      [[word], 'eth:mpls:data'],
    ] as const) {
      assert.equal(inMpls(...parts).layers.join(':'), layers);
    }
    const view = inMpls(word, inner);
    assert.deepEqual([view.sourceMacOffset, view.ethernetOffsets], [28, [0, 22]]);
  });

  it('goes through the tags of switches and the service header', () => {
    const cases: [type: number, header: string, layers: string][] = [
      [0x8926, '00000033 0800', 'eth:vntag:ip:tcp'],
      [0x893f, '100000d30000 0800', 'eth:etag:ip:tcp'],
      [0x8903, '0040 020000000001 020000000002 0800', 'eth:cfp:eth:ip:tcp'],
      [0x894f, '0002 02 01 00000102', 'eth:nsh:ip:tcp'],
      [0x894f, `0006 01 03 00000102 ${'00'.repeat(16)} 020000000001 020000000002 0800`, 'eth:nsh:eth:ip:tcp'],
    ];
    for (const [etherType, header, layers] of cases) {
      const frame = ethernet({ ...macs, etherType }, concatBytes([hexBytes(header), ipv4Packet]));
      assert.equal(decoded(frame).view.layers.join(':'), layers);
      for (let length = 0; length <= frame.length; length++) assertSound(decoded(frame.subarray(0, length)));
    }
    const lying = ethernet({ ...macs, etherType: 0x894f }, hexBytes('0001 02 01 00000102'));
    assert.deepEqual(decoded(lying).view.notes, ['truncated-nsh']);
  });

  it('notes frames that end inside a header', () => {
    const frame = tcpFrame({ ...ends, flags: 'S' });
    const cases: [length: number, layers: string, note: string][] = [
      [0, 'eth', 'truncated-ethernet'],
      [13, 'eth', 'truncated-ethernet'],
      [14, 'eth:ip', 'truncated-ip'],
      [33, 'eth:ip', 'truncated-ip'],
      [34, 'eth:ip:tcp', 'truncated-tcp'],
      [53, 'eth:ip:tcp', 'truncated-tcp'],
    ];
    for (const [length, layers, note] of cases) {
      const { view } = decoded(rawPacket(frame.subarray(0, length), { originalLength: frame.length }));
      assert.equal(view.layers.join(':'), layers, `${length} bytes`);
      assert.deepEqual(view.notes, [note], `${length} bytes`);
    }
  });
});
