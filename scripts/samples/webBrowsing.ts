import type { RawPacket } from '../../src/core/pcap/rawPacket';
import type { WebServer } from './exchanges';
import { dnsLookup, httpConnection, ntp, ping, tlsConnection, udpPacket } from './exchanges';
import { hexBytes, icmpv6, ipProtocols } from './frames';
import { dnsMessage } from './payloads';
import { Timeline } from './timeline';

/** 2026-03-02T09:30:00Z */
const startSeconds = 1_772_443_800;
const second = 1_000_000;

const workstation = '192.168.1.20';
const workstation6 = '2001:db8:1::20';
const router = '192.168.1.1';
const router6 = '2001:db8:1::1';
const lookups = { client: workstation, resolver: router };

const shop: WebServer = { name: 'shop.example.com', address: '203.0.113.20', roundTripUs: 24_000 };
const news: WebServer = { name: 'news.example.org', address: '198.51.100.7', roundTripUs: 38_000 };
const code: WebServer = { name: 'code.example.net', address: '203.0.113.80', roundTripUs: 17_000 };
const media: WebServer = { name: 'media.example.org', address: '198.51.100.90', roundTripUs: 41_000 };
const registry: WebServer = { name: 'registry.example.net', address: '2001:db8:f::44', roundTripUs: 29_000 };
const api: WebServer = { name: 'api.example.com', address: '203.0.113.21', roundTripUs: 26_000 };

/** A page of about so many bytes. */
export function page(title: string, bytes: number): string {
  const line = `<p>${title}: the quick brown fox jumps over the lazy dog and goes on to the next page.</p>\n`;
  return `<!doctype html><title>${title}</title>\n${line.repeat(Math.ceil(bytes / line.length))}`;
}

/** One minute of a workstation on the web: nothing is wrong but a lossy line and a slow, failing web shop. */
export function webBrowsing(): RawPacket[] {
  const timeline = new Timeline(
    {
      localPrefixes: ['192.168.1.', '2001:db8:1::', 'fe80:'],
      gatewayMac: '02:00:5e:00:00:01',
      macs: {
        [router]: '02:00:5e:00:00:01',
        [router6]: '02:00:5e:00:00:01',
        [workstation]: '02:00:5e:00:00:20',
        [workstation6]: '02:00:5e:00:00:20',
      },
    },
    startSeconds,
    20_260_302,
  );
  neighbours(timeline);
  visits(timeline);
  const clock = { client: workstation, server: '203.0.113.123', roundTripUs: 21_000 };
  ntp(timeline, 1.2 * second, clock, startSeconds + 1);
  ping(timeline, 20.3 * second, { source: workstation, destination: '203.0.113.1', roundTripUs: 18_000 }, 6, [4]);
  ping(timeline, 43.1 * second, { source: workstation6, destination: '2001:db8:f::1', roundTripUs: 27_000 }, 3);
  return timeline.packets();
}

function neighbours(timeline: Timeline): void {
  timeline.arp(0, workstation, router);
  timeline.arp(33.4 * second, router, workstation);
  const service = { name: '_ipp._tcp.local', type: 'PTR' } as const;
  const multicast = { source: workstation, sourcePort: 5353, destination: '224.0.0.251', destinationPort: 5353 };
  udpPacket(
    timeline,
    6.7 * second,
    multicast,
    dnsMessage({ id: 0, recursionDesired: false, questions: [service] }),
    255,
  );
  const solicited = 'ff02::1:ff00:1';
  const target = hexBytes('20010db8000100000000000000000001');
  const solicitation = { source: workstation6, destination: solicited, type: 135 };
  const source = [...target, ...hexBytes('0101 02005e000020')];
  timeline.ip(
    7.9 * second,
    workstation6,
    solicited,
    ipProtocols.icmpv6,
    icmpv6(solicitation, Uint8Array.from(source)),
    255,
  );
  const advertisement = { source: router6, destination: workstation6, type: 136, rest: hexBytes('60000000') };
  const answer = Uint8Array.from([...target, ...hexBytes('0201 02005e000001')]);
  timeline.ip(7.9 * second + 420, router6, workstation6, ipProtocols.icmpv6, icmpv6(advertisement, answer), 255);
}

