import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dissectPacket, noContext } from '../../../../src/core/dissect/dissect';
import { engineLimits } from '../../../../src/core/limits';
import type { PacketField, PacketTree } from '../../../../src/protocol/packetTree';
import { decoded } from '../../../support/decoded';
import {
  arpFrame,
  concatBytes,
  dnsMessage,
  echoFrame,
  hexBytes,
  httpRequest,
  portUnreachableFrame,
  rawPacket,
  tcpFrame,
  tlsClientHello,
  udpFrame,
} from '../../../support/packets';

const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 80 };

function treeOf(bytes: Uint8Array, options: Parameters<typeof rawPacket>[1] = {}, context = noContext): PacketTree {
  const { packet, view, application } = decoded(rawPacket(bytes, options));
  return dissectPacket(packet, view, application, context);
}

function all(fields: readonly PacketField[]): PacketField[] {
  return fields.flatMap((field) => [field, ...all(field.children)]);
}

function field(tree: PacketTree, name: string): PacketField {
  const found = all(tree.fields).find((each) => each.name === name);
  assert.ok(found, `no field ${name}`);
  return found;
}

/** Its bytes in hexadecimal digits. */
function bytesOf(tree: PacketTree, name: string): string {
  const { source, offset, lengthBytes } = field(tree, name);
  return Buffer.from(tree.sources[source]!.bytes.subarray(offset, offset + lengthBytes)).toString('hex');
}

