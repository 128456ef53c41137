import type { PacketRow } from '../protocol/capture';
import type { FindQuery, FoundPacket } from '../protocol/packetFind';
import type { FilterSearch, SearchMode } from '../protocol/filterSearch';
import type { PacketSort } from '../protocol/packetSort';
import type { PacketField, PacketTree } from '../protocol/packetTree';
import type { ApplicationMessage } from '../core/decode/application';
import { decodeApplication } from '../core/decode/application';
import { decodePacket } from '../core/decode/decodePacket';
import { describePacket, packetComments } from '../core/decode/describe';
import { PacketView } from '../core/decode/packetView';
import { dissectPacket } from '../core/dissect/dissect';
import { addPlainFields } from '../core/dissect/plainFields';
import { filterOf, valuesOf } from '../core/dissect/fieldValues';
import { packetLabel } from '../core/filter/colourRules';
import type { CompiledFilter } from '../core/filter/displayFilter';
import { compileFilter } from '../core/filter/displayFilter';
import type { SequenceBases } from '../core/flows/sequenceBases';
import { packetTimeSeconds, type RawPacket } from '../core/pcap/rawPacket';
import type { LimitCounter } from '../core/limits';
import type { KeyLog } from '../core/streams/keyLog';
import { FragmentReassembler } from '../core/reassembly/ipFragments';
import { CaptureFile } from './captureFile';
import { DecryptedPackets } from './decryptedPackets';
import { FilterSearches } from './filterSearches';
import { missingRow, orderSource, PacketOrders, sortPackets } from './packetOrder';
import type { PacketOrder, SortProgress } from './packetOrder';
import { findInOrder } from './packetSearch';
import type { PacketTest } from './packetSearch';
import { WalkCount } from './walkCount';

/** One page of rows at most. */
export const maxPageRows = 1000;

/**
 * Packets decoded before the first wanted one, for the IP fragments in them: fragments of a datagram follow each other
 * closely. A datagram that began earlier shows as a fragment in random access, and whole in a pass over the file.
 */
const fragmentLeadPackets = 512;

/** A gap between wanted packets that is walked through; behind a wider one the walk begins anew, at a checkpoint. */
const walkedGap = 4096;

/** A filter that what is inside TLS can make a difference to. */
const asksForHttp = /\bhttp/i;

/** Looking backwards goes by stretches of so many packets. */
const findSpan = 8192;

export interface PacketSegment {
  path: string;
  firstNumber: number;
  packets: number;
}

/** A decoded packet as it passes; valid only during the call. */
export interface DecodedPacket {
  packet: RawPacket;
  view: PacketView;
  application: ApplicationMessage | null;
}

/** A page of the packet list. `complete` is false at a limit; `search` is there when a display filter was searched for. */
export interface PacketPage {
  rows: PacketRow[];
  matched: number;
  complete: boolean;
  search?: FilterSearch;
}

export class FilterError extends Error {
  constructor(
    message: string,
    readonly position: number,
  ) {
    super(message);
  }
}

/** @throws FilterError when the display filter is wrong, with the position in it. Null for an empty filter. */
export function parseFilter(text: string, decrypted: DecryptedPackets | null = null): CompiledFilter | null {
  if (text.trim() === '') return null;
  const compiled = compileFilter(text, decrypted === null ? {} : { plain: decrypted.of });
  if (!compiled.ok)
    throw new FilterError(`${compiled.message} (at character ${compiled.position + 1})`, compiled.position);
  return compiled.matches;
}

/**
 * Random access to the packets of one capture: the file itself, or the spool of a live capture. Nothing is kept in
 * memory but checkpoints and, for the last display filter, the numbers of the packets that match.
 */
export class PacketStore {
  private readonly files = new Map<string, CaptureFile>();
  readonly walks = new WalkCount();
  /** A compiled filter is kept with its matches: `frame.time_relative` counts from the first packet it was asked about. */
  readonly searches: FilterSearches;
  readonly orders = new PacketOrders((filter, sort, signal, progress) => this.sorted(filter, sort, signal, progress));
  private decrypted: DecryptedPackets | null = null;
  private startSeconds: number | null = null;
  private findRun = 0;

