import assert from 'node:assert/strict';
import { concatBytes, hexBytes, icmpFrame, ipBytes, macBytes, udpFrame } from '../../../../support/packets';
import { findingsOf } from '../traffic';
import type { Timed } from '../traffic';

interface Offer {
  server: string;
  router: string;
  dns: string;
  transaction?: number;
}

function offer(at: number, { server, router, dns, transaction = 7 }: Offer): Timed {
  const fixed = new Uint8Array(240);
  fixed.set([2, 1, 6, 0, 0, 0, 0, transaction]);
  fixed.set(ipBytes('10.0.0.99'), 16);
  fixed.set(macBytes('02:00:00:00:00:99'), 28);
  fixed.set(hexBytes('63825363'), 236);
  const option = (code: number, value: Uint8Array): Uint8Array =>
    concatBytes([Uint8Array.of(code, value.length), value]);
  const options = [
    option(53, Uint8Array.of(2)),
    option(54, ipBytes(server)),
    option(3, ipBytes(router)),
    option(6, ipBytes(dns)),
    Uint8Array.of(255),
  ];
  const ends = { source: server, destination: '255.255.255.255', sourcePort: 67, destinationPort: 68 };
  return [at, udpFrame(ends, concatBytes([fixed, ...options]))];
}

const right = { server: '10.0.0.1', router: '10.0.0.1', dns: '10.0.0.1' };

describe('rule rogue-dhcp', () => {
  it('finds a second server that gives another router', () => {
    const found = findingsOf([
      offer(0, right),
      offer(0.1, { server: '10.0.0.66', router: '10.0.0.66', dns: '10.0.0.66' }),
    ]);
    assert.equal(found.length, 1);
    const finding = found[0]!;
    assert.deepEqual([finding.rule, finding.threat, finding.severity], ['rogue-dhcp', 'spoofing', 'medium']);
    assert.deepEqual([finding.sources, finding.targets], [['10.0.0.66'], ['10.0.0.99']]);
    assert.match(finding.summary, /gives router 10\.0\.0\.66 and DNS 10\.0\.0\.66/);
  });

  it('tells a pair that gives the same with low severity, and servers of different requests not at all', () => {
    const pair = findingsOf([offer(0, right), offer(0.1, { ...right, server: '10.0.0.2' })]);
    assert.deepEqual(
      pair.map(({ severity }) => severity),
      ['low'],
    );
    assert.deepEqual(findingsOf([offer(0, right), offer(1, right)]), []);
    const other = { server: '10.0.0.66', router: '10.0.0.66', dns: '10.0.0.66', transaction: 8 };
    assert.deepEqual(findingsOf([offer(0, right), offer(900, other)]), []);
  });
});

interface Advertised {
  router?: string;
  mac?: string;
  prefix?: string;
  lifetime?: number;
  high?: boolean;
}

function advertisement(at: number, options: Advertised = {}): Timed {
  const {
    router = 'fe80::1',
    mac = '02:00:00:00:00:01',
    prefix = '2001:db8:1::',
    lifetime = 1800,
    high = false,
  } = options;
  const rest = Uint8Array.of(64, high ? 0x08 : 0, lifetime >> 8, lifetime & 255);
  const prefixOption = concatBytes([Uint8Array.of(3, 4, 64, 0xc0), new Uint8Array(12), ipBytes(prefix)]);
  const payload = concatBytes([new Uint8Array(8), prefixOption]);
  const frame = { source: router, destination: 'ff02::1', sourceMac: mac, timeToLive: 255, type: 134, rest };
  return [at, icmpFrame(frame, payload)];
}

describe('rule rogue-router', () => {
  it('finds advertisements in the name of the router from another hardware address', () => {
    const killed = findingsOf([advertisement(0), advertisement(1, { mac: '02:00:00:00:00:66', lifetime: 0 })]);
    assert.equal(killed.length, 1);
    assert.deepEqual([killed[0]!.rule, killed[0]!.severity, killed[0]!.targets], ['rogue-router', 'high', ['fe80::1']]);
  });

  it('finds a second router that wants to be preferred, and a flood of routers', () => {
    const second = { router: 'fe80::66', mac: '02:00:00:00:00:66', prefix: '2001:db8:66::' };
    assert.deepEqual(
      findingsOf([advertisement(0), advertisement(1, { ...second, high: true })]).map(({ severity, sources }) => [
        severity,
        sources,
      ]),
      [['medium', ['fe80::66']]],
    );
    const flood = Array.from({ length: 40 }, (_, i) =>
      advertisement(1 + i / 100, {
        router: `fe80::${i + 100}`,
        mac: `02:00:00:00:01:${10 + i}`,
        prefix: `2001:db8:${i + 100}::`,
      }),
    );
    assert.deepEqual(
      findingsOf([advertisement(0), ...flood]).map(({ severity }) => severity),
      ['high'],
    );
  });

  it('tells two routers side by side with low severity, and one alone not at all', () => {
    const second = advertisement(1, { router: 'fe80::2', mac: '02:00:00:00:00:02', prefix: '2001:db8:2::' });
    assert.deepEqual(
      findingsOf([advertisement(0), second]).map(({ severity }) => severity),
      ['low'],
    );
    const same = advertisement(1, { router: 'fe80::2', mac: '02:00:00:00:00:02' });
    assert.deepEqual(findingsOf([advertisement(0), same, advertisement(600)]), []);
  });
});
