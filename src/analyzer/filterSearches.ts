import type { FilterSearch, SearchMode } from '../protocol/filterSearch';
import type { CompiledFilter } from '../core/filter/displayFilter';
import { PacketNumbers } from './packetNumbers';
import type { DecodedPacket } from './packetStore';

/** Positions remembered for a display filter: 5 million numbers are 20 MB; beyond that the answer says it is cut. */
const maxMatches = 5_000_000;

/** Two editors may be open on one file. */
const maxSearches = 2;

/** A search that ends within this time, as most do, is shown whole and at once. */
const patienceMs = 150;

/** Rows to fill a page with are waited for so long; then what there is has to do. */
const pagePatienceMs = 1000;

const toldIntervalMs = 200;
const packetsPerLook = 1024;

/** What a display filter leaves of the packets, as far as it is known. */
export interface Matches {
  readonly numbers: PacketNumbers;
  /** False when packets are missing: at a limit, or because the search was stopped. */
  readonly complete: boolean;
}

export interface SearchSource {
  /** Hands over decoded packets from a number on, until `visit` returns false; `text` is what is searched for. */
  walk(from: number, visit: (decoded: DecodedPacket) => boolean, text: string): Promise<void>;
  /** @throws FilterError; null for an empty filter */
  compile(text: string): CompiledFilter | null;
  /** Number of the first packet that is still there. */
  first(): number;
  recorded(): number;
  /** No more packets will come. */
  settled(): boolean;
}

interface Search {
  readonly text: string;
  /** Null once it is not needed any more: one that knows connections holds tens of megabytes. */
  filter: CompiledFilter | null;
  readonly numbers: PacketNumbers;
  searchedTo: number;
  cut: boolean;
  state: FilterSearch['state'];
  run: Promise<void> | null;
  /** Who waits for so many matches. */
  waiting: { count: number; resolve: () => void }[];
}

/**
 * The searches for the packets of display filters: one goes on at a time, in the background; what it has found is there at once.
 * A filter that was asked for before goes on where it was.
 */
export class FilterSearches {
  readonly #searches = new Map<string, Search>();
  /** Called some times a second while a search goes on, and at its end. */
  told: (search: FilterSearch) => void = () => undefined;

  constructor(private readonly source: SearchSource) {}

  /** All matches there are by now. @throws FilterError, FileError */
  async all(text: string): Promise<Matches> {
    const search = this.#of(text);
    if (search === null) return { numbers: new PacketNumbers(), complete: true };
    await this.#go(search);
    return { numbers: search.numbers, complete: !search.cut && search.state === 'done' };
  }

  /** The matches found by now, at least `wanted` of them unless that takes long. @throws FilterError, FileError */
  async some(text: string, wanted: number, mode: SearchMode): Promise<Matches> {
    const search = this.#of(text);
    if (search === null) return { numbers: new PacketNumbers(), complete: true };
    if (search.state !== 'stopped' || mode === 'start') {
      const whole = this.#go(search);
      await atMost(patienceMs, whole);
      if (search.run !== null) {
        const enough = new Promise<void>((resolve) => search.waiting.push({ count: wanted, resolve }));
        this.#wake(search);
        await atMost(pagePatienceMs - patienceMs, Promise.race([whole, enough]));
      }
    }
    return { numbers: search.numbers, complete: !search.cut };
  }

  /** How far the search has come; null for one that is not known. */
  stateOf(text: string): FilterSearch | null {
    const search = this.#searches.get(text);
    return search === undefined ? null : this.#tell(search);
  }

  /** Forgets what was found: packets hold other things now. */
  forget(): void {
    this.stop();
    this.#searches.clear();
  }

  /** Ends the search that goes on. */
  stop(): void {
    for (const search of this.#searches.values()) {
      if (search.run === null || search.state === 'stopped') continue;
      search.state = 'stopped';
      this.told(this.#tell(search));
    }
  }

  /** Goes on with a search that was stopped. @throws FilterError */
  resume(text: string): void {
    const search = this.#of(text);
    // Its end is told; what fails then is told to whom asks for rows.
    if (search !== null) this.#go(search).catch(() => undefined);
  }

  #of(text: string): Search | null {
    let search = this.#searches.get(text);
    if (search === undefined) {
      const filter = this.source.compile(text);
      if (filter === null) return null;
      const numbers = new PacketNumbers();
      search = { text, filter, numbers, searchedTo: 0, cut: false, state: 'done', run: null, waiting: [] };
      for (const [old, { run }] of this.#searches) {
        if (this.#searches.size < maxSearches) break;
        if (run !== null) this.stop();
        this.#searches.delete(old);
      }
    }
    this.#searches.delete(text);
    this.#searches.set(text, search);
    // A ring has dropped its oldest files, and with them what matched in them.
    search.numbers.dropBelow(this.source.first());
    return search;
  }

  #go(search: Search): Promise<void> {
    // One that was told to stop, and has not come to its end yet, begins anew after it.
    if (search.run !== null && search.state === 'stopped') return search.run.then(() => this.#go(search));
    if (search.run === null && search.filter !== null) {
      this.stop();
      search.run = this.#run(search, search.filter).finally(() => {
        search.run = null;
        for (const { resolve } of search.waiting.splice(0)) resolve();
      });
      search.run.catch(() => undefined);
    }
    return search.run ?? Promise.resolve();
  }

  async #run(search: Search, filter: CompiledFilter): Promise<void> {
    const { searchedTo: begunAt, state: before } = search;
    let toldMs = Date.now();
    search.state = 'searching';
    try {
      await this.source.walk(
        search.searchedTo + 1,
        ({ view, packet }) => {
          if (search.state === 'stopped' || search.cut) return false;
          search.searchedTo = packet.number;
          if (filter(view, packet)) {
            if (search.numbers.length >= maxMatches) {
              search.cut = true;
              return false;
            }
            search.numbers.push(packet.number);
            if (search.waiting.length > 0) this.#wake(search);
          }
          if (packet.number % packetsPerLook === 0 && Date.now() - toldMs >= toldIntervalMs) {
            toldMs = Date.now();
            this.told(this.#tell(search));
          }
          return true;
        },
        search.text,
      );
      if (search.state === 'searching') search.state = 'done';
      if (search.state === 'done' && (search.cut || this.source.settled())) search.filter = null;
    } finally {
      const failed = search.state === 'searching';
      if (failed) search.state = 'stopped';
      const ended = search.state === 'done' && (search.searchedTo > begunAt || before !== 'done');
      if (failed || ended) this.told(this.#tell(search));
    }
  }

  #wake(search: Search): void {
    const ready = search.waiting.filter(({ count }) => count <= search.numbers.length);
    if (ready.length === 0) return;
    search.waiting = search.waiting.filter((one) => !ready.includes(one));
    for (const { resolve } of ready) resolve();
  }

  #tell({ text, numbers, searchedTo, state }: Search): FilterSearch {
    const searched = Math.max(0, searchedTo - this.source.first() + 1);
    const total = Math.max(searched, this.source.recorded());
    return { filter: text, matched: numbers.length, searched, total, state };
  }
}

/** Resolves when `work` does, or after a time. @throws what `work` throws within it */
async function atMost(timeMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const time = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeMs)));
  try {
    await Promise.race([work, time]);
  } finally {
    clearTimeout(timer);
  }
}