  /**
   * @param segments called at each read: the spool of a live capture grows and drops files
   * @param settled no more packets will come
   */
  constructor(
    private readonly segments: () => readonly PacketSegment[],
    private readonly sequences: SequenceBases | null = null,
    settled: () => boolean = () => false,
  ) {
    this.searches = new FilterSearches({
      walk: async (from, visit, text) => {
        if (asksForHttp.test(text)) await this.decrypted?.upToDate();
        await this.walk(from, visit);
      },
      compile: (text) => parseFilter(text, this.decrypted),
      first: () => this.segments()[0]?.firstNumber ?? 1,
      recorded: () => this.recorded.packets,
      settled,
    });
  }

  /** The main pass over a file shares its checkpoints. */
  adopt(file: CaptureFile): void {
    this.files.set(file.path, file);
  }

  /** Hands over every packet that matches, in order. @throws FilterError, FileError */
  async each(filterText: string, visit: (decoded: DecodedPacket) => void, signal?: AbortSignal): Promise<void> {
    const filter = parseFilter(filterText, this.decrypted);
    if (asksForHttp.test(filterText)) await this.decrypted?.upToDate();
    await this.walk(
      1,
      (decoded) => {
        if (filter === null || filter(decoded.view, decoded.packet)) visit(decoded);
        return true;
      },
      signal,
    );
  }

  /**
   * One page of rows. `from` counts from 0 among the packets that match, in the order of the capture or of `sort`. With
   * a `mode`, of those that a search which takes long has found by now; `searches` tells of the rest.
   * @throws FilterError, FileError, SortCancelled
   */
  async page(
    from: number,
    count: number,
    filterText: string,
    fields: readonly string[] = [],
    sort: PacketSort | null = null,
    progress?: SortProgress,
    mode?: SearchMode,
  ): Promise<PacketPage> {
    const wanted = Math.min(count, maxPageRows);
    const rows: PacketRow[] = [];
    if (asksForHttp.test(fields.join(' '))) await this.decrypted?.upToDate();
    if (sort !== null) {
      const order = await this.orders.of(filterText, sort, progress);
      const page = await this.rowsInOrder(order.numbers.subarray(from, from + wanted), fields);
      return { rows: page, matched: order.numbers.length, complete: order.complete };
    }
    if (filterText.trim() === '') {
      const segments = this.segments();
      const first = segments[0]?.firstNumber ?? 1;
      const matched = segments.reduce((sum, s) => sum + s.packets, 0);
      if (wanted > 0 && from < matched) {
        await this.walk(first + from, (decoded) => {
          rows.push(this.row(decoded, fields));
          return rows.length < wanted;
        });
      }
      return { rows, matched, complete: true };
    }
    const { numbers, complete } = await (mode === undefined
      ? this.searches.all(filterText)
      : this.searches.some(filterText, from + wanted, mode));
    rows.push(...(await this.rowsOf(numbers.slice(from, wanted), fields)));
    const search = mode === undefined ? null : this.searches.stateOf(filterText);
    return { rows, matched: numbers.length, complete, ...(search === null ? {} : { search }) };
  }

  /**
   * From now on what is inside TLS is in trees of packets, and found by filters, where there are keys. `full` is told when that is
   * more than is kept (`decryptedLimit`).
   */
  decrypt(keyLog: KeyLog, full: () => void): void {
    this.decrypted = new DecryptedPackets(
      keyLog,
      (from, visit) => this.walk(from, ({ view, packet }) => visit(view, packet.number)),
      full,
    );
  }

  /** What is kept of what is inside TLS, and how often that was too much; null before anybody asked. */
  get decryptedLimit(): LimitCounter | null {
    return this.decrypted?.limit ?? null;
  }

  /** Every field of one packet; null when there is no such packet. @throws FileError */
  async dissect(number: number): Promise<PacketTree | null> {
    await this.decrypted?.soon();
    const first = await this.firstSeconds();
    let previousSeconds: number | null = null;
    let tree: PacketTree | null = null;
    await this.walk(Math.max(1, number - 1), ({ packet, view, application }) => {
      if (packet.number < number) {
        previousSeconds = packetTimeSeconds(packet);
        return true;
      }
      if (packet.number > number) return false;
      const bases = this.sequences?.of(view);
      tree = dissectPacket(packet, view, application, {
        firstSeconds: first,
        previousSeconds,
        sequenceBase: bases?.sequence ?? null,
        acknowledgmentBase: bases?.acknowledgment ?? null,
        comments: packetComments(packet),
      });
      if (this.decrypted !== null) addPlainFields(tree, this.decrypted.of(number));
      return false;
    });
    return tree;
  }

