import assert from 'node:assert/strict';
import fc from 'fast-check';
import { tcpFlags } from '../../../../src/core/decode/packetView';
import { flowEvents } from '../../../../src/core/flows/flow';
import { sequenceAfter } from '../../../../src/core/flows/sequence';
import { TcpDirection, analyzeSegment } from '../../../../src/core/flows/tcpAnalysis';
import { SegmentBudget } from '../../../../src/core/flows/unacknowledgedSegments';
import { LimitCounter } from '../../../../src/core/limits';

const { ack } = tcpFlags;
const judged = flowEvents.retransmission | flowEvents.outOfOrder | flowEvents.lostSegment;
const direction = (): TcpDirection => new TcpDirection(new SegmentBudget(new LimitCounter('test', 10_000)));

function judge(
  forward: TcpDirection,
  reverse: TcpDirection,
  timeUs: number,
  tcpSequence: number,
  tcpAcknowledgment: number,
  payloadWireLength: number,
  flags: number,
  tcpWindow: number,
  handshakeUs: number,
): number {
  const segment = {
    timeUs,
    tcpSequence,
    tcpAcknowledgment,
    tcpFlags: flags,
    tcpWindow,
    tcpWindowScale: -1,
    payloadWireLength,
  };
  const known = { initialRttUs: handshakeUs, tcpHandshakeMs: handshakeUs / 1000 };
  return analyzeSegment(forward, reverse, segment, known) & judged;
}

/** Two directions of a connection with a handshake of `handshakeMs`; sequence numbers count from 1000 and 5000. */
class Exchange {
  readonly forward = direction();
  readonly reverse = direction();
  #timeMs = 0;

  constructor(readonly handshakeMs = 100) {
    this.send(1000, 0, { flags: tcpFlags.syn });
    this.answer(5000, 1001, { flags: tcpFlags.syn | ack });
    this.send(1001, 0);
  }

  after(milliseconds: number): this {
    this.#timeMs += milliseconds;
    return this;
  }

  send(
    sequence: number,
    length: number,
    more: { flags?: number; acknowledgment?: number; window?: number } = {},
  ): number {
    return this.#segment(this.forward, this.reverse, sequence, more.acknowledgment ?? 5001, length, more);
  }

  answer(
    sequence: number,
    acknowledgment: number,
    more: { flags?: number; window?: number; length?: number } = {},
  ): number {
    return this.#segment(this.reverse, this.forward, sequence, acknowledgment, more.length ?? 0, more);
  }

  #segment(
    forward: TcpDirection,
    reverse: TcpDirection,
    sequence: number,
    acknowledgment: number,
    length: number,
    more: { flags?: number; window?: number },
  ): number {
    this.#timeMs += 0.1;
    return judge(
      forward,
      reverse,
      this.#timeMs * 1000,
      sequence | 0,
      acknowledgment | 0,
      length,
      more.flags ?? ack,
      more.window ?? 500,
      this.handshakeMs * 1000,
    );
  }
}

describe('sentAgainEvent', () => {
  it('takes a segment seen before for a retransmission, at once as well', () => {
    const exchange = new Exchange();
    exchange.send(1001, 100);
    exchange.send(1101, 100);
    assert.equal(exchange.send(1001, 100), flowEvents.retransmission);
    assert.equal(exchange.after(300).send(1001, 100), flowEvents.retransmission);
  });

  it('tells a lost segment from the gap before the next one, and its late copy from reordering by time', () => {
    const exchange = new Exchange(100);
    assert.equal(exchange.send(1101, 100), flowEvents.lostSegment);
    assert.equal(exchange.send(1001, 100), flowEvents.outOfOrder);
    assert.equal(exchange.send(1301, 100), flowEvents.lostSegment);
    assert.equal(exchange.after(120).send(1201, 100), flowEvents.retransmission);
  });

  it('lets a duplicate ACK decide about a gap that is filled soon, where the round trip is short', () => {
    const reordered = new Exchange(0.1);
    reordered.send(1101, 100);
    assert.equal(reordered.after(1).send(1001, 100), flowEvents.outOfOrder);
    const asked = new Exchange(0.1);
    asked.answer(5001, 1001);
    asked.send(1101, 100);
    asked.answer(5001, 1001);
    assert.equal(asked.after(1).send(1001, 100), flowEvents.retransmission);
  });

  it('takes a second copy of what filled a gap for a retransmission', () => {
    const exchange = new Exchange(100);
    exchange.send(1101, 100);
    exchange.send(1001, 100);
    assert.equal(exchange.send(1001, 100), flowEvents.retransmission);
  });

  it('takes a copy right after two duplicate ACKs for a fast retransmission', () => {
    const exchange = new Exchange(1000);
    exchange.send(1001, 100);
    exchange.send(1201, 100);
    exchange.answer(5001, 1101);
    exchange.answer(5001, 1101);
    exchange.answer(5001, 1101);
    assert.equal(exchange.send(1101, 100), flowEvents.retransmission);
  });

  it('counts a spurious retransmission of what was acknowledged', () => {
    const exchange = new Exchange();
    exchange.send(1001, 100);
    exchange.answer(5001, 1101);
    assert.equal(exchange.send(1001, 100), flowEvents.retransmission);
  });

  it('works across the wrap of sequence numbers', () => {
    assert.ok(sequenceAfter(5, -5));
    assert.ok(sequenceAfter(0x80000000 | 0, 0x7fffffff));
    const forward = direction();
    const reverse = direction();
    const send = (sequence: number): number => judge(forward, reverse, 0, sequence | 0, 0, 100, ack, 500, Number.NaN);
    assert.equal(send(0xffffffd0), 0);
    assert.equal(send(0x34), 0);
    assert.equal(send(0xffffffd0), flowEvents.retransmission);
  });

  it('finds as many retransmissions as a record of every byte, for segments in any order', () => {
    const segments = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 3 })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(segments, (sent) => {
        const forward = direction();
        const reverse = direction();
        const seen = new Set<number>();
        let highest = -1;
        for (const [position, size] of sent) {
          const first = 7000 + position * 10;
          const blocks = Array.from({ length: size }, (_, i) => position + i);
          const events = judge(forward, reverse, 0, first, 0, size * 10, ack, 500, 1000);
          const repeats = highest >= 0 && position < highest && !blocks.some((b) => b < highest && !seen.has(b));
          if (highest < 0) for (let b = 0; b < position; b++) seen.add(b);
          for (const block of blocks) seen.add(block);
          assert.equal((events & flowEvents.retransmission) !== 0, repeats);
          highest = Math.max(highest, position + size);
        }
      }),
    );
  });
});
