import assert from 'node:assert/strict';
import { httpRequest, httpResponse, tlsClientHello } from '../../../support/packets';
import { findingsOf, isLoud, someAddress, talk } from './ruleSupport';
import type { Talk, Timed, Turn } from './ruleSupport';

const attacker = '10.0.0.66';
const server = '10.0.0.10';

function connection(at: number, i: number, turns: Turn[], more: Partial<Talk> = {}): Timed[] {
  return talk({ at, client: attacker, server, port: 80, sourcePort: 1024 + i, gap: 1e-5, ...more }, turns);
}

/** One request and its answer `seconds` later. */
function exchange(path: string, seconds: number, status = 200): Turn[] {
  return [
    ['client', httpRequest('GET', path, 'a.test')],
    ['server', httpResponse(status, 'OK', 'x'), seconds],
  ];
}

let polls = 0;

function many(count: number, perSecond: number, turns: (i: number) => Turn[], client = () => attacker): Timed[] {
  return Array.from({ length: count }, (_, i) => connection(i / perSecond, i, turns(i), { client: client() })).flat();
}

describe('http-flood', () => {
  it('tells the same asked for over and over, many at a time, whatever the query', () => {
    for (const path of [() => '/', (i: number) => `/search?q=${i}`]) {
      const found = findingsOf(many(1200, 400, (i) => exchange(path(i), 0.1)));
      assert.deepEqual(
        found
          .filter(isLoud)
          .map(({ rule, threat, sources, targets, ports }) => [rule, threat, sources, targets, ports]),
        [['http-flood', 'dos', [attacker], [server], [80]]],
      );
    }
  });

  it('tells it of connections that are older than the capture, whoever is seen first', () => {
    const older = many(60, 400, () => Array.from({ length: 40 }, (): Turn[] => exchange('/', 0.02)).flat());
    const starts = new Map<number, number>();
    const middle = older.filter(([at, frame]) => {
      const view = new DataView(frame.buffer, frame.byteOffset);
      const port = Math.max(view.getUint16(34), view.getUint16(36));
      const seen = (starts.get(port) ?? 0) + 1;
      starts.set(port, seen);
      // Without the handshake and the first request.
      return seen > 4 && at < 100;
    });
    const found = findingsOf(middle).filter(isLoud);
    assert.deepEqual(
      found.map(({ rule, sources, targets, ports }) => [rule, sources, targets, ports]),
      [['http-flood', [attacker], [server], [80]]],
    );
  });

  it('tells several sources from one', () => {
    let turn = 0;
    const found = findingsOf(
      many(
        1200,
        400,
        () => exchange('/', 0.1),
        () => someAddress(turn++ % 5),
      ),
    ).filter(isLoud);
    assert.deepEqual(
      found.map(({ threat, sources }) => [threat, sources.length]),
      [['ddos', 5]],
    );
  });

  it('tells one flood when the capture holds every packet twice', () => {
    const once = many(1200, 400, () => exchange('/', 0.1));
    const twice = once.flatMap(([at, frame]): Timed[] => [
      [at, frame],
      [at + 3e-6, frame],
    ]);
    assert.deepEqual(
      findingsOf(twice)
        .filter(isLoud)
        .map(({ rule }) => rule),
      ['http-flood'],
    );
  });

  it('tells TLS handshakes by the hundred', () => {
    const found = findingsOf(many(900, 300, () => [['client', tlsClientHello('a.test')]]));
    assert.deepEqual(
      found.filter(isLoud).map(({ rule }) => rule),
      ['http-flood'],
    );
  });

  it('is not loud about crawlers, parallel downloads, one that asks in turn, and guessing', () => {
    const crawler = many(1200, 300, (i) => exchange(`/page/${i}`, 0.1));
    const downloads = many(600, 200, (i) => exchange(`/part/${i % 40}`, 0.3));
    const inTurn = many(900, 300, () => exchange('/health', 0.001));
    const refused = many(900, 300, () => exchange('/basic', 0.1, 401));
    for (const frames of [crawler, downloads, inTurn, refused]) {
      assert.deepEqual(findingsOf(frames, 'http-flood').filter(isLoud), []);
    }
  });

  it('tells a flood that a slow server holds below the floor, and nothing that asks as slowly for its own reasons', () => {
    const flood = many(900, 45, (i) => exchange(`/search?q=${i}`, 0.4));
    assert.deepEqual(
      findingsOf(flood, 'http-flood').map(({ severity, sources, targets, ports }) => [
        severity,
        sources,
        targets,
        ports,
      ]),
      [['medium', [attacker], [server], [80]]],
    );
    const crawler = many(900, 45, (i) => exchange(`/page/${i}`, 0.4));
    const downloads = many(300, 45, (i) => exchange(`/part/${i % 40}`, 0.4));
    const loadTest = many(600, 45, () => exchange('/', 0.05));
    const longPolls = many(
      900,
      45,
      () => exchange('/poll', 3),
      () => someAddress(polls++ % 120),
    );
    const burst = many(300, 45, () => exchange('/', 0.4));
    const refused = many(900, 45, () => exchange('/login', 0.4, 401));
    for (const frames of [crawler, downloads, loadTest, longPolls, burst, refused]) {
      assert.deepEqual(findingsOf(frames, 'http-flood').filter(isLoud), []);
    }
  });

  it('tells who asks for one thing on a new connection each time for long, and not who keeps a connection or posts', () => {
    const loop = many(900, 45, (i) => exchange(`/search?q=${i}`, 0.002));
    assert.deepEqual(
      findingsOf(loop, 'http-flood').map(({ severity, sources }) => [severity, sources]),
      [['medium', [attacker]]],
    );
    const short = many(500, 45, () => exchange('/', 0.002));
    const clients = many(
      900,
      45,
      () => exchange('/', 0.002),
      () => someAddress(polls++ % 5),
    );
    const posts = many(900, 45, () => [
      ['client', httpRequest('POST', '/rpc', 'a.test', { 'Content-Length': '2' }, '{}')],
      ['server', httpResponse(200, 'OK', 'x'), 0.002],
    ]);
    const kept = connection(
      0,
      1,
      Array.from({ length: 900 }, (): Turn[] => [
        ['client', httpRequest('GET', '/metrics', 'a.test'), 0.02],
        ['server', httpResponse(200, 'OK', 'x'), 0.002],
      ]).flat(),
    );
    for (const frames of [short, clients, posts, kept]) {
      assert.deepEqual(findingsOf(frames, 'http-flood').filter(isLoud), []);
    }
  });

  it('tells a flood that asks for something else each time, and not a crawler in a hurry', () => {
    const scattered = many(3600, 800, (i) => exchange(`/x${i}`, 0.05, 404));
    assert.deepEqual(
      findingsOf(scattered, 'http-flood').map(({ severity, sources }) => [severity, sources]),
      [['high', [attacker]]],
    );
    const slower = many(3200, 300, (i) => exchange(`/x${i}`, 0.05, 404));
    const brief = many(1600, 800, (i) => exchange(`/x${i}`, 0.05, 404));
    const inTurn = many(3200, 800, (i) => exchange(`/x${i}`, 0.001, 404));
    for (const frames of [slower, brief, inTurn]) {
      assert.deepEqual(findingsOf(frames, 'http-flood').filter(isLoud), []);
    }
  });

  it('is quiet about browsing', () => {
    assert.deepEqual(
      findingsOf(
        many(300, 20, (i) => exchange(`/p/${i % 30}`, 0.05)),
        'http-flood',
      ),
      [],
    );
  });
});

