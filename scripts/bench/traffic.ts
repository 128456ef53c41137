import type { RawPacket } from '../../src/core/pcap/rawPacket';
import type { WebServer } from '../samples/exchanges';
import { dnsLookup, httpConnection, ntp, ping, tlsConnection } from '../samples/exchanges';
import { ipProtocols, tcp } from '../samples/frames';
import { Timeline } from '../samples/timeline';
import type { Loss } from '../samples/tcpConversation';
import { page } from '../samples/webBrowsing';

/** 2026-03-05T08:00:00Z */
const startSeconds = 1_772_697_600;
const second = 1_000_000;
/** Traffic is made in slices of packet time, so that only one has to be sorted and held at once. */
const sliceUs = 2 * second;

const site = {
  localPrefixes: ['10.0.'],
  gatewayMac: '02:00:5e:00:00:01',
  macs: { '10.0.0.1': '02:00:5e:00:00:01' },
};

/**
 * The traffic of an office of some 500 clients: lookups, HTTP, TLS, ping and NTP, a lossy line here and there, a port scan
 * and a sweep now and then. Small and full frames, some 250 flows a second of two-second slices. The same on every machine.
 */
export function* officeTraffic(packets: number): Generator<RawPacket> {
  let waiting: RawPacket[] = [];
  let made = 0;
  for (let slice = 0; ; slice++) {
    const startUs = slice * sliceUs;
    const all = [...waiting, ...sliceOf(slice, startUs)].sort((x, y) => timeOf(x) - timeOf(y));
    const end = all.findIndex((packet) => timeOf(packet) >= startSeconds * second + startUs + sliceUs);
    waiting = end < 0 ? [] : all.slice(end);
    for (const packet of end < 0 ? all : all.slice(0, end)) {
      packet.number = ++made;
      yield packet;
      if (made === packets) return;
    }
  }
}

/**
 * Nothing but SYNs of which no two belong to one flow: what a table of flows is worst at. 200,000 packets a second. With
 * `answered`, every other packet is the server's answer: then each flow has two directions to remember.
 */
export function* synFlood(packets: number, answered = false): Generator<RawPacket> {
  const timeline = new Timeline(site, startSeconds, 77);
  const { random } = timeline;
  timeline.ip(0, '198.51.100.1', '10.0.0.80', ipProtocols.tcp, synTo(80));
  timeline.ip(1, '10.0.0.80', '198.51.100.1', ipProtocols.tcp, answerFrom(80));
  const [template, answer] = timeline.packets();
  if (template === undefined || answer === undefined) return;
  const address = new Uint8Array(4);
  const port = new Uint8Array(2);
  for (let i = 0; i < packets; i++) {
    const isAnswer = answered && i % 2 === 1;
    if (!isAnswer) {
      for (let at = 0; at < 4; at++) address[at] = random.integer(1, 223);
      port[0] = random.integer(4, 255);
      port[1] = random.integer(0, 255);
    }
    const bytes = (isAnswer ? answer : template).bytes.slice();
    bytes.set(address, isAnswer ? 30 : 26);
    bytes.set(port, isAnswer ? 36 : 34);
    const timeUs = i * 5;
    yield {
      ...template,
      bytes,
      originalLength: bytes.length,
      number: i + 1,
      seconds: startSeconds + Math.floor(timeUs / second),
      nanoseconds: (timeUs % second) * 1000,
    };
  }
}

function answerFrom(port: number): Uint8Array {
  return tcp({
    source: '10.0.0.80',
    destination: '198.51.100.1',
    sourcePort: port,
    destinationPort: 40_000,
    flags: 'SA',
    sequence: 7,
    acknowledgment: 2,
    window: 1024,
  });
}

function synTo(port: number): Uint8Array {
  return tcp({
    source: '198.51.100.1',
    destination: '10.0.0.80',
    sourcePort: 40_000,
    destinationPort: port,
    flags: 'S',
    sequence: 1,
    acknowledgment: 0,
    window: 1024,
  });
}

function timeOf(packet: RawPacket): number {
  return packet.seconds * second + packet.nanoseconds / 1000;
}

