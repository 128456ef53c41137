import assert from 'node:assert/strict';
import { tcpFlags } from '../../../../src/core/decode/packetView';
import {
  concatBytes,
  echoFrame,
  ethernet,
  filler,
  hexBytes,
  ipFrame,
  ipPacket,
  portUnreachableFrame,
  rawPacket,
  tcpFrame,
  udp,
  udpFrame,
} from '../../../support/packets';
import { decoded } from '../../../support/decoded';

const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 51514, destinationPort: 443 };

describe('TCP', () => {
  it('reads the header', () => {
    const { view } = decoded(
      tcpFrame({ ...ends, flags: 'PA', sequence: 0xfffffff0, acknowledgment: 0x80000001, window: 501 }, filler(10, 1)),
    );
    assert.equal(view.sourcePort, 51514);
    assert.equal(view.destinationPort, 443);
    assert.equal(view.tcpSequence, 0xfffffff0);
    assert.equal(view.tcpAcknowledgment, 0x80000001);
    assert.equal(view.tcpFlags, tcpFlags.psh | tcpFlags.ack);
    assert.equal(view.tcpWindow, 501);
    assert.equal(view.tcpValid, true);
    assert.equal(view.payloadOffset, 54);
    assert.equal(view.payloadLength, 10);
  });

  it('finds the window scale of a SYN behind other options', () => {
    const options = hexBytes('020405b4 0402 080a 00000001 00000000 01 030307');
    assert.equal(decoded(tcpFrame({ ...ends, flags: 'S', options })).view.tcpWindowScale, 7);
    assert.equal(decoded(tcpFrame({ ...ends, flags: 'A', options })).view.tcpWindowScale, -1);
  });

  it('reads a SYN whose options the capture cut, and those of its options that are there', () => {
    const options = hexBytes('020405b4 01 030307 080a 00000001 00000000 0402');
    const frame = tcpFrame({ ...ends, flags: 'S', sequence: 7, options });
    for (const [kept, scale] of [
      [54, -1],
      [61, -1],
      [62, 7],
      [73, 7],
    ] as const) {
      const { view } = decoded(rawPacket(frame.slice(0, kept), { originalLength: frame.length }));
      assert.deepEqual([view.tcpValid, view.tcpSequence, view.tcpFlags], [true, 7, tcpFlags.syn], `${kept}`);
      assert.deepEqual([view.tcpWindowScale, view.notes], [scale, ['truncated-tcp']], `${kept}`);
      assert.deepEqual([view.payloadOffset, view.payloadLength, view.payloadWireLength], [74, 0, 0], `${kept}`);
    }
    const { view } = decoded(rawPacket(frame.slice(0, 53), { originalLength: frame.length }));
    assert.deepEqual([view.tcpValid, view.notes], [false, ['truncated-tcp']]);
  });

  it('notes options and header lengths that cannot be', () => {
    assert.deepEqual(decoded(tcpFrame({ ...ends, flags: 'S', options: hexBytes('02000000') })).view.notes, [
      'bad-tcp-option',
    ]);
    const frame = tcpFrame({ ...ends, flags: 'S' });
    for (const words of [4, 6]) {
      frame[14 + 20 + 12] = words << 4;
      const { view } = decoded(frame);
      assert.deepEqual(view.notes, ['bad-tcp-header-length']);
      assert.equal(view.tcpValid, false);
      assert.equal(view.destinationPort, 443);
    }
  });
});

describe('UDP', () => {
  it('takes its length from the header, and from IP where that is 0', () => {
    const frame = udpFrame(ends, filler(30, 1));
    assert.equal(decoded(frame).view.payloadLength, 30);
    frame.set([0, 18], 14 + 20 + 4);
    assert.equal(decoded(frame).view.payloadLength, 10);
    frame.set([0, 0], 14 + 20 + 4);
    assert.equal(decoded(frame).view.payloadLength, 30);
  });

  it('notes lengths that cannot be', () => {
    const frame = udpFrame(ends, filler(30, 1));
    frame.set([0, 7], 14 + 20 + 4);
    assert.deepEqual(decoded(frame).view.notes, ['bad-udp-length']);
    frame.set([1, 0], 14 + 20 + 4);
    assert.deepEqual(decoded(frame).view.notes, ['udp-length-beyond-frame']);
  });

  it('looks into VXLAN and Geneve', () => {
    const inner = tcpFrame({ ...ends, flags: 'S' });
    const outer = { source: '192.0.2.1', destination: '192.0.2.2', sourcePort: 50000 };
    const vxlan = udpFrame({ ...outer, destinationPort: 4789 }, concatBytes([hexBytes('0800000000000100'), inner]));
    assert.equal(decoded(vxlan).view.layers.join(':'), 'eth:ip:udp:vxlan:eth:ip:tcp');
    assert.equal(decoded(vxlan).row.source, '10.0.0.1');
    assert.equal(decoded(vxlan).view.tcpFlags, tcpFlags.syn);
    const geneve = udpFrame(
      { ...outer, destinationPort: 6081 },
      concatBytes([hexBytes('0100655800000100 00000000'), inner]),
    );
    assert.equal(decoded(geneve).view.layers.join(':'), 'eth:ip:udp:geneve:eth:ip:tcp');
    const other = udpFrame({ ...outer, destinationPort: 4789 }, filler(4, 1));
    assert.equal(decoded(other).view.layers.join(':'), 'eth:ip:udp');
  });
});

