import { compileFilter } from '../../src/core/filter/displayFilter';
import { decodeApplication } from '../../src/core/decode/application';
import { decodePacket } from '../../src/core/decode/decodePacket';
import { describePacket } from '../../src/core/decode/describe';
import { PacketView } from '../../src/core/decode/packetView';
import { Engine } from '../../src/core/engine/engine';
import { CaptureFileReader, NotACaptureError } from '../../src/core/pcap/captureFileReader';
import type { RawPacket } from '../../src/core/pcap/rawPacket';
import { Random } from '../samples/random';
import { mutate } from './mutate';

/** Link types the decoder knows, and some that it does not. */
export const fuzzedLinkTypes = [
  0, 1, 6, 9, 10, 11, 12, 13, 14, 50, 51, 101, 104, 105, 106, 107, 108, 109, 113, 117, 119, 122, 123, 127, 129, 147,
  149, 163, 165, 178, 187, 192, 201, 220, 227, 228, 229, 239, 242, 248, 253, 258, 274, 276, 65_535,
] as const;

/** Far above any packet's share of the work, and far below a hang; the collector of garbage stops the world as well. */
const maxPacketMilliseconds = 1500;

/** Lists that the snapshot and the report hold, at most so long. */
const maxRows = 2000;

export interface SeedCapture {
  name: string;
  bytes: Uint8Array;
}

/** What went wrong, with what is needed to see it again. */
export interface Crasher {
  what: string;
  /** The whole file that was read, or the packet that was pushed. */
  bytes: Uint8Array;
  /** Null when `bytes` is a file. */
  linkType: number | null;
}

/**
 * Rounds of damaged captures, endless; the same seed and captures give the same rounds. In turns a damaged file is read and
 * analyzed, and the packets of a capture are damaged one by one under every link type. Each round is judged for: nothing
 * thrown, no packet that takes long, no limit exceeded.
 */
export class FuzzRounds {
  readonly #random: Random;
  readonly #captures: readonly SeedCapture[];
  readonly #view = new PacketView();
  readonly #filters = ['http || dns || tls', 'tcp.port == 80', 'frame contains "a"', '!(ip.addr == 10.0.0.1)'].map(
    (text) => {
      const compiled = compileFilter(text);
      return compiled.ok ? compiled.matches : () => false;
    },
  );
  packets = 0;
  rounds = 0;

  constructor(captures: readonly SeedCapture[], seed: number) {
    if (captures.length === 0) throw new Error('there are no captures to start from');
    this.#captures = captures;
    this.#random = new Random(seed);
  }

  /** One round; null when nothing went wrong. */
  next(): Crasher | null {
    this.rounds++;
    const capture = this.#any();
    return this.rounds % 2 === 0 ? this.#file(capture) : this.#frames(capture);
  }

  #any(): Uint8Array {
    return this.#captures[this.#random.integer(0, this.#captures.length - 1)]?.bytes ?? new Uint8Array(0);
  }

  /** A damaged file, in chunks cut anywhere. */
  #file(capture: Uint8Array): Crasher | null {
    const random = this.#random;
    // The first stretch of a large capture says as much as the whole.
    const file = mutate(random, capture.subarray(0, 60_000), this.#any());
    const engine = newEngine();
    let slow = 0;
    try {
      const reader = new CaptureFileReader((packet) => {
        slow = Math.max(slow, this.#timed(engine, packet));
      });
      for (let at = 0; at < file.length;) {
        const length = random.integer(1, 9000);
        reader.push(file.subarray(at, at + length));
        at += length;
      }
      reader.end();
      engine.finish();
      const excess = exceeded(engine);
      if (excess !== null) return { what: excess, bytes: file, linkType: null };
    } catch (error) {
      if (!(error instanceof NotACaptureError)) return { what: textOf(error), bytes: file, linkType: null };
    }
    return slow > maxPacketMilliseconds
      ? { what: `a packet took ${slow.toFixed(0)} ms`, bytes: file, linkType: null }
      : null;
  }

  /** Damaged packets of a sound file, each under its own link type and under another one. */
  #frames(capture: Uint8Array): Crasher | null {
    const random = this.#random;
    const engine = newEngine();
    const other = this.#any();
    let crasher: Crasher | null = null;
    const push = (packet: RawPacket): void => {
      try {
        const milliseconds = this.#timed(engine, packet);
        if (milliseconds <= maxPacketMilliseconds) return;
        crasher ??= crasherOf(`a packet took ${milliseconds.toFixed(0)} ms`, packet);
      } catch (error) {
        crasher ??= crasherOf(textOf(error), packet);
      }
    };
    try {
      const reader = new CaptureFileReader((packet) => {
        const bytes = mutate(random, packet.bytes.subarray(0, 4096), other);
        push({ ...packet, bytes });
        const linkType = fuzzedLinkTypes[random.integer(0, fuzzedLinkTypes.length - 1)] ?? 1;
        push({ ...packet, bytes, linkType, seconds: random.integer(0, 2 ** 32 - 1) });
      });
      reader.push(capture.subarray(0, 60_000));
      engine.finish();
      const excess = exceeded(engine);
      if (excess !== null) crasher ??= { what: excess, bytes: capture.slice(0, 60_000), linkType: null };
    } catch (error) {
      // A seed capture may itself be none: some test captures are.
      if (!(error instanceof NotACaptureError)) crasher ??= { what: textOf(error), bytes: capture, linkType: null };
    }
    return crasher;
  }

  /** Everything that is ever done with a packet; returns how long it took, without the time in which others had the processor. */
  #timed(engine: Engine, packet: RawPacket): number {
    this.packets++;
    const start = performance.now();
    const worked = process.cpuUsage();
    engine.push(packet);
    decodePacket(this.#view, packet);
    const application = decodeApplication(this.#view);
    describePacket(this.#view, application, packet);
    for (const matches of this.#filters) matches(this.#view, packet);
    const milliseconds = performance.now() - start;
    if (milliseconds <= maxPacketMilliseconds) return milliseconds;
    const { user, system } = process.cpuUsage(worked);
    return Math.min(milliseconds, (user + system) / 1000);
  }
}

function newEngine(): Engine {
  return new Engine({ localAddresses: ['10.0.0.1', 'fe80::1'] });
}

/** A list that is longer, or a number that is less sound, than any input may make it. */
function exceeded(engine: Engine): string | null {
  const snapshot = engine.snapshot();
  const report = engine.report('fuzz', { format: 'pcap', linkTypes: [], damage: null });
  const lists: [string, readonly unknown[]][] = [
    ['protocols', snapshot.protocols],
    ['talkers', snapshot.talkers],
    ['conversations', report.conversations],
    ['recent packets', snapshot.recentPackets],
    ['notes', snapshot.notes],
    ['names', report.dns.names],
    ['hosts', report.http.hosts],
    ['server names', report.tls.serverNames],
    ['findings', report.findings],
  ];
  for (const [name, list] of lists) if (list.length > maxRows) return `${list.length} ${name}`;
  if (snapshot.series.packets.length > maxRows) return `${snapshot.series.packets.length} buckets`;
  const counted = snapshot.series.packets.reduce((sum, count) => sum + count, 0);
  if (snapshot.packets < 0 || counted > snapshot.packets)
    return `${counted} of ${snapshot.packets} packets in the series`;
  JSON.stringify(report);
  return null;
}

function crasherOf(what: string, packet: RawPacket): Crasher {
  return { what, bytes: packet.bytes.slice(), linkType: packet.linkType };
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
