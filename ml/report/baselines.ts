import type { TrainingRows } from '../boost/boost';
import { mix, seededRandom } from '../random';

/** The class that most rows have. */
export function majorityClass(labels: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const k of labels) counts[k] = (counts[k] ?? 0) + 1;
  return counts.indexOf(Math.max(...counts));
}

/** Multinomial logistic regression on standardised logarithms, by stochastic gradient descent; predicts classes. */
export function logisticBaseline(training: TrainingRows, test: TrainingRows, seed: number): Uint8Array {
  const { inputs, classes } = training;
  const usable = Array.from(training.labels.keys()).filter((i) => (training.labels[i] ?? 0) < classes);
  const scaled = (values: Float32Array, at: number): number =>
    Math.sign(values[at] ?? 0) * Math.log1p(Math.abs(values[at] ?? 0));
  const mean = new Float64Array(inputs);
  const spread = new Float64Array(inputs);
  for (const i of usable)
    for (let j = 0; j < inputs; j++) mean[j] = (mean[j] ?? 0) + scaled(training.values, i * inputs + j) / usable.length;
  for (const i of usable) {
    for (let j = 0; j < inputs; j++)
      spread[j] = (spread[j] ?? 0) + (scaled(training.values, i * inputs + j) - (mean[j] ?? 0)) ** 2 / usable.length;
  }
  const x = new Float64Array(inputs + 1).fill(1);
  const load = (values: Float32Array, i: number): void => {
    for (let j = 0; j < inputs; j++)
      x[j] = (scaled(values, i * inputs + j) - (mean[j] ?? 0)) / Math.sqrt((spread[j] ?? 0) + 1e-9);
  };
  const weights = new Float64Array(classes * (inputs + 1));
  const scores = new Float64Array(classes);
  const evaluate = (): number => {
    let best = 0;
    for (let k = 0; k < classes; k++) {
      let sum = 0;
      for (let j = 0; j <= inputs; j++) sum += (weights[k * (inputs + 1) + j] ?? 0) * (x[j] ?? 0);
      scores[k] = sum;
      if (sum > (scores[best] ?? 0)) best = k;
    }
    return best;
  };
  const random = seededRandom(mix(seed, 21));
  const steps = Math.min(200_000, usable.length * 5);
  for (let step = 0; step < steps; step++) {
    const i = usable[Math.floor(random() * usable.length)] ?? 0;
    load(training.values, i);
    const most = scores[evaluate()] ?? 0;
    let total = 0;
    for (let k = 0; k < classes; k++) total += Math.exp((scores[k] ?? 0) - most);
    const rate = 0.05 / (1 + step / 20_000);
    for (let k = 0; k < classes; k++) {
      const error = Math.exp((scores[k] ?? 0) - most) / total - (training.labels[i] === k ? 1 : 0);
      for (let j = 0; j <= inputs; j++) {
        const at = k * (inputs + 1) + j;
        weights[at] = (weights[at] ?? 0) - rate * error * (x[j] ?? 0);
      }
    }
  }
  return Uint8Array.from(test.labels, (_, i) => {
    load(test.values, i);
    return evaluate();
  });
}
