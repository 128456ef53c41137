import assert from 'node:assert/strict';
import fc from 'fast-check';
import { StatePump } from '../../../src/extension/panels/statePump';

/** A clock that moves when told to. */
class ManualClock {
  nowMs = 1000;
  private timers: { atMs: number; callback: () => void }[] = [];

  readonly setTimer = (callback: () => void, delayMs: number): { dispose: () => void } => {
    const timer = { atMs: this.nowMs + delayMs, callback };
    this.timers.push(timer);
    return { dispose: () => (this.timers = this.timers.filter((other) => other !== timer)) };
  };

  advance(byMs: number): void {
    const endMs = this.nowMs + byMs;
    for (;;) {
      const next = this.timers.filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.callback();
    }
    this.nowMs = endMs;
  }
}

function setUp(minIntervalMs = 100): {
  clock: ManualClock;
  pump: StatePump;
  posts: { sequence: number; atMs: number }[];
} {
  const clock = new ManualClock();
  const posts: { sequence: number; atMs: number }[] = [];
  const pump = new StatePump({
    post: (sequence) => posts.push({ sequence, atMs: clock.nowMs }),
    minIntervalMs: () => minIntervalMs,
    now: () => clock.nowMs,
    setTimer: clock.setTimer,
  });
  return { clock, pump, posts };
}

describe('StatePump', () => {
  it('posts nothing before the page listens, then the newest at once', () => {
    const { clock, pump, posts } = setUp();
    pump.invalidate();
    clock.advance(10_000);
    assert.equal(posts.length, 0);
    pump.ready();
    assert.equal(posts.length, 1);
  });

  it('keeps one in flight and posts the newest after drawn', () => {
    const { clock, pump, posts } = setUp();
    pump.ready();
    pump.invalidate();
    pump.invalidate();
    clock.advance(500);
    assert.equal(posts.length, 1);
    pump.drawn(posts[0]!.sequence);
    assert.equal(posts.length, 2);
    pump.drawn(posts[1]!.sequence);
    clock.advance(5000);
    assert.equal(posts.length, 2, 'nothing new, nothing posted');
  });

  it('ignores drawn of another state', () => {
    const { clock, pump, posts } = setUp();
    pump.ready();
    pump.invalidate();
    pump.drawn(99);
    clock.advance(500);
    assert.equal(posts.length, 1);
  });

  it('goes on after two seconds without drawn', () => {
    const { clock, pump, posts } = setUp();
    pump.ready();
    pump.invalidate();
    clock.advance(1999);
    assert.equal(posts.length, 1);
    clock.advance(1);
    assert.equal(posts.length, 2);
  });

  it('posts nothing while hidden and the newest when it comes back', () => {
    const { clock, pump, posts } = setUp();
    pump.ready();
    pump.drawn(posts[0]!.sequence);
    pump.setVisible(false);
    pump.invalidate();
    clock.advance(10_000);
    assert.equal(posts.length, 1);
    pump.setVisible(true);
    assert.equal(posts.length, 2);
  });

  it('posts again when the page was loaded again, whatever was in flight', () => {
    const { pump, posts } = setUp();
    pump.ready();
    pump.ready();
    assert.equal(posts.length, 2);
    assert.notEqual(posts[0]!.sequence, posts[1]!.sequence);
  });

  it('posts nothing after dispose', () => {
    const { clock, pump, posts } = setUp();
    pump.ready();
    pump.invalidate();
    pump.dispose();
    clock.advance(10_000);
    pump.ready();
    assert.equal(posts.length, 1);
  });

  it('never posts faster than allowed or twice in flight, and always ends up with the newest', () => {
    const step = fc.oneof(
      fc.constant({ kind: 'invalidate' as const }),
      fc.constant({ kind: 'drawn' as const }),
      fc.constant({ kind: 'hide' as const }),
      fc.constant({ kind: 'show' as const }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 700 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const clock = new ManualClock();
        let version = 0;
        let shownVersion = -1;
        let waiting: number | null = null;
        let waitingSinceMs = 0;
        let visible = true;
        let postedMs = Number.NEGATIVE_INFINITY;
        const pump = new StatePump({
          post: (sequence) => {
            assert.ok(visible, 'posted while hidden');
            assert.ok(clock.nowMs - postedMs >= 100, 'posted too soon');
            assert.ok(waiting === null || clock.nowMs - waitingSinceMs >= 2000, 'two in flight');
            postedMs = clock.nowMs;
            waiting = sequence;
            waitingSinceMs = clock.nowMs;
            shownVersion = version;
          },
          minIntervalMs: () => 100,
          now: () => clock.nowMs,
          setTimer: clock.setTimer,
        });
        pump.ready();
        for (const s of steps) {
          if (s.kind === 'invalidate') {
            version += 1;
            pump.invalidate();
          } else if (s.kind === 'drawn') {
            const drawn = waiting;
            waiting = null;
            if (drawn !== null) pump.drawn(drawn);
          } else if (s.kind === 'wait') {
            clock.advance(s.ms);
          } else {
            visible = s.kind === 'show';
            waiting = null;
            pump.setVisible(visible);
          }
        }
        visible = true;
        waiting = null;
        pump.setVisible(true);
        clock.advance(2500);
        assert.equal(shownVersion, version);
      }),
    );
  });
});
