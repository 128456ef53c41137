import assert from 'node:assert/strict';
import type { Finding } from '../../../../src/protocol/finding';
import {
  arpFrame,
  echoFrame,
  etherTypes,
  ethernet,
  icmpv6,
  ipBytes,
  ipProtocols,
  ipv6,
  macForIp,
  tcpFrame,
} from '../../../support/packets';
import { ScanUnderTest, probes, scanner, segment } from './support';
import type { Timed } from './support';

function only(findings: Finding[]): Finding {
  assert.equal(findings.length, 1);
  return findings[0]!;
}

describe('PortScanDetector, of sweeps', () => {
  it('finds a ping sweep and an ARP sweep, not pings and requests that are answered', () => {
    const host = (i: number): string => `10.0.0.${i}`;
    const ping = (i: number, answer: boolean): Uint8Array =>
      echoFrame({
        source: answer ? host(i) : scanner,
        destination: answer ? scanner : host(i),
        reply: answer,
        identifier: i,
        sequence: 1,
      });
    const silent = probes(40, (i) => ping(i, false), null, { first: 100, gapSeconds: 0.05 });
    const finding = only(new ScanUnderTest().add(silent).finish());
    assert.match(finding.title, /^ICMP echo sweep of \d+ hosts/);
    assert.deepEqual(finding.mitre, ['T1018']);
    assert.deepEqual(finding.ports, []);
    const answered = probes(
      40,
      (i) => ping(i, false),
      (i) => ping(i, true),
      { first: 100 },
    );
    assert.deepEqual(new ScanUnderTest().add(answered).finish(), []);

    const ask = (i: number): Uint8Array =>
      arpFrame({ operation: 'request', senderAddress: scanner, targetAddress: host(i) });
    const tell = (i: number): Uint8Array =>
      arpFrame({ operation: 'reply', senderAddress: host(i), targetAddress: scanner });
    const arp = probes(40, ask, null, { first: 100, gapSeconds: 0.05 });
    assert.match(only(new ScanUnderTest().add(arp).finish()).title, /^ARP sweep of \d+ hosts/);
    assert.deepEqual(new ScanUnderTest().add(probes(40, ask, tell, { first: 100 })).finish(), []);
  });

  it('takes a whole range of addresses for a sweep, however small, slow or everyday what is asked for', () => {
    const host = (i: number): string => `10.0.1.${i}`;
    const ask = (i: number): Uint8Array =>
      arpFrame({ operation: 'request', senderAddress: scanner, targetAddress: host(i) });
    const ping = (i: number): Uint8Array =>
      echoFrame({ source: scanner, destination: host(i), reply: false, identifier: i, sequence: 1 });
    const web = (i: number): Uint8Array => segment(80, 'S', { target: host(i), sourcePort: 40000 + i });
    const severity = (probe: (i: number) => Uint8Array, step: number, gapSeconds: number): string =>
      only(new ScanUnderTest().add(probes(40, (i) => probe(i * step), null, { first: 1, gapSeconds })).finish())
        .severity;
    assert.equal(severity(ask, 1, 0.02), 'medium');
    assert.equal(severity(ask, 1, 0.4), 'medium');
    assert.equal(severity(ping, 1, 1), 'medium');
    assert.equal(severity(web, 1, 0.5), 'medium');
    // A router, known by what it passes on, looks for devices.
    const routed = tcpFrame({
      source: '192.0.2.1',
      destination: '10.0.0.9',
      sourcePort: 443,
      destinationPort: 5000,
      flags: 'A',
    });
    routed.set([2, 0, 0, 0, 0, 0x42], 6);
    const router = (hosts: number): Timed[] =>
      probes(
        hosts,
        (i) => {
          const frame = ask(i);
          frame.set([2, 0, 0, 0, 0, 0x42], 22);
          return frame;
        },
        null,
        { first: 1, gapSeconds: 0.02 },
      );
    const told = (hosts: number): Finding => {
      const [first, ...rest] = router(hosts);
      return only(new ScanUnderTest().add([first!, [0.001, routed], ...rest]).finish());
    };
    assert.equal(told(40).severity, 'low');
    assert.ok(told(40).against.some((text) => text.includes('is a router')));
    // More in less time than devices are looked for: somebody behind it went through the network.
    assert.equal(told(200).severity, 'medium');
    // Here and there, as a router asks for others and a desktop without its network does.
    assert.equal(severity(ask, 6, 0.02), 'low');
    assert.equal(severity(ask, 1, 3), 'low');
    assert.equal(severity(ping, 6, 1), 'low');
    assert.equal(severity(web, 6, 0.5), 'low');
  });

  it('finds a sweep by IPv6 Neighbor Discovery, not what is answered, checked, announced or asked by a router', () => {
    const asker = '2001:db8::c8';
    const host = (i: number): string => `2001:db8::${i.toString(16)}`;
    const group = (i: number): string => `ff02::1:ff00:${i.toString(16)}`;
    const discovery = (source: string, destination: string, type: number, target: string): Uint8Array => {
      const message = icmpv6({ source, destination, type }, type === 134 ? new Uint8Array(8) : ipBytes(target));
      return ethernet(
        { source: macForIp(source), destination: '33:33:ff:00:00:01', etherType: etherTypes.ipv6 },
        ipv6({ source, destination, nextHeader: ipProtocols.icmpv6, hopLimit: 255 }, message),
      );
    };
    const ask = (i: number, source = asker): Uint8Array => discovery(source, group(i), 135, host(i));
    const severities = (...frames: Timed[][]): string[] =>
      new ScanUnderTest()
        .add(frames.flat())
        .finish()
        .map(({ severity }) => severity);
    const sweep = probes(40, (i) => ask(i), null, { first: 1, gapSeconds: 0.05 });
    const finding = only(new ScanUnderTest().add(sweep).finish());
    assert.match(finding.title, /^Neighbor Discovery sweep of \d+ hosts/);
    assert.equal(finding.severity, 'medium');
    assert.deepEqual(finding.flows, []);
    const answer = (i: number): Uint8Array => discovery(host(i), asker, 136, host(i));
    assert.deepEqual(severities(probes(40, (i) => ask(i), answer, { first: 1, gapSeconds: 0.05 })), []);
    // Is a neighbour still there (RFC 4861 section 7.3), is an address free (RFC 4862 section 5.4).
    const check = (i: number): Uint8Array => discovery(asker, host(i), 135, host(i));
    assert.deepEqual(severities(probes(40, check, null, { first: 1, gapSeconds: 0.05 })), []);
    assert.deepEqual(severities(probes(40, (i) => ask(i, '::'), null, { first: 1, gapSeconds: 0.05 })), []);
    const router = 'fe80::1';
    const advertised: Timed = [0, discovery(router, 'ff02::1', 134, '')];
    const routed = probes(40, (i) => ask(i, router), null, { first: 1, gapSeconds: 0.05 });
    assert.deepEqual(severities([advertised], routed), ['low']);
  });
});
