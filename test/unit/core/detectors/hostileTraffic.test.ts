import assert from 'node:assert/strict';
import { Engine } from '../../../../src/core/engine/engine';
import { arpFrame, dnsMessage, echoFrame, filler, packetsAt, tcpFrame, udpFrame } from '../../../support/packets';
import { findingsOf, randomNumbers } from './traffic';
import type { Timed } from './traffic';

/** Addresses of 10.0.0.0/8 out of a number from 0 to 1. */
function address(value: number): string {
  const n = Math.floor(value * 2 ** 24);
  return `10.${n >>> 16}.${(n >>> 8) & 255}.${n & 255}`;
}

describe('rules of applications under floods', () => {
  it('stay within their limits, count what they leave out, and still find what is there', function () {
    this.timeout(120_000);
    const next = randomNumbers(11);
    const frames: Timed[] = [];
    for (let index = 0; index < 30_000; index++) {
      const source = address(next());
      const at = index / 3000;
      if (index % 3 === 0) {
        const question = dnsMessage({
          id: index & 0xffff,
          questions: [{ name: `a.${index}.d${index}.test`, type: 'A' }],
        });
        frames.push([
          at,
          udpFrame({ source, destination: '10.0.0.53', sourcePort: 4000, destinationPort: 53 }, question),
        ]);
      } else if (index % 3 === 1) {
        const ends = { source, destination: '10.0.0.10', reply: false, identifier: index & 0xffff, sequence: 1 };
        frames.push([at, echoFrame(ends, filler(64, index))]);
      } else {
        frames.push([at, arpFrame({ operation: 'request', senderAddress: source, targetAddress: '10.0.0.10' })]);
      }
    }
    for (let index = 0; index < 10; index++) {
      const claim = { senderMac: '02:00:00:00:00:66', targetAddress: '10.0.0.21' };
      frames.push([0.5 + index, arpFrame({ operation: 'reply', senderAddress: '10.0.0.1', ...claim })]);
      frames.push([0.6 + index, arpFrame({ operation: 'reply', senderAddress: '10.0.0.2', ...claim })]);
    }
    const engine = new Engine({ localAddresses: [] });
    for (const packet of packetsAt(frames.sort(([x], [y]) => x - y))) engine.push(packet);
    engine.finish();
    const spoofing = engine.findings().filter(({ threat, severity }) => threat === 'spoofing' && severity !== 'low');
    assert.deepEqual(
      spoofing.map(({ sources }) => sources),
      [['02:00:00:00:00:66']],
    );
    const { limits } = engine.snapshot();
    for (const name of ['dns-tunnel: domains', 'icmp-tunnel: pairs', 'arp-spoofing: addresses']) {
      const counter = limits.find((limit) => limit.name === name);
      assert.ok(counter !== undefined && counter.hits > 0, `${name} ${JSON.stringify(counter)}`);
    }
  });

  it('say nothing of SYNs from everywhere', () => {
    const next = randomNumbers(12);
    const frames = Array.from({ length: 5000 }, (_, index): Timed => {
      const ends = { source: address(next()), destination: '10.0.0.10', sourcePort: 1024 + index, destinationPort: 80 };
      return [index / 1000, tcpFrame({ ...ends, flags: 'S' })];
    });
    const rules = new Set(['syn-flood', 'port-scan']);
    assert.deepEqual(
      findingsOf(frames).filter(({ rule }) => !rules.has(rule)),
      [],
    );
  });
});
