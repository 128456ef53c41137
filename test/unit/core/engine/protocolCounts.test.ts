import assert from 'node:assert/strict';
import fc from 'fast-check';
import { protocolNames } from '../../../../src/core/decode/protocols';
import type { ProtocolName } from '../../../../src/core/decode/protocols';
import { ProtocolCounts } from '../../../../src/core/engine/protocolCounts';

const layers = (names: readonly ProtocolName[], maxLength: number): fc.Arbitrary<ProtocolName[]> =>
  fc.array(fc.constantFrom(...names), { maxLength });

describe('ProtocolCounts', () => {
  const fewNames: ProtocolName[] = ['eth', 'ip', 'udp', 'dns'];
  const packet = fc.tuple(
    layers(fewNames, 5),
    layers(fewNames, 3),
    fc.option(fc.constantFrom('http', 'dns')),
    fc.nat(1500),
  );

  it('counts a packet once for each protocol in it, however nested', () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 60 }), (packets) => {
        const counts = new ProtocolCounts();
        const expected = new Map<string, { packets: number; bytes: number }>();
        for (const [outer, quoted, also, bytes] of packets) {
          counts.add(outer, quoted, also, bytes);
          for (const name of new Set([...outer, ...quoted, ...(also === null ? [] : [also])])) {
            const { packets: seen, bytes: sum } = expected.get(name) ?? { packets: 0, bytes: 0 };
            expected.set(name, { packets: seen + 1, bytes: sum + bytes });
          }
        }
        const rows = counts.rows();
        assert.deepEqual(new Map(rows.map(({ protocol, ...rest }) => [protocol, rest])), expected);
        const ordered = [...rows].sort((x, y) => y.packets - x.packets || (x.protocol < y.protocol ? -1 : 1));
        assert.deepEqual(rows, ordered);
      }),
    );
  });

  it('counts right when a flood of nestings leaves no room for more of them', () => {
    const counts = new ProtocolCounts();
    const names = protocolNames.slice(0, 90);
    let packets = 0;
    for (const x of names) {
      for (const y of names) {
        counts.add(['eth', x, y], [], null, 10);
        packets++;
      }
    }
    const rows = new Map(counts.rows().map((row) => [row.protocol, row]));
    assert.equal(rows.get('eth')?.packets, packets);
    assert.equal(rows.get('eth')?.bytes, 10 * packets);
    assert.equal(rows.get('ip')?.packets, 2 * names.length - 1);
    assert.equal(rows.size, names.length);
  });
});
