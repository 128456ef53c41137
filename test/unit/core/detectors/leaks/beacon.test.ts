import assert from 'node:assert/strict';
import { beaconScore } from '../../../../../src/core/detectors/leaks/beaconScore';
import { dnsMessage, httpRequest, httpResponse, tlsClientHello, udpFrame } from '../../../../support/packets';
import { Talk, atLeastMedium, findingsOf, randomNumbers } from '../traffic';
import type { TalkOptions, Timed } from '../traffic';

interface Calls extends TalkOptions {
  count?: number;
  /** Seconds, and the part of it by which each varies. */
  period?: number;
  jitter?: number;
  host?: string;
  seed?: number;
  ask?: (index: number) => Uint8Array | string;
}

/** Connections of one client at a period with jitter, each with one request and its answer. */
function calls(options: Calls = {}): Timed[] {
  const { count = 30, period = 5, jitter = 0.1, seed = 3, server = '198.51.100.9', port = 8099, host } = options;
  const next = randomNumbers(seed);
  const name = host ?? `${server}:${port}`;
  const frames: Timed[] = [];
  let at = options.at ?? 0;
  for (let index = 0; index < count; index++) {
    const ask = options.ask?.(index) ?? httpRequest('POST', '/api/ping', name, { 'Content-Length': '8' }, 'abcdefgh');
    const talk = new Talk({ ...options, server, port, clientPort: (options.clientPort ?? 40000) + index, at });
    frames.push(
      ...talk
        .client(ask)
        .wait(0.01)
        .server(httpResponse(200, 'OK', 'ok'))
        .close().frames,
    );
    at += period * (1 + 2 * jitter * (next() - 0.5));
  }
  return frames;
}

describe('beaconScore', () => {
  it('is one for contacts by the clock and low for contacts at random', () => {
    const times = Array.from({ length: 40 }, (_, index) => index * 60e6);
    const regular = beaconScore(
      times,
      times.map(() => 100),
      40 * 60e6,
    );
    assert.ok(regular.score > 0.97, JSON.stringify(regular));
    assert.equal(regular.intervalSeconds, 60);
    const next = randomNumbers(9);
    let at = 0;
    const random = Array.from({ length: 40 }, () => (at += -60e6 * Math.log(1 - next())));
    const score = beaconScore(
      random,
      random.map(() => 100 + 5000 * next()),
      10 * at,
    );
    assert.ok(score.score < 0.6 && score.jitter > 0.4, JSON.stringify(score));
  });
});

