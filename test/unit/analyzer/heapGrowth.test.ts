import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { giveBackMemory, restrainHeap } from '../../../src/analyzer/heapGrowth';

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

  it('is undone at the end of a large capture: garbage goes before the rest is moved', () => {
    const done: string[] = [];
    const giveBack = (usedMebibytes: number): void =>
      giveBackMemory(
        (flags) => done.push(flags),
        () => usedMebibytes * 2 ** 20,
        () => done.push('collect'),
      );
    giveBack(10);
    assert.deepEqual(done, []);
    giveBack(100);
    assert.deepEqual(done, [
      '--expose-gc',
      'collect',
      '--compact-on-every-full-gc',
      'collect',
      '--no-compact-on-every-full-gc',
    ]);
  });

  it('is undone by this program, too', () => {
    const left: WeakRef<object>[] = [];
    (() => left.push(new WeakRef({ some: 'garbage' })))();
    return new Promise<void>((resolve) => setTimeout(resolve, 0)).then(() => {
      giveBackMemory(undefined, () => 2 ** 30);
      assert.equal(left[0]?.deref(), undefined);
    });
  });
});
