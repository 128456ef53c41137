import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  arpFrame,
  dnsMessage,
  echoFrame,
  ethernet,
  flagBits,
  hexBytes,
  internetChecksum,
  ipBytes,
  ipv6Extension,
  ipv6Fragment,
  macForIp,
  tcpFrame,
  textBytes,
  udpFrame,
} from '../../support/packets';

/** Sum over pseudo header and segment of an Ethernet frame with IPv4 or IPv6 and no options; 0 when the checksum is right. */
function transportSum(frame: Uint8Array): number {
  const packet = frame.subarray(14);
  const version6 = (packet[0] ?? 0) >> 4 === 6;
  const [addresses, segment] = version6
    ? [packet.subarray(8, 40), packet.subarray(40)]
    : [packet.subarray(12, 20), packet.subarray(20)];
  const protocol = (version6 ? packet[6] : packet[9]) ?? 0;
  return internetChecksum(
    addresses,
    Uint8Array.of(0, 0, segment.length >> 8, segment.length & 0xff, 0, protocol),
    segment,
  );
}

describe('frame builder', () => {
  it('computes the checksum of RFC 1071 section 3', () => {
    assert.equal(internetChecksum(hexBytes('0001 f203 f4f5 f6f7')), 0x220d);
    assert.equal(internetChecksum(hexBytes('0001 f203 f4f5 f6')), 0x2304);
  });

  it('writes TCP and UDP checksums that add up, for any payload and both IP versions', () => {
    const ends = fc.constantFrom(
      { source: '10.0.0.1', destination: '10.0.0.2' },
      { source: '2001:db8::1', destination: 'fe80::2' },
    );
    fc.assert(
      fc.property(ends, fc.uint8Array({ maxLength: 200 }), (addresses, payload) => {
        const ports = { ...addresses, sourcePort: 4000, destinationPort: 80 };
        assert.equal(transportSum(tcpFrame({ ...ports, flags: 'PA', sequence: 77 }, payload)), 0);
        assert.equal(transportSum(udpFrame(ports, payload)), 0);
      }),
    );
  });

  it('writes the header bytes of a SYN as they stand in RFC 791 and RFC 9293', () => {
    const frame = tcpFrame({
      source: '10.0.0.1',
      destination: '10.0.0.2',
      sourcePort: 1,
      destinationPort: 80,
      flags: 'S',
    });
    const expected =
      '02000a000002 02000a000001 0800 45000028 00004000 4006 26ce 0a000001 0a000002 0001 0050 00000000 00000000 5002 faf0 a09e 0000';
    assert.deepEqual(frame, hexBytes(expected));
  });

  it('writes VLAN tags, padding and ARP', () => {
    const macs = { source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02' };
    const tagged = ethernet({ ...macs, vlans: [5, 7], pad: true }, hexBytes('45'));
    assert.deepEqual(tagged.subarray(12, 23), hexBytes('88a8 0005 8100 0007 0800 45'));
    assert.equal(tagged.length, 60);
    const arp = arpFrame({ operation: 'reply', senderAddress: '10.0.0.1', targetAddress: '10.0.0.2' });
    assert.deepEqual(
      arp.subarray(12),
      hexBytes('0806 0001 0800 0604 0002 02000a000001 0a000001 02000a000002 0a000002'),
    );
  });

  it('writes extension and fragment headers in multiples of 8', () => {
    assert.deepEqual(ipv6Extension(44, hexBytes('ff')), hexBytes('2c00 010400000000 ff'));
    const fragment = ipv6Fragment({ nextHeader: 17, offset: 1448, more: true, identification: 9 }, hexBytes('ff'));
    assert.deepEqual(fragment, hexBytes('1100 05a9 00000009 ff'));
  });

  it('writes DNS messages and echoes', () => {
    const message = dnsMessage({ id: 7, questions: [{ name: 'a.test', type: 'AAAA' }] });
    assert.deepEqual(message, hexBytes('0007 0100 0001 0000 0000 0000 01 61 04 74657374 00 001c 0001'));
    const echo = echoFrame({ source: '10.0.0.1', destination: '10.0.0.2', reply: false, identifier: 258, sequence: 3 });
    assert.deepEqual(echo.subarray(34, 36), hexBytes('0800'));
    assert.deepEqual(echo.subarray(38, 42), hexBytes('0102 0003'));
  });

  it('reads addresses and refuses what is none', () => {
    assert.deepEqual(ipBytes('2001:db8::ff'), hexBytes('20010db8 00000000 00000000 000000ff'));
    assert.deepEqual(ipBytes('::'), new Uint8Array(16));
    assert.equal(macForIp('224.0.0.251'), '01:00:5e:00:00:fb');
    assert.equal(macForIp('ff02::fb'), '33:33:00:00:00:fb');
    for (const bad of ['10.0.0', '10.0.0.256', '1:2:3', '::1::', 'x::', '1:2:3:4:5:6:7:8:9']) {
      assert.throws(() => ipBytes(bad), /not/, bad);
    }
    assert.deepEqual([flagBits('SA'), flagBits(''), flagBits('FSRPAUEW')], [0x12, 0, 0xff]);
    assert.throws(() => flagBits('X'));
    assert.deepEqual(textBytes('é'), Uint8Array.of(0xc3, 0xa9));
  });
});
