import assert from 'node:assert/strict';
import type { Finding } from '../../../../src/protocol/finding';
import { concatBytes, httpRequest, httpResponse, textBytes } from '../../../support/packets';
import { findingsOf, isLoud, talk } from './ruleSupport';
import type { Talk, Timed, Turn } from './ruleSupport';

const attacker = '10.0.0.66';
const server = '10.0.0.10';

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(0x80);

function sshPacket(type: number, length: number): Uint8Array {
  const packet = new Uint8Array(4 + length);
  new DataView(packet.buffer).setUint32(0, length);
  packet[4] = 4;
  packet[5] = type;
  return packet;
}

/** Key exchange of OpenSSH with chacha20-poly1305, up to the acceptance of the service. */
const keyExchange: Turn[] = [
  ['client', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['server', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['client', sshPacket(20, 900)],
  ['server', sshPacket(20, 1108)],
  ['client', sshPacket(30, 44)],
  ['server', concatBytes([sshPacket(31, 400), sshPacket(21, 12)])],
  ['client', sshPacket(21, 12)],
  ['client', bytes(44)],
  ['server', bytes(44)],
];
const none: Turn[] = [
  ['client', bytes(68)],
  ['server', bytes(76)],
];
const wrong = (length = 84): Turn[] => [
  ['client', bytes(length)],
  ['server', bytes(76)],
];
const session: Turn[] = [
  ['client', bytes(308)],
  ['server', bytes(28)],
  ['client', bytes(112)],
  ['server', bytes(544)],
  ...Array.from({ length: 30 }, (): Turn[] => [
    ['client', bytes(36), 0.1],
    ['server', bytes(36)],
  ]).flat(),
];

function ssh(at: number, turns: Turn[], more: Partial<Talk> = {}): Timed[] {
  const ends = { at, client: attacker, server, port: 22, sourcePort: 20_000 + Math.round(at * 100) };
  return talk({ ...ends, ...more }, [...keyExchange, ...turns]);
}

function guessing(frames: Timed[]): Finding[] {
  return findingsOf(frames).filter(({ threat }) => threat === 'brute-force');
}

describe('ssh-guessing', () => {
  it('counts failures by their length, several in a connection or one, asked for methods before or not', () => {
    const several = [0, 2].flatMap((at) => ssh(at, [...none, ...wrong(), ...wrong(76), ...wrong(92), ...wrong()]));
    const one = Array.from({ length: 8 }, (_, i) => ssh(i, wrong())).flat();
    for (const frames of [several, one]) {
      const found = guessing(frames);
      assert.deepEqual(
        found.map(({ sources, targets, ports, count }) => [sources, targets, ports, count]),
        [[[attacker], [server], [22], 8]],
      );
      assert.ok(found.every(isLoud));
    }
  });

  it('is found in a capture that holds 128 bytes of each packet, and a session with one mistake is none', () => {
    const loud = (frames: Timed[]): Finding[] => findingsOf(frames, 'ssh-guessing', 128).filter(isLoud);
    const tries = Array.from({ length: 8 }, (_, i) => ssh(i, wrong())).flat();
    assert.deepEqual(
      loud(tries).map(({ sources, count }) => [sources, count]),
      [[[attacker], 8]],
    );
    const mistyped = ssh(0, [...none, ...wrong(), ...session, ...session]);
    const logins = Array.from({ length: 40 }, (_, i) => ssh(20 + i * 5, [...none, ...session]));
    assert.deepEqual(loud([...mistyped, ...logins.flat()]), []);
  });

  it('counts a client that sends its first request with its new keys', () => {
    const bundled = keyExchange.slice(0, -3);
    const turns: Turn[] = [...bundled, ['client', concatBytes([sshPacket(21, 12), bytes(52)])], ['server', bytes(52)]];
    const tries = Array.from({ length: 7 }, (_, i) =>
      talk({ at: i, client: attacker, server, port: 902, sourcePort: 3000 + i }, [
        ...turns,
        ['client', bytes(84)],
        ['server', bytes(52)],
      ]),
    );
    assert.deepEqual(
      guessing(tries.flat()).map(({ ports, count }) => [ports, count]),
      [[[902], 7]],
    );
  });

  it('is found within six tries', () => {
    const frames = Array.from({ length: 6 }, (_, i) => ssh(i, wrong())).flat();
    assert.equal(guessing(frames).length, 1);
    assert.equal(guessing(Array.from({ length: 5 }, (_, i) => ssh(i, wrong())).flat()).length, 0);
  });

  it('is quiet about one who mistypes, agents with many keys, checks of the banner, and sessions', () => {
    const mistyped = ssh(0, [...none, ...wrong(), ...wrong(), ...session]);
    const agent = [0, 20, 40].flatMap((at) =>
      ssh(at, [...none, ...Array.from({ length: 5 }, () => wrong(156)).flat(), ...session]),
    );
    const checks = Array.from({ length: 60 }, (_, i) =>
      talk({ at: i, client: attacker, server, port: 22, sourcePort: 4000 + i }, [
        ['server', 'SSH-2.0-OpenSSH_9.2\r\n'],
      ]),
    );
    const logins = Array.from({ length: 40 }, (_, i) => ssh(i * 5, [...none, ...session]));
    for (const frames of [mistyped, agent, checks.flat(), logins.flat()]) assert.deepEqual(guessing(frames), []);
  });

  it('is quiet about several behind one address who mistype and then get in', () => {
    const users = [0, 10, 20, 30].flatMap((at) => [
      ...ssh(at, wrong()),
      ...ssh(at + 2, wrong()),
      ...ssh(at + 4, wrong()),
      ...ssh(at + 6, [...none, ...session]),
    ]);
    assert.deepEqual(guessing(users), []);
  });

  it('makes one finding of several sources that share the work, and leaves those out that only mistyped', () => {
    const shared = Array.from({ length: 12 }, (_, i) => ssh(i, wrong(), { client: `10.0.0.${61 + (i % 3)}` })).flat();
    const bystander = ssh(5.5, [...none, ...wrong(), ...session], { client: '10.0.0.9', sourcePort: 999 });
    const found = guessing([...shared, ...bystander]);
    assert.equal(found.length, 1);
    assert.deepEqual(found[0]?.sources.toSorted(), ['10.0.0.61', '10.0.0.62', '10.0.0.63']);
    assert.equal(found[0]?.severity, 'medium');
  });

  it('tells logins from failures at a server that sends a message to be ignored ahead of every reply', () => {
    const ahead = (turns: readonly Turn[]): Turn[] => turns.flatMap((turn): Turn[] => [[turn[0], bytes(36)], turn]);
    const asyncSsh = (i: number, turns: readonly Turn[]): Timed[] =>
      talk({ at: i, client: attacker, server, port: 22, sourcePort: 20_000 + i }, [
        ...keyExchange.slice(0, -2),
        ...ahead([...keyExchange.slice(-2), ...none, ...turns]),
      ]);
    const key: Turn[] = [
      ['client', bytes(140)],
      ['server', bytes(100)],
    ];
    const logins = Array.from({ length: 20 }, (_, i) => asyncSsh(i, [...key, ...session]));
    assert.deepEqual(guessing(logins.flat()), []);
    const late: Turn[] = [['server', bytes(876)], ...ahead([...keyExchange.slice(-1), ...none, ...key, ...session])];
    const withLate = Array.from({ length: 20 }, (_, i) =>
      talk({ at: i, client: attacker, server, port: 22, sourcePort: 20_000 + i }, [
        ...keyExchange.slice(0, -1),
        ...late,
      ]),
    );
    assert.deepEqual(guessing(withLate.flat()), []);
    const tries = Array.from({ length: 8 }, (_, i) => asyncSsh(i, [...wrong()]));
    assert.deepEqual(
      guessing(tries.flat()).map(({ count }) => count),
      [8],
    );
  });

  it('says high when a login works after the failures', () => {
    const frames = [...Array.from({ length: 7 }, (_, i) => ssh(i, wrong())).flat(), ...ssh(8, [...none, ...session])];
    const found = guessing(frames);
    assert.equal(found[0]?.severity, 'high');
    assert.match(found[0].summary, /login worked/);
  });
});

describe('login-guessing', () => {
  const turns: Record<string, { port: number; before: Turn[]; wrong: Turn[]; right: Turn[] }> = {
    FTP: {
      port: 21,
      before: [['server', '220 FTP\r\n']],
      wrong: [
        ['client', 'USER a\r\n'],
        ['server', '331 go on\r\n'],
        ['client', 'PASS b\r\n'],
        ['server', '530 Login incorrect.\r\n'],
      ],
      right: [
        ['client', 'PASS c\r\n'],
        ['server', '230 ok\r\n'],
      ],
    },
    SMTP: {
      port: 587,
      before: [
        ['server', '220 mail ESMTP\r\n'],
        ['client', 'EHLO me\r\n'],
        ['server', '250 AUTH LOGIN\r\n'],
      ],
      wrong: [
        ['client', 'AUTH LOGIN\r\n'],
        ['server', '334 VXNlcm5hbWU6\r\n'],
        ['client', 'YQ==\r\n'],
        ['server', '334 UGFzc3dvcmQ6\r\n'],
        ['client', 'Yg==\r\n'],
        ['server', '535 no\r\n'],
      ],
      right: [
        ['client', 'AUTH PLAIN AGEAYw==\r\n'],
        ['server', '235 ok\r\n'],
      ],
    },
    IMAP: {
      port: 143,
      before: [['server', '* OK ready\r\n']],
      wrong: [
        ['client', 'a1 LOGIN a b\r\n'],
        ['server', 'a1 NO wrong\r\n'],
      ],
      right: [
        ['client', 'a2 LOGIN a c\r\n'],
        ['server', 'a2 OK in\r\n'],
      ],
    },
    POP3: {
      port: 110,
      before: [['server', '+OK ready\r\n']],
      wrong: [
        ['client', 'USER a\r\n'],
        ['server', '+OK\r\n'],
        ['client', 'PASS b\r\n'],
        ['server', '-ERR no\r\n'],
      ],
      right: [
        ['client', 'PASS c\r\n'],
        ['server', '+OK in\r\n'],
      ],
    },
  };

  for (const [name, { port, before, wrong: bad, right }] of Object.entries(turns)) {
    const connection = (at: number, said: Turn[]): Timed[] =>
      talk({ at, client: attacker, server, port, sourcePort: 5000 + Math.round(at * 10) }, [...before, ...said]);

    it('counts passwords that are sent along with what comes before and after them', () => {
      const tries = Array.from({ length: 7 }, (_, i) =>
        talk({ at: i * 4, client: attacker, server, port: 21, sourcePort: 3000 + i }, [
          ['server', '220 ready\r\n'],
          ['client', `USER bob\r\nPASS pw${i}\r\nQUIT\r\n`],
          ['server', '331 password\r\n'],
          ['server', '530 no\r\n', 3],
          ['server', '221 bye\r\n'],
        ]),
      );
      assert.deepEqual(
        guessing(tries.flat()).map(({ rule, count }) => [rule, count]),
        [['login-guessing', 7]],
      );
    });

    it(`counts what ${name} refuses`, () => {
      const found = guessing([...connection(0, [...bad, ...bad, ...bad]), ...connection(3, [...bad, ...bad, ...bad])]);
      assert.deepEqual(
        found.map(({ sources, ports, count, severity }) => [sources, ports, count, severity]),
        [[[attacker], [port], 6, 'medium']],
      );
      assert.ok(found[0]?.title.startsWith(name));
    });

    it(`is quiet about ${name} logins that work, now and then after a mistake`, () => {
      const frames = Array.from({ length: 20 }, (_, i) => connection(i * 4, i % 10 === 0 ? [...bad, ...right] : right));
      assert.deepEqual(guessing(frames.flat()), []);
    });
  }

  it('does not count 530 to a command other than PASS', () => {
    const nagging = Array.from({ length: 10 }, (): Turn[] => [
      ['client', 'LIST\r\n'],
      ['server', '530 Please login with USER and PASS.\r\n'],
    ]).flat();
    const frames = talk({ at: 0, client: attacker, server, port: 21, sourcePort: 5000 }, [
      ['server', textBytes('220 FTP\r\n')],
      ...nagging,
    ]);
    assert.deepEqual(guessing(frames), []);
  });
});

describe('http-guessing', () => {
  const basic = (password: string): Uint8Array =>
    httpRequest('GET', '/basic', 'a.test', { Authorization: `Basic ${btoa(`anna:${password}`)}` });
  const form = (password: string): Uint8Array => {
    const body = `user=anna&pass=${password}`;
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': String(body.length) };
    return httpRequest('POST', '/signin', 'a.test', headers, body);
  };
  const page = (status: number, body = 'Invalid'): Uint8Array => httpResponse(status, 'x', body);
  const web = (at: number, turns: Turn[], client = attacker): Timed[] =>
    talk({ at, client, server, port: 80, sourcePort: 6000 + Math.round(at * 10) }, turns);
  const tries = (count: number, request: (i: number) => Uint8Array, answer: (i: number) => Uint8Array): Timed[] =>
    Array.from({ length: count }, (_, i) =>
      web(i, [
        ['client', request(i)],
        ['server', answer(i)],
      ]),
    ).flat();

  it('counts passwords that are refused', () => {
    const found = guessing(
      tries(
        6,
        (i) => basic(`p${i}`),
        () => page(401),
      ),
    );
    assert.deepEqual(
      found.map(({ rule, sources, targets, count }) => [rule, sources, targets, count]),
      [['http-guessing', [attacker], [server], 6]],
    );
    assert.equal(
      guessing(
        tries(
          6,
          (i) => form(`p${i}`),
          () => page(401),
        ),
      ).length,
      1,
    );
  });

  it('counts forms with different passwords that are answered all alike, and says when one was not', () => {
    const failing = tries(
      8,
      (i) => form(`p${i}`),
      () => page(200),
    );
    assert.deepEqual(
      guessing(failing).map(({ count, severity }) => [count, severity]),
      [[8, 'medium']],
    );
    const right = web(9, [
      ['client', form('right')],
      ['server', page(302, '')],
    ]);
    assert.equal(guessing([...failing, ...right])[0]?.severity, 'high');
  });

  it('counts passwords in the address, and leaves attacks on the program behind the form to their rule', () => {
    const query = (password: string): Uint8Array =>
      httpRequest('GET', `/signin?user=anna&password=${password}`, 'a.test');
    const inAddress = tries(
      8,
      (i) => query(`p${i}`),
      () => page(200),
    );
    assert.deepEqual(
      guessing(inAddress).map(({ count }) => count),
      [8],
    );
    const injected = tries(
      20,
      (i) => form(`x%27+AND+${i}%3D${i}--+-`),
      () => page(200),
    );
    assert.deepEqual(guessing(injected), []);
    const other = tries(
      20,
      (i) => httpRequest('GET', `/map?compass=${i}&bypass=${i}`, 'a.test'),
      () => page(200),
    );
    assert.deepEqual(guessing(other), []);
  });

  it('is quiet about challenges, one password over and over, forms without one, and logins that work', () => {
    const challenge = tries(
      40,
      () => httpRequest('GET', '/basic', 'a.test'),
      () => page(401),
    );
    const stale = tries(
      40,
      () => basic('old'),
      () => page(401),
    );
    const program = tries(
      40,
      () => form('same'),
      () => page(200),
    );
    const search = tries(
      40,
      (i) => httpRequest('POST', '/collect', 'a.test', { 'Content-Length': '5' }, `x=${100 + i}`),
      () => page(204, ''),
    );
    const working = tries(
      40,
      (i) => basic(`p${i}`),
      () => page(200),
    );
    const people = tries(
      12,
      (i) => form(`p${i}`),
      () => page(302, ''),
    );
    for (const frames of [challenge, stale, program, search, working, people]) assert.deepEqual(guessing(frames), []);
  });

  it('is quiet about one who mistypes at a form and then at a prompt', () => {
    const attempts = (one: (i: number) => Uint8Array, status: number): Turn[] =>
      Array.from({ length: 3 }, (_, i): Turn[] => [
        ['client', one(i), 3],
        ['server', page(status)],
      ]).flat();
    const turns = [...attempts((i) => form(`p${i}`), 200), ...attempts((i) => basic(`q${i}`), 401)];
    assert.deepEqual(guessing(web(0, turns)), []);
  });

  it('is quiet about one who mistypes twice', () => {
    const turns: Turn[] = ['wrong', 'wrongg', 'right'].flatMap((password): Turn[] => [
      ['client', form(password)],
      ['server', page(password === 'right' ? 302 : 200)],
    ]);
    assert.deepEqual(guessing(web(0, turns)), []);
  });
});
