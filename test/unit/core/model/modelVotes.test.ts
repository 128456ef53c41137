import assert from 'node:assert/strict';
import { engineLimits } from '../../../../src/core/limits';
import { VoteTable } from '../../../../src/core/model/modelVotes';
import type { Vote } from '../../../../src/core/model/modelVotes';
import type { FlowClass } from '../../../../src/core/features/labels';

let serial = 0;
function vote(ofClass: FlowClass, source: string, port: number, seconds: number, target = '10.0.0.10'): Vote {
  return {
    flow: {
      serial: ++serial,
      source,
      target,
      port,
      timeUs: seconds * 1e6,
      packet: serial,
      application: null,
      login: null,
      ipProtocol: 6,
      sourcePort: serial % 60_000,
      startUs: seconds * 1e6,
    },
    ofClass,
    probability: 0.95,
    other: 'BENIGN',
    otherProbability: 0.05,
    row: new Float32Array(1),
  };
}
const spoofed = (i: number): string => `198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
const incidentHits = (table: VoteTable): number => table.limits.find(({ name }) => name === 'model incidents')!.hits;
const raised = (table: VoteTable): string[] => [...table.raised()].map(({ key }) => key);

describe('the votes of the model', () => {
  it('make one incident of a flood whose sources are made up, and no limit is reached', () => {
    const table = new VoteTable();
    for (let i = 0; i < 5000; i++) table.add(vote('DoS Hulk', spoofed(i), 80, i / 1000));
    assert.deepEqual(raised(table), ['ddos|*>10.0.0.10:80']);
    assert.equal(incidentHits(table), 0);
  });

  it('make no incident of each source where thousands ask for one port, and still find who scans meanwhile', () => {
    const table = new VoteTable();
    for (let i = 0; i < 5000; i++) {
      table.add(vote('PortScan', spoofed(i), 443, i / 1000));
      if (i % 250 === 0) table.add(vote('PortScan', '10.0.0.66', 1000 + i, i / 1000));
    }
    assert.deepEqual(raised(table), ['port-scan|10.0.0.66>10.0.0.10']);
    assert.equal(incidentHits(table), 0);
  });

  it('forget what came to nothing within the window first, and say so only when more is forgotten', () => {
    const table = new VoteTable();
    for (let i = 0; i < 12; i++) table.add(vote('SSH-Patator', '10.0.0.66', 22, i));
    for (let i = 0; i < 3 * engineLimits.incidents; i++) table.add(vote('Bot', spoofed(i), 8080, 100 + i));
    assert.equal(incidentHits(table), 0);
    for (let i = 0; i < 2 * engineLimits.incidents; i++) table.add(vote('Bot', spoofed(i), 9090, 9000 + i / 1e4));
    assert.ok(incidentHits(table) > 0);
    assert.deepEqual(raised(table), ['brute-force|10.0.0.66>10.0.0.10:22']);
  });

  it('are forgotten when what they showed is over for long, and the incident stays as it was', () => {
    const table = new VoteTable();
    for (let i = 0; i < 12; i++) table.add({ ...vote('SSH-Patator', '10.0.0.66', 22, i), probability: 0.9 + i / 1000 });
    const [incident] = [...table.raised()];
    const mean = incident!.meanProbability();
    table.advance(200e6);
    assert.equal(table.size, 12);
    table.advance(400e6);
    assert.equal(table.size, 0);
    assert.deepEqual([raised(table).length, incident!.total, incident!.meanProbability()], [1, 12, mean]);
    table.add({ ...vote('SSH-Patator', '10.0.0.66', 22, 500), probability: 0.8 });
    assert.deepEqual([table.size, incident!.total, incident!.meanProbability()], [1, 13, 0.8]);
  });

  it('can be taken back, and then are votes no more', () => {
    const table = new VoteTable();
    const votes = Array.from({ length: 4 }, (_, i) => vote('SSH-Patator', '10.0.0.66', 22, i));
    for (const one of votes) table.add(one);
    assert.equal(table.size, 4);
    table.take(votes[0]!.flow.serial);
    table.take(votes[0]!.flow.serial);
    assert.equal(table.size, 3);
    table.add({ ...votes[1]!, ofClass: 'FTP-Patator' });
    assert.equal(table.size, 3);
    table.add({ ...votes[1]!, ofClass: 'PortScan' });
    assert.equal(table.size, 3);
  });
});
