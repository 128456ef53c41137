import assert from 'node:assert/strict';
import { StateStore } from '../../../webview/common/stateStore';
import type { DrawParts } from '../../../webview/common/stateStore';
import type { ViewState } from '../../../src/protocol/webviewMessages';
import { fixtureViewState } from '../../e2e/preview/fixtures';

function store(draw: (state: ViewState) => DrawParts = () => [], now: () => number = () => 0) {
  const frames: (() => void)[] = [];
  const drawnStates: number[] = [];
  const acknowledged: number[] = [];
  const target = new StateStore({
    schedule: (callback) => frames.push(callback),
    draw: (state) => {
      drawnStates.push(state.sequence);
      return draw(state);
    },
    now,
    drawn: (sequence) => acknowledged.push(sequence),
  });
  return {
    target,
    frames,
    drawnStates,
    acknowledged,
    state: (sequence: number) => fixtureViewState(null, { sequence }),
  };
}

describe('webview state store', () => {
  it('draws the newest of the states that arrived before the frame, and says so', () => {
    const { target, frames, drawnStates, acknowledged, state } = store();
    target.accept(state(1));
    target.accept(state(2));
    assert.equal(frames.length, 1);
    frames.shift()?.();
    assert.deepEqual(drawnStates, [2]);
    assert.deepEqual(acknowledged, [2]);
    assert.equal(target.current?.sequence, 2);
  });

  it('draws a sender that started counting anew', () => {
    const { target, frames, drawnStates, state } = store();
    target.accept(state(90));
    frames.shift()?.();
    target.accept(state(1));
    frames.shift()?.();
    assert.deepEqual(drawnStates, [90, 1]);
  });

  it('draws again on request, and nothing before there is a state', () => {
    const { target, frames, drawnStates, state } = store();
    target.redraw();
    assert.equal(frames.length, 0);
    target.accept(state(1));
    frames.shift()?.();
    target.redraw();
    frames.shift()?.();
    assert.deepEqual(drawnStates, [1, 1]);
  });

  it('acknowledges a state that could not be drawn, so that the next one comes', () => {
    const { target, frames, acknowledged, state } = store((each) => {
      if (each.sequence === 1) throw new Error('cannot draw');
      return [];
    });
    target.accept(state(1));
    assert.throws(() => frames.shift()?.(), /cannot draw/);
    assert.deepEqual(acknowledged, [1]);
    target.accept(state(2));
    frames.shift()?.();
    assert.deepEqual(acknowledged, [1, 2]);
  });

  it('draws what takes too long for a frame over several, one state at a time, and says so at the end', () => {
    let timeMs = 0;
    const done: string[] = [];
    const slow = (name: string) => () => {
      done.push(name);
      timeMs += 5;
    };
    const { target, frames, acknowledged, state } = store(
      ({ sequence }) => ['a', 'b', 'c', 'd', 'e'].map((part) => slow(`${sequence}${part}`)),
      () => timeMs,
    );
    target.accept(state(1));
    frames.shift()?.();
    assert.deepEqual(done, ['1a', '1b']);
    target.accept(state(2));
    assert.equal(frames.length, 1, 'one frame at a time');
    frames.shift()?.();
    assert.deepEqual(acknowledged, []);
    frames.shift()?.();
    assert.deepEqual(done, ['1a', '1b', '1c', '1d', '1e']);
    assert.deepEqual(acknowledged, [1]);
    while (frames.length > 0) frames.shift()?.();
    assert.deepEqual(done.slice(5), ['2a', '2b', '2c', '2d', '2e']);
    assert.deepEqual(acknowledged, [1, 2]);
  });

  it('gives up the rest of a state of which a part could not be drawn, and goes on with the next', () => {
    const { target, frames, drawnStates, acknowledged, state } = store(({ sequence }) => [
      () => assert.notEqual(sequence, 1, 'cannot draw'),
    ]);
    target.accept(state(1));
    assert.throws(() => frames.shift()?.(), /cannot draw/);
    assert.deepEqual(acknowledged, [1]);
    target.accept(state(2));
    frames.shift()?.();
    assert.deepEqual(drawnStates, [1, 2]);
    assert.deepEqual(acknowledged, [1, 2]);
  });
});
