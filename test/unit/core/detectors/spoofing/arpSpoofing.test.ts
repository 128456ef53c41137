import assert from 'node:assert/strict';
import { arpFrame, tcpFrame } from '../../../../support/packets';
import { atLeastMedium, findingsOf } from '../traffic';
import type { Timed } from '../traffic';

const gateway = '10.0.0.1';
const host = '10.0.0.21';
const attacker = { address: '10.0.0.66', mac: '02:00:00:00:00:66' };

function asked(at: number, asker: string, target: string): Timed[] {
  return [
    [at, arpFrame({ operation: 'request', senderAddress: asker, targetAddress: target })],
    [at + 0.001, arpFrame({ operation: 'reply', senderAddress: target, targetAddress: asker })],
  ];
}

function claim(at: number, address: string, to: string, mac = attacker.mac): Timed {
  return [at, arpFrame({ operation: 'reply', senderAddress: address, senderMac: mac, targetAddress: to })];
}

/** A man in the middle who deceives both, every two seconds. */
function poisoning(from: number, rounds: number): Timed[] {
  return Array.from({ length: rounds }, (_, round): Timed[] => [
    claim(from + 2 * round, gateway, host),
    claim(from + 2 * round + 0.01, host, gateway),
  ]).flat();
}

const ownRequest: Timed = [
  1,
  arpFrame({ operation: 'request', senderAddress: attacker.address, senderMac: attacker.mac, targetAddress: host }),
];

