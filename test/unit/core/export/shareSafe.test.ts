import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { decodePacket } from '../../../../src/core/decode/decodePacket';
import { formatIpAddress, parseIpAddress } from '../../../../src/core/decode/addresses';
import { PacketView } from '../../../../src/core/decode/packetView';
import { AddressScrambler, scramblerKeyBytes } from '../../../../src/core/export/addressScrambler';
import { addWords, checksumOf, pseudoHeaderSum } from '../../../../src/core/export/checksums';
import { ShareSafe } from '../../../../src/core/export/shareSafe';
import type { RawPacket } from '../../../../src/core/pcap/rawPacket';
import {
  arpFrame,
  concatBytes,
  dnsMessage,
  icmpFrame,
  ipFrame,
  rawPacket,
  tcpFrame,
  textBytes,
  udpFrame,
} from '../../../support/packets';
import { readCapture } from '../../../support/readCapture';
import { samplePath } from '../../../support/samples';

const key = Uint8Array.from({ length: scramblerKeyBytes }, (_, at) => (at * 89 + 7) & 255);
const ends = { source: '192.168.77.20', destination: '203.0.113.99', sourcePort: 45_678, destinationPort: 8443 };
const ends6 = { ...ends, source: '2001:db8:77::20', destination: '2001:db8:99::99' };

const scramble = (scrambler: AddressScrambler, text: string): string => {
  const bytes = parseIpAddress(text);
  assert.ok(bytes);
  const copy = Uint8Array.from(bytes);
  scrambler.ip(copy, 0, copy.length === 4 ? 4 : 16);
  return formatIpAddress(copy, 0, copy.length === 4 ? 4 : 16);
};

function commonBits(x: Uint8Array, y: Uint8Array): number {
  for (let bit = 0; bit < x.length * 8; bit++) {
    const mask = 0x80 >> (bit & 7);
    if (((x[bit >> 3]! ^ y[bit >> 3]!) & mask) !== 0) return bit;
  }
  return x.length * 8;
}

/** Header and zeros in place of what was cut: what the checksums are of. */
function assertChecksums(packet: RawPacket): void {
  const whole = new Uint8Array(Math.max(packet.originalLength, packet.bytes.length));
  whole.set(packet.bytes);
  const view = new PacketView();
  decodePacket(view, { ...packet, bytes: whole });
  if (view.addressLength === 0 || view.transportOffset < 0 || view.fragment) return;
  const { transportOffset: at, addressLength, ipProtocol, sourceAddressOffset } = view;
  const length = addressLength as 4 | 16;
  if (addressLength === 4) {
    const header = sourceAddressOffset - 12;
    assert.equal(checksumOf(addWords(0, whole, header, header + (whole[header]! & 15) * 4)), 0, 'IPv4 header');
  }
  const end = view.payloadOffset + view.payloadWireLength;
  if (ipProtocol === 17 && whole[at + 6] === 0 && whole[at + 7] === 0) return;
  if (![1, 6, 17, 58].includes(ipProtocol)) return;
  const start = ipProtocol === 1 ? 0 : pseudoHeaderSum(whole, sourceAddressOffset, length, ipProtocol, end - at);
  assert.equal(checksumOf(addWords(start, whole, at, end)), 0, `checksum of protocol ${ipProtocol}`);
}

const contains = (bytes: Uint8Array, part: Uint8Array): boolean => Buffer.from(bytes).includes(Buffer.from(part));