function assertSound(tree: PacketTree): void {
  const fields = all(tree.fields);
  assert.ok(fields.length <= engineLimits.dissectedFields);
  for (const { source, offset, lengthBytes, label, value, note } of fields) {
    const bytes = tree.sources[source]?.bytes;
    assert.ok(bytes && offset >= 0 && lengthBytes >= 0 && offset + lengthBytes <= bytes.length, label);
    assert.doesNotMatch(`${label}${value}${note ?? ''}`, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
  }
}

describe('the tree of all fields of a packet', () => {
  it('has the fields of Ethernet, IP and TCP with their bytes', () => {
    const tree = treeOf(tcpFrame({ ...ends, flags: 'SA', sequence: 1000, acknowledgment: 77 }));
    assertSound(tree);
    assert.deepEqual(
      tree.fields.map(({ name }) => name),
      ['frame', 'eth', 'ip', 'tcp'],
    );
    assert.equal(bytesOf(tree, 'ip.src'), '0a000001');
    assert.equal(field(tree, 'ip.src').raw, '10.0.0.1');
    assert.equal(bytesOf(tree, 'tcp.dstport'), '0050');
    assert.equal(field(tree, 'tcp.dstport').raw, 80);
    assert.equal(field(tree, 'tcp.seq_raw').raw, 1000);
    assert.equal(field(tree, 'tcp.flags.syn').raw, true);
    assert.equal(field(tree, 'tcp.flags.syn').mask, 2);
    assert.equal(field(tree, 'tcp.flags.fin').raw, false);
    assert.equal(field(tree, 'ip.checksum').note, undefined);
    assert.equal(field(tree, 'tcp.checksum').note, undefined);
  });

  it('has relative sequence numbers only where their beginning is known', () => {
    const frame = tcpFrame({ ...ends, flags: 'A', sequence: 5, acknowledgment: 101 });
    assert.ok(!all(treeOf(frame).fields).some(({ name }) => name === 'tcp.seq'));
    const tree = treeOf(frame, {}, { ...noContext, sequenceBase: 0xffff_fffe, acknowledgmentBase: 100 });
    assert.deepEqual([field(tree, 'tcp.seq').raw, field(tree, 'tcp.ack').raw], [7, 1]);
  });

  it('says which checksum is wrong, and what it should be', () => {
    const frame = tcpFrame({ ...ends, flags: 'S' });
    frame[24] = (frame[24] ?? 0) ^ 0xff;
    const tree = treeOf(frame);
    assert.match(field(tree, 'ip.checksum').note ?? '', /^should be 0x[0-9a-f]{4}/);
    assert.equal(field(tree, 'tcp.checksum').note, undefined);
  });

  it('says what is cut, and holds no checksum against a cut packet', () => {
    const frame = tcpFrame({ ...ends, flags: 'PA' }, httpRequest('GET', '/', 'a.test'));
    const cut = treeOf(frame.subarray(0, 60), { originalLength: frame.length });
    assert.match(field(cut, 'frame.cap_len').note ?? '', /a part of the packet/);
    assert.equal(field(cut, 'tcp.checksum').note, undefined);
    assert.equal(field(cut, 'tcp.len').raw, frame.length - 54);
    const stub = treeOf(frame.subarray(0, 40));
    assert.match(field(stub, 'tcp').note ?? '', /^cut: 6 of at least 20/);
  });

  it('takes DNS apart, with pointers in names', () => {
    const message = dnsMessage({
      id: 7,
      response: true,
      questions: [{ name: 'a.test', type: 'A' }],
      answers: [{ name: 'a.test', type: 'CNAME', data: 'b.test' }],
    });
    const tree = treeOf(udpFrame({ ...ends, sourcePort: 53 }, message));
    assertSound(tree);
    assert.equal(field(tree, 'dns.qry.name').raw, 'a.test');
    assert.equal(field(tree, 'dns.cname').raw, 'b.test');
    assert.equal(field(tree, 'dns.id').raw, 7);
    assert.equal(field(tree, 'dns.id').value, '0x0007');
    const looping = concatBytes([message.subarray(0, 12), hexBytes('c00c00010001')]);
    const bad = treeOf(udpFrame({ ...ends, sourcePort: 53 }, looping));
    assert.ok(all(bad.fields).some(({ note }) => note?.includes('cut or damaged')));
  });

  it('shows the name, the protocols and the fingerprints of a TLS hello', () => {
    const tree = treeOf(tcpFrame({ ...ends, destinationPort: 443, flags: 'PA' }, tlsClientHello('shop.test')));
    assertSound(tree);
    assert.equal(field(tree, 'tls.handshake.extensions_server_name').raw, 'shop.test');
    assert.match(String(field(tree, 'tls.handshake.ja3').raw), /^[0-9a-f]{32}$/);
    assert.match(String(field(tree, 'tls.handshake.ja4').raw), /^t1[23]/);
    assert.equal(bytesOf(tree, 'tls.handshake.extensions_server_name'), Buffer.from('shop.test').toString('hex'));
  });

  it('shows HTTP by line, ARP, and echo data', () => {
    const http = treeOf(
      tcpFrame({ ...ends, flags: 'PA' }, httpRequest('GET', '/x?y=1', 'a.test', { 'User-Agent': 'curl/8' })),
    );
    assert.equal(field(http, 'http.request.method').raw, 'GET');
    assert.equal(field(http, 'http.request.uri').raw, '/x?y=1');
    assert.equal(field(http, 'http.user_agent').value, 'curl/8');
    const arp = treeOf(arpFrame({ operation: 'request', senderAddress: '10.0.0.1', targetAddress: '10.0.0.9' }));
    assert.equal(field(arp, 'arp.dst.proto_ipv4').raw, '10.0.0.9');
    const echo = treeOf(echoFrame({ ...ends, reply: false, identifier: 1, sequence: 2 }, new Uint8Array(8).fill(1)));
    assert.equal(field(echo, 'data.data').raw, '01:01:01:01:01:01:01:01');
  });

  it('puts the headers that an ICMP error quotes below the error', () => {
    const tree = treeOf(portUnreachableFrame(ends, udpFrame(ends, new Uint8Array(8)).subarray(14)));
    assertSound(tree);
    const icmp = tree.fields.find(({ name }) => name === 'icmp');
    assert.deepEqual(
      icmp?.children.filter(({ name }) => name === 'ip' || name === 'udp').map(({ name }) => name),
      ['ip', 'udp'],
    );
  });

  it('shows what nobody knows as data', () => {
    const tree = treeOf(Uint8Array.of(1, 2, 3), { linkType: 147 });
    assert.equal(field(tree, 'data.data').raw, '01:02:03');
  });

  it('cuts the tree of a packet with too many fields, and says so', () => {
    const options = tcpFrame(
      { ...ends, flags: 'PA' },
      concatBytes(Array.from({ length: 900 }, () => hexBytes('150303000101'))),
    );
    const full = treeOf(options);
    assertSound(full);
    const queries = dnsMessage({ id: 1, questions: [{ name: 'a.test', type: 'A' }] });
    const many = new Uint8Array(12 + 5 * 3000);
    many.set(queries.subarray(0, 12));
    new DataView(many.buffer).setUint16(4, 3000);
    const tree = treeOf(udpFrame({ ...ends, destinationPort: 53 }, many));
    assert.equal(tree.complete, false);
    assertSound(tree);
  });

  it('holds with any bytes behind any link type', () => {
    const frames = [
      tcpFrame({ ...ends, flags: 'S' }),
      udpFrame({ ...ends, destinationPort: 53 }, dnsMessage({ id: 1, questions: [{ name: 'a.test', type: 'A' }] })),
      tcpFrame({ ...ends, flags: 'PA' }, tlsClientHello('a.test')),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 9, 12, 101, 113, 228, 229, 276, 105, 147),
        fc.constantFrom(...frames),
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 8 }),
        fc.nat(200),
        fc.uint8Array({ maxLength: 120 }),
        fc.boolean(),
        (linkType, frame, changes, length, noise, random) => {
          const bytes = random ? noise : frame.slice(0, length);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          assertSound(treeOf(bytes, { linkType: random ? linkType : 1, originalLength: bytes.length + 3 }));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
