import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { restrainHeap } from '../../../src/analyzer/heapGrowth';

describe('the growth of the heap', () => {
  it('is held back further once the heap is large, and only once', async () => {
    const set: string[] = [];
    const asked = new EventEmitter();
    let usedMebibytes = 10;
    restrainHeap(
      (flags) => set.push(flags),
      () => {
        setImmediate(() => asked.emit('asked'));
        return usedMebibytes * 2 ** 20;
      },
    );
    // Its timer alone holds no process open.
    const awake = setInterval(() => undefined, 1000);
    await once(asked, 'asked');
    assert.deepEqual(set, ['--heap-growing-percent=100']);
    usedMebibytes = 70;
    await once(asked, 'asked');
    assert.deepEqual(set, ['--heap-growing-percent=100', '--heap-growing-percent=40']);
    clearInterval(awake);
  });
});
