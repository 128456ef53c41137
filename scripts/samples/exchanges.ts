import { hexBytes, icmp, icmpv6, ipProtocols, udp } from './frames';
import type { DnsAnswer, DnsType } from './payloads';
import { dnsMessage, filler, httpRequest, httpResponse, tlsClientHello, tlsRecord, tlsServerHello } from './payloads';
import type { Loss } from './tcpConversation';
import { TcpConversation } from './tcpConversation';
import type { Timeline } from './timeline';

/** Whole exchanges between two hosts, put on a timeline. Times are microseconds; each function returns when it is over. */

export function udpPacket(
  timeline: Timeline,
  timeUs: number,
  ends: { source: string; sourcePort: number; destination: string; destinationPort: number },
  payload: Uint8Array,
  timeToLive?: number,
): void {
  timeline.ip(timeUs, ends.source, ends.destination, ipProtocols.udp, udp(ends, payload), timeToLive);
}

/** A DNS question and its answer after `latencyUs`; no answers and a response code of 3 make a name unknown. */
export function dnsLookup(
  timeline: Timeline,
  startUs: number,
  hosts: { client: string; resolver: string },
  question: { name: string; type: DnsType },
  answers: DnsAnswer[],
  options: { latencyUs: number; responseCode?: number },
): number {
  const id = timeline.random.integer(0, 65_535);
  const port = timeline.random.integer(49_152, 65_000);
  const { client, resolver } = hosts;
  const query = { source: client, sourcePort: port, destination: resolver, destinationPort: 53 };
  const reply = { source: resolver, sourcePort: 53, destination: client, destinationPort: port };
  const questions = [question];
  udpPacket(timeline, startUs, query, dnsMessage({ id, questions }));
  const { responseCode = 0, latencyUs } = options;
  udpPacket(timeline, startUs + latencyUs, reply, dnsMessage({ id, response: true, responseCode, questions, answers }));
  return startUs + latencyUs;
}

export interface WebServer {
  name: string;
  address: string;
  roundTripUs: number;
}

export interface HttpExchange {
  method?: string;
  target: string;
  status: number;
  reason: string;
  body: string;
  contentType?: string;
  requestBody?: string;
  /** From the request until the first byte of the answer. */
  thinkUs: number;
  requestLoss?: Loss;
  responseLoss?: Loss;
}

/** One connection to port 80 with the exchanges one after the other, `pauseUs` apart. */
export function httpConnection(
  timeline: Timeline,
  startUs: number,
  client: string,
  server: WebServer,
  exchanges: HttpExchange[],
  pauseUs = 40_000,
): number {
  const ends = { client, clientPort: timeline.nextPort(), server: server.address, serverPort: 80 };
  const conversation = new TcpConversation(timeline, ends, startUs, server.roundTripUs);
  conversation.open();
  for (const exchange of exchanges) {
    const { method = 'GET', target, status, reason, body, contentType = 'text/html', requestBody = '' } = exchange;
    const headers = {
      'User-Agent': 'SampleBrowser/1.0',
      Accept: '*/*',
      ...(requestBody === '' ? {} : { 'Content-Length': String(requestBody.length) }),
    };
    conversation.send('client', httpRequest(method, target, server.name, headers, requestBody), exchange.requestLoss);
    conversation.wait(exchange.thinkUs);
    conversation.send('server', httpResponse(status, reason, body, contentType), exchange.responseLoss);
    conversation.wait(pauseUs);
  }
  conversation.close();
  return conversation.nowUs;
}

/** One TLS 1.3 connection to port 443: handshake, then `turns` of request and answer with the answer sizes given. */
export function tlsConnection(
  timeline: Timeline,
  startUs: number,
  client: string,
  server: WebServer,
  turns: { answerBytes: number; pauseUs: number; loss?: Loss }[],
): number {
  const ends = { client, clientPort: timeline.nextPort(), server: server.address, serverPort: 443 };
  const conversation = new TcpConversation(timeline, ends, startUs, server.roundTripUs);
  const seed = timeline.random.integer(1, 1e6);
  const changeCipherSpec = tlsRecord(20, Uint8Array.of(1));
  conversation.open();
  conversation.send('client', tlsClientHello(server.name, { seed }));
  conversation.send('server', joined(tlsServerHello(seed), changeCipherSpec, encrypted(1840, seed)));
  conversation.send('client', joined(changeCipherSpec, encrypted(53, seed + 1)));
  turns.forEach(({ answerBytes, pauseUs, loss }, turn) => {
    conversation.send('client', encrypted(timeline.random.integer(280, 620), seed + 10 + turn));
    conversation.wait(4000);
    conversation.send('server', encrypted(answerBytes, seed + 100 + turn), loss);
    conversation.wait(pauseUs);
  });
  conversation.close();
  return conversation.nowUs;
}

/** Application data records of at most 8 KiB. */
function encrypted(bytes: number, seed: number): Uint8Array {
  const records: Uint8Array[] = [];
  for (let rest = bytes; rest > 0; rest -= 8192) {
    records.push(tlsRecord(23, filler(Math.min(rest, 8192), seed + rest)));
  }
  return joined(...records);
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** `count` echo requests a second apart; `lost` names those that stay without an answer. */
export function ping(
  timeline: Timeline,
  startUs: number,
  hosts: { source: string; destination: string; roundTripUs: number },
  count: number,
  lost: number[] = [],
): void {
  const { source, destination, roundTripUs } = hosts;
  const version6 = source.includes(':');
  const identifier = timeline.random.integer(1, 255);
  for (let sequence = 1; sequence <= count; sequence += 1) {
    const at = startUs + (sequence - 1) * 1_001_000;
    const rest = Uint8Array.of(0, identifier, 0, sequence);
    const data = Uint8Array.from({ length: 56 }, (_, i) => i);
    const message = (reply: boolean, from: string, to: string): Uint8Array =>
      version6
        ? icmpv6({ source: from, destination: to, type: reply ? 129 : 128, rest }, data)
        : icmp({ type: reply ? 0 : 8, rest }, data);
    const protocol = version6 ? ipProtocols.icmpv6 : ipProtocols.icmp;
    timeline.ip(at, source, destination, protocol, message(false, source, destination));
    if (lost.includes(sequence)) continue;
    const answered = at + roundTripUs + timeline.random.integer(0, 900);
    timeline.ip(answered, destination, source, protocol, message(true, destination, source));
  }
}

/** NTP version 4 request and answer (RFC 5905 section 7.3) about `unixSeconds`. */
export function ntp(
  timeline: Timeline,
  startUs: number,
  hosts: { client: string; server: string; roundTripUs: number },
  unixSeconds: number,
): void {
  const { client, server, roundTripUs } = hosts;
  const request = ntpMessage(0x23, unixSeconds);
  const answer = ntpMessage(0x24, unixSeconds);
  const ports = { sourcePort: 123, destinationPort: 123 };
  udpPacket(timeline, startUs, { ...ports, source: client, destination: server }, request);
  udpPacket(timeline, startUs + roundTripUs, { ...ports, source: server, destination: client }, answer);
}

function ntpMessage(first: number, unixSeconds: number): Uint8Array {
  const message = new Uint8Array(48);
  message.set(hexBytes('00 02 06 e9 00000a3d 00000f5c c0000201'));
  message[0] = first;
  const view = new DataView(message.buffer);
  for (const offset of [16, 24, 32, 40]) view.setUint32(offset, unixSeconds + 2_208_988_800);
  return message;
}
