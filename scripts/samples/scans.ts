import type { RawPacket } from '../../src/core/pcap/rawPacket';
import type { WebServer } from './exchanges';
import { dnsLookup, httpConnection, ntp, ping, tlsConnection } from './exchanges';
import { hexBytes, ipProtocols, tcp } from './frames';
import { Timeline } from './timeline';
import { page } from './webBrowsing';

const second = 1_000_000;
/** 2026-03-03T14:05:00Z */
const scanStartSeconds = 1_772_546_700;
/** 2026-03-04T22:41:00Z */
const sweepStartSeconds = 1_772_664_060;

/** Who scans whom; the tests hold the captures against it. */
export const portScanFacts = { scanner: '192.168.1.66', victim: '192.168.1.50', openPorts: [22, 80, 443], ports: 240 };
export const sweepFacts = { scanner: '10.20.0.99', port: 22, hosts: 60 };

interface Probe {
  source: string;
  sourcePort: number;
  destination: string;
  destinationPort: number;
}

function segment(timeline: Timeline, timeUs: number, probe: Probe, flags: string, numbers: [number, number]): void {
  const [sequence, acknowledgment] = numbers;
  const syn = flags.includes('S');
  const options = syn ? { options: hexBytes('020405b4'), window: 1024 } : { window: 0 };
  const bytes = tcp({ ...probe, flags, sequence, acknowledgment, ...options });
  timeline.ip(timeUs, probe.source, probe.destination, ipProtocols.tcp, bytes);
}

function reverse(probe: Probe): Probe {
  return {
    source: probe.destination,
    sourcePort: probe.destinationPort,
    destination: probe.source,
    destinationPort: probe.sourcePort,
  };
}

/**
 * A small web server whose ports are tried one after the other by another machine of its network: closed ones answer
 * with RST, open ones with SYN and ACK, which the scanner breaks off. Ordinary clients go on beside it.
 */
export function portScan(): RawPacket[] {
  const timeline = new Timeline(
    { localPrefixes: ['192.168.1.'], gatewayMac: '02:00:5e:00:00:01', macs: { '192.168.1.1': '02:00:5e:00:00:01' } },
    scanStartSeconds,
    20_260_303,
  );
  const { scanner, victim, openPorts, ports } = portScanFacts;
  serverBackground(timeline, victim);
  timeline.arp(19.98 * second, scanner, victim);
  const others = new Set(openPorts);
  while (others.size < ports) others.add(timeline.random.integer(1, 10_000));
  let at = 20 * second;
  for (const port of timeline.random.shuffle([...others])) {
    const probe = { source: scanner, sourcePort: 61_317, destination: victim, destinationPort: port };
    const sequence = 3_405_691_582;
    segment(timeline, at, probe, 'S', [sequence, 0]);
    const answered = at + timeline.random.integer(35, 120);
    if (openPorts.includes(port)) {
      const own = timeline.random.integer(1, 2 ** 31);
      segment(timeline, answered, reverse(probe), 'SA', [own, sequence + 1]);
      segment(timeline, answered + 290, probe, 'R', [sequence + 1, 0]);
    } else {
      segment(timeline, answered, reverse(probe), 'RA', [0, sequence + 1]);
    }
    at += timeline.random.integer(9_000, 27_000);
  }
  return timeline.packets();
}