describe('scrambled addresses', () => {
  it('are those of the reference implementation of Crypto-PAn', () => {
    const reference = Uint8Array.of(
      21,
      34,
      23,
      141,
      51,
      164,
      207,
      128,
      19,
      10,
      91,
      22,
      73,
      144,
      125,
      16,
      216,
      152,
      143,
      131,
      121,
      121,
      101,
      39,
      98,
      87,
      76,
      45,
      42,
      132,
      34,
      2,
    );
    const scrambler = new AddressScrambler(concatBytes([reference, new Uint8Array(16)]));
    for (const [original, expected] of [
      ['128.11.68.132', '135.242.180.132'],
      ['129.118.74.4', '134.136.186.123'],
      ['130.132.252.244', '133.68.164.234'],
    ] as const)
      assert.equal(scramble(scrambler, original), expected);
  });

  it('keep prefixes exactly: what two share, they share afterwards', () => {
    const scrambler = new AddressScrambler(key);
    const pair = (length: number) =>
      fc.tuple(
        fc.uint8Array({ minLength: length, maxLength: length }),
        fc.uint8Array({ minLength: length, maxLength: length }),
        fc.nat(length * 8),
      );
    const check = ([x, other, shared]: [Uint8Array, Uint8Array, number]): void => {
      const y = other.slice();
      for (let bit = 0; bit < shared; bit++) {
        const mask = 0x80 >> (bit & 7);
        y[bit >> 3] = (y[bit >> 3]! & ~mask) | (x[bit >> 3]! & mask);
      }
      assert.equal(commonBits(scrambler.scrambleIp(x), scrambler.scrambleIp(y)), commonBits(x, y));
    };
    fc.assert(fc.property(pair(4), check), { numRuns: 60 });
    fc.assert(fc.property(pair(16), check), { numRuns: 20 });
  });

  it('stay where they belong to nobody, and lose what groups hold of one', () => {
    const scrambler = new AddressScrambler(key);
    for (const kept of ['0.0.0.0', '255.255.255.255', '127.0.0.1', '224.0.0.251', '239.255.255.250', '::1', 'ff02::fb'])
      assert.equal(scramble(scrambler, kept), kept);
    assert.equal(scramble(scrambler, 'ff02::1:ff12:3456'), 'ff02::1:ff00:0');
    assert.notEqual(scramble(scrambler, 'fe80::1234:56ff:fe78:9abc'), 'fe80::1234:56ff:fe78:9abc');
    const mac = Uint8Array.of(0x00, 0x1b, 0x21, 0x12, 0x34, 0x56);
    scrambler.mac(mac, 0);
    assert.equal(mac[0]! & 3, 2);
    const group = Uint8Array.of(0x33, 0x33, 0xff, 0x12, 0x34, 0x56);
    scrambler.mac(group, 0);
    assert.deepEqual([...group], [0x33, 0x33, 0xff, 0, 0, 0]);
  });

  it('are others with another key', () => {
    const one = new AddressScrambler(key);
    const other = new AddressScrambler(key.map((byte) => byte ^ 0x5a));
    assert.notEqual(scramble(one, '10.1.2.3'), scramble(other, '10.1.2.3'));
  });
});

