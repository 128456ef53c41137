import type { DnsAnswer, DnsMessage } from '../../decode/dns';
import { DistinctCounter } from '../distinctCounter';
import type { Host } from '../../flows/host';
import type { Incident } from '../incident';
import { pairKey } from '../recordKeys';

export const ruleId = 'dns-tunnel';

/** Names told apart exactly; of more each counts as new, since a tunnel asks no name twice. */
const maxNames = 512;
const maxEnds = 50;
const maxPackets = 20;
/** nDPI: a first label of more than this is no host's. */
const longLabel = 48;
/** Names without words that add up to this much data go on for longer than the pages that content networks serve. */
const muchData = 3000;
/** Classes of characters counted for the entropy: letters, digits, hyphen, underscore, others. */
const characters = 39;

/** TXT, MX, CNAME, SRV and KEY carry text of any kind; browsers and system resolvers hardly ever ask for them themselves. */
const unusualTypes = new Set([5, 15, 16, 25, 33]);
/** Address types and what programs ask for every day (IANA DNS Parameters). */
const everydayTypes = new Set([1, 2, 6, 12, 28, 35, 43, 44, 46, 47, 48, 52, 64, 65, 255, 257]);

/** What was asked and answered under one registered domain within a window. */
export class DomainRecord {
  firstUs = 0;
  lastUs = 0;
  queries = 0;
  names = 0;
  nameBytes = 0;
  answerBytes = 0;
  packets: number[] = [];
  #hashes = new Set<number>();
  #longLabels = 0;
  #unusual = 0;
  #obsolete = 0;
  #oddCharacters = 0;
  #answers = 0;
  #loopback = 0;
  #distinctAnswers = new DistinctCounter();
  readonly #histogram = new Uint32Array(characters);
  readonly #askers = new Set<string>();
  readonly #servers = new Set<string>();
  /** Who was asked by whom, as `asker>server`; bounded. */
  readonly #hops = new Set<string>();
  /** Most queries go the way of the one before. */
  #newestHop = -1;
  #newestServer: Host | null = null;

  constructor(readonly domain: string) {}

  /** Begins a new window. */
  reset(timeUs: number): void {
    this.firstUs = timeUs;
    this.queries = 0;
    this.names = 0;
    this.nameBytes = 0;
    this.answerBytes = 0;
    this.packets = [];
    this.#hashes = new Set();
    this.#longLabels = 0;
    this.#unusual = 0;
    this.#obsolete = 0;
    this.#oddCharacters = 0;
    this.#answers = 0;
    this.#loopback = 0;
    this.#distinctAnswers = new DistinctCounter();
    this.#histogram.fill(0);
    this.#askers.clear();
    this.#servers.clear();
    this.#hops.clear();
    this.#newestHop = -1;
    this.#newestServer = null;
  }

  /** `name` holds `labels` characters in front of the domain and its dot. */
  ask(timeUs: number, packet: number, name: string, labels: number, type: number, asker: Host, server: Host): void {
    if (this.firstUs === 0) this.firstUs = timeUs;
    this.lastUs = Math.max(this.lastUs, timeUs);
    this.queries++;
    if (unusualTypes.has(type)) this.#unusual++;
    else if (!everydayTypes.has(type)) this.#obsolete++;
    if (this.packets.length < maxPackets) this.packets.push(packet);
    const hop = pairKey(asker, server);
    if (hop !== this.#newestHop && this.#hops.size < maxEnds) {
      this.#newestHop = hop;
      this.#askers.add(asker.text);
      this.#servers.add(server.text);
      this.#hops.add(`${asker.text}>${server.text}`);
    }
    this.#noteName(name, labels);
  }