/** Three clients that use the web server on `server`, which itself asks for names and time. */
function serverBackground(timeline: Timeline, server: string): void {
  const web: WebServer = { name: 'intranet.example.com', address: server, roundTripUs: 420 };
  const clients = ['192.168.1.20', '192.168.1.21', '192.168.1.35'];
  clients.forEach((client, i) => timeline.arp((0.4 + i) * second, client, server));
  for (let visit = 0; visit < 16; visit += 1) {
    const client = clients[visit % clients.length] as string;
    const at = Math.round((1 + visit * 2.6 + timeline.random.next()) * second);
    if (visit % 3 === 2) {
      tlsConnection(timeline, at, client, web, [
        { answerBytes: timeline.random.integer(2_000, 9_000), pauseUs: 200_000 },
      ]);
      continue;
    }
    const body = page('Intranet', timeline.random.integer(2_000, 8_000));
    httpConnection(timeline, at, client, web, [
      { target: `/wiki/${visit}`, status: 200, reason: 'OK', body, thinkUs: 6_000 },
      {
        target: '/me',
        status: visit % 5 === 0 ? 404 : 200,
        reason: visit % 5 === 0 ? 'Not Found' : 'OK',
        body: page('Me', 400),
        thinkUs: 3_000,
      },
    ]);
  }
  const name = 'updates.example.org';
  for (const [i, address] of ['203.0.113.61', '203.0.113.62'].entries()) {
    const at = Math.round((4 + 21 * i) * second);
    const hosts = { client: server, resolver: '192.168.1.1' };
    dnsLookup(timeline, at, hosts, { name, type: 'A' }, [{ name, type: 'A', data: address }], { latencyUs: 19_000 });
    const updates = { name, address, roundTripUs: 31_000 };
    tlsConnection(timeline, at + 20_000, server, updates, [{ answerBytes: 12_000, pauseUs: 500_000 }]);
  }
  ntp(timeline, 9 * second, { client: server, server: '203.0.113.123', roundTripUs: 22_000 }, scanStartSeconds + 9);
}

/**
 * One machine knocks at port 22 of sixty hosts of a neighbouring network, none of which answers; each attempt is
 * repeated once after a second, as a connect call does. Beside it, ordinary traffic of two others.
 */
export function networkSweep(): RawPacket[] {
  const router = '10.20.0.1';
  const timeline = new Timeline(
    { localPrefixes: ['10.20.0.'], gatewayMac: '02:00:5e:00:20:01', macs: { [router]: '02:00:5e:00:20:01' } },
    sweepStartSeconds,
    20_260_304,
  );
  const { scanner, port, hosts } = sweepFacts;
  timeline.arp(9.9 * second, scanner, router);
  let at = 10 * second;
  for (let host = 1; host <= hosts; host += 1) {
    const probe = {
      source: scanner,
      sourcePort: timeline.nextPort(),
      destination: `10.20.1.${host}`,
      destinationPort: port,
    };
    const sequence = timeline.random.integer(1, 2 ** 31);
    segment(timeline, at, probe, 'S', [sequence, 0]);
    segment(timeline, at + 1_010_000, probe, 'S', [sequence, 0]);
    at += timeline.random.integer(120_000, 260_000);
  }
  sweepBackground(timeline, router);
  return timeline.packets();
}

function sweepBackground(timeline: Timeline, router: string): void {
  const sites: WebServer[] = [
    { name: 'mail.example.com', address: '203.0.113.25', roundTripUs: 22_000 },
    { name: 'docs.example.net', address: '198.51.100.33', roundTripUs: 35_000 },
    { name: 'build.example.org', address: '198.51.100.60', roundTripUs: 28_000 },
  ];
  const clients = ['10.20.0.14', '10.20.0.15'];
  clients.forEach((client, i) => timeline.arp((0.2 + i) * second, client, router));
  for (let visit = 0; visit < 9; visit += 1) {
    const client = clients[visit % clients.length] as string;
    const site = sites[visit % sites.length] as WebServer;
    const at = Math.round((1 + visit * 3.4 + timeline.random.next()) * second);
    const answers = [{ name: site.name, type: 'A' as const, data: site.address }];
    const question = { name: site.name, type: 'A' as const };
    const latencyUs = timeline.random.integer(6_000, 30_000);
    const known = dnsLookup(timeline, at, { client, resolver: router }, question, answers, { latencyUs });
    tlsConnection(timeline, known + 900, client, site, [
      { answerBytes: timeline.random.integer(2_000, 7_000), pauseUs: 350_000 },
      { answerBytes: timeline.random.integer(1_000, 5_000), pauseUs: 150_000 },
    ]);
  }
  ping(timeline, 5 * second, { source: '10.20.0.14', destination: router, roundTripUs: 600 }, 4);
}
