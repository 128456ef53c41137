import assert from 'node:assert/strict';
import type { Finding } from '../../../../src/protocol/finding';
import { tlsClientHello, tlsRecord, tlsServerHello } from '../../../support/packets';
import { findingsOf, talk } from './ruleSupport';
import type { Timed, Turn } from './ruleSupport';

const attacker = '10.0.0.66';
const server = '10.0.0.10';

function guessing(frames: Timed[]): Finding[] {
  return findingsOf(frames).filter(({ threat }) => threat === 'brute-force');
}

/** An SMB2 message in a NetBIOS session message. */
function smb2(command: number, status: number): Uint8Array {
  const bytes = new Uint8Array(4 + 64 + 16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length - 4);
  view.setUint32(4, 0xfe534d42);
  view.setUint16(8, 64, true);
  view.setUint32(12, status, true);
  view.setUint16(16, command, true);
  return bytes;
}

describe('smb-guessing', () => {
  const login = (at: number, status: number): Timed[] =>
    talk({ at, client: attacker, server, port: 445, sourcePort: 5000 + at }, [
      ['client', smb2(0, 0)],
      ['server', smb2(0, 0)],
      ['client', smb2(1, 0)],
      // More processing required: the second half of NTLM follows.
      ['server', smb2(1, 0xc0000016)],
      ['client', smb2(1, 0)],
      ['server', smb2(1, status)],
    ]);

  it('counts sessions that are refused, and says when one was not', () => {
    const failing = Array.from({ length: 6 }, (_, i) => login(i, 0xc000006d)).flat();
    assert.deepEqual(
      guessing(failing).map(({ rule, sources, ports, count, severity }) => [rule, sources, ports, count, severity]),
      [['smb-guessing', [attacker], [445], 6, 'medium']],
    );
    assert.equal(guessing([...failing, ...login(9, 0)])[0]?.severity, 'high');
  });

  it('is quiet about sessions that work', () => {
    assert.deepEqual(guessing(Array.from({ length: 40 }, (_, i) => login(i, 0)).flat()), []);
  });
});

describe('session-guessing', () => {
  const session = (at: number, i: number, length = 90, port = 993): Timed[] => {
    const turns: Turn[] = [
      ['client', tlsClientHello('mail.test')],
      ['server', tlsServerHello()],
      ['client', tlsRecord(23, new Uint8Array(length))],
      ['server', tlsRecord(23, new Uint8Array(120)), 1],
    ];
    return talk({ at, client: attacker, server, port, sourcePort: 5000 + i }, turns);
  };

  it('tells short sessions that are all alike, several at a time', () => {
    const found = guessing(Array.from({ length: 16 }, (_, i) => session(i * 0.4, i, 90 + (i % 5))).flat());
    assert.deepEqual(
      found.map(({ rule, sources, targets, ports }) => [rule, sources, targets, ports]),
      [['session-guessing', [attacker], [server], [993]]],
    );
  });

  it('is quiet about checks one after the other, sessions of all sizes, and services without a login', () => {
    const checks = Array.from({ length: 60 }, (_, i) => session(i * 2, i)).flat();
    const fetching = Array.from({ length: 30 }, (_, i) => session(i * 0.4, i, 90 + ((i * 397) % 4000))).flat();
    const web = Array.from({ length: 16 }, (_, i) => session(i * 0.4, i, 90, 443)).flat();
    for (const frames of [checks, fetching, web]) assert.deepEqual(guessing(frames), []);
  });

  /** One session with a question and an answer for each of `asked`, so many seconds late. */
  const questions = (asked: readonly number[], lateSeconds: number, answered: (i: number) => number): Timed[] => {
    const turns: Turn[] = [
      ['client', tlsClientHello('mail.test')],
      ['server', tlsServerHello()],
      ['client', tlsRecord(20, new Uint8Array(1))],
      ['server', tlsRecord(23, new Uint8Array(80))],
      ...asked.flatMap((length, i): Turn[] => [
        ['client', tlsRecord(23, new Uint8Array(length)), 0.1],
        ['server', tlsRecord(23, new Uint8Array(answered(i))), lateSeconds],
      ]),
    ];
    return talk({ at: 0, client: attacker, server, port: 993, sourcePort: 5000 }, turns);
  };
  const passwords = [40, 43, 38, 41, 45, 40, 44, 39];

  it('tells passwords that are tried within one session', () => {
    const found = guessing(questions(passwords, 2, () => 62));
    assert.deepEqual(
      found.map(({ rule, sources, targets, ports, count }) => [rule, sources, targets, ports, count]),
      [['session-guessing', [attacker], [server], [993], 8]],
    );
  });

  it('is quiet about a session in which equal commands are slow, answers differ, or come at once', () => {
    const noop = passwords.map((_, i) => (i < 4 ? 40 : 41));
    for (const frames of [
      questions(noop, 2, () => 62),
      questions(passwords, 2, (i) => 62 + 20 * i),
      questions(passwords, 0.05, () => 62),
      questions(passwords.slice(0, 5), 2, () => 62),
    ]) {
      assert.deepEqual(guessing(frames), []);
    }
  });

  it('tells guesses at RDP, which begins with its own negotiation, and not one who works with it', () => {
    // [MS-RDPBCGR] 2.2.1.1 and 2.2.1.2: X.224 connection request and confirm that ask for and choose CredSSP.
    const request = Uint8Array.of(3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0);
    const confirm = Uint8Array.of(3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0, 8, 0, 2, 0, 0, 0);
    const login = (at: number, i: number, more: Turn[] = []): Timed[] => {
      const turns: Turn[] = [
        ['client', request],
        ['server', confirm],
        ['client', tlsClientHello('desktop.test')],
        ['server', tlsServerHello()],
        ['client', tlsRecord(23, new Uint8Array(500 + (i % 7)))],
        ['server', tlsRecord(23, new Uint8Array(200)), 0.5],
        ...more,
      ];
      return talk({ at, client: attacker, server, port: 3389, sourcePort: 5000 + i }, turns);
    };
    const found = guessing(Array.from({ length: 16 }, (_, i) => login(i * 0.3, i)).flat());
    assert.deepEqual(
      found.map(({ rule, ports, title }) => [rule, ports, title.startsWith('RDP login guessing')]),
      [['session-guessing', [3389], true]],
    );
    const work = Array.from({ length: 200 }, (): Turn[] => [
      ['client', tlsRecord(23, new Uint8Array(60)), 0.2],
      ['server', tlsRecord(23, new Uint8Array(900))],
    ]).flat();
    assert.deepEqual(guessing([...login(0, 1, work), ...login(100, 2, work)]), []);
  });

  it('tells short sessions one after the other whose sizes differ as passwords do', () => {
    const found = guessing(Array.from({ length: 20 }, (_, i) => session(i * 3, i, 90 + ((i * 7) % 12))).flat());
    assert.deepEqual(
      found.map(({ rule }) => rule),
      ['session-guessing'],
    );
  });
});
