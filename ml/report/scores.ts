/** How good a prediction was, for one class or family. */
export interface ClassScore {
  precision: number;
  recall: number;
  f1: number;
  support: number;
}

export interface Scores {
  rows: number;
  accuracy: number;
  /** Mean F1 of the names that occur among the true ones. */
  macroF1: number;
  perClass: Record<string, ClassScore>;
}

/** Scores by name of true and predicted indexes. */
export function scorePredictions(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  names: readonly string[],
): Scores {
  const support = new Float64Array(names.length);
  const called = new Float64Array(names.length);
  const right = new Float64Array(names.length);
  let correct = 0;
  for (let i = 0; i < truth.length; i++) {
    const t = truth[i] ?? 0;
    const p = predicted[i] ?? 0;
    support[t] = (support[t] ?? 0) + 1;
    called[p] = (called[p] ?? 0) + 1;
    if (t !== p) continue;
    correct++;
    right[t] = (right[t] ?? 0) + 1;
  }
  const perClass: Record<string, ClassScore> = {};
  let total = 0;
  let present = 0;
  for (const [k, name] of names.entries()) {
    if ((support[k] ?? 0) === 0) continue;
    const precision = (called[k] ?? 0) > 0 ? (right[k] ?? 0) / (called[k] ?? 1) : 0;
    const recall = (right[k] ?? 0) / (support[k] ?? 1);
    const f1 = precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
    perClass[name] = { precision, recall, f1, support: support[k] ?? 0 };
    total += f1;
    present++;
  }
  return {
    rows: truth.length,
    accuracy: truth.length > 0 ? correct / truth.length : 0,
    macroF1: present > 0 ? total / present : 0,
    perClass,
  };
}
