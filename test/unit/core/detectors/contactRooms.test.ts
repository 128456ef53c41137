import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CutShortContacts } from '../../../../src/core/detectors/cutShortContacts';
import { SourceTally } from '../../../../src/core/detectors/floods/sourceTally';
import { PendingContacts } from '../../../../src/core/detectors/pendingContacts';
import { Conversation } from '../../../../src/core/flows/conversationTable';
import { Flow } from '../../../../src/core/flows/flow';
import { Host } from '../../../../src/core/flows/host';
import { LimitCounter, engineLimits } from '../../../../src/core/limits';

const second = 1e6;

describe('PendingContacts', () => {
  it('hands over flows whose time is over, in their order, and none that was taken out', () => {
    const pending = new PendingContacts();
    const flows = Array.from({ length: 5000 }, (_, i) => flowAt(i * 1000));
    const tickets = flows.map((flow) => pending.add(flow));
    for (const [i, flow] of flows.entries()) if (i % 3 === 0) pending.remove(flow, tickets[i] ?? -1);
    const due: Flow[] = [];
    for (let flow = pending.takeDue(6 * second); flow !== null; flow = pending.takeDue(6 * second)) due.push(flow);
    assert.deepEqual(
      due.map(({ startUs }) => startUs),
      flows.filter(({ startUs }, i) => i % 3 !== 0 && startUs <= 3 * second).map(({ startUs }) => startUs),
    );
    assert.equal(pending.limit.hits, 0);
  });

  it('lets no flow out for a ticket of another, be it one from before everything was forgotten', () => {
    const pending = new PendingContacts();
    const [old, young] = [flowAt(0), flowAt(0)];
    const ticket = pending.add(old);
    pending.clear();
    const other = pending.add(young);
    pending.remove(old, ticket);
    pending.remove(old, other);
    assert.equal(pending.takeDue(4 * second), young);
  });

  it('is not held up by a flow that is dated far ahead', () => {
    const pending = new PendingContacts();
    const [ahead, behind] = [flowAt(1000 * second), flowAt(0)];
    pending.add(ahead);
    pending.add(behind);
    assert.deepEqual([pending.takeDue(4 * second), pending.takeDue(4 * second)], [ahead, behind]);
  });

  it('has room for so many, counts the rest, and has room again when they are gone', () => {
    const pending = new PendingContacts();
    const flow = flowAt(0);
    for (let i = 0; i < engineLimits.scanPendingContacts + 5; i++) pending.add(flow);
    assert.deepEqual([pending.size, pending.limit.hits], [engineLimits.scanPendingContacts, 5]);
    while (pending.takeDue(4 * second) !== null) assert.ok(pending.size >= 0);
    assert.ok(pending.add(flow) >= 0);
  });
});

describe('CutShortContacts', () => {
  it('hands over the ports of one pair of hosts when they are as many as are wanted, and begins anew', () => {
    const cut = new CutShortContacts(new LimitCounter('test', 1000));
    const [source, target, other] = [hostOf(1), hostOf(2), hostOf(3)];
    const added = [22, 23, 22, 80].map((port, i) => cut.add(flowOf(source, target, port, i), 4));
    assert.deepEqual(added, [null, null, null, null]);
    assert.equal(cut.add(flowOf(source, other, 443, 4), 4), null);
    const burst = cut.add(flowOf(source, target, 443, 5), 4) ?? [];
    assert.deepEqual(
      burst.map(({ port, kind, packet, outcome }) => [port, kind, packet, outcome]),
      [
        [22, 'syn', 2, 'unanswered'],
        [23, 'syn', 1, 'unanswered'],
        [80, 'syn', 3, 'unanswered'],
        [443, 'syn', 5, 'unanswered'],
      ],
    );
    assert.equal(cut.add(flowOf(source, target, 25, 6), 4), null);
    assert.equal(cut.add(flowOf(source, other, 25, 7, 17), 2)?.[1]?.kind, 'udp');
  });

  it('forgets all when there is no more room, says how many, and goes on', () => {
    const limit = new LimitCounter('test', 100);
    const cut = new CutShortContacts(limit);
    const target = hostOf(1);
    for (let i = 0; i < 1000; i++) assert.equal(cut.add(flowOf(hostOf(2 + i), target, 80, i), 3), null);
    assert.equal(limit.hits, 900);
    const source = hostOf(5000);
    const found = [1, 2, 3].map((port) => cut.add(flowOf(source, target, port, port), 3));
    assert.deepEqual(
      found.map((contacts) => contacts?.length ?? 0),
      [0, 0, 3],
    );
  });
});

describe('SourceTally', () => {
  it('keeps the counters of Misra and Gries, whichever sources come in whatever order', () => {
    const hosts = Array.from({ length: 400 }, (_, i) => hostOf(i * 7));
    fc.assert(
      fc.property(fc.array(fc.nat(2000), { maxLength: 3000 }), (picks) => {
        const tally = new SourceTally();
        const plain = new Map<Host, number>();
        for (const pick of picks) {
          // Few come often.
          const host = hosts[pick < 1000 ? pick % 40 : pick % 400];
          if (host === undefined) continue;
          tally.add(host);
          const known = plain.get(host);
          if (known !== undefined) plain.set(host, known + 1);
          else if (plain.size < 64) plain.set(host, 1);
          else {
            for (const [each, events] of plain) {
              if (events > 1) plain.set(each, events - 1);
              else plain.delete(each);
            }
          }
        }
        const expected = [...plain].sort(([x, n], [y, m]) => m - n || x.id - y.id);
        assert.deepEqual(
          tally.heaviest().map(([host, events]) => [host.id, events]),
          expected.map(([host, events]) => [host.id, events]),
        );
      }),
      { numRuns: 60 },
    );
  });
});

function hostOf(id: number): Host {
  return new Host(id, 4, (10 << 24) | id, 0, 0, 0, false);
}

function flowAt(startUs: number): Flow {
  const flow = new Flow(hostOf(1), hostOf(2), new Conversation(hostOf(1), hostOf(2)));
  flow.startUs = startUs;
  return flow;
}

function flowOf(a: Host, b: Host, bPort: number, packet: number, ipProtocol = 6): Flow {
  const flow = new Flow(a, b, new Conversation(a, b));
  flow.aWord0 = a.word0;
  flow.bWord0 = b.word0;
  flow.bPort = bPort;
  flow.ipProtocol = ipProtocol;
  flow.firstPacket = packet;
  return flow;
}
