import assert from 'node:assert/strict';
import { echoFrame, filler } from '../../../../support/packets';
import { atLeastMedium, findingsOf } from '../traffic';
import type { Timed } from '../traffic';

const ends = { source: '10.0.0.21', destination: '198.51.100.9' };
const back = { source: ends.destination, destination: ends.source };

/** Echo requests with `data`, each answered with `answer` of it. */
function echoes(
  count: number,
  data: (index: number) => Uint8Array,
  answer: (sent: Uint8Array, index: number) => Uint8Array = (sent) => sent,
): Timed[] {
  return Array.from({ length: count }, (_, index): Timed[] => {
    const sent = data(index);
    const same = { identifier: 7, sequence: index };
    return [
      [index / 4, echoFrame({ ...ends, ...same, reply: false }, sent)],
      [index / 4 + 0.01, echoFrame({ ...back, ...same, reply: true }, answer(sent, index))],
    ];
  }).flat();
}

/** As Linux fills it: a time stamp, then counting. */
function pattern(length: number, index: number): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, at) => at & 255);
  bytes.set(filler(Math.min(16, length), index + 1));
  return bytes;
}

describe('rule icmp-tunnel', () => {
  it('finds replies that do not bring the data of their requests back', () => {
    const found = findingsOf(
      echoes(
        60,
        (i) => filler(60 + ((i * 37) % 900), i),
        (_sent, i) => filler(80 + ((i * 53) % 700), 1000 + i),
      ),
    );
    assert.equal(found.length, 1);
    const finding = found[0]!;
    assert.deepEqual([finding.rule, finding.threat, finding.severity], ['icmp-tunnel', 'exfiltration', 'high']);
    assert.deepEqual([finding.sources, finding.targets], [['10.0.0.21'], ['198.51.100.9']]);
    assert.equal(finding.evidence.find(({ name }) => name === 'replies with other data')?.observed, 60);
  });

  it('finds data that only goes out, and small answers', () => {
    const out = findingsOf(echoes(40, (i) => filler(300 + ((i * 91) % 1000), i)));
    assert.equal(atLeastMedium(out).length, 1);
    assert.ok(out[0]!.against.some((text) => text.includes('brought its request back')));
    const file = echoes(40, (i) => filler(1200, i));
    assert.equal(atLeastMedium(findingsOf(file)).length, 1);
    const small = echoes(
      10,
      (i) => filler(48, i),
      (_sent, i) => filler(48, 500 + i),
    );
    assert.equal(atLeastMedium(findingsOf(small)).length, 1);
  });

  it('says nothing of pings of any length and pattern', () => {
    assert.deepEqual(findingsOf(echoes(50, (i) => pattern(56, i))), []);
    assert.deepEqual(findingsOf(echoes(50, (i) => pattern(56 + i * 20, i))), []);
    const letters = Uint8Array.from({ length: 32 }, (_, at) => 97 + (at % 23));
    assert.deepEqual(findingsOf(echoes(50, () => letters)), []);
    assert.deepEqual(findingsOf(echoes(50, () => new Uint8Array(0))), []);
    assert.deepEqual(findingsOf(echoes(50, () => new Uint8Array(1000).fill(0x58))), []);
  });

  it('leaves a damaged reply or two, and random data of one length, below medium', () => {
    const damaged = echoes(
      50,
      (i) => pattern(56, i),
      (sent, i) => (i < 2 ? filler(56, 9) : sent),
    );
    assert.deepEqual(atLeastMedium(findingsOf(damaged)), []);
    assert.deepEqual(atLeastMedium(findingsOf(echoes(50, (i) => filler(64, i)))), []);
  });
});
