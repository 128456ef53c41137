import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assertSound, decoded } from '../../../support/decoded';
import { concatBytes, hexBytes, ipv4, ipv6, tcp, textBytes, udpFrame } from '../../../support/packets';

const outer = { source: '192.0.2.1', destination: '192.0.2.2', sourcePort: 50_000 };
const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 7 };
const ends6 = { source: '2001:db8::1', destination: '2001:db8::2', sourcePort: 4000, destinationPort: 7 };
const inner4 = ipv4({ ...ends, protocol: 6 }, tcp({ ...ends, flags: 'PA' }, textBytes('hello')));
const inner6 = ipv6({ ...ends6, nextHeader: 6 }, tcp({ ...ends6, flags: 'PA' }, textBytes('hello')));

/** Headers as in the RFCs, what is inside, and the layers that tshark 4 shows behind `eth:ip:udp`. */
const tunnels: [name: string, port: number, header: string, inner: Uint8Array, layers: string][] = [
  ['GTP-U', 2152, '30ff 0030 00000001', inner4, 'gtp:ip:tcp'],
  ['GTP-U with a sequence number', 2152, '32ff 0034 00000001 0001 00 00', inner4, 'gtp:ip:tcp'],
  ['GTP-U with extension headers', 2152, '34ff 003c 00000001 0000 00 85 01000040 0110 0000', inner6, 'gtp:ipv6:tcp'],
  ['GTP version 0', 3386, `1eff 0030 ${'00'.repeat(16)}`, inner4, 'gtpprime:ip:tcp'],
  ['Teredo', 3544, '', inner6, 'teredo:ipv6:tcp'],
  ['Teredo with an origin', 3544, '0000 1111 22222222', inner6, 'teredo:ipv6:tcp'],
  ['Teredo with authentication and origin', 3544, '0001 0101 aa bb 0000000000000000 00 0000 1111 22222222', inner6, 'teredo:ipv6:tcp'],
  ['L2TP', 1701, '0002 0001 0001 ff03 0021', inner4, 'l2tp:ppp:ip:tcp'],
  ['L2TP with all fields', 1701, '4a02 0053 0001 0001 0000 0000 0002 0000 0057', inner6, 'l2tp:ppp:ipv6:tcp'],
  ['AYIYA', 5072, `4452 11 29 00000000 ${'00'.repeat(16)} ${'00'.repeat(20)}`, inner6, 'ayiya:ipv6:tcp'],
  ['LISP', 4341, '80000000 00000000', inner4, 'lisp-data:ip:tcp'],
  ['MPLS', 6635, '00010140', inner4, 'mpls:ip:tcp'],
  ['VXLAN-GPE', 4790, '0c000001 00000100', inner4, 'ip:tcp'],
  ['NSH in VXLAN-GPE', 4790, '0c000004 00000100 0002 02 01 00000102', inner4, 'nsh:ip:tcp'],
  ['VXLAN', 4789, '08000000 00000100 020000000001 020000000002 0800', inner4, 'vxlan:eth:ip:tcp'],
  ['Geneve', 6081, '0100 86dd 00000100 01020300', inner6, 'geneve:ipv6:tcp'],
]; // prettier-ignore

function tunnelFrame(port: number, header: string, inner: Uint8Array): Uint8Array {
  return udpFrame({ ...outer, destinationPort: port }, concatBytes([hexBytes(header), inner]));
}

describe('tunnels in UDP', () => {
  for (const [name, port, header, inner, layers] of tunnels) {
    it(`${name}: the inner flow counts`, () => {
      const { view, row } = decoded(tunnelFrame(port, header, inner));
      assert.equal(view.layers.join(':'), `eth:ip:udp:${layers}`);
      assert.equal(row.source, inner === inner4 ? '10.0.0.1' : '2001:db8::1');
      assert.equal(view.destinationPort, 7);
      assert.equal(view.payloadLength, 5);
      assert.deepEqual(view.notes, []);
    });

    it(`${name}: is sound cut at every byte and with bytes changed`, () => {
      const frame = tunnelFrame(port, header, inner);
      for (let length = 0; length <= frame.length; length++) assertSound(decoded(frame.subarray(0, length)));
      const change = fc.record({ at: fc.integer({ min: 14, max: frame.length - 1 }), value: fc.nat(255) });
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
          const damaged = frame.slice();
          for (const { at, value } of changes) damaged[at] = value;
          assertSound(decoded(damaged));
        }),
        { numRuns: 200 },
      );
    });
  }

  it('are known by either port', () => {
    const reply = udpFrame(
      { ...outer, sourcePort: 2152, destinationPort: 50_000 },
      concatBytes([hexBytes('30ff 0030 00000001'), inner4]),
    );
    assert.equal(decoded(reply).view.layers.join(':'), 'eth:ip:udp:gtp:ip:tcp');
  });

  it('name control messages and leave the outer flow', () => {
    const cases: [port: number, payload: string, layers: string][] = [
      [1701, 'c802 000c 0001 0000 0000 0000', 'l2tp'],
      [2123, '3201 0004 00000000 0000 0000', 'gtp'],
      [2123, '4001 0004 00000000', 'gtp:gtpv2'],
      [3386, '0f01 0000 0000 0000', 'gtpprime'],
    ];
    for (const [port, payload, layers] of cases) {
      const { view } = decoded(udpFrame({ ...outer, destinationPort: port }, hexBytes(payload)));
      assert.equal(view.layers.join(':'), `eth:ip:udp:${layers}`);
      assert.equal(view.destinationPort, port);
    }
  });

  it('are not seen in what only uses the port', () => {
    for (const port of [1701, 2152, 3544, 3386]) {
      const { view } = decoded(
        udpFrame({ ...outer, destinationPort: port }, textBytes('zzzz zzzz zzzz zzzz zzzz zzzz')),
      );
      assert.equal(view.layers.join(':'), 'eth:ip:udp', String(port));
      assert.equal(view.destinationPort, port);
    }
  });

  it('end, however deep GTP nests', () => {
    let packet = inner4;
    for (let depth = 0; depth < 20; depth++) {
      const frame = udpFrame(
        { ...outer, destinationPort: 2152 },
        concatBytes([hexBytes('30ff 0030 00000001'), packet]),
      );
      packet = frame.subarray(14);
    }
    const { view } = decoded(
      udpFrame({ ...outer, destinationPort: 2152 }, concatBytes([hexBytes('30ff 0030 00000001'), packet])),
    );
    assert.equal(view.layers.length, 24);
    assert.deepEqual(view.notes, ['too-many-layers']);
  });
});
