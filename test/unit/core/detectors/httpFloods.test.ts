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

  /** Time goes on by what others do. */
  const later = Array.from({ length: 40 }, (_, i) =>
    connection(i, 5000 + i, [], { client: '10.0.0.21', server: '10.0.0.22', port: 25 }),
  ).flat();
  const record = (type: number, length: number): Uint8Array =>
    Uint8Array.from([type, 3, 3, length >> 8, length & 255, ...new Uint8Array(length)]);

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

  it('tells connections to a web server on which nothing that it knows is asked', () => {
    const garbage = Array.from({ length: 60 }, (_, i): Turn => (i % 2 === 0 ? ['client', '\0', 0.4] : ['server', '']));
    assert.match(loud(open(30, garbage)).join(), /Slow HTTP heads/);
    assert.match(loud([...open(60, []), ...later]).join(), /without a request/);
    // A browser connects ahead of need; and of a capture of one side, silence of the other says nothing.
    assert.deepEqual(loud([...open(25, []), ...later]), []);
    const oneSide = open(60, garbage).filter(([, frame]) => frame[29] === 66);
    assert.deepEqual(loud(oneSide), []);
    // What is no web server has other customs: log collectors never answer.
    assert.deepEqual(loud(open(60, garbage, { port: 514 })), []);
  });

  it('tells slow heads in TLS, and not who waits for an answer there', () => {
    const handshake: Turn[] = [
      ['client', tlsClientHello('a.test')],
      ['server', record(22, 900)],
      ['client', record(20, 40), 0.01],
      ['server', record(23, 90), 0.01],
    ];
    const slow: Turn[] = [...handshake, ...Array.from({ length: 5 }, (): Turn => ['client', record(23, 40), 3])];
    const poll: Turn[] = [...handshake, ['client', record(23, 400), 1.5], ['server', record(23, 300), 20]];
    const socket: Turn[] = [
      ...handshake,
      ...Array.from({ length: 16 }, (_, i): Turn => [i % 2 === 0 ? 'client' : 'server', record(23, 30), 1]),
    ];
    assert.match(loud([...open(40, slow, { port: 443 }), ...later]).join(), /Slow HTTP heads/);
    for (const turns of [poll, socket]) assert.deepEqual(loud([...open(60, turns, { port: 443 }), ...later]), []);
  });

  it('tells bodies that go on after the server has refused them, and not who gives up', () => {
    const refused: Turn[] = [
      ['client', post],
      ['server', httpResponse(404, 'Not Found', 'no')],
    ];
    assert.match(loud(open(60, [...refused, ...trickle('b=', 20)])).join(), /bodies/);
    assert.deepEqual(loud([...open(60, refused), ...later]), []);
  });

  it('tells answers that nobody reads once the buffers are full, and not players that pause', () => {
    const large = `HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n`;
    const parts = (count: number): Turn[] => Array.from({ length: count }, (): Turn => ['server', 'x'.repeat(1400)]);
    const never = (count: number): Turn[] => [
      ['client', `${head}\r\n`],
      ['server', large],
      ...parts(count),
      ['client', '', 0.5],
    ];
    assert.match(loud([...open(30, never(45), { window: 0 }), ...later]).join(), /reading/);
    assert.deepEqual(loud([...open(30, never(200), { window: 0 }), ...later]), []);
  });

  it('tells slow heads and bodies of which the capture has the beginnings only, and not who waits', () => {
    const cut = (turns: Turn[]): string[] =>
      findingsOf([...open(60, turns), ...later], 'slow-http', 96)
        .filter(isLoud)
        .map(({ title }) => title);
    const long = `GET /some/page HTTP/1.1\r\nHost: a.test\r\nUser-Agent: ${'x'.repeat(90)}\r\n`;
    const longPost = `POST /c HTTP/1.1\r\nHost: a.test\r\nUser-Agent: ${'x'.repeat(90)}\r\nContent-Length: 8192\r\n\r\n`;
    assert.match(cut([['client', long], ...trickle('X-a: ', 20)]).join(), /heads/);
    assert.match(cut([['client', longPost], ...trickle('b=', 20)]).join(), /bodies/);
    const answer: Turn = ['server', httpResponse(200, 'OK', 'x'), 25];
    assert.deepEqual(cut([['client', `${long}\r\n`], answer]), []);
    assert.deepEqual(cut([['client', longPost], ['client', 'x'.repeat(700), 0.01], answer]), []);
  });

  it('is quiet about streams of events, sockets and what a proxy carries', () => {
    const events: Turn[] = [
      ['client', `${head}\r\n`],
      ['server', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
      ...Array.from({ length: 10 }, (): Turn => ['server', '5\r\nhello\r\n', 2]),
    ];
    const sent = Array.from({ length: 10 }, (): Turn => ['client', 'some small words', 2]);
    const socket: Turn[] = [
      ['client', `${head}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`],
      ['server', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'],
      ...sent,
    ];
    const proxied: Turn[] = [
      ['client', 'CONNECT b.test:22 HTTP/1.1\r\nHost: b.test\r\n\r\n'],
      ['server', 'HTTP/1.1 200 Connection established\r\n\r\n'],
      ...sent,
    ];
    for (const turns of [events, socket, proxied]) assert.deepEqual(loud([...open(60, turns), ...later]), []);
  });
});
