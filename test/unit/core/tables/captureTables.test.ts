import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { tableColumns, tableNames } from '../../../../src/protocol/tables';
import type { TableName, TablePage, TableQuery, TableRow } from '../../../../src/protocol/tables';
import { flowSearch } from '../../../../src/protocol/tables';
import { decodePacket } from '../../../../src/core/decode/decodePacket';
import { PacketView } from '../../../../src/core/decode/packetView';
import { Engine } from '../../../../src/core/engine/engine';
import { compileFilter } from '../../../../src/core/filter/displayFilter';
import { FragmentReassembler } from '../../../../src/core/reassembly/ipFragments';
import { CaptureTables } from '../../../../src/core/tables/captureTables';
import { MessageTables } from '../../../../src/core/tables/messageTables';
import { readCapture } from '../../../support/readCapture';
import { samplePath } from '../../../support/samples';

function opened(file: string, maxRows?: number) {
  const { packets } = readCapture(readFileSync(samplePath(file)));
  const messages = new MessageTables(maxRows);
  const engine = new Engine({ localAddresses: [], detectors: [messages] });
  for (const packet of packets) engine.push(packet);
  engine.finish();
  const report = engine.report(file, { format: 'pcap', linkTypes: [], damage: null });
  const tables = new CaptureTables(engine, messages);
  const page = (table: TableName, query: Partial<TableQuery> = {}): TablePage =>
    tables.page({ table, from: 0, count: 1000, sort: null, search: '', range: null, ...query });
  const cell = (table: TableName, row: TableRow, id: string) =>
    row.cells[tableColumns[table].findIndex((column) => column.id === id)];
  return { packets, engine, report, tables, page, cell };
}

function countMatches(packets: ReturnType<typeof readCapture>['packets'], filter: string): number {
  const compiled = compileFilter(filter);
  assert.ok(compiled.ok, filter);
  const view = new PacketView();
  const fragments = new FragmentReassembler();
  return packets.filter((packet) => {
    decodePacket(view, packet, fragments);
    return compiled.matches(view, packet);
  }).length;
}

