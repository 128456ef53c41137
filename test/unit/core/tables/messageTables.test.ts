import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Engine } from '../../../../src/core/engine/engine';
import { MessageTables } from '../../../../src/core/tables/messageTables';
import { dnsMessage, packetsAt, udpFrame } from '../../../support/packets';

const queries = 20_000;

/** With its strings and what finds it; an object for each row takes 256. */
const maxRowBytes = 210;

function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('tables of messages', () => {
  it('take little memory for a row', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const messages = new MessageTables();
    const engine = new Engine({ localAddresses: [], detectors: [messages], snapshots: false });
    const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 53 };
    const push = (from: number, until: number): void => {
      for (let id = from; id < until; id++) {
        const name = `host-${id % 500}.example.test`;
        const query = dnsMessage({ id: id & 0xffff, questions: [{ name, type: 'A' }] });
        const [packet] = packetsAt([[id / 1000, udpFrame(ends, query)]]);
        if (packet !== undefined) engine.push({ ...packet, number: id + 1 });
      }
    };
    push(0, 1000);
    collect();
    const before = usedBytes();
    push(1000, 1000 + queries);
    collect();
    const perRow = (usedBytes() - before) / queries;
    assert.equal(messages.dns.length, 1000 + queries);
    assert.ok(perRow < maxRowBytes, `${Math.round(perRow)} bytes a row`);
  });
});
