import type { Host } from '../../flows/host';
import { DistinctCounter } from '../distinctCounter';

/** Counters of heavy sources; every source with more than a 64th of all events is among them. */
const counters = 64;

/** This many sources, none of which has more than `dominant` of the events, attack together. */
const severalSources = 3;
const dominant = 0.8;

/** More sources than a real group of machines would take turns with, hardly any of which comes twice: forged addresses. */
const forgedSources = 100;
const forgedTurns = 4;

/**
 * Who takes part in something, bounded whatever the number of sources: how many, and the heaviest by Misra and Gries
 * (Finding repeated elements, Science of Computer Programming 1982).
 */
export class SourceTally {
  total = 0;
  readonly #distinct = new DistinctCounter();
  readonly #heavy = new Map<Host, number>();

  add(source: Host): void {
    this.total++;
    this.#distinct.addHost(source);
    const known = this.#heavy.get(source);
    if (known !== undefined) this.#heavy.set(source, known + 1);
    else if (this.#heavy.size < counters) this.#heavy.set(source, 1);
    else this.#lower();
  }

  get sources(): number {
    return this.#distinct.size;
  }

  /** Whether the attack comes from several sources, forged ones included, and not from one among others. */
  get distributed(): boolean {
    return this.sources >= severalSources && (this.heaviest()[0]?.[1] ?? 0) < dominant * this.total;
  }

  get looksForged(): boolean {
    return this.sources >= forgedSources && this.total < forgedTurns * this.sources;
  }

  /** Heaviest first, with a lower bound of their events. */
  heaviest(): [Host, number][] {
    return [...this.#heavy].sort(([x, n], [y, m]) => m - n || x.id - y.id);
  }

  /** The sources to name: all of about the weight of the heaviest. */
  named(): Host[] {
    const heaviest = this.heaviest();
    const least = (heaviest[0]?.[1] ?? 0) / 10;
    return heaviest.filter(([, events]) => events >= least).map(([host]) => host);
  }

  #lower(): void {
    for (const [host, events] of this.#heavy) {
      if (events > 1) this.#heavy.set(host, events - 1);
      else this.#heavy.delete(host);
    }
  }
}
