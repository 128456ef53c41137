import assert from 'node:assert/strict';
import { ViewPause } from '../../../src/extension/panels/viewPause';
import { captureOptions, parseOption } from '../../../src/extension/capture/optionsModel';
import { parseSettings } from '../../../src/extension/settings';
import { statusText } from '../../../src/extension/views/statusText';
import { fixtureSnapshot } from '../../e2e/preview/fixtures';

const at = (packets: number, change: object = {}) => fixtureSnapshot('live', { packets, ...change });

describe('a paused view', () => {
  it('keeps what it showed, tells what has come since, and moves on when asked', () => {
    const pause = new ViewPause();
    pause.set(true, { snapshot: at(100), findings: [] });
    const loss = { received: 300, droppedByKernel: 9, shedByHelper: 0 };
    const shown = pause.view(at(250, { captureLoss: loss }), []);
    assert.equal(shown.snapshot?.packets, 100);
    assert.deepEqual(shown.snapshot?.captureLoss, loss);
    assert.deepEqual(shown.paused, { packets: 250 });
    pause.set(false, { snapshot: at(250), findings: [] });
    assert.equal(pause.view(at(260), []).snapshot?.packets, 260);
  });

  it('moves again with the end of the capture and with another one', () => {
    for (const next of [at(250, { state: 'finished' }), at(5, { run: 'other' })]) {
      const pause = new ViewPause();
      pause.set(true, { snapshot: at(100), findings: [] });
      const shown = pause.view(next, []);
      assert.equal(shown.snapshot, next);
      assert.equal(shown.paused, undefined);
      assert.equal(pause.view(at(300), []).paused, undefined);
    }
  });

  it('cannot be had without a running capture', () => {
    const pause = new ViewPause();
    pause.set(true, { snapshot: at(100, { state: 'finished' }), findings: [] });
    assert.equal(pause.view(at(100, { state: 'finished' }), []).paused, undefined);
  });
});

describe('the status bar', () => {
  it('tells packets, bytes, losses and lag of a capture, unknown ones as unknown', () => {
    const { tooltip } = statusText(at(1234, { originalBytes: 5000 }), 'eth0', []);
    for (const line of [
      'Packets: 1,234',
      'Bytes: 5,000',
      'Dropped by the kernel: unknown',
      'Shed by us: 42',
      'Lag: 12 ms',
    ])
      assert.ok(tooltip.split('\n').includes(line), `${line} in ${tooltip}`);
  });
});

describe('capture options', () => {
  const options = captureOptions(parseSettings(() => undefined));

  it('show what is off and what is set', () => {
    const value = (key: string) => options.find((option) => option.key === key)?.value;
    assert.equal(value('capture.stopAfterSeconds'), 'off');
    assert.equal(value('capture.stopOnFinding'), 'off');
    assert.equal(value('capture.spoolLimitMebibytes'), '256 MiB');
    assert.equal(value('capture.promiscuous'), 'captured (promiscuous)');
  });

  it('take whole numbers within the range of the setting', () => {
    assert.deepEqual(parseOption('capture.stopAfterSeconds', ' 60 '), { ok: true, value: 60 });
    assert.deepEqual(parseOption('capture.snapLengthBytes', '65535'), { ok: true, value: 65_535 });
    for (const typed of ['', 'x', '1.5', '-1', '63'])
      assert.ok(!parseOption('capture.snapLengthBytes', typed).ok, typed);
  });
});
