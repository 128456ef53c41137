import assert from 'node:assert/strict';
import type { AnalyzerEvent, FromAnalyzer } from '../../../src/protocol/analyzerMessages';
import { Outbox } from '../../../src/analyzer/outbox';
import type { Finding } from '../../../src/protocol/finding';
import type { RunState, Snapshot } from '../../../src/protocol/snapshot';
import { fixtureFinding } from '../../e2e/preview/fixtures';

function started() {
  const written: { message: FromAnalyzer; done: () => void }[] = [];
  const outbox = new Outbox((message, done) => written.push({ message, done }));
  const names = (): string[] =>
    written.map(({ message }) => {
      if (!('event' in message)) return 'answer';
      const { event } = message;
      return event.type === 'findings' ? `findings ${event.run}` : event.type;
    });
  return { outbox, written, names };
}

const findings = (run: string): AnalyzerEvent => ({ type: 'findings', run, ids: [], findings: [], silenced: [] });
const snapshot = (state: RunState): AnalyzerEvent => ({ type: 'snapshot', snapshot: { state } as Snapshot });

describe('Outbox', () => {
  it('has one list of findings on its way, and the newest waiting', () => {
    const { outbox, written, names } = started();
    for (const run of ['1', '2', '3', '4']) outbox.send(findings(run));
    assert.deepEqual(names(), ['findings 1']);
    written[0]?.done();
    assert.deepEqual(names(), ['findings 1', 'findings 4']);
    written[1]?.done();
    assert.equal(written.length, 2);
    outbox.send(findings('5'));
    assert.deepEqual(names(), ['findings 1', 'findings 4', 'findings 5']);
  });

  it('loses no news of those that wait together', () => {
    const { outbox, written } = started();
    const of = (id: string, count: number): Finding => ({ ...fixtureFinding(0, 'high'), id, count });
    const send = (ids: string[], findings: Finding[]): void =>
      outbox.send({ type: 'findings', run: '1', ids, findings, silenced: [] });
    send([], []);
    send(['a', 'b', 'gone'], [of('a', 1), of('b', 1), of('gone', 1)]);
    send(['b', 'a'], [of('b', 2)]);
    written[0]?.done();
    const [, second] = written.map(({ message }) => ('event' in message ? message.event : null));
    assert.deepEqual(second, {
      type: 'findings',
      run: '1',
      ids: ['b', 'a'],
      findings: [of('a', 1), of('b', 2)],
      silenced: [],
    });
  });

  it('sends the last findings before the end of the run, once', () => {
    const { outbox, written, names } = started();
    outbox.send(findings('1'));
    outbox.send(findings('2'));
    outbox.send(snapshot('reading'));
    outbox.send(snapshot('finished'));
    assert.deepEqual(names(), ['findings 1', 'snapshot', 'findings 2', 'snapshot']);
    for (let at = 0; at < written.length; at++) written[at]?.done();
    assert.equal(written.length, 4);
  });

  it('leaves out what the next one replaces while others wait, never answers and ends', () => {
    const { outbox, written, names } = started();
    const progress: AnalyzerEvent = { type: 'progress', run: '1', readBytes: 1, totalBytes: 2, packets: 3 };
    for (let at = 0; at < 20; at++) outbox.send(progress);
    assert.equal(written.length, 8);
    outbox.send(snapshot('capturing'));
    assert.equal(written.length, 8);
    outbox.post({ id: 1, ok: {} });
    outbox.send(snapshot('failed'));
    assert.deepEqual(names().slice(8), ['answer', 'snapshot']);
    for (const { done } of written) done();
    outbox.send(progress);
    assert.equal(written.length, 11);
  });
});
