import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Engine } from '../../../../src/core/engine/engine';
import type { FlowOwners, ProcessIdentity } from '../../../../src/core/flows/flowOwners';
import { engineLimits } from '../../../../src/core/limits';
import { OwnersAgain, ProgramTable } from '../../../../src/core/tables/programTable';
import { readCapture } from '../../../support/readCapture';
import { samplePath } from '../../../support/samples';

const { packets } = readCapture(readFileSync(samplePath('web-browsing.pcap')));
const browser: ProcessIdentity = { program: 'browser', pid: 71, parents: [70] };
const server: ProcessIdentity = { program: 'server', pid: 12, parents: [] };

/** Runs the sample; `answer` names owners after each packet. */
function run(answer: (table: ProgramTable, owners: FlowOwners) => void) {
  const table = new ProgramTable();
  const engine = new Engine({ localAddresses: [], detectors: [table] });
  const asked = new Set<FlowOwners>();
  for (const packet of packets) {
    engine.push(packet);
    for (const owners of table.waiting) {
      asked.add(owners);
      answer(table, owners);
    }
  }
  engine.finish();
  return { table, engine, asked };
}

describe('traffic by program', () => {
  it('counts a flow from its first packet on, whenever its program becomes known', () => {
    const early = run((table, owners) => table.identify(owners, browser, null));
    const late = run((table, owners) => {
      if (owners.packetsAToB + owners.packetsBToA > 2) table.identify(owners, browser, null);
    });
    const after = run(() => undefined);
    for (const owners of after.asked) after.table.identify(owners, browser, null);
    const rows = early.engine.flowRows(0, 1000).rows.filter(({ aPort }) => aPort !== null);
    const [program] = early.table.figures().programs;
    assert.equal(program?.flows, rows.length);
    assert.equal(
      program.bytesSent,
      rows.reduce((sum, row) => sum + row.bytesAToB, 0),
    );
    assert.equal(
      program.bytesReceived,
      rows.reduce((sum, row) => sum + row.bytesBToA, 0),
    );
    assert.deepEqual(after.table.figures(), early.table.figures());
    assert.ok((late.table.figures().programs[0]?.packets ?? 0) > 0);
    assert.ok(late.table.figures().unknownPackets < packets.length);
  });

  it('calls unknown what nobody has named', () => {
    const { table } = run(() => undefined);
    const { programs, unknownPackets, unknownBytes } = table.figures();
    assert.deepEqual(programs, []);
    assert.equal(unknownPackets, packets.length);
    assert.equal(
      unknownBytes,
      packets.reduce((sum, packet) => sum + packet.originalLength, 0),
    );
  });

  it('counts traffic between two programs for both, and never names an end again', () => {
    const { table, engine } = run((known, owners) => {
      known.identify(owners, browser, server);
      known.identify(owners, server, browser);
    });
    const [one, other] = table.figures().programs;
    assert.equal(one?.bytesSent, other?.bytesReceived);
    assert.equal(one?.packets, other?.packets);
    for (const row of engine.flowRows(0, 1000).rows.filter(({ aPort }) => aPort !== null)) {
      assert.deepEqual([row.programA, row.processA, row.programB, row.processB], ['browser', 71, 'server', 12]);
    }
  });

  it('gives the flows of a replay the owners that they had', () => {
    const { table, engine } = run((known, owners) => known.identify(owners, browser, null));
    const again = new Engine({ localAddresses: [], detectors: [new OwnersAgain(table)] });
    for (const packet of packets) again.push(packet);
    again.finish();
    assert.deepEqual(again.flowRows(0, 1000), engine.flowRows(0, 1000));
  });

  it('keeps to its limits and counts what they left out', () => {
    const { table, asked } = run(() => undefined);
    let pid = 0;
    for (const owners of asked) table.identify(owners, { program: `p${pid++}`, pid, parents: [] }, null);
    const [first] = asked;
    assert.ok(first);
    for (let extra = 0; extra < engineLimits.programs + 10; extra++) {
      const owners = Object.assign(Object.create(first) as FlowOwners, { a: null, b: null });
      table.identify(owners, { program: `x${extra}`, pid: extra, parents: [] }, null);
    }
    assert.ok(table.programLimit.hits > 0);
    assert.equal(table.waiting.length, asked.size);
    table.settle(asked);
    assert.equal(table.waiting.length, 0);
  });
});
