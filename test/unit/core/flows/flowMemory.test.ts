import assert from 'node:assert/strict';
import { Engine } from '../../../../src/core/engine/engine';
import { bareFlowBytes } from '../../../../src/core/flows/flowWeight';
import { engineLimits } from '../../../../src/core/limits';
import { rawPacket, tcpFrame } from '../../../support/packets';
import { TableUnderTest, connection } from './support';

const server = '10.0.0.80';
const bytesLimit = 'bytes of open flows';

function address(index: number): string {
  return `198.${18 + ((index >> 16) & 1)}.${(index >> 8) & 255}.${index & 255}`;
}

function limitOf(engine: Engine, name: string): { limit: number; hits: number } {
  const found = engine.snapshot().limits.find((limit) => limit.name === name);
  assert.ok(found !== undefined, `there is no limit ${name}`);
  return found;
}

/** Every source opens one connection, is answered and sends `payload`. */
function connectionsOf(sources: number, payload: Uint8Array): Engine {
  const engine = new Engine({ localAddresses: [] });
  let number = 0;
  const push = (frame: Uint8Array): void => {
    const microseconds = ++number * 50;
    const nanoseconds = (microseconds % 1e6) * 1000;
    engine.push(rawPacket(frame, { number, seconds: 1_700_000_000 + Math.floor(microseconds / 1e6), nanoseconds }));
  };
  for (let i = 0; i < sources; i++) {
    const ends = { source: address(i), destination: server, sourcePort: 40_000, destinationPort: 80 };
    const answer = { source: server, destination: address(i), sourcePort: 80, destinationPort: 40_000 };
    push(tcpFrame({ ...ends, flags: 'S', sequence: 100 }));
    push(tcpFrame({ ...answer, flags: 'SA', sequence: 900, acknowledgment: 101 }));
    if (payload.length > 0) push(tcpFrame({ ...ends, flags: 'PA', sequence: 101, acknowledgment: 901 }, payload));
  }
  return engine;
}

describe('memory of open flows', () => {
  it('stays at its limit in a flood that is answered, which is still found, and says so', () => {
    const sources = 50_000;
    const engine = connectionsOf(sources, new Uint8Array(0));
    const { flows } = engine.snapshot();
    assert.equal(flows.tcp, sources);
    assert.ok(flows.open * bareFlowBytes <= engineLimits.openFlowBytes, `${flows.open} flows`);
    // Answered ones take more than unanswered ones do.
    assert.ok(flows.open < engineLimits.openFlows - 10_000, `${flows.open} flows`);
    const { limit, hits } = limitOf(engine, bytesLimit);
    assert.equal(limit, engineLimits.openFlowBytes);
    assert.equal(hits, sources - flows.open);
    engine.finish();
    assert.ok(engine.findings().some(({ rule }) => rule === 'syn-flood'));
  }).timeout(120_000);

  it('counts what is held of unfinished messages', () => {
    // A head without an end.
    const head = new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: ${'x'.repeat(12_000)}`);
    const sources = 6000;
    const { open } = connectionsOf(sources, head).snapshot().flows;
    assert.ok(open * head.length <= engineLimits.openFlowBytes, `${open} flows`);
    assert.ok(open > 1000, `${open} flows`);
  }).timeout(120_000);

  it('bounds what is remembered of contacts that a fast flood leaves no time to fail', () => {
    const engine = new Engine({ localAddresses: [] });
    const sources = engineLimits.openFlows + 2 * engineLimits.scanSources;
    for (let i = 0; i < sources; i++) {
      const frame = tcpFrame({
        source: address(i),
        destination: server,
        sourcePort: 999,
        destinationPort: 80,
        flags: 'S',
      });
      engine.push(rawPacket(frame, { number: i + 1, seconds: 1_700_000_000, nanoseconds: i * 1000 }));
    }
    assert.ok(limitOf(engine, 'port scan: sources').hits >= engineLimits.scanSources);
  }).timeout(120_000);

  it('lets a flood of SYNs push out no connection, and many connections leave room for new ones', () => {
    const tested = new TableUnderTest({ maxBytes: 100_000 });
    const handshake = (client: string, at: number): [number, Uint8Array][] => {
      const { fromClient, fromServer } = connection({ client });
      return [
        [at, fromClient('S', 100)],
        [at + 0.001, fromServer('SA', 900, 101)],
        [at + 0.002, fromClient('A', 101, 901)],
      ];
    };
    for (let i = 0; i < 30; i++) tested.add(handshake(address(i), i / 100));
    const before = tested.rows().filter(({ state }) => state === 'established').length;
    assert.equal(before, 30);
    for (let i = 0; i < 500; i++)
      tested.add([[1 + i / 1000, connection({ client: address(1000 + i) }).fromClient('S', 1)]]);
    const rows = tested.rows();
    assert.equal(rows.filter(({ state }) => state === 'established').length, 30);
    assert.ok(rows.length < 80, `${rows.length} flows`);
    for (let i = 0; i < 100; i++) tested.add(handshake(address(2000 + i), 2 + i / 100));
    const states = tested.rows().map(({ state }) => state);
    assert.ok(states.filter((state) => state === 'established').length >= 30);
    assert.equal(tested.rows().at(-1)?.state, 'established');
  });
});