describe('packets that are safe to share', () => {
  const secret = textBytes('user=alice&password=correct-horse-battery-staple');
  const quoted = (frame: Uint8Array): Uint8Array => frame.subarray(14, 14 + 20 + 8);
  const frames: Record<string, Uint8Array> = {
    tcp: tcpFrame({ ...ends, flags: 'PA' }, secret),
    'tcp over IPv6': tcpFrame({ ...ends6, flags: 'PA' }, secret),
    syn: tcpFrame({ ...ends, flags: 'S' }),
    udp: udpFrame(ends, secret),
    'udp over IPv6': udpFrame(ends6, secret),
    dns: udpFrame(
      { ...ends, destinationPort: 53 },
      dnsMessage({ id: 7, questions: [{ name: 'intranet.corp.example', type: 'A' }] }),
    ),
    arp: arpFrame({ operation: 'reply', senderAddress: ends.source, targetAddress: ends.destination }),
    'icmp error': icmpFrame(
      { source: ends.destination, destination: ends.source, type: 3, code: 3 },
      quoted(udpFrame(ends, secret)),
    ),
    echo: icmpFrame({ source: ends.source, destination: ends.destination, type: 8 }, secret),
    gre: ipFrame({ ...ends, protocol: 47 }, concatBytes([Uint8Array.of(0, 0, 8, 0), quoted(udpFrame(ends, secret))])),
  };

  for (const [name, frame] of Object.entries(frames))
    it(`hold no address, no payload and right checksums: ${name}`, () => {
      const safe = new ShareSafe(key);
      const copy = safe.packet(rawPacket(frame));
      assert.ok(copy);
      assert.equal(copy.originalLength, frame.length);
      for (const address of [ends.source, ends.destination, ends6.source, ends6.destination])
        assert.ok(!contains(copy.bytes, Uint8Array.from(parseIpAddress(address)!)), address);
      assert.ok(!contains(copy.bytes, frame.subarray(6, 12)), 'hardware address');
      for (let at = 0; at + 4 <= secret.length; at++) assert.ok(!contains(copy.bytes, secret.subarray(at, at + 4)));
      assert.ok(!contains(copy.bytes, textBytes('corp')));
      assertChecksums(copy);
    });

  it('keep ports, flags and sequence numbers, and an address is the same one everywhere', () => {
    const safe = new ShareSafe(key);
    const view = new PacketView();
    const at = (frame: Uint8Array) => {
      const copy = safe.packet(rawPacket(frame))!;
      decodePacket(view, copy);
      return {
        source: formatIpAddress(view.bytes, view.sourceAddressOffset, 4),
        destination: formatIpAddress(view.bytes, view.destinationAddressOffset, 4),
        ports: [view.sourcePort, view.destinationPort],
        flags: view.tcpFlags,
        sequence: view.tcpSequence,
      };
    };
    const there = at(tcpFrame({ ...ends, flags: 'S', sequence: 4242 }));
    const back = at(
      tcpFrame({
        source: ends.destination,
        destination: ends.source,
        sourcePort: 8443,
        destinationPort: 45_678,
        flags: 'SA',
      }),
    );
    assert.deepEqual(there.ports, [45_678, 8443]);
    assert.equal(there.sequence, 4242);
    assert.equal(there.flags, 2);
    assert.equal(there.source, back.destination);
    assert.equal(there.destination, back.source);
    assert.deepEqual(safe.addresses.counts.ipv4, 2);
  });

  it('leave out link types that are not known', () => {
    const safe = new ShareSafe(key);
    assert.equal(safe.packet(rawPacket(secret, { linkType: 127 })), null);
    assert.deepEqual([...safe.leftOut], [[127, 1]]);
  });

  it('never throw, grow or keep bytes of an unknown kind, whatever is damaged', () => {
    const base = fc.constantFrom(...Object.values(frames));
    fc.assert(
      fc.property(
        base,
        fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 6 }),
        fc.nat(200),
        fc.constantFrom(0, 1, 12, 101, 113, 276),
        (frame, changes, cut, linkType) => {
          const bytes = frame.slice(0, cut);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          const copy = new ShareSafe(key).packet(rawPacket(bytes, { linkType }));
          assert.ok(copy && copy.bytes.length <= bytes.length);
        },
      ),
    );
  });

  it('hold nothing of a whole capture: no address of it, and none of its payload', () => {
    for (const file of ['web-browsing.pcap', 'network-sweep.pcapng']) {
      const { packets } = readCapture(readFileSync(samplePath(file)));
      const safe = new ShareSafe(key);
      const copies = packets.map((packet) => safe.packet(packet)).filter((copy) => copy !== null);
      assert.equal(copies.length, packets.length);
      const view = new PacketView();
      const addresses = new Set<string>();
      for (const packet of packets) {
        decodePacket(view, packet);
        if (view.addressLength !== 4) continue;
        for (const at of [view.sourceAddressOffset, view.destinationAddressOffset]) {
          const address = view.bytes.slice(at, at + 4);
          if ((address[0] ?? 0) < 224 && address[0] !== 127) addresses.add(Buffer.from(address).toString('latin1'));
        }
      }
      const all = Buffer.concat(copies.map(({ bytes }) => bytes));
      assert.ok(addresses.size > 3);
      for (const address of addresses) assert.ok(!all.includes(Buffer.from(address, 'latin1')), file);
      for (const word of ['HTTP', 'GET ', 'Host:', 'example']) assert.ok(!all.includes(word), word);
      for (const copy of copies) assertChecksums(copy);
    }
  });
});
