import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { CaptureFileReader } from '../../src/core/pcap/captureFileReader';
import { pcapFileHeader, pcapRecord } from '../../src/core/pcap/pcapWriter';
import type { RawPacket } from '../../src/core/pcap/rawPacket';
import { officeTraffic, synFlood } from './traffic';

/** Raise it when what is made changes: captures of older versions are then made anew. */
const version = 1;
/** `tcpdump -s 96`: every header, the beginning of the payload. */
const snapLengthBytes = 96;

export interface BenchCapture {
  name: string;
  file: string;
  packets: number;
  about: string;
}

/** The capture `headers` alone, see {@link benchCaptures}. */
export function headersCapture(folder: string, packets: number, log: (text: string) => void): string {
  const [whole, headers] = [`office-v${version}-${packets}.pcap`, `headers-v${version}-${packets}.pcap`].map((name) =>
    path.join(folder, name),
  ) as [string, string];
  if (!existsSync(headers)) {
    log(`making ${path.basename(headers)} (once) ...`);
    if (!existsSync(whole)) {
      writeCapture(`${whole}.part`, 262_144, officeTraffic(packets));
      renameSync(`${whole}.part`, whole);
    }
    writeCut(`${headers}.part`, whole);
    renameSync(`${headers}.part`, headers);
  }
  return headers;
}

/** Writes the captures that are missing below `folder`; the same bytes on every machine. */
export function benchCaptures(folder: string, packets: number, log: (text: string) => void): BenchCapture[] {
  mkdirSync(folder, { recursive: true });
  const place = (name: string, count: number): string => path.join(folder, `${name}-v${version}-${count}.pcap`);
  const make = (file: string, write: (file: string) => void): void => {
    if (existsSync(file)) return;
    log(`making ${path.basename(file)} (once) ...`);
    write(`${file}.part`);
    renameSync(`${file}.part`, file);
  };
  const whole = place('office', packets);
  const headers = place('headers', packets);
  const long = place('headers', 10 * packets);
  const flood = place('synflood', packets);
  const answered = place('answered', packets);
  make(whole, (file) => writeCapture(file, 262_144, officeTraffic(packets)));
  make(headers, (file) => writeCut(file, whole));
  make(long, (file) => writeRepeated(file, headers, 10));
  make(flood, (file) => writeCapture(file, 262_144, synFlood(packets)));
  make(answered, (file) => writeCapture(file, 262_144, synFlood(packets, true)));
  return [
    { name: 'office', file: whole, packets, about: 'whole frames: DNS, HTTP, TLS, ping, loss, scans' },
    { name: 'headers', file: headers, packets, about: `the same cut to ${snapLengthBytes} bytes a frame` },
    {
      name: 'headers-x10',
      file: long,
      packets: 10 * packets,
      about: 'that ten times over, later and by other clients',
    },
    { name: 'synflood', file: flood, packets, about: 'each packet a new flow from a random source' },
    { name: 'answered', file: answered, packets, about: 'the same flood, and the answer to each of its SYNs' },
  ];
}

/** Collects records into blocks of a megabyte. */
class BlockWriter {
  readonly #handle: number;
  readonly #block = Buffer.alloc(1024 * 1024);
  #used = 0;

  constructor(file: string) {
    this.#handle = openSync(file, 'w');
  }

  add(bytes: Uint8Array): void {
    if (this.#used + bytes.length > this.#block.length) this.#flush();
    this.#block.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  close(): void {
    this.#flush();
    closeSync(this.#handle);
  }

  #flush(): void {
    for (let at = 0; at < this.#used;) at += writeSync(this.#handle, this.#block, at, this.#used - at);
    this.#used = 0;
  }
}

function writeCapture(file: string, snapLength: number, packets: Iterable<RawPacket>): void {
  const out = new BlockWriter(file);
  out.add(pcapFileHeader({ linkType: 1, snapLengthBytes: snapLength, nanoseconds: false }));
  for (const packet of packets) out.add(pcapRecord(packet, false));
  out.close();
}

function eachPacket(file: string, onPacket: (packet: RawPacket) => void): void {
  const reader = new CaptureFileReader(onPacket);
  reader.push(readFileSync(file));
  reader.end();
}

function writeCut(file: string, from: string): void {
  const out = new BlockWriter(file);
  out.add(pcapFileHeader({ linkType: 1, snapLengthBytes, nanoseconds: false }));
  eachPacket(from, (packet) => {
    out.add(pcapRecord({ ...packet, bytes: packet.bytes.subarray(0, snapLengthBytes) }, false));
  });
  out.close();
}

/** Each round begins where the one before it ended; its clients are in 10.1, 10.2 and so on (checksums stay as they were). */
function writeRepeated(file: string, from: string, rounds: number): void {
  const out = new BlockWriter(file);
  out.add(pcapFileHeader({ linkType: 1, snapLengthBytes, nanoseconds: false }));
  let firstSeconds = -1;
  let lastSeconds = 0;
  eachPacket(from, (packet) => {
    if (firstSeconds < 0) firstSeconds = packet.seconds;
    lastSeconds = packet.seconds;
  });
  for (let round = 0; round < rounds; round++) {
    const laterSeconds = round * (lastSeconds - firstSeconds + 1);
    eachPacket(from, (packet) => {
      const { bytes } = packet;
      for (const at of [26, 30]) {
        if (bytes[12] === 8 && bytes[13] === 0 && bytes[at] === 10 && bytes[at + 1] === 0) bytes[at + 1] = round;
      }
      out.add(pcapRecord({ ...packet, seconds: packet.seconds + laterSeconds }, false));
    });
  }
  out.close();
}
