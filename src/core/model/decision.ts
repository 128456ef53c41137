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

/** One family among the classes of a model, in the order of their first class. */
interface FamilyPlaces {
  readonly family: FlowFamily;
  readonly places: Int32Array;
}

/** A model has one list of classes for all its rows. */
const placesOf = new WeakMap<readonly FlowClass[], readonly FamilyPlaces[]>();

/**
 * The family with the largest probability of all its classes together, and its most likely class: classes of one family
 * resemble one another (Web Attack XSS and Brute Force most of all), and what they share must not be lost between them.
 * `classes` is not changed between calls.
 */
export function decide(classes: readonly FlowClass[], probabilities: ArrayLike<number>, offset: number): Decision {
  const best: Decision = { family: 'BENIGN', ofClass: 0, probability: -1 };
  let families = placesOf.get(classes);
  if (families === undefined) {
    families = familiesAmong(classes);
    placesOf.set(classes, families);
  }
  for (let f = 0; f < families.length; f++) {
    const { family, places } = families[f] as FamilyPlaces;
    let sum = 0;
    let most = places[0] as number;
    for (let i = 0; i < places.length; i++) {
      const place = places[i] as number;
      const probability = probabilities[offset + place] ?? 0;
      sum += probability;
      if (probability > (probabilities[offset + most] ?? 0)) most = place;
    }
    if (sum > best.probability) {
      best.family = family;
      best.ofClass = most;
      best.probability = sum;
    }
  }
  return best;
}

function familiesAmong(classes: readonly FlowClass[]): FamilyPlaces[] {
  const places = new Map<FlowFamily, number[]>();
  for (const [place, name] of classes.entries()) {
    const { family } = classFacts[name];
    const known = places.get(family);
    if (known === undefined) places.set(family, [place]);
    else known.push(place);
  }
  return [...places].map(([family, of]) => ({ family, places: Int32Array.from(of) }));
}