describe('slow-http', () => {
  const head = 'GET / HTTP/1.1\r\nHost: a.test\r\n';
  const trickle = (text: string, seconds: number): Turn[] =>
    Array.from({ length: Math.floor(seconds / 5) }, (_, i): Turn => ['client', `${text}${i}\r\n`, 5]);
  const open = (count: number, turns: Turn[], more: Partial<Talk> = {}): Timed[] =>
    Array.from({ length: count }, (_, i) => connection(i / 40, i, turns, { end: 'open', ...more })).flat();
  const loud = (frames: Timed[]): string[] =>
    findingsOf(frames, 'slow-http')
      .filter(isLoud)
      .map(({ title }) => title);

  const slowHead: Turn[] = [['client', head], ...trickle('X-a: ', 20)];
  const post = 'POST /c HTTP/1.1\r\nHost: a.test\r\nContent-Length: 8192\r\n\r\n';
  const slowBody: Turn[] = [['client', `${post}a=1`], ...trickle('b=', 20)];

  it('tells heads that do not end', () => {
    const found = findingsOf(open(60, slowHead), 'slow-http');
    assert.deepEqual(
      found.map(({ threat, sources, targets, count }) => [threat, sources, targets, count]),
      [['dos', [attacker], [server], 60]],
    );
    assert.match(found[0]?.title ?? '', /Slowloris/);
  });

  it('tells bodies that trickle in', () => {
    assert.match(loud(open(60, slowBody)).join(), /bodies/);
  });

  it('tells answers that are hardly read', () => {
    const answer = `HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n${'x'.repeat(900)}`;
    // A bare ACK announces the closed window.
    const reading: Turn[] = [
      ['client', `${head}\r\n`],
      ['server', answer],
      ['client', '', 0.5],
      ...Array.from({ length: 5 }, (): Turn => ['server', 'x'.repeat(30), 5]),
    ];
    assert.match(loud(open(60, reading, { window: 0 })).join(), /reading/);
    assert.deepEqual(loud(open(60, reading)), []);
  });

  it('tells several clients together, and not a few slow ones', () => {
    const shared = Array.from({ length: 60 }, (_, i) =>
      connection(i / 40, i, slowHead, { end: 'open', client: someAddress(i % 5) }),
    );
    const found = findingsOf(shared.flat(), 'slow-http');
    assert.deepEqual(
      found.map(({ threat, sources }) => [threat, sources.length]),
      [['ddos', 5]],
    );
    assert.deepEqual(loud(open(6, slowHead)), []);
    assert.deepEqual(loud(open(6, slowBody)), []);
  });

  it('is quiet about connections kept open, waits for an answer, and uploads that go on', () => {
    const waiting: Turn[] = [
      ['client', `${head}\r\n`],
      ['server', httpResponse(200, 'OK', 'x'), 25],
    ];
    const idle: Turn[] = [
      ...exchange('/', 0.01),
      ['client', `${head}\r\n`, 25],
      ['server', httpResponse(200, 'OK', 'x')],
    ];
    const poll: Turn[] = [
      ['client', 'POST /c HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\na=1'],
      ['server', httpResponse(200, 'OK', 'x'), 25],
    ];
    const upload: Turn[] = [
      ['client', 'POST /c HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\n'],
      ...Array.from({ length: 20 }, (): Turn => ['client', 'x'.repeat(1400), 1]),
    ];
    for (const turns of [waiting, idle, poll, upload]) assert.deepEqual(loud(open(60, turns)), []);
  });
});
