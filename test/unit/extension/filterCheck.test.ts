import assert from 'node:assert/strict';
import { FilterCheck, type FilterVerdict } from '../../../src/extension/capture/filterCheck';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('FilterCheck', () => {
  it('checks once after typing pauses, and only the newest text', async () => {
    const asked: string[] = [];
    const told: string[] = [];
    const check = new FilterCheck(
      async (filter) => {
        asked.push(filter);
        return { verdict: 'valid' };
      },
      (filter, verdict) => told.push(`${filter} ${verdict.verdict}`),
      20,
    );
    for (const text of ['t', 'tc', 'tcp']) check.update(text);
    await pause(80);
    assert.deepEqual(asked, ['tcp']);
    assert.deepEqual(told, ['tcp valid']);
  });

  it('never tells a verdict on an older text', async () => {
    const told: string[] = [];
    const answers = new Map<string, (verdict: FilterVerdict) => void>();
    const check = new FilterCheck(
      (filter) => new Promise((resolve) => answers.set(filter, resolve)),
      (filter, verdict) => told.push(`${filter} ${verdict.verdict}`),
      1,
    );
    check.update('old');
    await pause(20);
    check.update('new');
    await pause(20);
    answers.get('new')?.({ verdict: 'valid' });
    await pause(1);
    answers.get('old')?.({ verdict: 'invalid', message: 'no' });
    await pause(1);
    assert.deepEqual(told, ['new valid']);
  });

  it('takes the empty filter without asking', async () => {
    const told: string[] = [];
    const check = new FilterCheck(
      () => Promise.reject(new Error('asked')),
      (_filter, verdict) => told.push(verdict.verdict),
      1,
    );
    check.update('  ');
    assert.deepEqual(told, ['valid']);
    assert.deepEqual(await check.verdict(''), { verdict: 'valid' });
  });

  it('knows nothing when the check fails, and remembers what it knows', async () => {
    let asked = 0;
    const failing = new FilterCheck(
      () => Promise.reject(new Error('gone')),
      () => undefined,
      1,
    );
    assert.deepEqual(await failing.verdict('tcp'), { verdict: 'unknown' });
    const check = new FilterCheck(
      async () => {
        asked += 1;
        return { verdict: 'valid' };
      },
      () => undefined,
      1,
    );
    check.update('udp');
    await pause(20);
    assert.deepEqual(await check.verdict('udp'), { verdict: 'valid' });
    assert.equal(asked, 1);
  });

  it('is silent after dispose', async () => {
    const told: string[] = [];
    const check = new FilterCheck(
      async () => ({ verdict: 'valid' }),
      (filter) => told.push(filter),
      5,
    );
    check.update('tcp');
    check.dispose();
    await pause(30);
    assert.deepEqual(told, []);
  });
});
