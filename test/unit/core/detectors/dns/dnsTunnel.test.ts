import assert from 'node:assert/strict';
import fc from 'fast-check';
import { looksMadeUp, registeredDomain } from '../../../../../src/core/detectors/dns/registeredDomain';
import { atLeastMedium, findingsOf, randomNumbers } from '../traffic';
import type { Timed } from '../traffic';
import { base32, hexadecimal, lookup, randomText } from './dnsTraffic';
import type { Lookup } from './dnsTraffic';

/** `count` look-ups, `gap` seconds apart, each made from its number. */
function lookups(count: number, gap: number, make: (index: number) => Omit<Lookup, 'at' | 'id'>): Timed[] {
  return Array.from({ length: count }, (_, index) => lookup({ ...make(index), at: index * gap, id: index })).flat();
}

describe('registered domains', () => {
  it('are those of the public suffix list, also under hosters', () => {
    assert.equal(registeredDomain('a.b.example.co.uk'), 'example.co.uk');
    assert.equal(registeredDomain('x.y.attacker.duckdns.org'), 'attacker.duckdns.org');
    assert.equal(registeredDomain('··x.t1.lab.test'), 'lab.test');
    for (const none of ['localhost', '1.0.0.10.in-addr.arpa', 'printer.local', '<Root>', '']) {
      assert.equal(registeredDomain(none), null, none);
    }
  });

  it('never throws, and is the end of the name', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 255 }), (name) => {
        const domain = registeredDomain(name);
        if (domain !== null) assert.ok(domain.length <= name.length);
      }),
    );
  });

  it('look made up, or not', () => {
    for (const label of ['xjqkzvbnwp', 'a8f3k2m9q1', 'qwrtpsdfgh', '4kf83ja0s2kd'])
      assert.ok(looksMadeUp(label), label);
    for (const label of ['microsoft', 'stackoverflow', 'example', 'wikipedia', 'office365', 'xn--bcher-kva', 'bbc']) {
      assert.ok(!looksMadeUp(label), label);
    }
  });
});

describe('rule dns-tunnel', () => {
  const next = randomNumbers(1);

  it('finds a tunnel in TXT records, names its ends and the resolver between them', () => {
    const frames: Timed[] = [];
    for (let index = 0; index < 150; index++) {
      const labels = [0, 1, 2].map(() => randomText(next, 50, base32)).join('.');
      const name = `${labels}.t.tunnel.test`;
      const answers = [{ type: 'TXT' as const, data: randomText(next, 180, base32) }];
      const at = index / 10;
      frames.push(...lookup({ at, name, type: 'TXT', answers, id: index }));
      frames.push(
        ...lookup({ at: at + 0.001, name, type: 'TXT', answers, id: index, client: '10.0.0.53', server: '10.9.9.9' }),
      );
    }
    const found = findingsOf(frames);
    assert.equal(found.length, 1);
    const finding = found[0]!;
    assert.deepEqual([finding.rule, finding.threat, finding.severity], ['dns-tunnel', 'dns-tunnel', 'high']);
    assert.deepEqual(
      [finding.sources.sort(), finding.targets, finding.ports],
      [['10.0.0.21', '10.9.9.9'], ['10.0.0.53'], [53]],
    );
    assert.match(finding.title, /tunnel\.test/);
    assert.equal(finding.evidence.find(({ name }) => name === 'different names')?.observed, 150);
    assert.ok(finding.packets.length > 0 && finding.packets.length <= 50);
  });

  it('finds slow and short ones: hexadecimal names at one a second, CNAME answers', () => {
    const frames = lookups(120, 1, () => ({
      name: `${randomText(next, 60, hexadecimal)}.${randomText(next, 30, hexadecimal)}.c2.example.com`,
      type: 'CNAME',
      answers: [{ type: 'CNAME', data: `${randomText(next, 40, hexadecimal)}.c2.example.com` }],
    }));
    assert.equal(atLeastMedium(findingsOf(frames, 'dns-tunnel')).length, 1);
  });

  it('finds data that only goes out, in names of addresses', () => {
    const frames = lookups(200, 0.2, () => ({
      name: `${randomText(next, 60, base32)}.${randomText(next, 60, base32)}.leak.example`,
      answers: [{ type: 'A', data: '192.0.2.1' }],
    }));
    assert.equal(atLeastMedium(findingsOf(frames, 'dns-tunnel')).length, 1);
    const short = lookups(220, 0.15, () => ({
      name: `${randomText(next, 30, base32)}.t.leak.example`,
      answers: [{ type: 'A', data: '192.0.2.1' }],
    }));
    assert.equal(atLeastMedium(findingsOf(short, 'dns-tunnel')).length, 1);
    // A resolver that does not know the domain passes the names on all the same.
    const refused = lookups(80, 0.3, () => ({ name: `${randomText(next, 45, base32)}.leak.example`, answers: [] }));
    assert.equal(atLeastMedium(findingsOf(refused, 'dns-tunnel')).length, 1);
  });

  it('leaves content networks, block lists and virus scanners below medium', () => {
    const cases: Record<string, Timed[]> = {
      content: lookups(300, 0.2, (index) => ({
        name: `e${10000 + index}.dscb.edge-net.test`,
        answers: [{ type: 'A', data: `192.0.2.${index % 250}` }],
      })),
      video: lookups(300, 0.3, () => ({
        name: `r4---sn-${randomText(next, 10, base32)}.c.video-cdn.test`,
        answers: [{ type: 'A', data: '192.0.2.9' }],
      })),
      blockList: lookups(300, 0.2, (index) => ({
        name: `${index % 250}.${index % 13}.2.192.zen.block-list.test`,
        answers: [{ type: 'A', data: '127.0.0.2' }],
      })),
      scanner: lookups(300, 0.3, () => ({
        name: `${randomText(next, 32, hexadecimal)}.avqs.hash-lookup.test`,
        type: 'TXT',
        answers: [{ type: 'TXT', data: 'clean' }],
      })),
      mail: lookups(60, 1, (index) => ({ name: `selector${index}._domainkey.mail.test`, type: 'TXT' })),
    };
    for (const [name, frames] of Object.entries(cases)) assert.deepEqual(atLeastMedium(findingsOf(frames)), [], name);
  });

  it('counts a name once, however often it is asked', () => {
    const frames = lookups(300, 0.1, (index) => ({
      name: `${'a'.repeat(60)}${index % 5}.${'b'.repeat(60)}.same.test`,
      type: 'TXT',
    }));
    assert.deepEqual(findingsOf(frames), []);
  });
});
