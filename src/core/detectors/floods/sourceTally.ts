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

/** Four times the counters, so that a look-up seldom finds another's. */
const cells = 256;

/**
 * Who takes part in something, bounded whatever the number of sources: how many, and the heaviest by Misra and Gries
 * (Finding repeated elements, Science of Computer Programming 1982).
 */
export class SourceTally {
  total = 0;
  readonly #distinct = new DistinctCounter();
  readonly #heavy: Host[] = [];
  /** Of the heavy ones, in their order. */
  readonly #events: number[] = [];
  /** By the lowest bits of the id: position among the heavy ones, from 1, of the newest with these bits; 0 when none has them. */
  readonly #cells = new Uint8Array(cells);

  add(source: Host): void {
    this.total++;
    this.#distinct.addHost(source);
    const known = this.#indexOf(source);
    if (known >= 0) this.#events[known] = (this.#events[known] ?? 0) + 1;
    else if (this.#heavy.length < counters) this.#append(source);
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
    return this.#heavy
      .map((host, index): [Host, number] => [host, this.#events[index] ?? 0])
      .sort(([x, n], [y, m]) => m - n || x.id - y.id);
  }

  /** The sources to name: all of about the weight of the heaviest. */
  named(): Host[] {
    const heaviest = this.heaviest();
    const least = (heaviest[0]?.[1] ?? 0) / 10;
    return heaviest.filter(([, events]) => events >= least).map(([host]) => host);
  }

  #indexOf(source: Host): number {
    const cell = source.id % cells;
    const position = (this.#cells[cell] ?? 0) - 1;
    if (position < 0 || this.#heavy[position] === source) return position;
    // Two share the cell, which belongs to the one that came last.
    const index = this.#heavy.indexOf(source);
    if (index >= 0) this.#cells[cell] = index + 1;
    return index;
  }

  #append(host: Host): void {
    this.#cells[host.id % cells] = this.#heavy.push(host);
    this.#events.push(1);
  }

  #lower(): void {
    const { length } = this.#heavy;
    let kept = 0;
    this.#cells.fill(0);
    for (let index = 0; index < length; index++) {
      const host = this.#heavy[index];
      const left = (this.#events[index] ?? 0) - 1;
      if (host === undefined || left <= 0) continue;
      this.#heavy[kept] = host;
      this.#events[kept] = left;
      this.#cells[host.id % cells] = ++kept;
    }
    this.#heavy.length = kept;
    this.#events.length = kept;
  }
}
