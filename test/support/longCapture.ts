import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import type { AnalyzerEvent } from '../../src/protocol/analyzerMessages';
import type { CaptureFeed, FeedEvents } from '../../src/analyzer/captureFeed';
import { LiveRun } from '../../src/analyzer/liveRun';
import { captureWireVersion } from '../../src/protocol/captureWire';
import type { HelloLine } from '../../src/protocol/captureWire';
import type { RawPacket } from '../../src/core/pcap/rawPacket';
import { captureRequest } from '../process/support/captureRequest';
import { readCapture } from './readCapture';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What lives on after a full collection, in bytes. */
export interface LiveMemory {
  readonly packets: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
}

/**
 * A live capture that gets the packets of a recorded one over and over, from other addresses in each round, as fast as they are taken;
 * its clock goes by the packets, so that what ends by time ends as it does in as many packets of a long capture.
 */
export class LongCapture {
  readonly #packets: readonly RawPacket[];
  readonly #spool = mkdtempSync(path.join(tmpdir(), 'nta-long-'));
  readonly #run: LiveRun;
  readonly #realNow = Date.now;
  #events: FeedEvents | null = null;
  #end: () => void = () => undefined;
  #nowUs = 1_700_000_000_000_000;
  #at = 0;
  #round = 0;
  #sent = 0;
  /** The newest of each kind. */
  readonly told = new Map<AnalyzerEvent['type'], AnalyzerEvent>();

  constructor(
    recorded: string,
    private readonly packetsPerSecond: number,
  ) {
    this.#packets = readCapture(gunzipSync(readFileSync(recorded))).packets.filter(({ bytes }) => bytes.length >= 34);
    Date.now = () => Math.floor(this.#nowUs / 1000);
    const request = captureRequest({ interfaces: ['made-up'], spoolDirectory: this.#spool });
    this.#run = new LiveRun(
      request,
      (_name, events) => this.#feed(events),
      (event) => this.told.set(event.type, event),
    );
  }

  start(): Promise<string> {
    return this.#run.start();
  }

  /** Sends so many packets more. */
  async send(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) {
      this.#one();
      // As often as a snapshot is made.
      if (this.#sent % Math.ceil(this.packetsPerSecond / 4) === 0) await new Promise((done) => setImmediate(done));
    }
  }

  memory(): LiveMemory {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return { packets: this.#sent, heapBytes: heapUsed, externalBytes: external };
  }

  async close(): Promise<void> {
    await this.#run.stop();
    Date.now = this.#realNow;
    rmSync(this.#spool, { recursive: true, force: true });
  }

  get run(): LiveRun {
    return this.#run;
  }

  #one(): void {
    const packet = this.#packets[this.#at];
    if (packet === undefined || this.#events === null) throw new Error('No packet to send.');
    this.#at += 1;
    if (this.#at === this.#packets.length) {
      this.#at = 0;
      this.#round += 1;
    }
    this.#sent += 1;
    this.#nowUs += 1e6 / this.packetsPerSecond;
    const seconds = Math.floor(this.#nowUs / 1e6);
    this.#events.packet({
      ...packet,
      bytes: elsewhere(packet.bytes, this.#round),
      seconds,
      nanoseconds: Math.floor(this.#nowUs - seconds * 1e6) * 1000,
    });
  }

  #feed(events: FeedEvents): CaptureFeed {
    const hello: HelloLine = {
      kind: 'hello',
      version: captureWireVersion,
      pid: process.pid,
      uid: process.getuid?.() ?? null,
      interface: 'made-up',
      linkType: 1,
      snapLengthBytes: 65_535,
      nanoseconds: false,
      timestampSource: 'kernel',
      backend: 'cap',
      capturePid: null,
      dropCountsKnown: true,
    };
    const ended = new Promise<null>((done) => (this.#end = () => done(null)));
    return {
      ended,
      start: () => {
        events.hello(hello, 'direct');
        this.#events = events;
        return Promise.resolve(hello);
      },
      stop: () => {
        this.#end();
        return Promise.resolve();
      },
    };
  }
}

/** The frame with both of its IPv4 addresses moved on by `round`; the bytes are overwritten by the next call. */
function elsewhere(frame: Uint8Array, round: number): Uint8Array {
  if (round === 0 || frame[12] !== 8 || frame[13] !== 0) return frame;
  const moved = scratch.subarray(0, frame.length);
  moved.set(frame);
  const view = new DataView(moved.buffer, moved.byteOffset, moved.length);
  for (const at of [26, 30]) view.setUint32(at, (view.getUint32(at) + round * 0x1_0000) >>> 0);
  return moved;
}

const scratch = new Uint8Array(262_144);
