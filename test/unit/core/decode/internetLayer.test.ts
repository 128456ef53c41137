import assert from 'node:assert/strict';
import {
  arpFrame,
  concatBytes,
  ethernet,
  hexBytes,
  ipFrame,
  ipv4,
  ipv6,
  ipv6Extension,
  ipv6Fragment,
  rawPacket,
  tcp,
  textBytes,
  udp,
} from '../../../support/packets';
import { maxLayers } from '../../../../src/core/decode/packetView';
import { decoded } from '../../../support/decoded';

const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 7 };
const ends6 = { source: '2001:db8::1', destination: '2001:db8::2', sourcePort: 4000, destinationPort: 7 };
const macs = { source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02' };
const payload = textBytes('payload!');

describe('IPv4', () => {
  it('skips options and reads time to live and protocol', () => {
    const options = hexBytes('94040000 01010100');
    const packet = ipv4({ ...ends, protocol: 17, timeToLive: 3, options }, udp(ends, payload));
    const { view } = decoded(ethernet(macs, packet));
    assert.equal(view.transportOffset, 14 + 28);
    assert.equal(view.destinationPort, 7);
    assert.equal(view.timeToLive, 3);
    assert.equal(view.ipProtocol, 17);
    assert.equal(view.payloadLength, 8);
  });

  it('does not count the padding of short frames as payload', () => {
    const frame = ethernet({ ...macs, pad: true }, ipv4({ ...ends, protocol: 6 }, tcp({ ...ends, flags: 'A' })));
    assert.equal(frame.length, 60);
    const { view } = decoded(frame);
    assert.equal(view.payloadLength, 0);
    assert.equal(view.payloadWireLength, 0);
    assert.deepEqual(view.notes, []);
  });

  it('takes the length of the frame when segmentation offload left the total length 0', () => {
    const packet = ipv4({ ...ends, protocol: 6 }, tcp({ ...ends, flags: 'A' }, payload));
    packet.set([0, 0], 2);
    const { view } = decoded(ethernet(macs, packet));
    assert.equal(view.payloadLength, 8);
    assert.equal(view.tcpValid, true);
  });

  it('knows the payload on the wire of a cut packet', () => {
    const frame = ethernet(macs, ipv4({ ...ends, protocol: 6 }, tcp({ ...ends, flags: 'A' }, new Uint8Array(1000))));
    const { view } = decoded(rawPacket(frame.subarray(0, 64), { originalLength: frame.length }));
    assert.equal(view.payloadLength, 10);
    assert.equal(view.payloadWireLength, 1000);
  });

  it('believes the frame when the total length lies', () => {
    const packet = ipv4({ ...ends, protocol: 6 }, tcp({ ...ends, flags: 'A' }, payload));
    packet.set([0xff, 0xff], 2);
    const { view } = decoded(ethernet(macs, packet));
    assert.equal(view.payloadWireLength, 8);
    assert.deepEqual(view.notes, ['ip-length-beyond-frame']);
  });

  it('reads ports from the first fragment and none from later ones', () => {
    const datagram = udp(ends, new Uint8Array(64));
    const first = decoded(
      ethernet(macs, ipv4({ ...ends, protocol: 17, moreFragments: true }, datagram.subarray(0, 40))),
    ).view;
    assert.equal(first.fragment, true);
    assert.equal(first.fragmentOffset, 0);
    assert.equal(first.destinationPort, 7);
    assert.equal(first.payloadWireLength, 32);
    assert.deepEqual(first.notes, []);
    const later = decoded(ethernet(macs, ipv4({ ...ends, protocol: 17, fragmentOffset: 40 }, datagram.subarray(40))));
    assert.equal(later.view.fragment, true);
    assert.equal(later.view.fragmentOffset, 40);
    assert.equal(later.view.ipProtocol, 17);
    assert.equal(later.view.sourcePort, -1);
    assert.equal(later.view.transportOffset, -1);
    assert.equal(later.row.info, 'Fragmented IP protocol (proto=UDP 17, off=40)');
  });

  it('stops at headers that cannot be', () => {
    const cases: [offset: number, value: number, note: string][] = [
      [0, 0x55, 'bad-ip-version'],
      [0, 0x44, 'bad-ip-header-length'],
      [3, 19, 'bad-ip-total-length'],
    ];
    for (const [offset, value, note] of cases) {
      const packet = ipv4({ ...ends, protocol: 6 }, tcp({ ...ends, flags: 'A' }));
      packet[offset] = value;
      const { view } = decoded(ethernet({ ...macs, etherType: 0x0800 }, packet));
      assert.deepEqual(view.notes, [note]);
      assert.equal(view.transportOffset, -1);
    }
  });

  it('decodes IP in IP, the inner addresses counting', () => {
    const inner = ipv6({ ...ends6, nextHeader: 17 }, udp(ends6, payload));
    const { view, row } = decoded(ipFrame({ ...ends, protocol: 41 }, inner));
    assert.equal(view.layers.join(':'), 'eth:ip:ipv6:udp');
    assert.equal(view.addressLength, 16);
    assert.equal(row.destination, '2001:db8::2');
    const unknownInner = decoded(ipFrame({ ...ends, protocol: 4 }, ipv4({ ...ends, protocol: 200 }, payload))).view;
    assert.equal(unknownInner.ipProtocol, 200);
    assert.equal(unknownInner.payloadOffset, -1);
  });

  it('bounds how deep it follows nested headers', () => {
    let packet = ipv4({ ...ends, protocol: 17 }, udp(ends, payload));
    for (let depth = 0; depth < 60; depth++) packet = ipv4({ ...ends, protocol: 4 }, packet);
    const { view } = decoded(ethernet(macs, packet));
    assert.equal(view.layers.length, maxLayers);
    assert.deepEqual(view.notes, ['too-many-layers']);
  });
});

describe('IPv6', () => {
  it('walks extension headers to the transport', () => {
    const chain = ipv6Extension(
      43,
      ipv6Extension(60, ipv6Extension(6, tcp({ ...ends6, flags: 'S' }))),
      hexBytes('0000 00000000'),
    );
    const { view } = decoded(ethernet(macs, ipv6({ ...ends6, nextHeader: 0, hopLimit: 9 }, chain)));
    assert.equal(view.layers.join(':'), 'eth:ipv6:ipv6.hopopts:ipv6.routing:ipv6.dstopts:tcp');
    assert.equal(view.ipProtocol, 6);
    assert.equal(view.timeToLive, 9);
    assert.equal(view.destinationPort, 7);
  });

  it('reads fragments and tells atomic ones apart', () => {
    const datagram = udp(ends6, new Uint8Array(64));
    const fragment = (offset: number, more: boolean, part: Uint8Array): Uint8Array =>
      ethernet(macs, ipv6({ ...ends6, nextHeader: 44 }, ipv6Fragment({ nextHeader: 17, offset, more }, part)));
    const first = decoded(fragment(0, true, datagram.subarray(0, 40))).view;
    assert.equal(first.fragment, true);
    assert.equal(first.destinationPort, 7);
    const later = decoded(fragment(40, false, datagram.subarray(40))).view;
    assert.equal(later.fragmentOffset, 40);
    assert.equal(later.ipProtocol, 17);
    assert.equal(later.sourcePort, -1);
    const atomic = decoded(fragment(0, false, datagram)).view;
    assert.equal(atomic.fragment, false);
    assert.equal(atomic.payloadLength, 64);
  });

  it('notes an extension header that is longer than the packet', () => {
    const chain = ipv6Extension(6, new Uint8Array(0));
    chain[1] = 200;
    const { view } = decoded(ethernet(macs, ipv6({ ...ends6, nextHeader: 0 }, chain)));
    assert.deepEqual(view.notes, ['truncated-ipv6-extension']);
  });
});

describe('ARP', () => {
  it('reads opcode and addresses', () => {
    const { view, row } = decoded(
      arpFrame({ operation: 'request', senderAddress: '10.0.0.2', targetAddress: '10.0.0.1' }),
    );
    assert.equal(view.layers.join(':'), 'eth:arp');
    assert.equal(view.arpOpcode, 1);
    assert.equal(view.addressLength, 0);
    assert.equal(row.source, '02:00:0a:00:00:02');
    assert.equal(row.destination, 'ff:ff:ff:ff:ff:ff');
    assert.equal(row.info, 'Who has 10.0.0.1? Tell 10.0.0.2');
    const reply = decoded(arpFrame({ operation: 'reply', senderAddress: '10.0.0.1', targetAddress: '10.0.0.2' }));
    assert.equal(reply.row.info, '10.0.0.1 is at 02:00:0a:00:00:01');
  });

  it('stops where the lengths say more than there is', () => {
    const packet = concatBytes([hexBytes('0001 0800 ff ff 0001'), new Uint8Array(20)]);
    const { view, row } = decoded(ethernet({ ...macs, etherType: 0x0806 }, packet));
    assert.deepEqual(view.notes, ['truncated-arp']);
    assert.equal(view.arpSenderAddressOffset, -1);
    assert.equal(row.info, 'ARP opcode 1');
  });
});
