/** One thread of a training: waits for a phase, takes blocks or classes until none is left, says so. */
import { workerData } from 'node:worker_threads';
import { blockRows, signals, tasks } from './shared';
import type { SharedTraining } from './shared';
import { TreeBuilder } from './treeBuilder';

/** Softmax of a block of rows. */
export function fillProbabilities(shared: SharedTraining, block: number): void {
  const { rows, classes, scores, probabilities } = shared;
  const end = Math.min(rows, (block + 1) * blockRows);
  for (let i = block * blockRows; i < end; i++) {
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) most = Math.max(most, scores[k * rows + i] ?? 0);
    let total = 0;
    for (let k = 0; k < classes; k++) total += Math.exp((scores[k * rows + i] ?? 0) - most);
    for (let k = 0; k < classes; k++)
      probabilities[k * rows + i] = Math.exp((scores[k * rows + i] ?? 0) - most) / total;
  }
}

function run(shared: SharedTraining): void {
  const { control } = shared;
  const builder = new TreeBuilder(shared);
  for (let phase = 0; ;) {
    while (Atomics.load(control, signals.phase) === phase) Atomics.wait(control, signals.phase, phase);
    phase = Atomics.load(control, signals.phase);
    const task = Atomics.load(control, signals.task);
    if (task === tasks.stop) return;
    const last = task === tasks.trees ? shared.classes : Math.ceil(shared.rows / blockRows);
    for (;;) {
      const next = Atomics.add(control, signals.next, 1);
      if (next >= last) break;
      if (task === tasks.trees) builder.build(Atomics.load(control, signals.round), next);
      else fillProbabilities(shared, next);
    }
    Atomics.add(control, signals.finished, 1);
    Atomics.notify(control, signals.finished);
  }
}

if (workerData !== null && typeof workerData === 'object' && 'boost' in workerData) {
  run((workerData as { boost: SharedTraining }).boost);
}
