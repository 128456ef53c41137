import assert from 'node:assert/strict';
import { Engine } from '../../../../src/core/engine/engine';
import {
  defaultSeconds,
  echoFrame,
  hexBytes,
  portUnreachableFrame,
  rawPacket,
  tcpFrame,
  udpFrame,
} from '../../../support/packets';
import { findingsOf, isLoud, repeated, someAddress } from './ruleSupport';
import type { Timed } from './ruleSupport';

const attacker = '10.0.0.66';
const victim = '10.0.0.10';
/** Maximum segment size 1460, as every operating system sends it. */
const options = hexBytes('020405b4');

function syn(source: string, sourcePort: number, port = 80, more: { options?: Uint8Array } = {}): Uint8Array {
  const ends = { source, destination: victim, sourcePort, destinationPort: port };
  return tcpFrame({ ...ends, flags: 'S', sequence: 7, ...more });
}

function answer(source: string, sourcePort: number, flags: string, port = 80): Uint8Array {
  const ends = { source: victim, destination: source, sourcePort: port, destinationPort: sourcePort };
  return tcpFrame({ ...ends, flags, sequence: 100, acknowledgment: 8 });
}

function handshake(at: number, source: string, sourcePort: number, roundTrip: number): Timed[] {
  const ends = { source, destination: victim, sourcePort, destinationPort: 80 };
  return [
    [at, syn(source, sourcePort, 80, { options })],
    [at + roundTrip, answer(source, sourcePort, 'SA')],
    [at + roundTrip, tcpFrame({ ...ends, flags: 'A', sequence: 8, acknowledgment: 101 })],
  ];
}

function datagram(source: string, sourcePort: number, port: number, length: number): Uint8Array {
  return udpFrame({ source, destination: victim, sourcePort, destinationPort: port }, new Uint8Array(length));
}

describe('syn-flood', () => {
  it('tells one source from many, names target and port, and makes one finding of the flood', () => {
    const one = findingsOf(
      repeated(900, 0.003, (i) => syn(attacker, 2000 + i)),
      'syn-flood',
    );
    assert.equal(one.length, 1);
    assert.deepEqual(
      [one[0]?.threat, one[0]?.sources, one[0]?.targets, one[0]?.ports],
      ['dos', [attacker], [victim], [80]],
    );
    assert.equal(one[0]?.count, 900);
    assert.ok(one.every(isLoud));
    assert.ok(one[0].flows.length > 0 && one[0].packets.length > 0);

    const several = findingsOf(
      repeated(900, 0.003, (i) => syn(`10.0.0.${61 + (i % 3)}`, 2000 + i)),
      'syn-flood',
    );
    assert.deepEqual([several.length, several[0]?.threat, several[0]?.sources.length], [1, 'ddos', 3]);

    const forged = findingsOf(
      repeated(900, 0.003, (i) => syn(someAddress(i * 37), 2000)),
      'syn-flood',
    );
    assert.deepEqual([forged.length, forged[0]?.threat], [1, 'ddos']);
    assert.match(forged[0]?.title ?? '', /forged/);
  });

  it('is quiet about a busy server, however far its clients are', () => {
    for (const roundTrip of [0.001, 0.2, 0.9]) {
      const busy = Array.from({ length: 3000 }, (_, i) => handshake(i / 600, someAddress(i % 40), 2000 + i, roundTrip));
      assert.deepEqual(findingsOf(busy.flat(), 'syn-flood'), [], `${roundTrip} s`);
    }
  });

  it('is quiet about a burst of connections at once', () => {
    const burst = Array.from({ length: 2000 }, (_, i) => handshake(0.9 + i * 1e-5, attacker, 2000 + i, 0.4));
    assert.deepEqual(findingsOf(burst.flat(), 'syn-flood'), []);
  });

  it('does not tell a program aloud that tries a closed port over and over', () => {
    const tries = Array.from({ length: 900 }, (_, i): Timed[] => [
      [i * 0.003, syn(attacker, 2000 + i, 80, { options })],
      [i * 0.003 + 0.0001, answer(attacker, 2000 + i, 'RA')],
    ]);
    const found = findingsOf(tries.flat(), 'syn-flood');
    assert.deepEqual(
      found.map(({ severity }) => severity),
      ['low'],
    );
  });

  it('takes no scan of many ports for a flood', () => {
    assert.deepEqual(
      findingsOf(
        repeated(3000, 0.0003, (i) => syn(attacker, 40_000, 1 + i)),
        'syn-flood',
      ),
      [],
    );
  });

  it('is found, and stays within the limits, with more forged sources than any table holds', () => {
    const engine = new Engine({ localAddresses: [] });
    const frame = syn('1.2.3.4', 1234);
    for (let i = 0; i < 250_000; i++) {
      // The source address in the IPv4 header, by a generator that comes round after 2^32 steps.
      new DataView(frame.buffer).setUint32(26, (Math.imul(i, 1664525) + 1013904223) >>> 0);
      const nanoseconds = i * 20_000;
      engine.push(
        rawPacket(frame, {
          number: i + 1,
          seconds: defaultSeconds + Math.floor(nanoseconds / 1e9),
          nanoseconds: nanoseconds % 1e9,
        }),
      );
    }
    engine.finish();
    const found = engine.findings().filter(isLoud);
    assert.deepEqual(
      found.map(({ rule, threat, targets }) => [rule, threat, targets]),
      [['syn-flood', 'ddos', [victim]]],
    );
    assert.ok((found[0]?.sources.length ?? 0) <= 100);
    for (const { name, limit } of engine.snapshot().limits) assert.ok(limit > 0, name);
  });

  it('waits for more than is usual where much is usual', () => {
    // Attempts that fail all the time, and then four times as many.
    const usual = repeated(60 * 90, 1 / 90, (i) => syn(someAddress(i % 50), 1024 + (i % 60_000), 80, { options }));
    assert.deepEqual(findingsOf(usual, 'syn-flood'), []);
    const more = repeated(800, 1 / 400, (i) => syn(attacker, 1024 + i), 60);
    assert.equal(findingsOf([...usual, ...more], 'syn-flood').length, 1);
  });
});

