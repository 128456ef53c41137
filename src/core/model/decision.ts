import { classFacts } from '../features/labels';
import type { FlowClass, FlowFamily } from '../features/labels';

/** What the probabilities of a flow come to. */
export interface Decision {
  family: FlowFamily;
  /** Place of the most likely class of that family. */
  ofClass: number;
  /** Of the family: its classes together. */
  probability: number;
}

/**
 * The family with the largest probability of all its classes together, and its most likely class: classes of one family
 * resemble one another (Web Attack XSS and Brute Force most of all), and what they share must not be lost between them.
 */
export function decide(classes: readonly FlowClass[], probabilities: ArrayLike<number>, offset: number): Decision {
  const best: Decision = { family: 'BENIGN', ofClass: 0, probability: -1 };
  for (const [k, name] of classes.entries()) {
    const { family } = classFacts[name];
    let [sum, most] = [0, k];
    for (const [other, otherName] of classes.entries()) {
      if (classFacts[otherName].family !== family) continue;
      // A family is added up at its first class.
      if (other < k) sum = Number.NEGATIVE_INFINITY;
      sum += probabilities[offset + other] ?? 0;
      if ((probabilities[offset + other] ?? 0) > (probabilities[offset + most] ?? 0)) most = other;
    }
    if (sum > best.probability) {
      best.family = family;
      best.ofClass = most;
      best.probability = sum;
    }
  }
  return best;
}
