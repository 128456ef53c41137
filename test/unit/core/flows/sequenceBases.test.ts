import assert from 'node:assert/strict';
import { SequenceBases } from '../../../../src/core/flows/sequenceBases';
import { decoded } from '../../../support/decoded';
import { rawPacket, tcpFrame } from '../../../support/packets';

const client = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 80 };
const server = { source: '10.0.0.2', destination: '10.0.0.1', sourcePort: 80, destinationPort: 4000 };
const segment = (number: number, frame: Uint8Array) => decoded(rawPacket(frame, { number })).view;

describe('initial sequence numbers', () => {
  it('are known to both directions from their SYN on', () => {
    const bases = new SequenceBases();
    bases.add(segment(1, tcpFrame({ ...client, flags: 'S', sequence: 1000 })));
    bases.add(segment(2, tcpFrame({ ...server, flags: 'SA', sequence: 9000, acknowledgment: 1001 })));
    const data = segment(3, tcpFrame({ ...client, flags: 'A', sequence: 1001, acknowledgment: 9001 }));
    assert.deepEqual(bases.of(data), { sequence: 1000, acknowledgment: 9000 });
    const early = segment(1, tcpFrame({ ...client, flags: 'A', sequence: 1001 }));
    assert.deepEqual(bases.of(early), { sequence: 1000, acknowledgment: null });
    const other = segment(3, tcpFrame({ ...client, sourcePort: 4001, flags: 'A' }));
    assert.deepEqual(bases.of(other), { sequence: null, acknowledgment: null });
  });

  it('are those of the connection at that place when a port is used again', () => {
    const bases = new SequenceBases();
    bases.add(segment(1, tcpFrame({ ...client, flags: 'S', sequence: 1000 })));
    bases.add(segment(50, tcpFrame({ ...client, flags: 'S', sequence: 777 })));
    const at = (number: number) => bases.of(segment(number, tcpFrame({ ...client, flags: 'A' }))).sequence;
    assert.deepEqual([at(20), at(50), at(99)], [1000, 777, 777]);
  });

  it('hold for thousands of connections, and stop being learned at the limit', () => {
    const bases = new SequenceBases();
    for (let port = 1; port <= 5000; port++)
      bases.add(segment(port, tcpFrame({ ...client, sourcePort: port, flags: 'S', sequence: port * 3 })));
    for (const port of [1, 1024, 2049, 5000]) {
      const view = segment(9999, tcpFrame({ ...client, sourcePort: port, flags: 'A' }));
      assert.equal(bases.of(view).sequence, port * 3);
    }
    Object.defineProperty(bases.counter, 'limit', { value: 5000 });
    bases.add(segment(6000, tcpFrame({ ...client, sourcePort: 6000, flags: 'S' })));
    assert.equal(bases.counter.hits, 1);
  });
});
