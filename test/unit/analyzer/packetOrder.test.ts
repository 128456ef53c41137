import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { PacketRow } from '../../../src/protocol/capture';
import type { PacketSort } from '../../../src/protocol/packetSort';
import { nextSort, parsePacketSort } from '../../../src/protocol/packetSort';
import { compareNatural } from '../../../src/core/stats/naturalOrder';
import { SortCancelled, sortPackets } from '../../../src/analyzer/packetOrder';
import { packetTest } from '../../../src/analyzer/packetSearch';
import type { DecodedPacket } from '../../../src/analyzer/packetStore';
import { PacketStore } from '../../../src/analyzer/packetStore';
import { readCapture } from '../../support/readCapture';
import { samplePath } from '../../support/samples';

const file = samplePath('web-browsing.pcap');
const packets = readCapture(readFileSync(file)).packets.length;
const storeOf = (at = file): PacketStore => new PacketStore(() => [{ path: at, firstNumber: 1, packets }]);
const by = (column: string, descending = false, version = 0): PacketSort => ({ column, descending, version });

async function allRows(store: PacketStore, filter: string, sort: PacketSort | null, fields: string[] = []) {
  const rows: PacketRow[] = [];
  for (let from = 0; ; from += 1000) {
    const page = await store.page(from, 1000, filter, fields, sort);
    rows.push(...page.rows);
    if (rows.length >= page.matched) return { ...page, rows };
  }
}

/** Rows by a column as `Array.sort` orders them, those without a value last. */
function sortedRows(rows: readonly PacketRow[], value: (row: PacketRow) => string | number | null, sign: number) {
  const has = (row: PacketRow): boolean => value(row) !== null && value(row) !== '';
  const compare = (a: PacketRow, b: PacketRow): number => {
    const [x, y] = [value(a), value(b)];
    const order = typeof x === 'number' ? x - Number(y) : compareNatural(String(x), String(y));
    return order * sign || a.number - b.number;
  };
  return [...rows.filter(has).sort(compare), ...rows.filter((row) => !has(row))];
}