  /** Time of the first packet that is there; null when there is none. */
  private async firstSeconds(): Promise<number | null> {
    if (this.startSeconds === null) {
      await this.walk(1, ({ packet }) => {
        this.startSeconds = packetTimeSeconds(packet);
        return false;
      });
    }
    return this.startSeconds;
  }

  private row({ view, application, packet }: DecodedPacket, fields: readonly string[] = []): PacketRow {
    const row = describePacket(view, application, packet, this.sequences?.of(view));
    const label = packetLabel(view, application);
    if (label !== null) row.label = label;
    if (fields.length > 0) {
      const tree = this.fieldsOf({ view, application, packet });
      row.fields = fields.map((name) => valuesOf(tree, name));
      row.fieldFilters = fields.map((name) => filterOf(tree, name));
    }
    return row;
  }

  private fieldsOf({ view, application, packet }: DecodedPacket): readonly PacketField[] {
    const bases = this.sequences?.of(view);
    const tree = dissectPacket(packet, view, application, {
      firstSeconds: this.startSeconds,
      previousSeconds: null,
      sequenceBase: bases?.sequence ?? null,
      acknowledgmentBase: bases?.acknowledgment ?? null,
      comments: [],
    });
    if (this.decrypted !== null) addPlainFields(tree, this.decrypted.of(packet.number));
    return tree.fields;
  }

  /** The next packet that `test` holds for, among those that match the filter of the query. @throws FilterError, FileError */
  async find(test: PacketTest, query: FindQuery): Promise<FoundPacket> {
    this.findRun += 1;
    const run = this.findRun;
    if (query.sort !== undefined) {
      const { numbers } = await this.orders.of(query.filter, query.sort);
      return findInOrder(numbers, query, (visit) =>
        this.walk(1, (decoded) => {
          if (this.findRun !== run) return false;
          if (test(decoded, () => this.row(decoded).info)) visit(decoded.packet.number);
          return true;
        }),
      );
    }
    const filtered = query.filter.trim() !== '';
    const matches = filtered ? (await this.searches.all(query.filter)).numbers : null;
    const first = this.segments()[0]?.firstNumber ?? 1;
    const last = first - 1 + this.recorded.packets;
    const span = query.backwards ? findSpan : last;
    let end = query.backwards ? Math.min(query.from - 1, last) : last;
    for (let start = query.backwards ? end - span + 1 : query.from + 1; end >= first; end -= span, start -= span) {
      let found = 0;
      await this.walk(Math.max(first, start), (decoded) => {
        const { number } = decoded.packet;
        if (number > end || this.findRun !== run) return false;
        if (matches !== null && !matches.has(number)) return true;
        if (!test(decoded, () => this.row(decoded).info)) return true;
        found = number;
        return query.backwards;
      });
      if (this.findRun !== run) return null;
      if (found > 0) return { number: found, position: matches === null ? found - first : matches.positionOf(found) };
      if (!query.backwards) return null;
    }
    return null;
  }

  /** Rows of the packets with these numbers, in order; those that a ring has dropped are left out. @throws FileError */
  byNumber(numbers: readonly number[]): Promise<PacketRow[]> {
    return this.rowsOf([...new Set(numbers)].sort((a, b) => a - b).slice(0, maxPageRows), []);
  }

  /** Rows of the packets with these numbers, in any order; one that is gone has a row that says nothing. @throws FileError */
  async rowsInOrder(numbers: Uint32Array, fields: readonly string[] = []): Promise<PacketRow[]> {
    const byNumber = new Map((await this.rowsOf([...numbers.slice().sort()], fields)).map((row) => [row.number, row]));
    return Array.from(numbers, (number) => byNumber.get(number) ?? missingRow(number));
  }

  /** Rows of the packets with these numbers, which rise. */
  private async rowsOf(wanted: readonly number[], fields: readonly string[]): Promise<PacketRow[]> {
    const rows: PacketRow[] = [];
    let next = 0;
    while (next < wanted.length) {
      const begun = next;
      await this.walk(wanted[begun] ?? 1, (decoded) => {
        const { number } = decoded.packet;
        while (next < wanted.length && (wanted[next] ?? 0) < number) next += 1;
        if (number === wanted[next]) {
          rows.push(this.row(decoded, fields));
          next += 1;
        }
        return next < wanted.length && ((wanted[next] ?? 0) - number < walkedGap || this.startsOver());
      });
      // Nothing came: what is wanted is behind the end.
      if (next === begun) break;
    }
    return rows;
  }

