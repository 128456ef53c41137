import assert from 'node:assert/strict';
import { tcpFlags } from '../../../../src/core/decode/packetView';
import { flowEvents } from '../../../../src/core/flows/flow';
import { sequenceAfter } from '../../../../src/core/flows/sequence';
import { TcpDirection, ackRttUs, analyzeSegment } from '../../../../src/core/flows/tcpAnalysis';
import { SegmentBudget } from '../../../../src/core/flows/unacknowledgedSegments';
import { LimitCounter } from '../../../../src/core/limits';

const { ack, fin, rst, syn } = tcpFlags;
const { fastRetransmission, spuriousRetransmission, lostSegment } = flowEvents;
const { suspectedRetransmission: retransmission, suspectedOutOfOrder: outOfOrder } = flowEvents;
/** Our own verdict stands beside that of tcp.analysis. */
const ownVerdict = flowEvents.retransmission | flowEvents.outOfOrder;

interface More {
  flags?: number;
  acknowledgment?: number;
  window?: number;
  length?: number;
  windowScale?: number;
}

/** Two directions of a connection with a handshake of `handshakeMs`; sequence numbers count from 1000 and 5000. */
class Exchange {
  readonly forward: TcpDirection;
  readonly reverse: TcpDirection;
  #timeMs = 0;

  constructor(
    readonly handshakeMs = 100,
    windowScale = -1,
  ) {
    const budget = new SegmentBudget(new LimitCounter('test', 1000));
    this.forward = new TcpDirection(budget);
    this.reverse = new TcpDirection(budget);
    this.send(1000, 0, { flags: syn, windowScale, acknowledgment: 0 });
    this.answer(5000, 1001, { flags: syn | ack, windowScale });
    this.send(1001, 0);
  }

  after(milliseconds: number): this {
    this.#timeMs += milliseconds;
    return this;
  }

  send(sequence: number, length: number, more: More = {}): number {
    return this.#segment(this.forward, this.reverse, sequence, more.acknowledgment ?? 5001, length, more);
  }

  answer(sequence: number, acknowledgment: number, more: More = {}): number {
    return this.#segment(this.reverse, this.forward, sequence, acknowledgment, more.length ?? 0, more);
  }

  /** Milliseconds that the segment that ends at `acknowledgment` waited until now. */
  waitedMs(acknowledgment: number): number {
    return ackRttUs(this.forward, acknowledgment, this.#timeMs * 1000) / 1000;
  }

  #segment(
    forward: TcpDirection,
    reverse: TcpDirection,
    tcpSequence: number,
    tcpAcknowledgment: number,
    payloadWireLength: number,
    more: More,
  ): number {
    this.#timeMs += 0.1;
    const segment = {
      timeUs: this.#timeMs * 1000,
      tcpSequence,
      tcpAcknowledgment,
      tcpFlags: more.flags ?? ack,
      tcpWindow: more.window ?? 500,
      tcpWindowScale: more.windowScale ?? -1,
      payloadWireLength,
    };
    const known = { initialRttUs: this.handshakeMs * 1000, tcpHandshakeMs: this.handshakeMs };
    return analyzeSegment(forward, reverse, segment, known) & ~ownVerdict;
  }
}