describe('rule beacon', () => {
  it('finds regular calls of an address outside, and says what is odd about them', () => {
    const found = findingsOf(calls());
    assert.equal(found.length, 1);
    const finding = found[0]!;
    assert.deepEqual(
      [finding.rule, finding.threat, finding.severity, finding.count],
      ['beacon', 'botnet', 'medium', 30],
    );
    assert.deepEqual([finding.sources, finding.targets, finding.ports], [['198.51.100.9'], ['10.0.0.21'], [8099]]);
    assert.match(finding.summary, /30 contacts .* one every 5(\.\d)? s/);
    assert.equal(finding.evidence.find(({ name }) => name === 'odd besides')?.observed, 5);
    assert.ok(finding.packets.length >= 30);
  });

  for (const [period, jitter] of [
    [1, 0.1],
    [1.5, 0.3],
    [10, 0],
    [60, 0.2],
    [300, 0.05],
    [3, 0.4],
  ] as const) {
    it(`finds a period of ${period} s with ${100 * jitter} % jitter`, () => {
      for (const seed of [1, 2, 3]) assert.equal(atLeastMedium(findingsOf(calls({ period, jitter, seed }))).length, 1);
    });
  }

  it('finds it over bare TCP, over TLS without a name, over UDP, and on one kept connection', () => {
    const hello = tlsClientHello(null);
    assert.equal(atLeastMedium(findingsOf(calls({ ask: () => 'xx\x01\x02', port: 4443 }))).length, 1);
    assert.equal(atLeastMedium(findingsOf(calls({ ask: () => hello, port: 443 }))).length, 1);
    const datagrams = Array.from({ length: 30 }, (_, index): Timed[] => {
      const there = {
        source: '10.0.0.21',
        destination: '198.51.100.9',
        sourcePort: 41000 + index,
        destinationPort: 9999,
      };
      const back = {
        source: there.destination,
        destination: there.source,
        sourcePort: 9999,
        destinationPort: there.sourcePort,
      };
      return [
        [4 * index, udpFrame(there, new Uint8Array(40))],
        [4 * index + 0.02, udpFrame(back, new Uint8Array(20))],
      ];
    }).flat();
    assert.equal(atLeastMedium(findingsOf(datagrams)).length, 1);
    const kept = new Talk({ server: '198.51.100.9', port: 8099 });
    for (let index = 0; index < 30; index++) {
      kept
        .client(httpRequest('GET', '/poll', '198.51.100.9:8099'))
        .wait(0.01)
        .server(httpResponse(200, 'OK', 'x'))
        .wait(5);
    }
    assert.equal(atLeastMedium(findingsOf(kept.close().frames)).length, 1);
  });

  it('leaves health checks, named services, monitors and shared services below medium, and says why', () => {
    const health = findingsOf(calls({ server: '10.0.0.10', port: 8080 }));
    assert.deepEqual(
      health.map(({ severity }) => severity),
      ['low'],
    );
    assert.ok(health[0]!.against.some((text) => text.includes('health checks')));
    const named = calls({ port: 443, ask: () => tlsClientHello('updates.example.com') });
    assert.deepEqual(atLeastMedium(findingsOf(named)), []);
    const monitor = [10, 11, 12, 13].flatMap((last) =>
      calls({ server: `198.51.100.${last}`, clientPort: 30000 + 100 * last }),
    );
    assert.deepEqual(atLeastMedium(findingsOf(monitor)), []);
    const shared = [21, 22, 23, 24].flatMap((last) => calls({ client: `10.0.0.${last}` }));
    assert.deepEqual(atLeastMedium(findingsOf(shared)), []);
  });

  it('asks of few contacts to be more regular', () => {
    const spread = (share: number): Timed[] =>
      [0, 1, -1, 0.9, -0.8, 1, -0.9, 0.8, -1, 0.9].flatMap((part, index) =>
        calls({ count: 1, at: 5 * index + 5 * share * part, clientPort: 20000 + index }),
      );
    assert.equal(atLeastMedium(findingsOf(spread(0.05), 'beacon')).length, 1);
    assert.deepEqual(findingsOf(spread(0.4), 'beacon'), []);
  });

  it('leaves a transfer in parts to another rule', () => {
    const part = (): Uint8Array =>
      httpRequest('POST', '/u', '198.51.100.9', { 'Content-Length': '60000' }, 'x'.repeat(60_000));
    assert.deepEqual(atLeastMedium(findingsOf(calls({ ask: part, count: 15 }), 'beacon')), []);
  });

  it('says nothing of contacts at random, of too few, and of protocols that run by the clock', () => {
    const next = randomNumbers(4);
    let at = 0;
    const random = Array.from({ length: 40 }, (_, index) => {
      at += -4 * Math.log(1 - next());
      return calls({ count: 1, at, clientPort: 20000 + index });
    }).flat();
    assert.deepEqual(findingsOf(random), []);
    assert.deepEqual(findingsOf(calls({ count: 7 })), []);
    const questions = Array.from({ length: 30 }, (_, index): Timed[] => {
      const there = {
        source: '10.0.0.21',
        destination: '198.51.100.53',
        sourcePort: 41000 + index,
        destinationPort: 53,
      };
      const back = {
        source: there.destination,
        destination: there.source,
        sourcePort: 53,
        destinationPort: there.sourcePort,
      };
      const question = { id: index, questions: [{ name: 'example.com', type: 'A' as const }] };
      return [
        [5 * index, udpFrame(there, dnsMessage(question))],
        [5 * index + 0.01, udpFrame(back, dnsMessage({ ...question, response: true }))],
      ];
    }).flat();
    assert.deepEqual(findingsOf(questions), []);
  });
});