describe('tables of a capture', () => {
  const web = opened('web-browsing.pcap');
  const scan = opened('port-scan.pcap');

  it('have a cell for every column, and pages that put together make the whole', () => {
    for (const table of tableNames) {
      const { rows, total, matched } = web.page(table);
      assert.ok(total > 0, table);
      assert.equal(matched, total);
      for (const row of rows) assert.equal(row.cells.length, tableColumns[table].length, table);
      const paged = [0, 1, 2, 3].flatMap((at) => web.page(table, { from: at * 3, count: 3 }).rows);
      assert.deepEqual(paged, rows.slice(0, 12), table);
      assert.deepEqual([...web.tables.rows(table)].slice(0, 1000), rows, table);
    }
    assert.deepEqual(web.page('dns', { from: 1e9 }).rows, []);
    assert.deepEqual(web.page('dns', { from: -5, count: -5 }).rows, []);
  });

  it('hold the figures of the report', () => {
    const { report, page, cell } = web;
    const number = (table: TableName, id: string): number =>
      page(table).rows.reduce((sum, row) => sum + Number(cell(table, row, id) ?? 0), 0);
    assert.equal(page('flows').total, report.flows.total);
    assert.equal(page('http').total, report.http.requests);
    assert.equal(page('tls').total, report.tls.handshakes);
    assert.equal(page('dns').rows.filter((row) => cell('dns', row, 'protocol') === 'dns').length, report.dns.queries);
    assert.deepEqual(
      page('conversations')
        .rows.map(({ cells: [a, b, packets, bytes] }) => ({ a, b, packets, bytes }))
        .slice(0, 100),
      report.conversations,
    );
    assert.equal(number('conversations', 'bytes'), number('flows', 'bytesAToB') + number('flows', 'bytesBToA'));
    assert.equal(number('endpoints', 'bytesSent'), number('endpoints', 'bytesReceived'));
    const statuses: Record<string, number> = {};
    for (const row of page('http').rows) {
      const status = cell('http', row, 'status');
      if (typeof status === 'number') statuses[status] = (statuses[status] ?? 0) + 1;
    }
    assert.deepEqual(statuses, report.http.status);
    assert.equal(
      page('dns').rows.filter((row) => cell('dns', row, 'latencyMs') !== null).length,
      report.latency.dnsMs.count,
    );
    assert.equal(
      page('http').rows.filter((row) => cell('http', row, 'latencyMs') !== null).length,
      report.latency.httpMs.count,
    );
  });

  it('show the nesting of protocols as a tree whose packets add up', () => {
    const { report, page } = web;
    const rows = page('hierarchy').rows.map(({ cells }) => ({
      path: String(cells[0]).split(' / '),
      packets: Number(cells[1]),
      percent: Number(cells[2]),
      endPackets: Number(cells[4]),
    }));
    assert.equal(
      rows.reduce((sum, { endPackets }) => sum + endPackets, 0),
      report.capture.packets,
    );
    for (const { protocol, packets } of report.protocols) {
      // Each of these is nested once in a packet of the sample.
      const there = rows.filter(({ path }) => path.at(-1) === protocol);
      assert.equal(
        there.reduce((sum, row) => sum + row.packets, 0),
        packets,
        protocol,
      );
    }
    assert.equal(rows[0]?.percent, 100);
  });

  for (const [name, { packets, page, cell }] of Object.entries({ web, scan }))
    it(`lead from every row to its packets (${name})`, () => {
      for (const row of page('flows', { count: 40 }).rows) {
        const own = Number(cell('flows', row, 'packetsAToB')) + Number(cell('flows', row, 'packetsBToA'));
        assert.equal(countMatches(packets, row.filter), own, row.filter);
      }
      for (const row of page('conversations', { count: 20 }).rows)
        assert.equal(countMatches(packets, row.filter), cell('conversations', row, 'packets'), row.filter);
      for (const row of page('endpoints', { count: 20 }).rows)
        assert.equal(countMatches(packets, row.filter), cell('endpoints', row, 'packets'), row.filter);
      for (const table of ['dns', 'http', 'tls'] as const)
        for (const row of page(table, { count: 20 }).rows) {
          assert.ok(countMatches(packets, row.filter) > 0, row.filter);
          assert.ok(countMatches(packets, `(${row.filter}) && frame.number == ${row.packet}`) === 1, row.filter);
        }
      for (const row of page('hierarchy').rows)
        if (row.filter !== '') assert.ok(compileFilter(row.filter).ok, row.filter);
    });

  it('lead from a packet to its flow', () => {
    const row = { source: '10.20.0.15', sourcePort: 40_000, destination: '2001:db8::1', destinationPort: 443 };
    assert.equal(flowSearch(row), '10.20.0.15:40000 [2001:db8::1]:443');
    const { cells } = web.page('flows').rows[3]!;
    const found = web.page('flows', { search: `${String(cells[2])} ${String(cells[1])}` });
    assert.ok(found.rows.some((each) => each.cells[1] === cells[1] && each.cells[2] === cells[2]));
    assert.ok(found.matched < found.total);
  });

  it('are sorted by any column, either way, rows without a value last', () => {
    for (const table of tableNames)
      for (const { id } of tableColumns[table])
        for (const descending of [false, true]) {
          const { rows } = web.page(table, { sort: { column: id, descending } });
          const values = rows.map((row) => web.cell(table, row, id));
          const firstNull = values.findIndex((value) => value === null || value === '');
          if (firstNull >= 0)
            assert.ok(
              values.slice(firstNull).every((value) => value === null || value === ''),
              id,
            );
          const numbers = values.filter((value) => typeof value === 'number');
          assert.deepEqual(
            numbers,
            numbers.toSorted((x, y) => (descending ? y - x : x - y)),
            `${table} ${id}`,
          );
        }
    const addresses = scan.page('endpoints', { sort: { column: 'address', descending: false } });
    assert.equal(addresses.matched, addresses.total);
  });

  it('are searched by words, in any order and case', () => {
    const { cells } = web.page('http').rows[0]!;
    const host = String(cells[4]);
    const found = web.page('http', { search: `get ${host.toUpperCase()}` });
    assert.ok(found.matched > 0);
    assert.ok(found.rows.every((row) => row.cells[4] === host && row.cells[3] === 'GET'));
    assert.equal(web.page('http', { search: 'no such words at all' }).matched, 0);
    assert.equal(web.page('http', { search: 'no such words at all' }).total, web.page('http').total);
  });

  it('say how many rows a limit left out, and count them', () => {
    const { page, report, engine } = opened('web-browsing.pcap', 2);
    assert.equal(page('dns').total, 2);
    assert.equal(page('http').leftOut, report.http.requests - 2);
    const limits = engine.snapshot().limits.filter(({ name }) => /table/.test(name));
    assert.equal(limits.length, 3);
    assert.ok(limits.every(({ hits }) => hits > 0));
  });
});