/** Looks both addresses of the server up and returns when the slower answer is there. */
function lookUp(timeline: Timeline, startUs: number, server: WebServer): number {
  const { name, address } = server;
  const version6 = address.includes(':');
  const latency = (): number => timeline.random.integer(8_000, 46_000);
  const a = version6 ? [] : [{ name, type: 'A' as const, data: address }];
  const aaaa = version6 ? [{ name, type: 'AAAA' as const, data: address }] : [];
  const first = dnsLookup(timeline, startUs, lookups, { name, type: 'A' }, a, { latencyUs: latency() });
  const question = { name, type: 'AAAA' as const };
  const second = dnsLookup(timeline, startUs + 180, lookups, question, aaaa, { latencyUs: latency() });
  return Math.max(first, second) + 700;
}

function visits(timeline: Timeline): void {
  const pageOk = { status: 200, reason: 'OK', thinkUs: 30_000 };
  let at = lookUp(timeline, 2 * second, news);
  httpConnection(timeline, at, workstation, news, [
    { ...pageOk, target: '/', body: page('News of the day', 24_000) },
    { ...pageOk, target: '/style.css', body: 'p { margin: 0 }\n'.repeat(400), contentType: 'text/css', thinkUs: 9_000 },
    { target: '/favicon.ico', status: 404, reason: 'Not Found', body: page('Not found', 300), thinkUs: 8_000 },
  ]);

  at = lookUp(timeline, 5.5 * second, code);
  tlsConnection(timeline, at, workstation, code, [
    { answerBytes: 36_000, pauseUs: 300_000 },
    { answerBytes: 9_000, pauseUs: 2_000_000, loss: 'missing' },
    { answerBytes: 14_000, pauseUs: 100_000 },
  ]);

  at = lookUp(timeline, 11 * second, shop);
  httpConnection(timeline, at, workstation, shop, [
    { target: '/', status: 301, reason: 'Moved Permanently', body: '', thinkUs: 12_000 },
    { ...pageOk, target: '/start', body: page('Shop', 15_000), thinkUs: 340_000, requestLoss: 'repeated' },
    { ...pageOk, target: '/offers?page=2', body: page('Offers', 31_000), thinkUs: 610_000, responseLoss: 'missing' },
  ]);
  at = lookUp(timeline, 16 * second, api);
  httpConnection(timeline, at, workstation, api, [
    {
      method: 'POST',
      target: '/v1/basket',
      requestBody: 'article=17&count=2',
      status: 503,
      reason: 'Service Unavailable',
      body: '{"error":"try again"}',
      contentType: 'application/json',
      thinkUs: 1_900_000,
      requestLoss: 'repeated',
    },
    { ...pageOk, target: '/v1/basket', body: '{"articles":2}', contentType: 'application/json', thinkUs: 700_000 },
  ]);

  at = lookUp(timeline, 24 * second, registry);
  for (let i = 0; i < 4; i += 1) {
    const turns = [1, 2].map(() => ({ answerBytes: timeline.random.integer(4_000, 22_000), pauseUs: 60_000 }));
    tlsConnection(timeline, at + i * 35_000, workstation6, registry, turns);
  }

  at = lookUp(timeline, 30 * second, media);
  const stream = Array.from({ length: 9 }, (_, i) => ({
    answerBytes: timeline.random.integer(14_000, 34_000),
    pauseUs: 2_300_000,
    loss: i % 4 === 3 ? ('missing' as const) : ('none' as const),
  }));
  tlsConnection(timeline, at, workstation, media, stream);

  dnsLookup(timeline, 37 * second, lookups, { name: 'wiki.exampel.org', type: 'A' }, [], {
    latencyUs: 63_000,
    responseCode: 3,
  });

  at = lookUp(timeline, 47 * second, news);
  httpConnection(timeline, at, workstation, news, [
    { ...pageOk, target: '/weather', body: page('Weather', 18_000) },
    { ...pageOk, target: '/sports', body: page('Sports', 26_000), responseLoss: 'missing' },
  ]);
  at = lookUp(timeline, 54 * second, code);
  tlsConnection(timeline, at, workstation, code, [
    { answerBytes: 52_000, pauseUs: 900_000 },
    { answerBytes: 21_000, pauseUs: 400_000 },
  ]);
}