function sliceOf(slice: number, startUs: number): RawPacket[] {
  const timeline = new Timeline(site, startSeconds, 9000 + slice);
  const { random } = timeline;
  const at = (): number => startUs + random.integer(0, sliceUs - 1);
  const client = (): string => `10.0.${random.integer(1, 2)}.${random.integer(2, 250)}`;
  const loss = (): Loss => {
    const roll = random.next();
    return roll < 0.02 ? 'repeated' : roll < 0.04 ? 'missing' : 'none';
  };
  for (let i = 0; i < 60; i++) {
    const server = serverOf(random.integer(0, 199));
    const from = client();
    const answered = lookUp(timeline, at(), from, server);
    const exchanges = Array.from({ length: random.integer(1, 4) }, () => ({
      target: `/articles/${random.integer(1, 5000)}?from=start`,
      status: random.next() < 0.95 ? 200 : 404,
      reason: 'OK',
      body: page('Article', random.integer(200, 20_000)),
      thinkUs: random.integer(2000, 90_000),
      requestLoss: loss(),
      responseLoss: loss(),
    }));
    httpConnection(timeline, answered, from, server, exchanges);
  }
  for (let i = 0; i < 80; i++) {
    const server = serverOf(random.integer(0, 199));
    const from = client();
    const answered = lookUp(timeline, at(), from, server);
    const turns = Array.from({ length: random.integer(1, 8) }, () => ({
      answerBytes: random.integer(200, random.next() < 0.3 ? 60_000 : 6000),
      pauseUs: random.integer(1000, 400_000),
      loss: loss(),
    }));
    tlsConnection(timeline, answered, from, server, turns);
  }
  const from = client();
  ping(timeline, at(), { source: from, destination: '203.0.113.1', roundTripUs: 18_000 }, 3);
  ntp(timeline, at(), { client: from, server: '203.0.113.123', roundTripUs: 20_000 }, startSeconds);
  timeline.arp(at(), from, '10.0.0.1');
  if (slice % 20 === 7) portScan(timeline, startUs);
  if (slice % 30 === 11) sweep(timeline, startUs);
  return timeline.packets();
}

function serverOf(index: number): WebServer {
  return {
    name: `www${index}.example.${index % 2 === 0 ? 'com' : 'org'}`,
    address: index % 2 === 0 ? `203.0.113.${index + 2}` : `198.51.100.${index + 2}`,
    roundTripUs: 4000 + 350 * index,
  };
}

function lookUp(timeline: Timeline, startUs: number, client: string, server: WebServer): number {
  const { name, address } = server;
  const answers = [{ name, type: 'A' as const, data: address }];
  const options = { latencyUs: timeline.random.integer(800, 46_000) };
  const hosts = { client, resolver: '10.0.0.53' };
  return dnsLookup(timeline, startUs, hosts, { name, type: 'A' }, answers, options) + 700;
}

/** 400 closed ports of one server. */
function portScan(timeline: Timeline, startUs: number): void {
  for (let port = 1; port <= 400; port++) probe(timeline, startUs + port * 2000, '10.0.1.66', '10.0.0.80', port, true);
}

/** One port of 200 hosts that are not there. */
function sweep(timeline: Timeline, startUs: number): void {
  for (let host = 1; host <= 200; host++) {
    probe(timeline, startUs + host * 3000, '10.0.2.99', `10.0.9.${host}`, 22, false);
  }
}

function probe(
  timeline: Timeline,
  timeUs: number,
  source: string,
  destination: string,
  port: number,
  refused: boolean,
): void {
  const ends = { source, sourcePort: 61_317, destination, destinationPort: port };
  const numbers = { sequence: 3_405_691_582, acknowledgment: 0, window: 1024 };
  timeline.ip(timeUs, source, destination, ipProtocols.tcp, tcp({ ...ends, flags: 'S', ...numbers }));
  if (!refused) return;
  const answer = { source: destination, sourcePort: port, destination: source, destinationPort: 61_317 };
  const reset = { flags: 'RA', sequence: 0, acknowledgment: 3_405_691_583, window: 0 };
  timeline.ip(timeUs + 400, destination, source, ipProtocols.tcp, tcp({ ...answer, ...reset }));
}
