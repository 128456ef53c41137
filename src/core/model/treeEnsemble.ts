/** Most nodes of a model that is taken: several million take minutes to load (ONNX Runtime issue 16511). */
export const maxModelNodes = 2_000_000;

/**
 * Boosted trees for several classes, as flat arrays. `feature` is -1 at a leaf; there `value` is what the leaf adds to
 * the score of its tree's class, elsewhere the mean of the leaves below, weighted by the training rows (for
 * explanations). A row goes left when its feature is at most `threshold`, both in single precision, as in ONNX.
 */
export interface TreeEnsemble {
  readonly classes: number;
  readonly inputs: number;
  /** Scores before any tree. */
  readonly base: Float64Array;
  /** First node of each tree. */
  readonly roots: Int32Array;
  readonly treeClass: Int32Array;
  readonly feature: Int32Array;
  readonly threshold: Float32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly value: Float32Array;
  /** How many rows of the training went through each node. */
  readonly cover: Float32Array;
}

/** Gives each inner node the mean of the leaves below it, so that the differences on a path add up to the leaf. */
export function averageInnerNodes({ feature, left, right, value, cover }: TreeEnsemble): void {
  // Children come after their parent.
  for (let n = feature.length - 1; n >= 0; n--) {
    if ((feature[n] ?? -1) < 0) continue;
    const [l, r] = [left[n] ?? 0, right[n] ?? 0];
    const [lower, upper] = [cover[l] ?? 0, cover[r] ?? 0];
    value[n] = ((value[l] ?? 0) * lower + (value[r] ?? 0) * upper) / Math.max(1e-9, lower + upper);
  }
}

/** Scores of one row, `inputs` numbers of `rows` from `offset` on, before softmax. */
export function ensembleScores(model: TreeEnsemble, rows: Float32Array, offset: number, into: Float64Array): void {
  const { roots, treeClass, feature, threshold, left, right, value } = model;
  into.set(model.base);
  for (let tree = 0; tree < roots.length; tree++) {
    let node = roots[tree] ?? 0;
    let f = feature[node] ?? -1;
    while (f >= 0) {
      node = (rows[offset + f] ?? 0) <= (threshold[node] ?? 0) ? (left[node] ?? 0) : (right[node] ?? 0);
      f = feature[node] ?? -1;
    }
    const k = treeClass[tree] ?? 0;
    into[k] = (into[k] ?? 0) + (value[node] ?? 0);
  }
}

/**
 * Scores of `count` rows one after another into `into`, as wide as the classes. Tree after tree, so that one tree stays
 * in the nearest cache while all rows go through it: twice as fast as row after row, with the same sums.
 */
export function batchScores(model: TreeEnsemble, rows: Float32Array, count: number, into: Float64Array): void {
  const { roots, treeClass, feature, threshold, left, right, value, classes, inputs } = model;
  for (let i = 0; i < count; i++) into.set(model.base, i * classes);
  for (let tree = 0; tree < roots.length; tree++) {
    const root = roots[tree] as number;
    for (let i = 0, offset = 0, at = treeClass[tree] as number; i < count; i++, offset += inputs, at += classes) {
      let node = root;
      let f = feature[node] as number;
      while (f >= 0) {
        node = ((rows[offset + f] as number) <= (threshold[node] as number) ? left[node] : right[node]) as number;
        f = feature[node] as number;
      }
      into[at] = (into[at] as number) + (value[node] as number);
    }
  }
}

/** Turns scores into probabilities, in place, after dividing them by the temperature of the calibration. */
export function softmax(scores: Float64Array, temperature = 1): void {
  let most = Number.NEGATIVE_INFINITY;
  for (const score of scores) if (score > most) most = score;
  let total = 0;
  for (let k = 0; k < scores.length; k++) {
    const e = Math.exp(((scores[k] ?? 0) - most) / temperature);
    scores[k] = e;
    total += e;
  }
  for (let k = 0; k < scores.length; k++) scores[k] = (scores[k] ?? 0) / total;
}

/**
 * How much each input moved the score of a class, by the differences of the node means on the path of the row (Saabas
 * 2014, "Interpreting random forests"): with the base and the roots' means they add up to the score.
 */
export function contributions(
  model: TreeEnsemble,
  rows: Float32Array,
  offset: number,
  ofClass: number,
  into: Float64Array,
): void {
  const { roots, treeClass, feature, threshold, left, right, value } = model;
  into.fill(0);
  for (let tree = 0; tree < roots.length; tree++) {
    if (treeClass[tree] !== ofClass) continue;
    let node = roots[tree] ?? 0;
    for (;;) {
      const f = feature[node] ?? -1;
      if (f < 0) break;
      const next = (rows[offset + f] ?? 0) <= (threshold[node] ?? 0) ? (left[node] ?? 0) : (right[node] ?? 0);
      into[f] = (into[f] ?? 0) + (value[next] ?? 0) - (value[node] ?? 0);
      node = next;
    }
  }
}