describe('syn-flood, of segments that belong to no connection', () => {
  const stray = (i: number, flags: string): Uint8Array =>
    tcpFrame({
      source: attacker,
      destination: victim,
      sourcePort: 2000 + i,
      destinationPort: 80,
      flags,
      sequence: 7,
      acknowledgment: 9,
    });

  it('tells ACK, RST and FIN floods, answered by RST or not', () => {
    for (const flags of ['A', 'R', 'FA', 'PA']) {
      const frames = repeated(900, 0.003, (i) => stray(i, flags));
      if (flags === 'A') frames.push(...repeated(900, 0.003, (i) => answer(attacker, 2000 + i, 'R'), 0.001));
      const found = findingsOf(frames, 'syn-flood').filter(isLoud);
      assert.deepEqual(
        found.map(({ title, threat, sources, targets, ports }) => [title, threat, sources, targets, ports]),
        [[`TCP flood of ${victim} port 80 by ${attacker}`, 'dos', [attacker], [victim], [80]]],
        flags,
      );
    }
  });

  it('is quiet about many connections that began before the capture, and about scans', () => {
    const old = repeated(900, 0.003, (i) => stray(i, 'A'));
    old.push(...repeated(900, 0.003, (i) => answer(attacker, 2000 + i, 'A'), 0.001));
    assert.deepEqual(findingsOf(old, 'syn-flood'), []);
    const scan = repeated(900, 0.003, (i) =>
      tcpFrame({ source: attacker, destination: victim, sourcePort: 4000, destinationPort: 1 + i, flags: 'A' }),
    );
    assert.deepEqual(findingsOf(scan, 'syn-flood'), []);
  });
});

