import assert from 'node:assert/strict';
import type { Finding } from '../../../../src/protocol/finding';
import { tcpFrame } from '../../../support/packets';
import { findingsOf, talk } from './ruleSupport';
import type { Timed } from './ruleSupport';

const client = '10.0.0.21';
const server = '10.0.0.10';

/** `count` segments of a server, 10 ms apart, of which each one for which `again` says so is sent a second time. */
function download(count: number, again: (i: number) => boolean, laterSeconds = 0.005): Timed[] {
  const frames = talk({ at: 0, client, server, port: 9000, sourcePort: 5000, end: 'open' }, []);
  for (let i = 0; i < count; i++) {
    const ends = { source: server, destination: client, sourcePort: 9000, destinationPort: 5000 };
    const segment = tcpFrame(
      { ...ends, flags: 'A', sequence: 5001 + i * 100, acknowledgment: 1001 },
      new Uint8Array(100),
    );
    frames.push([1 + i * 0.01, segment]);
    if (again(i)) frames.push([1 + i * 0.01 + laterSeconds, segment]);
  }
  return frames;
}

function trouble(frames: Timed[]): Finding[] {
  return findingsOf(frames, 'tcp-trouble');
}

describe('tcp-trouble', () => {
  it('tells a storm of retransmissions, by its part of the segments', () => {
    const low = trouble(download(2000, (i) => i % 5 === 0));
    assert.deepEqual(
      low.map(({ threat, severity, sources, targets }) => [threat, severity, sources, targets]),
      [['health', 'low', [client], [server]]],
    );
    assert.equal(trouble(download(2000, () => true))[0]?.severity, 'medium');
  });

  it('is quiet about a few in a hundred, and about short trouble', () => {
    assert.deepEqual(trouble(download(3000, (i) => i % 50 === 0)), []);
    assert.deepEqual(trouble(download(60, () => true)), []);
  });

  it('does not take packets that the capture holds twice for sent again', () => {
    assert.deepEqual(trouble(download(2000, () => true, 0.0004)), []);
    // What is lost besides shows all the same.
    const both = [...download(2000, () => true, 0.0004), ...download(2000, (i) => i % 2 === 0).slice(3)];
    assert.equal(trouble(both).length, 1);
  });

  it('does not take a SYN that is sent over and over from one port for trouble', () => {
    const ends = { source: client, destination: server, sourcePort: 5000, destinationPort: 80 };
    const back = { source: server, destination: client, sourcePort: 80, destinationPort: 5000 };
    const frames: Timed[] = [];
    for (let i = 0; i < 500; i++) {
      frames.push([i * 0.01, tcpFrame({ ...ends, flags: 'S', sequence: 7 })]);
      frames.push([i * 0.01 + 0.001, tcpFrame({ ...back, flags: 'SA', sequence: 9, acknowledgment: 8 })]);
    }
    assert.deepEqual(trouble(frames), []);
  });

  it('tells a receiver that closes its window over and over', () => {
    const frames = talk({ at: 0, client, server, port: 9000, sourcePort: 5000, end: 'open' }, []);
    for (let i = 0; i < 100; i++) {
      const ends = { source: client, destination: server, sourcePort: 5000, destinationPort: 9000 };
      frames.push([1 + i * 0.05, tcpFrame({ ...ends, flags: 'A', sequence: 1001, acknowledgment: 5001, window: 0 })]);
    }
    assert.deepEqual(
      trouble(frames).map(({ severity }) => severity),
      ['low'],
    );
    assert.deepEqual(trouble(frames.slice(0, 30)), []);
  });
});