describe('rule arp-spoofing', () => {
  it('finds a man in the middle as one finding, and names him and whom he deceives', () => {
    const found = findingsOf([...asked(0, host, gateway), ownRequest, ...poisoning(5, 10)]);
    assert.equal(found.length, 1);
    const finding = found[0]!;
    assert.deepEqual([finding.rule, finding.threat, finding.severity], ['arp-spoofing', 'spoofing', 'high']);
    assert.deepEqual(finding.sources, [attacker.address]);
    assert.deepEqual([...finding.targets].sort(), [gateway, host]);
    assert.equal(finding.evidence[0]?.observed, 20);
    assert.deepEqual(finding.mitre, ['T1557.002']);
  });

  it('finds him when the capture began later, and when he deceives one side only', () => {
    const late = findingsOf(poisoning(0, 5));
    assert.deepEqual(
      late.map(({ severity, sources }) => [severity, sources]),
      [['medium', [attacker.mac]]],
    );
    const insisting = Array.from({ length: 10 }, (_, i) => claim(2 + 2 * i, gateway, host));
    assert.deepEqual(
      findingsOf([ownRequest, ...insisting]).map(({ severity, sources }) => [severity, sources]),
      [['medium', [attacker.address]]],
    );
    const oneSide = [...asked(0, host, gateway), ...Array.from({ length: 4 }, (_, i) => claim(5 + i, gateway, host))];
    assert.equal(atLeastMedium(findingsOf(oneSide)).length, 1);
  });

  it('finds who lies in questions and announcements instead of answers', () => {
    const question = (at: number, target: string): Timed[] => [
      [at, arpFrame({ operation: 'request', senderAddress: gateway, senderMac: attacker.mac, targetAddress: target })],
      [at + 0.001, arpFrame({ operation: 'reply', senderAddress: target, targetAddress: gateway })],
    ];
    const asking = Array.from({ length: 14 }, (_, i) => question(3 + i, host)).flat();
    assert.equal(atLeastMedium(findingsOf([...asked(0, host, gateway), ...asking])).length, 1);
    const announce = (at: number): Timed => [
      at,
      arpFrame({ operation: 'reply', senderAddress: gateway, senderMac: attacker.mac, targetAddress: gateway }),
    ];
    const announcing = Array.from({ length: 14 }, (_, i) => announce(3 + i));
    assert.equal(atLeastMedium(findingsOf([...asked(0, host, gateway), ...announcing])).length, 1);
    // The true owner is still there.
    const contested = [...asked(0, host, gateway), ...announcing.slice(0, 4), ...asked(8.5, host, gateway)];
    assert.equal(atLeastMedium(findingsOf([...contested, ...announcing.slice(6, 10)])).length, 1);
    // A pair of routers that takes over, and the new one at work.
    const takenOver = [...asked(0, host, gateway), ...announcing.slice(0, 10)];
    const atWork = Array.from({ length: 20 }, (_, i) => question(20 + 0.5 * i, `10.0.0.${100 + i}`)).flat();
    const kept = Array.from({ length: 20 }, (_, i) => question(40 + 30 * i, host)).flat();
    assert.deepEqual(atLeastMedium(findingsOf([...takenOver, ...atWork, ...kept])), []);
  });

  it('takes what restores the true addresses for his, too', () => {
    const restored: Timed[] = [3, 4, 5, 6].map((at) => {
      const frame = arpFrame({ operation: 'reply', senderAddress: gateway, targetAddress: host }).slice();
      // Sender of the frame.
      frame.set([2, 0, 0, 0, 0, 0x66], 6);
      return [30 + at, frame];
    });
    const found = findingsOf([...asked(0, host, gateway), ...poisoning(5, 5), ...restored]);
    assert.equal(found.length, 1);
    assert.ok(found[0]!.lastSeen - found[0]!.firstSeen > 25);
  });

  it('finds who made a host change its way out with one unasked answer', () => {
    const out = (at: number, port: number, destinationMac: string): Timed => [
      at,
      tcpFrame({
        source: host,
        destination: '192.0.2.80',
        sourcePort: port,
        destinationPort: 80,
        flags: 'S',
        destinationMac,
      }),
    ];
    const frames = [out(0, 4000, '02:00:00:00:00:01'), claim(2, gateway, host), out(3, 4001, attacker.mac)];
    const found = findingsOf(frames);
    assert.deepEqual(
      found.map(({ severity, targets }) => [severity, targets]),
      [['medium', [gateway, host]]],
    );
    assert.deepEqual(findingsOf([frames[0]!, out(3, 4001, '02:00:00:00:00:02')]), []);
  });

  it('tells an address that moves once with low severity, and nothing of ordinary ARP', () => {
    const moved = '10.0.0.200';
    const announce = (at: number): Timed => [
      at,
      arpFrame({ operation: 'request', senderAddress: moved, senderMac: '02:00:00:00:00:23', targetAddress: moved }),
    ];
    const failover = [...asked(0, host, moved), announce(5), announce(6)];
    const found = findingsOf(failover);
    assert.deepEqual(
      found.map(({ severity }) => severity),
      ['low'],
    );
    assert.ok(found[0]!.against.some((text) => text.includes('moved once')));
    const ordinary = Array.from({ length: 50 }, (_, i) => asked(i, host, `10.0.0.${100 + (i % 20)}`)).flat();
    assert.deepEqual(findingsOf([...ordinary, ...asked(60, host, gateway), announce(61)]), []);
    // A router that answers for others when it is asked (proxy ARP).
    const proxy = Array.from({ length: 20 }, (_, i): Timed[] => [
      [i, arpFrame({ operation: 'request', senderAddress: host, targetAddress: `10.0.1.${i}` })],
      claim(i + 0.01, `10.0.1.${i}`, host, '02:00:00:00:00:01'),
    ]).flat();
    assert.deepEqual(findingsOf(proxy), []);
  });

  it('leaves addresses that routers share on purpose alone', () => {
    const shared = (at: number): Timed => claim(at, gateway, host, '00:00:5e:00:01:0a');
    assert.deepEqual(findingsOf([...asked(0, host, gateway), ...[5, 6, 7, 8, 9].map(shared)]), []);
  });

  it('tells a storm of requests for one address', () => {
    const storm = Array.from({ length: 200 }, (_, i): Timed => [
      i / 1000,
      arpFrame({ operation: 'request', senderAddress: host, targetAddress: gateway }),
    ]);
    assert.deepEqual(
      findingsOf(storm).map(({ threat, severity }) => [threat, severity]),
      [['health', 'low']],
    );
  });
});
