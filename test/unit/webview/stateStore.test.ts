import assert from 'node:assert/strict';
import { StateStore } from '../../../webview/common/stateStore';
import type { ViewState } from '../../../src/protocol/webviewMessages';
import { fixtureViewState } from '../../e2e/preview/fixtures';

function store(draw: (state: ViewState) => void = () => undefined) {
  const frames: (() => void)[] = [];
  const drawnStates: number[] = [];
  const acknowledged: number[] = [];
  const target = new StateStore({
    schedule: (callback) => frames.push(callback),
    draw: (state) => {
      drawnStates.push(state.sequence);
      draw(state);
    },
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
    });
    target.accept(state(1));
    assert.throws(() => frames.shift()?.(), /cannot draw/);
    assert.deepEqual(acknowledged, [1]);
    target.accept(state(2));
    frames.shift()?.();
    assert.deepEqual(acknowledged, [1, 2]);
  });
});