describe('IPsec in UDP', () => {
  it('tells ESP, IKE and keepalives apart', () => {
    const nat = { ...ends, sourcePort: 4500, destinationPort: 4500 };
    assert.equal(
      decoded(udpFrame(nat, hexBytes('11223344 00000001 aabbccdd'))).view.layers.join(':'),
      'eth:ip:udp:udpencap:esp',
    );
    assert.equal(decoded(udpFrame(nat, new Uint8Array(32))).view.layers.join(':'), 'eth:ip:udp:udpencap:isakmp');
    assert.equal(decoded(udpFrame(nat, Uint8Array.of(0xff))).view.layers.join(':'), 'eth:ip:udp:udpencap');
    assert.equal(
      decoded(udpFrame({ ...nat, sourcePort: 500, destinationPort: 500 }, filler(28, 1))).row.protocol,
      'isakmp',
    );
  });
});

describe('ICMP', () => {
  it('reads echoes of both versions', () => {
    const echo = { reply: false, identifier: 0x1234, sequence: 5 };
    const v4 = decoded(echoFrame({ source: '10.0.0.1', destination: '10.0.0.2', ...echo }));
    assert.equal(v4.view.layers.join(':'), 'eth:ip:icmp:data');
    assert.equal(v4.row.protocol, 'icmp');
    assert.equal(v4.view.icmpType, 8);
    assert.equal(v4.row.info, 'Echo (ping) request  id=0x1234, seq=5/1280, ttl=64');
    assert.equal(v4.row.sourcePort, null);
    const v6 = decoded(echoFrame({ source: 'fe80::1', destination: 'fe80::2', ...echo, reply: true }));
    assert.equal(v6.view.layers.join(':'), 'eth:ipv6:icmpv6:data');
    assert.equal(v6.row.info, 'Echo (ping) reply id=0x1234, seq=5, hop limit=64');
  });

  it('finds the packet that an error quotes and names its protocols apart', () => {
    for (const [source, destination] of [
      ['10.0.0.1', '10.0.0.2'],
      ['2001:db8::1', '2001:db8::2'],
    ] as const) {
      const quoted = ipPacket(
        { source, destination, protocol: 17 },
        udp({ ...ends, source, destination }, filler(20, 1)),
      );
      const { view, row } = decoded(portUnreachableFrame({ source: destination, destination: source }, quoted));
      assert.equal(view.icmpQuotedOffset, view.transportOffset + 8);
      assert.deepEqual(view.quotedLayers, source.includes(':') ? ['ipv6', 'udp', 'data'] : ['ip', 'udp', 'data']);
      assert.equal(row.source, destination);
      assert.equal(row.sourcePort, null);
      assert.match(row.info, /^Destination unreachable \(Port unreachable\)$/i);
    }
  });

  it('quotes nothing when the error holds no IP header', () => {
    const frame = portUnreachableFrame({ source: '10.0.0.2', destination: '10.0.0.1' }, filler(19, 1));
    assert.equal(decoded(frame).view.icmpQuotedOffset, -1);
  });
});

describe('other IP protocols', () => {
  it('are named', () => {
    const names: [protocol: number, name: string][] = [
      [2, 'igmp'],
      [50, 'esp'],
      [89, 'ospf'],
      [132, 'sctp'],
    ];
    for (const [protocol, name] of names) {
      const frame = ipFrame({ source: '10.0.0.1', destination: '224.0.0.1', protocol }, filler(16, 1));
      assert.equal(decoded(frame).row.protocol, name);
    }
    const unknown = decoded(
      ethernet({ source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02', etherType: 0x88b5 }, filler(40, 1)),
    );
    assert.equal(unknown.row.protocol, 'eth');
    assert.equal(unknown.row.info, 'Unknown protocol');
  });
});
