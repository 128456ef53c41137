import { mix, seededRandom } from '../random';
import { nodesPerTree, partialLabel } from './shared';
import type { SharedTraining } from './shared';

const binSlots = 256;
/** Gradient, hessian, rows. */
const numbers = 3;
/** Rounds before sampling begins: the first gradients say little. */
const fullRounds = 5;
const largeShare = 0.15;
const otherShare = 0.15;

interface Leaf {
  node: number;
  from: number;
  to: number;
  histogram: Float64Array;
  gradient: number;
  hessian: number;
  rows: number;
  gain: number;
  feature: number;
  bin: number;
}

/**
 * Grows one tree leaf by leaf on histograms (LightGBM, NIPS 2017), the smaller child counted, the larger one by
 * subtraction. Depends on nothing but the round, the class and the shared state, so any number of threads gives the
 * same bytes.
 */
export class TreeBuilder {
  readonly #shared: SharedTraining;
  readonly #order: Uint32Array;
  readonly #scratch: Uint32Array;
  readonly #gradients: Float32Array;
  readonly #hessians: Float32Array;
  readonly #pool: Float64Array[] = [];
  #active: Int32Array = new Int32Array(0);

  constructor(shared: SharedTraining) {
    this.#shared = shared;
    this.#order = new Uint32Array(shared.trainRows);
    this.#scratch = new Uint32Array(shared.trainRows);
    this.#gradients = new Float32Array(shared.trainRows);
    this.#hessians = new Float32Array(shared.trainRows);
  }

  /** Builds the tree of a class, writes it to its slots and adds it to the scores of all rows. */
  build(round: number, ofClass: number): void {
    const { parameters, trees, inputs } = this.#shared;
    const random = seededRandom(mix(parameters.seed, round, ofClass));
    this.#active = chooseInputs(inputs, parameters.featureShare, random);
    const taken = this.#fillGradients(round, ofClass, random);
    const base = ofClass * nodesPerTree(parameters.leaves);
    let used = 1;
    const root = this.#leaf(0, 0, taken);
    this.#count(root);
    this.#sum(root);
    const leaves: Leaf[] = [root];
    this.#findSplit(root);
    while (leaves.length < parameters.leaves) {
      let best: Leaf | null = null;
      for (const leaf of leaves) if (leaf.gain > 0 && (best === null || leaf.gain > best.gain)) best = leaf;
      if (best === null) break;
      const [left, right] = this.#split(best, used);
      trees.feature[base + best.node] = best.feature;
      trees.bin[base + best.node] = best.bin;
      trees.left[base + best.node] = left.node;
      trees.right[base + best.node] = right.node;
      this.#describe(base, best);
      used += 2;
      leaves.splice(leaves.indexOf(best), 1, left, right);
      this.#findSplit(left);
      this.#findSplit(right);
    }
    for (const leaf of leaves) {
      trees.feature[base + leaf.node] = -1;
      this.#describe(base, leaf);
      this.#pool.push(leaf.histogram);
    }
    trees.used[ofClass] = used;
    this.#addToScores(base, ofClass);
  }