  /** A walk through a compressed file begins at its start, wherever it is to go. */
  private startsOver(): boolean {
    return [...this.files.values()].some(({ gzip }) => gzip);
  }

  private async sorted(
    filterText: string,
    sort: PacketSort,
    signal: AbortSignal,
    progress?: SortProgress,
  ): Promise<PacketOrder | null> {
    const { numbers: matches, complete } =
      filterText.trim() === '' ? { numbers: null, complete: true } : await this.searches.all(filterText);
    // For `frame.time_relative` among the columns.
    if (sort.column.includes('.')) await this.firstSeconds();
    const source = orderSource(
      { matches, first: this.segments()[0]?.firstNumber ?? 1, recorded: this.recorded.packets },
      (from, visit) => this.walk(from, visit, signal),
      (decoded, fields) => this.row(decoded, fields),
    );
    const order = await sortPackets(source, sort, signal, progress);
    return order === null ? null : { ...order, complete: order.complete && complete };
  }

  /** `visit` returns false to end the walk. */
  private walk(fromNumber: number, visit: (decoded: DecodedPacket) => boolean, signal?: AbortSignal): Promise<void> {
    return this.walks.during(() => this.walkSegments(fromNumber, visit, signal));
  }

  private async walkSegments(
    fromNumber: number,
    visit: (decoded: DecodedPacket) => boolean,
    signal?: AbortSignal,
  ): Promise<void> {
    const view = new PacketView();
    const fragments = new FragmentReassembler();
    const decodeFrom = Math.max(1, fromNumber - fragmentLeadPackets);
    let going = true;
    for (const segment of [...this.segments()]) {
      if (!going || signal?.aborted === true) return;
      const offset = segment.firstNumber - 1;
      if (decodeFrom > offset + segment.packets) continue;
      const file = await this.open(segment.path).catch((error: unknown) => {
        // The ring may have dropped the file since the list was made.
        if (this.segments().some((still) => still.path === segment.path)) throw error;
        return null;
      });
      await file?.read({
        fromNumber: Math.max(1, decodeFrom - offset),
        enough: () => !going,
        ...(signal === undefined ? {} : { signal }),
        onPacket: (packet) => {
          if (!going) return;
          packet.number += offset;
          decodePacket(view, packet, fragments);
          if (packet.number >= fromNumber) going = visit({ packet, view, application: decodeApplication(view) });
          packet.number -= offset;
        },
      });
    }
  }

  /** Hands over decoded packets from a number on, until `visit` returns false. @throws FileError */
  eachFrom(fromNumber: number, visit: (decoded: DecodedPacket) => boolean): Promise<void> {
    return this.walk(fromNumber, visit);
  }

  /** Hands over every packet as it was recorded, in order, numbered as in the capture. @throws FileError */
  async eachRaw(visit: (packet: RawPacket) => void, signal: AbortSignal): Promise<void> {
    for (const { path, firstNumber, packets } of [...this.segments()]) {
      if (signal.aborted) return;
      const file = await this.open(path);
      let left = packets;
      await file.read({
        signal,
        enough: () => left <= 0,
        onPacket: (packet) => {
          // A spool grows while it is read; what came later is not asked for.
          if (left-- <= 0) return;
          packet.number += firstNumber - 1;
          visit(packet);
          packet.number -= firstNumber - 1;
        },
      });
    }
  }

  /** How many packets there are to read, and whether none before them are gone. */
  get recorded(): { packets: number; complete: boolean } {
    const segments = this.segments();
    return {
      packets: segments.reduce((sum, { packets }) => sum + packets, 0),
      complete: (segments[0]?.firstNumber ?? 1) === 1,
    };
  }

  private async open(path: string): Promise<CaptureFile> {
    const known = this.files.get(path);
    if (known !== undefined) return known;
    const file = await CaptureFile.open(path);
    const there = new Set(this.segments().map((segment) => segment.path));
    for (const old of this.files.keys()) if (!there.has(old)) this.files.delete(old);
    this.files.set(path, file);
    return file;
  }
}
