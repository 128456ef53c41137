import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PacketStore } from '../../../src/analyzer/packetStore';
import { dnsMessage, ethernet, ipv4, packetsAt, pcapFile, udp, udpFrame } from '../../support/packets';

const macs = { source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02' };
const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 53 };
const query = udp(ends, dnsMessage({ id: 1, questions: [{ name: 'fragmented.test', type: 'A' }] }));

function fragment(from: number, to: number): Uint8Array {
  const moreFragments = to < query.length;
  const options = { ...ends, protocol: 17, identification: 7, fragmentOffset: from, moreFragments };
  return ethernet(macs, ipv4(options, query.subarray(from, to)));
}

/** A capture whose packets 11 and 12 + `between` are the fragments of one query. */
function storeOf(folder: string, between: number): PacketStore {
  const plain = udpFrame({ ...ends, destinationPort: 9 }, new Uint8Array(4));
  const frames = [
    ...new Array<Uint8Array>(10).fill(plain),
    fragment(0, 16),
    ...new Array<Uint8Array>(between).fill(plain),
    fragment(16, query.length),
    plain,
  ];
  const file = path.join(folder, `${between}.pcap`);
  writeFileSync(file, pcapFile(packetsAt(frames.map((frame, index) => [index / 1000, frame]))));
  return new PacketStore(() => [{ path: file, firstNumber: 1, packets: frames.length }]);
}

describe('PacketStore with IP fragments', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'packet-store-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('shows the query at its last fragment, on pages that begin behind the first one too', async () => {
    const store = storeOf(folder, 3);
    const whole = await store.page(0, 100, '');
    assert.deepEqual(
      whole.rows.filter(({ protocol }) => protocol !== 'udp').map(({ number, protocol }) => [number, protocol]),
      [[11, 'ip'], [15, 'dns']],
    ); // prettier-ignore
    const page = await store.page(14, 1, '');
    assert.deepEqual(page.rows, [whole.rows[14]]);
    assert.match(page.rows[0]?.info ?? '', /fragmented\.test/);
  });

  it('finds it with a display filter', async () => {
    const { rows, matched } = await storeOf(folder, 3).page(0, 10, 'dns');
    assert.equal(matched, 1);
    assert.equal(rows[0]?.number, 15);
    assert.equal(rows[0]?.protocol, 'dns');
  });

  it('shows a fragment where random access misses the first one, and the query in a whole pass', async () => {
    const store = storeOf(folder, 1000);
    const number = 12 + 1000;
    const { rows } = await store.page(number - 1, 1, '');
    assert.equal(rows[0]?.protocol, 'ip');
    assert.match(rows[0]?.info ?? '', /^Fragmented IP protocol/);
    const found: number[] = [];
    await store.each('dns', ({ packet }) => found.push(packet.number));
    assert.deepEqual(found, [number]);
  });
});