describe('packets in another order', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'packet-order-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('are sorted by each column, either way, stable, in all packets and in those of a filter', async () => {
    const store = storeOf();
    const values: Record<string, (row: PacketRow) => string | number | null> = {
      number: (row) => row.number,
      time: (row) => row.time,
      length: (row) => row.length,
      sourcePort: (row) => row.sourcePort,
      source: (row) => row.source,
      destination: (row) => row.destination,
      protocol: (row) => row.protocol,
      label: (row) => row.label ?? '',
      info: (row) => row.info,
      'ip.ttl': (row) => row.fields?.[0] ?? '',
    };
    for (const filter of ['', 'tcp.port == 443', 'dns']) {
      const plain = await allRows(store, filter, null, ['ip.ttl']);
      assert.ok(plain.rows.length > 10, filter);
      for (const [column, value] of Object.entries(values)) {
        for (const descending of [false, true]) {
          const { rows, matched, complete } = await allRows(store, filter, by(column, descending), ['ip.ttl']);
          assert.deepEqual(rows, sortedRows(plain.rows, value, descending ? -1 : 1), `${filter} ${column}`);
          assert.deepEqual([matched, complete], [plain.matched, true]);
        }
      }
    }
  });

  it('are the same out of a compressed file', async () => {
    const compressed = path.join(folder, 'web.pcap.gz');
    writeFileSync(compressed, gzipSync(readFileSync(file)));
    const plain = await allRows(storeOf(), '', by('info', true));
    const { rows } = await allRows(storeOf(compressed), '', by('info', true));
    assert.deepEqual(rows, plain.rows);
  });

  it('are none where none matches, and nothing behind the end', async () => {
    const none = await storeOf().page(0, 100, 'udp.port == 1', [], by('length'));
    assert.deepEqual(none, { rows: [], matched: 0, complete: true });
    assert.deepEqual((await storeOf().page(packets + 5, 100, '', [], by('length'))).rows, []);
  });

  it('keep to their limits, and say so', async () => {
    const store = storeOf();
    const decoded: DecodedPacket[] = [];
    await store.each('', (one) => decoded.push({ ...one, packet: { ...one.packet } }));
    const { rows } = await store.page(0, 1000, '');
    const source = {
      total: decoded.length,
      each: (visit: (one: DecodedPacket) => boolean) => Promise.resolve(void decoded.every(visit)),
      row: ({ packet }: DecodedPacket) => rows[packet.number - 1]!,
    };
    const { signal } = new AbortController();
    const few = await sortPackets(source, by('number', true), signal, undefined, { packets: 7, textBytes: 1e6 });
    assert.deepEqual(few && { numbers: [...few.numbers], complete: few.complete }, {
      numbers: [7, 6, 5, 4, 3, 2, 1],
      complete: false,
    });
    const short = await sortPackets(source, by('info'), signal, undefined, { packets: 1e6, textBytes: 1000 });
    assert.equal(short?.complete, false);
    assert.ok(short.numbers.length > 0 && short.numbers.length < decoded.length);
    assert.deepEqual(
      [...short.numbers].sort((a, b) => a - b),
      [...short.numbers.keys()].map((at) => at + 1),
    );
  });

  it('are given up when they are cancelled, and made when they are asked for again', async () => {
    const store = storeOf();
    const waiting = store.page(0, 10, '', [], by('info'));
    store.orders.cancel();
    await assert.rejects(waiting, SortCancelled);
    assert.equal((await store.page(0, 10, '', [], by('info'))).matched, packets);
  });

  it('hold what a finished file had when they were made, until another version is asked for', async () => {
    let known = 20;
    const store = new PacketStore(() => [{ path: file, firstNumber: 1, packets: known }]);
    assert.equal((await store.page(0, 5, '', [], by('length'))).matched, 20);
    known = 30;
    assert.equal((await store.page(5, 5, '', [], by('length'))).matched, 20);
    assert.equal((await store.page(0, 5, '', [], by('length', false, 1))).matched, 30);
  });

  it('are searched in their order, and a number is found where it stands', async () => {
    const store = storeOf();
    const sort = by('length', true);
    const { rows } = await allRows(store, 'tcp', sort);
    const wanted = rows.flatMap((row, position) => (/ACK/.test(row.info) ? [{ number: row.number, position }] : []));
    assert.ok(wanted.length > 3);
    const query = { kind: 'info' as const, text: 'ack', backwards: false, filter: 'tcp', sort };
    const find = (from: number, backwards = false, kind: 'info' | 'number' = 'info') => {
      const asked = { ...query, kind, from, backwards };
      return store.find(packetTest(asked)!, asked);
    };
    assert.deepEqual(await find(0), wanted[0]);
    assert.deepEqual(await find(wanted[0]!.number), wanted[1]);
    assert.deepEqual(await find(wanted[1]!.number, true), wanted[0]);
    assert.equal(await find(wanted[0]!.number, true), null);
    const last = rows.at(-1)!;
    assert.deepEqual(await find(last.number - 1, false, 'number'), { number: last.number, position: rows.length - 1 });
    assert.equal(await find(1e9, false, 'number'), null);
  });
});

describe('the order that a column head stands for', () => {
  it('goes from rising to falling to that of the capture', () => {
    const first = nextSort(null, 'length', 5);
    const second = nextSort(first, 'length', 6);
    assert.deepEqual([first, second], [by('length', false, 5), by('length', true, 6)]);
    assert.equal(nextSort(second, 'length', 6), null);
    assert.deepEqual(nextSort(second, 'info', 7), by('info', false, 7));
  });

  it('is kept as it was, and nothing that is none', () => {
    assert.deepEqual(parsePacketSort({ column: 'ip.ttl', descending: true, more: 1 }), by('ip.ttl', true));
    for (const wrong of [null, 1, {}, { column: 'x', descending: true }, { column: 'info', descending: 1 }])
      assert.equal(parsePacketSort(wrong), null);
  });
});