  answer(message: DnsMessage, server: Host): void {
    if (server !== this.#newestServer && this.#servers.size < maxEnds) this.#servers.add(server.text);
    this.#newestServer = server;
    this.#answers++;
    for (const answer of message.answers) {
      this.answerBytes += dataBytes(answer);
      if (answer.type === 1 && answer.data.startsWith('127.')) this.#loopback++;
      this.#distinctAnswers.addText(answer.data);
    }
  }

  get meanLength(): number {
    return this.nameBytes / Math.max(1, this.names);
  }

  get meanAnswer(): number {
    return this.answerBytes / Math.max(1, this.#answers);
  }

  get unusualShare(): number {
    return (this.#unusual + this.#obsolete) / Math.max(1, this.queries);
  }

  /** New names a second. */
  get rate(): number {
    return this.names / Math.max(1, (this.lastUs - this.firstUs) / 1e6);
  }

  /** Of the characters of all names together (Shannon), in bits: hexadecimal 4, words some 4.1, base32 5. */
  get entropy(): number {
    let total = 0;
    for (const n of this.#histogram) total += n;
    let entropy = 0;
    for (const n of this.#histogram) if (n > 0) entropy -= (n / total) * Math.log2(n / total);
    return entropy;
  }

  get constantAnswers(): boolean {
    return this.#answers >= 10 && this.#distinctAnswers.size <= Math.max(4, 0.05 * this.#answers);
  }

  signs(): string[] {
    return this.#signs().map(([, name]) => name);
  }

  score(): number {
    return this.#signs().reduce((sum, [points]) => sum + points, 0);
  }

  /** Puts the ends into the finding: who asks first, and who answers last, are the ends; resolvers in between are used. */
  name(incident: Incident): void {
    incident.sources.clear();
    incident.targets.clear();
    for (const asker of this.#askers) if (!this.#servers.has(asker)) incident.addSource(asker);
    if (incident.sources.size === 0) for (const asker of this.#askers) incident.addSource(asker);
    for (const server of this.#servers) {
      const forwards = [...this.#hops].some((hop) => hop.startsWith(`${server}>`));
      const isEnd = !forwards && this.#hops.size > 1 && this.#forwarded(server);
      if (isEnd) incident.addSource(server);
      else incident.addTarget(server);
    }
    incident.addPort(53);
  }

  /** Whether a server is asked by another server only. */
  #forwarded(server: string): boolean {
    for (const hop of this.#hops) {
      const [asker = '', asked] = hop.split('>');
      if (asked === server && !this.#servers.has(asker)) return false;
    }
    return true;
  }

  #noteName(name: string, labels: number): void {
    let hash = 0x811c9dc5;
    let label = 0;
    let longest = 0;
    let odd = false;
    for (let index = 0; index < labels; index++) {
      hash = Math.imul(hash ^ lowerCase(name.charCodeAt(index)), 0x01000193);
    }
    if (this.#hashes.has(hash)) return;
    if (this.#hashes.size < maxNames) this.#hashes.add(hash);
    let length = 0;
    for (let index = 0; index < labels; index++) {
      const code = lowerCase(name.charCodeAt(index));
      if (code === 0x2e) {
        label = 0;
        continue;
      }
      length++;
      longest = Math.max(longest, ++label);
      const kind = characterClass(code);
      if (kind === characters - 1) odd = true;
      this.#histogram[kind] = (this.#histogram[kind] ?? 0) + 1;
    }
    this.names++;
    this.nameBytes += length;
    if (longest > longLabel) this.#longLabels++;
    if (odd) this.#oddCharacters++;
  }

  #signs(): [points: number, name: string][] {
    const signs: [number, string][] = [];
    const { names, meanLength } = this;
    if (names >= 200) signs.push([2, 'very many different names']);
    else if (names >= 50) signs.push([1, 'many different names']);
    if (meanLength >= 52) signs.push([2, 'very long names']);
    else if (meanLength >= 30) signs.push([1, 'long names']);
    if (this.#longLabels >= 0.1 * names && this.#longLabels > 0) signs.push([1, 'labels of more than 48 characters']);
    if (this.#obsolete >= 0.1 * this.queries) signs.push([2, 'types that nobody uses']);
    else if (this.unusualShare >= 0.5) signs.push([1, 'types that carry text']);
    if (this.meanAnswer >= 100) signs.push([1, 'long answers']);
    if (this.rate >= 1) signs.push([1, 'new names at a high rate']);
    const { entropy } = this;
    if (entropy >= 4.5) signs.push([1, 'no words in the names']);
    if (this.nameBytes >= muchData && entropy >= 4.5) signs.push([1, 'much data in the names']);
    if (this.#oddCharacters >= 0.1 * names && this.#oddCharacters > 1) signs.push([1, 'characters no host name has']);
    // Hashes are hexadecimal, block lists are asked for digits, and content networks have short names.
    const wordless = entropy >= 4.5 && meanLength >= 28;
    if (this.#loopback >= 0.5 * this.#answers && this.#loopback > 0) signs.push([-2, 'answers of a block list']);
    else if (this.constantAnswers && !wordless) signs.push([-1, 'answers all alike']);
    return signs;
  }
}

/** Of ASCII: names differ by no other case (RFC 4343). */
function lowerCase(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}

function characterClass(code: number): number {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61;
  if (code >= 0x30 && code <= 0x39) return 26 + code - 0x30;
  if (code === 0x2d) return 36;
  return code === 0x5f ? 37 : characters - 1;
}

const opaque = /^<(\d+) bytes>$/;

/** Bytes that a record can carry to whoever asked; addresses count as none. */
function dataBytes({ type, data }: DnsAnswer): number {
  if (type === 1 || type === 28) return 0;
  const length = opaque.exec(data)?.[1];
  return length === undefined ? data.length : Number(length);
}