describe('udp-flood', () => {
  it('tells datagrams from changing ports that nobody answers', () => {
    const found = findingsOf(
      repeated(900, 0.002, (i) => datagram(attacker, 1024 + i, 9999, 120)),
      'udp-flood',
    );
    assert.deepEqual([found.length, found[0]?.threat, found[0]?.targets], [1, 'dos', [victim]]);
    assert.deepEqual(found[0]?.ports, [9999]);
    assert.ok(found.every(isLoud));
  });

  it('says logs and metrics low, however many, and a stream as fast to another port aloud', () => {
    const stream = (port: number): (string | undefined)[] =>
      findingsOf(
        repeated(6000, 0.0007, () => datagram(attacker, 40_000, port, 60)),
        'udp-flood',
      ).map(({ severity }) => severity);
    assert.deepEqual(stream(514), ['low']);
    assert.deepEqual(stream(8125), ['low']);
    assert.deepEqual(stream(9999), ['high']);
  });

  it('tells one fast stream that the target refuses', () => {
    const stream = repeated(2000, 0.001, () => datagram(attacker, 53, 40_125, 40));
    const refused = portUnreachableFrame(
      { source: victim, destination: attacker },
      datagram(attacker, 53, 40_125, 40).subarray(14),
    );
    const found = findingsOf([...stream, [0.5, refused]], 'udp-flood');
    assert.ok(found.length === 1 && found.every(isLoud));
    const metrics = repeated(2000, 0.008, () => datagram(attacker, 53, 8125, 40));
    assert.ok(!findingsOf([...metrics, [0.5, refused]], 'udp-flood').some(isLoud));
  });

  it('says video in one direction low, and nothing of what is answered', () => {
    const video = findingsOf(
      repeated(4000, 0.0005, () => datagram(attacker, 5000, 5004, 1316)),
      'udp-flood',
    );
    assert.deepEqual(
      video.map(({ severity }) => severity),
      ['low'],
    );
    const calls: Timed[] = [
      ...repeated(4000, 0.0005, () => datagram(attacker, 5000, 5004, 172)),
      [
        0.01,
        udpFrame({ source: victim, destination: attacker, sourcePort: 5004, destinationPort: 5000 }, new Uint8Array(4)),
      ],
    ];
    assert.deepEqual(findingsOf(calls, 'udp-flood'), []);
    const lookups = Array.from({ length: 2000 }, (_, i): Timed[] => [
      [i / 1000, datagram(attacker, 1024 + i, 53, 30)],
      [
        i / 1000 + 0.3,
        udpFrame(
          { source: victim, destination: attacker, sourcePort: 53, destinationPort: 1024 + i },
          new Uint8Array(90),
        ),
      ],
    ]);
    assert.deepEqual(findingsOf(lookups.flat(), 'udp-flood'), []);
  });
});

describe('icmp-flood', () => {
  const echo = (i: number, reply = false): Uint8Array =>
    echoFrame({
      source: reply ? victim : attacker,
      destination: reply ? attacker : victim,
      reply,
      identifier: 9,
      sequence: i & 0xffff,
    });

  it('tells echo requests by the hundred, answered or not, and the sender is no target of them', () => {
    const asked = repeated(600, 0.002, (i) => echo(i));
    const answered = repeated(600, 0.002, (i) => echo(i, true), 0.0005);
    for (const frames of [asked, [...asked, ...answered]]) {
      const found = findingsOf(frames, 'icmp-flood');
      assert.deepEqual([found.length, found[0]?.targets, found[0]?.threat], [1, [victim], 'dos']);
      assert.ok(found.every(isLoud));
    }
  });

  it('is quiet about pings', () => {
    assert.deepEqual(
      findingsOf(
        repeated(300, 0.02, (i) => echo(i)),
        'icmp-flood',
      ),
      [],
    );
  });
});

describe('amplification', () => {
  /** A DNS response, or an NTP packet of mode 7 (monlist). */
  const large = (server: string, port: number): Uint8Array => {
    const payload = new Uint8Array(440);
    if (port === 53) payload[2] = 0x84;
    else payload[0] = 0xd7;
    return udpFrame({ source: server, destination: victim, sourcePort: port, destinationPort: 41_000 }, payload);
  };

  it('tells large answers of many servers that nobody asked for', () => {
    const found = findingsOf(repeated(600, 0.002, (i) => large(someAddress(i % 80), i % 2 === 0 ? 123 : 53)));
    assert.deepEqual(
      found.filter(isLoud).map(({ rule, threat, targets, ports }) => [rule, threat, targets, ports]),
      [['amplification', 'ddos', [victim], [53, 123]]],
    );
  });

  it('leaves what is no answer to the rule for floods, whatever port it comes from', () => {
    const tool = repeated(4000, 0.001, () => datagram(someAddress(1), 53, 41_000, 440));
    assert.deepEqual(
      findingsOf(tool)
        .filter(isLoud)
        .map(({ rule, threat }) => [rule, threat]),
      [['udp-flood', 'dos']],
    );
  });

  it('is quiet about answers that were asked for', () => {
    const asked = Array.from({ length: 600 }, (_, i): Timed[] => {
      const server = someAddress(i % 80);
      const ends = { source: victim, destination: server, sourcePort: 20_000 + i, destinationPort: 53 };
      return [
        [i * 0.002, udpFrame(ends, new Uint8Array(40))],
        [i * 0.002 + 0.001, datagram(server, 53, 20_000 + i, 1200)],
      ];
    });
    assert.deepEqual(findingsOf(asked.flat()).filter(isLoud), []);
  });
});