describe('analyzeSegment', () => {
  it('finds nothing in an orderly exchange', () => {
    const exchange = new Exchange();
    assert.equal(exchange.send(1001, 100), 0);
    assert.equal(exchange.send(1101, 100), 0);
    assert.equal(exchange.answer(5001, 1201), 0);
    assert.equal(exchange.send(1201, 0, { flags: fin | ack }), 0);
    assert.equal(exchange.answer(5001, 1202), 0);
  });

  it('takes a segment seen before for a retransmission', () => {
    const exchange = new Exchange();
    exchange.send(1001, 100);
    assert.equal(exchange.send(1001, 100), retransmission);
    assert.equal(exchange.after(300).send(1001, 100), retransmission);
    assert.equal(new Exchange().after(300).answer(5000, 1001, { flags: syn | ack }), retransmission);
  });

  it('tells a lost segment from the gap before the next one', () => {
    const exchange = new Exchange();
    assert.equal(exchange.send(1101, 100), lostSegment);
    assert.equal(exchange.send(1301, 0), lostSegment);
    assert.equal(exchange.send(9999, 0, { flags: rst }), 0);
  });

  it('takes a late segment for out of order within a handshake time of the highest one', () => {
    const exchange = new Exchange(100);
    exchange.send(1101, 100);
    assert.equal(exchange.after(90).send(1001, 100), outOfOrder);
    exchange.send(1301, 100);
    assert.equal(exchange.after(110).send(1201, 100), retransmission);
  });

  it('takes 3 ms where no handshake was seen', () => {
    const exchange = new Exchange(Number.NaN);
    exchange.send(1101, 100);
    assert.equal(exchange.after(2).send(1001, 100), outOfOrder);
    assert.equal(exchange.after(4).send(1001, 100), retransmission);
  });

  it('takes a copy within 20 ms of two duplicate ACKs for a fast retransmission', () => {
    const asked = (afterMs: number, duplicates: number): number => {
      const exchange = new Exchange(5);
      exchange.send(1001, 100);
      exchange.send(1201, 100);
      for (let i = 0; i <= duplicates; i++) exchange.answer(5001, 1101);
      return exchange.after(afterMs).send(1101, 100);
    };
    assert.equal(asked(10, 2), retransmission | fastRetransmission);
    assert.equal(asked(30, 2), retransmission);
    assert.equal(asked(10, 1), retransmission);
    assert.equal(asked(1, 1), outOfOrder);
  });

  it('calls a retransmission of what was acknowledged spurious', () => {
    const exchange = new Exchange();
    exchange.send(1001, 100);
    exchange.send(1101, 100);
    exchange.answer(5001, 1101);
    assert.equal(exchange.send(1001, 100), retransmission | spuriousRetransmission);
    assert.equal(exchange.send(1101, 100), retransmission);
  });

  it('counts an acknowledgment that repeats itself as duplicate, unless it carries data, FIN or another window', () => {
    const exchange = new Exchange();
    exchange.send(1001, 100);
    exchange.answer(5001, 1101);
    assert.equal(exchange.answer(5001, 1101), flowEvents.duplicateAck);
    assert.equal(exchange.answer(5001, 1101, { window: 600 }), flowEvents.windowUpdate);
    assert.equal(exchange.answer(5001, 1101, { window: 600, length: 10 }), 0);
    assert.equal(exchange.answer(5011, 1101, { window: 600, flags: fin | ack }), 0);
  });

  it('counts zero windows, probes of them, and their answers', () => {
    const exchange = new Exchange();
    exchange.send(1001, 100);
    assert.equal(exchange.answer(5001, 1101, { window: 0 }), flowEvents.zeroWindow);
    assert.equal(exchange.send(1101, 1), flowEvents.zeroWindowProbe);
    assert.equal(exchange.answer(5001, 1101, { window: 0 }), flowEvents.zeroWindow | flowEvents.zeroWindowProbeAck);
    assert.equal(exchange.answer(5001, 1101, { window: 500 }), flowEvents.windowUpdate);
    assert.equal(exchange.send(1101, 100), 0);
    assert.equal(exchange.answer(5001, 1201, { window: 0, flags: rst | ack }), 0);
  });

  it('takes a keep-alive and its answer for neither retransmission nor duplicate ACK', () => {
    const exchange = new Exchange();
    exchange.send(1001, 100);
    exchange.answer(5001, 1101);
    for (const length of [0, 1]) {
      assert.equal(exchange.after(60_000).send(1100, length), flowEvents.keepAlive);
      assert.equal(exchange.answer(5001, 1101), flowEvents.keepAliveAck);
    }
  });

  it('sees when data fills the window, scaled but in a SYN', () => {
    const exchange = new Exchange(100, 2);
    assert.equal(exchange.send(1001, 500), flowEvents.windowFull);
    exchange.answer(5001, 1501);
    assert.equal(exchange.send(1501, 500), 0);
    assert.equal(exchange.send(2001, 1500), flowEvents.windowFull);
  });

  it('sees an acknowledgment of what was not captured, once until the other side sends or acknowledges something new', () => {
    const exchange = new Exchange();
    assert.equal(exchange.answer(5001, 1301), flowEvents.ackedUnseenSegment);
    assert.equal(exchange.answer(5001, 1401), 0);
    assert.equal(exchange.send(1401, 100), lostSegment);
    assert.equal(exchange.answer(5001, 1601), flowEvents.ackedUnseenSegment);
    assert.equal(exchange.answer(5001, 1701), 0);
  });

  it('takes a segment that was acknowledged before for spurious, though nothing else of its side was seen', () => {
    const exchange = new Exchange();
    exchange.answer(5001, 1101);
    assert.equal(
      exchange.send(1001, 50) & (flowEvents.spuriousRetransmission | flowEvents.suspectedRetransmission),
      flowEvents.spuriousRetransmission | flowEvents.suspectedRetransmission,
    );
  });

  it('takes an acknowledgment past a gap that was filled for what it is', () => {
    const exchange = new Exchange();
    exchange.send(1101, 100);
    exchange.send(1001, 100);
    assert.equal(exchange.answer(5001, 1201), 0);
  });

  it('takes a SYN/ACK of another sequence for reused ports, and judges it by what was seen before', () => {
    const ahead = new Exchange();
    assert.equal(ahead.answer(9000, 1001, { flags: syn | ack }), flowEvents.reusedPorts | lostSegment);
    assert.equal(ahead.answer(9001, 1001, { length: 10 }), 0);
    assert.equal(ahead.after(200).answer(9000, 1001, { flags: syn | ack }), retransmission);
    const behind = new Exchange().after(200);
    assert.equal(behind.answer(4000, 1001, { flags: syn | ack }), flowEvents.reusedPorts | retransmission);
  });

  it('has seen nothing of a side that only reset with sequence number 0', () => {
    const exchange = new Exchange();
    exchange.reverse.reset();
    exchange.answer(0, 0, { flags: rst, window: 0 });
    assert.equal(exchange.answer(7000, 1001, { flags: syn | ack }), flowEvents.reusedPorts);
    assert.equal(exchange.answer(7001, 1001, { length: 10 }), 0);
  });

  it('takes a copy at once from a side that acknowledged unseen data for a fast retransmission', () => {
    const exchange = new Exchange();
    exchange.send(1001, 100, { acknowledgment: 5301 });
    assert.equal(exchange.send(1001, 100, { acknowledgment: 5301 }), retransmission | fastRetransmission);
    assert.equal(exchange.after(30).send(1001, 100, { acknowledgment: 5301 }), retransmission);
  });

  it('works across the wrap of sequence numbers', () => {
    assert.ok(sequenceAfter(5, -5));
    assert.ok(sequenceAfter(0x80000000 | 0, 0x7fffffff));
    const exchange = new Exchange(100);
    exchange.forward.nextSequence = 0xffffffd0 | 0;
    exchange.reverse.acknowledgment = 0xffffffd0 | 0;
    assert.equal(exchange.send(0xffffffd0, 100), 0);
    assert.equal(exchange.send(0x34, 100), 0);
    assert.equal(exchange.after(200).send(0xffffffd0, 100), retransmission);
  });
});

describe('ackRttUs', () => {
  it('measures from the segment that the acknowledgment ends with, once', () => {
    const exchange = new Exchange();
    exchange.after(1).send(1001, 100);
    exchange.after(1).send(1101, 100);
    assert.ok(Math.abs(exchange.after(5).waitedMs(1201) - 5) < 1e-6);
    assert.ok(Number.isNaN(exchange.waitedMs(1201)));
  });

  it('does not measure an acknowledgment of half a segment, or of nothing new', () => {
    const exchange = new Exchange();
    exchange.send(1001, 100);
    assert.ok(Number.isNaN(exchange.waitedMs(1050)));
    assert.ok(Number.isNaN(exchange.waitedMs(900)));
    assert.ok(exchange.waitedMs(1101) >= 0);
  });
});