  #describe(base: number, leaf: Leaf): void {
    const { parameters, trees } = this.#shared;
    trees.value[base + leaf.node] = (-leaf.gradient / (leaf.hessian + parameters.l2)) * parameters.learningRate;
    trees.cover[base + leaf.node] = leaf.rows;
  }

  #fillGradients(round: number, ofClass: number, random: () => number): number {
    const { parameters, trainRows, rows, classes, labels, weights, probabilities } = this.#shared;
    const order = this.#order;
    const from = ofClass * rows;
    const factor = classes / (classes - 1);
    for (let i = 0; i < trainRows; i++) {
      const p = probabilities[from + i] ?? 0;
      const w = weights[i] ?? 0;
      const label = labels[i] ?? 0;
      const target = label < partialLabel ? (label === ofClass ? 1 : 0) : this.#share(i, label, ofClass);
      this.#gradients[i] = w * (p - target);
      this.#hessians[i] = Math.max(w * p * (1 - p) * factor, 1e-9);
    }
    if (trainRows <= parameters.sampleAbove || round < fullRounds) {
      for (let i = 0; i < trainRows; i++) order[i] = i;
      return trainRows;
    }
    return this.#sample(random);
  }

  /** What a class has of a row that belongs to one of several: its share of their probability (one step of EM). */
  #share(row: number, label: number, ofClass: number): number {
    const { partial, probabilities, rows } = this.#shared;
    const among = partial[label - partialLabel] ?? [];
    if (!among.includes(ofClass)) return 0;
    let total = 0;
    for (const k of among) total += probabilities[k * rows + row] ?? 0;
    return total > 0 ? (probabilities[ofClass * rows + row] ?? 0) / total : 0;
  }

  /** Keeps the rows with the largest gradients and a share of the others, which then count for more. */
  #sample(random: () => number): number {
    const { trainRows } = this.#shared;
    const gradients = this.#gradients;
    const counts = new Uint32Array(1024);
    let most = 0;
    for (let i = 0; i < trainRows; i++) most = Math.max(most, Math.abs(gradients[i] ?? 0));
    // Buckets by the logarithm: gradients of one class span many magnitudes.
    const bucket = (g: number): number =>
      g <= 0 ? 0 : Math.max(0, Math.min(1023, Math.floor(1023 + 32 * Math.log2(g / most))));
    for (let i = 0; i < trainRows; i++) {
      const b = bucket(Math.abs(gradients[i] ?? 0));
      counts[b] = (counts[b] ?? 0) + 1;
    }
    let kept = 0;
    let edge = 1023;
    while (edge > 0 && kept + (counts[edge] ?? 0) <= trainRows * largeShare) kept += counts[edge--] ?? 0;
    const share = Math.min(1, (otherShare * trainRows) / Math.max(1, trainRows - kept));
    const scale = 1 / share;
    let taken = 0;
    for (let i = 0; i < trainRows; i++) {
      if (bucket(Math.abs(gradients[i] ?? 0)) <= edge) {
        if (random() >= share) continue;
        gradients[i] = (gradients[i] ?? 0) * scale;
        this.#hessians[i] = (this.#hessians[i] ?? 0) * scale;
      }
      this.#order[taken++] = i;
    }
    return taken;
  }

  #leaf(node: number, from: number, to: number): Leaf {
    const histogram = this.#pool.pop() ?? new Float64Array(this.#shared.inputs * binSlots * numbers);
    return { node, from, to, histogram, gradient: 0, hessian: 0, rows: 0, gain: 0, feature: -1, bin: 0 };
  }

  #count(leaf: Leaf): void {
    const { bins, inputs } = this.#shared;
    const { histogram } = leaf;
    const active = this.#active;
    const order = this.#order;
    const gradients = this.#gradients;
    const hessians = this.#hessians;
    histogram.fill(0);
    for (let i = leaf.from; i < leaf.to; i++) {
      const row = order[i] as number;
      const g = gradients[row] as number;
      const h = hessians[row] as number;
      const start = row * inputs;
      for (let j = 0; j < active.length; j++) {
        const f = active[j] as number;
        const at = (f * binSlots + (bins[start + f] as number)) * numbers;
        histogram[at] = (histogram[at] as number) + g;
        histogram[at + 1] = (histogram[at + 1] as number) + h;
        histogram[at + 2] = (histogram[at + 2] as number) + 1;
      }
    }
  }

  #sum(leaf: Leaf): void {
    let gradient = 0;
    let hessian = 0;
    for (let i = leaf.from; i < leaf.to; i++) {
      const row = this.#order[i] ?? 0;
      gradient += this.#gradients[row] ?? 0;
      hessian += this.#hessians[row] ?? 0;
    }
    leaf.gradient = gradient;
    leaf.hessian = hessian;
    leaf.rows = leaf.to - leaf.from;
  }

  #findSplit(leaf: Leaf): void {
    const { parameters, binCounts } = this.#shared;
    const { l2, minimumHessian, minimumRows } = parameters;
    leaf.gain = 0;
    if (leaf.rows < 2 * minimumRows) return;
    const { histogram, gradient, hessian, rows } = leaf;
    const before = (gradient * gradient) / (hessian + l2);
    for (const f of this.#active) {
      let g = 0;
      let h = 0;
      let n = 0;
      const last = (binCounts[f] ?? 1) - 1;
      for (let b = 0, at = f * binSlots * numbers; b < last; b++, at += numbers) {
        const more = histogram[at + 2] ?? 0;
        if (more === 0) continue;
        g += histogram[at] ?? 0;
        h += histogram[at + 1] ?? 0;
        n += more;
        if (n < minimumRows || h < minimumHessian) continue;
        if (rows - n < minimumRows || hessian - h < minimumHessian) break;
        const gain = (g * g) / (h + l2) + ((gradient - g) * (gradient - g)) / (hessian - h + l2) - before;
        if (gain > leaf.gain + 1e-12) {
          leaf.gain = gain;
          leaf.feature = f;
          leaf.bin = b;
        }
      }
    }
  }

  #split(leaf: Leaf, used: number): [Leaf, Leaf] {
    const { bins, inputs } = this.#shared;
    const order = this.#order;
    const scratch = this.#scratch;
    let at = leaf.from;
    let other = 0;
    for (let i = leaf.from; i < leaf.to; i++) {
      const row = order[i] as number;
      if ((bins[row * inputs + leaf.feature] as number) <= leaf.bin) order[at++] = row;
      else scratch[other++] = row;
    }
    order.set(scratch.subarray(0, other), at);
    const left = this.#leaf(used, leaf.from, at);
    const right = this.#leaf(used + 1, at, leaf.to);
    const small = left.to - left.from <= right.to - right.from ? left : right;
    const large = small === left ? right : left;
    this.#count(small);
    const whole = leaf.histogram;
    for (let i = 0; i < whole.length; i++) {
      large.histogram[i] = (whole[i] as number) - (small.histogram[i] as number);
    }
    this.#pool.push(whole);
    this.#sum(left);
    this.#sum(right);
    return [left, right];
  }

  #addToScores(base: number, ofClass: number): void {
    const { rows, bins, inputs, scores, trees } = this.#shared;
    const { feature, bin, left, right, value } = trees;
    const from = ofClass * rows;
    for (let i = 0; i < rows; i++) {
      let node = 0;
      for (;;) {
        const f = feature[base + node] as number;
        if (f < 0) break;
        node = (
          (bins[i * inputs + f] as number) <= (bin[base + node] as number) ? left[base + node] : right[base + node]
        ) as number;
      }
      scores[from + i] = (scores[from + i] as number) + (value[base + node] as number);
    }
  }
}

function chooseInputs(inputs: number, share: number, random: () => number): Int32Array {
  const all = Array.from({ length: inputs }, (_, i) => i);
  const wanted = Math.max(1, Math.round(inputs * share));
  for (let i = 0; i < wanted; i++) {
    const j = i + Math.floor(random() * (inputs - i));
    [all[i], all[j]] = [all[j] ?? 0, all[i] ?? 0];
  }
  return Int32Array.from(all.slice(0, wanted).sort((x, y) => x - y));
}
