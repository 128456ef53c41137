import { open, stat } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import type { CaptureDamage } from '../protocol/capture';
import { sniffGzip } from '../core/pcap/captureMagic';
import type { ReaderCheckpoint } from '../core/pcap/captureFileReader';
import { CaptureFileReader, NotACaptureError } from '../core/pcap/captureFileReader';
import type { RawPacket } from '../core/pcap/rawPacket';
import type { FileExtras } from '../core/pcap/recordWalker';
import { FileError, fileErrorFrom } from './fileError';

/** Large enough that system calls do not show (research: 1 MiB reused buffers are the fastest way to read). */
const chunkBytes = 1024 * 1024;

/** Small, so that a first page of rows is there before the engine has warmed up, and a jump reads little for nothing. */
const firstChunkBytes = 64 * 1024;
const secondChunkBytes = 256 * 1024;

/** Buffers of reads that have ended, for the next ones: a sorted page makes hundreds of short reads. */
const idleBuffers: Uint8Array<ArrayBuffer>[] = [];
const maxIdleBuffers = 4;

/** A jump to any packet reads at most this many records; one checkpoint is a few numbers. */
const packetsPerCheckpoint = 1024;

/** 4 million packets at 1024 a checkpoint: beyond that, jumps get longer instead of the index larger. */
const maxCheckpoints = 64 * 1024;

export interface ReadOptions {
  /** 1-based number of the first packet wanted; earlier ones are skipped without being handed over. */
  fromNumber?: number;
  onPacket: (packet: RawPacket) => void;
  /** Gets what a pcapng file holds besides packets, when it is read from its start. */
  extras?: FileExtras;
  /** Compressed bytes for .gz, so that it can be held against the size of the file. */
  onProgress?: (readBytes: number, packets: number) => void;
  /** Called between chunks; what comes next waits for its promise. */
  between?: () => Promise<void>;
  /** Checked between chunks: true ends the read early. */
  enough?: () => boolean;
  /** Called at the end of a plain file with the bytes read: true when more have come. */
  more?: (position: number) => Promise<boolean>;
  signal?: AbortSignal;
}

export interface ReadResult {
  format: 'pcap' | 'pcapng';
  linkTypes: number[];
  nanoseconds: boolean;
  packets: number;
  damage: CaptureDamage | null;
}

/**
 * A pcap or pcapng file, plain or gzip, read as often as needed. Remembers checkpoints as it goes, so that later reads
 * of a plain file start near the packet they want.
 */
export class CaptureFile {
  private readonly checkpoints: ReaderCheckpoint[] = [];

  private constructor(
    readonly path: string,
    readonly sizeBytes: number,
    readonly gzip: boolean,
  ) {}

  /** @throws FileError FILE_UNREADABLE when it cannot be read, NOT_A_CAPTURE when its first bytes are no capture's. */
  static async open(path: string): Promise<CaptureFile> {
    try {
      const { size } = await statFile(path);
      const handle = await open(path, 'r');
      try {
        const head = new Uint8Array(4096);
        const { bytesRead } = await handle.read(head, 0, head.length, 0);
        const first = head.subarray(0, bytesRead);
        if (bytesRead === 0) throw new FileError('NOT_A_CAPTURE', `${path} is empty.`, captureHint);
        const gzip = sniffGzip(first);
        if (!gzip) probe(path, first);
        return new CaptureFile(path, size, gzip);
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw fileErrorFrom(error, path);
    }
  }

  /** Reads from the start, or from the checkpoint before `fromNumber`. Damage ends the read, it never throws. */
  async read(options: ReadOptions): Promise<ReadResult> {
    try {
      return this.gzip ? await this.readGzip(options) : await this.readPlain(options);
    } catch (error) {
      if (error instanceof NotACaptureError)
        throw new FileError('NOT_A_CAPTURE', `${this.path}: ${error.message}`, captureHint);
      throw fileErrorFrom(error, this.path);
    }
  }

  private async readPlain(options: ReadOptions): Promise<ReadResult> {
    const from = options.fromNumber ?? 1;
    const start = this.checkpointBefore(from);
    const deliver = (packet: RawPacket): void => {
      if (packet.number >= from) options.onPacket(packet);
      if (packet.number % packetsPerCheckpoint === 0) this.remember(reader.checkpoint());
    };
    const reader =
      start === null ? new CaptureFileReader(deliver, options.extras) : CaptureFileReader.resume(start, deliver);
    const handle = await open(this.path, 'r');
    // The next chunk is read while this one is worked on.
    let buffer = idleBuffers.pop() ?? new Uint8Array(chunkBytes);
    let spare = idleBuffers.pop() ?? new Uint8Array(chunkBytes);
    let nextBytes = secondChunkBytes;
    let next: Promise<{ bytesRead: number }> | null = null;
    try {
      let position = start?.offset ?? 0;
      next = handle.read(buffer, 0, firstChunkBytes, position);
      for (;;) {
        const { bytesRead } = await next;
        if (options.signal?.aborted === true || options.enough?.() === true) return resultOf(reader);
        if (bytesRead === 0) {
          if ((await options.more?.(position)) !== true) break;
          next = handle.read(buffer, 0, buffer.length, position);
          continue;
        }
        position += bytesRead;
        next = handle.read(spare, 0, nextBytes, position);
        nextBytes = chunkBytes;
        reader.push(buffer.subarray(0, bytesRead));
        options.onProgress?.(position, reader.packets);
        await options.between?.();
        if (reader.damage !== null) break;
        [buffer, spare] = [spare, buffer];
      }
      reader.end();
      return resultOf(reader);
    } finally {
      await next?.catch(() => undefined);
      for (const idle of [buffer, spare]) if (idleBuffers.length < maxIdleBuffers) idleBuffers.push(idle);
      await handle.close();
    }
  }

  private readGzip(options: ReadOptions): Promise<ReadResult> {
    const from = options.fromNumber ?? 1;
    const reader = new CaptureFileReader((packet) => {
      if (packet.number >= from) options.onPacket(packet);
    }, options.extras);
    let inflatedBytes = 0;
    return new Promise((resolve, reject) => {
      const input = createReadStream(this.path, { highWaterMark: chunkBytes });
      const gunzip = createGunzip({ chunkSize: chunkBytes });
      let settled = false;
      const settle = (finish: () => void): void => {
        if (settled) return;
        settled = true;
        input.destroy();
        gunzip.destroy();
        try {
          finish();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const finish = (damage: CaptureDamage | null): void =>
        settle(() => {
          reader.end();
          const result = resultOf(reader);
          resolve(damage === null ? result : { ...result, damage });
        });
      input.on('error', (error) => settle(() => reject(error)));
      gunzip.on('error', (error) =>
        finish({ offset: inflatedBytes, reason: `the gzip stream is cut or damaged (${error.message})` }),
      );
      gunzip.on('data', (chunk: Uint8Array) => {
        if (settled) return;
        if (options.signal?.aborted === true || options.enough?.() === true) {
          settle(() => resolve(resultOf(reader)));
          return;
        }
        inflatedBytes += chunk.length;
        try {
          reader.push(chunk);
        } catch (error) {
          settle(() => reject(error instanceof Error ? error : new Error(String(error))));
          return;
        }
        options.onProgress?.(Math.min(input.bytesRead, this.sizeBytes), reader.packets);
        if (reader.damage !== null) finish(reader.damage);
        else if (options.between !== undefined) {
          gunzip.pause();
          options.between().then(
            () => gunzip.resume(),
            (error: unknown) => settle(() => reject(error instanceof Error ? error : new Error(String(error)))),
          );
        }
      });
      gunzip.on('end', () => finish(null));
      input.pipe(gunzip);
    });
  }

  private checkpointBefore(number: number): ReaderCheckpoint | null {
    let low = 0;
    let high = this.checkpoints.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.checkpoints[middle]?.packets ?? number) < number) low = middle + 1;
      else high = middle;
    }
    return this.checkpoints[low - 1] ?? null;
  }

  private remember(checkpoint: ReaderCheckpoint): void {
    const last = this.checkpoints.at(-1);
    if (last !== undefined && last.packets >= checkpoint.packets) return;
    if (this.checkpoints.length < maxCheckpoints) this.checkpoints.push(checkpoint);
  }
}

const captureHint = 'Network captures are pcap or pcapng files, plain or compressed with gzip.';

async function statFile(path: string): Promise<{ size: number }> {
  const info = await stat(path);
  if (info.isDirectory()) throw new FileError('FILE_UNREADABLE', `${path} is a folder.`, 'Choose a capture file.');
  return info;
}

function probe(path: string, first: Uint8Array): void {
  const reader = new CaptureFileReader(() => undefined);
  try {
    reader.push(first);
    if (reader.format === null) reader.end();
  } catch (error) {
    if (error instanceof NotACaptureError)
      throw new FileError('NOT_A_CAPTURE', `${path}: ${error.message}`, captureHint);
    throw error;
  }
}

function resultOf(reader: CaptureFileReader): ReadResult {
  return {
    format: reader.format ?? 'pcap',
    linkTypes: [...reader.linkTypes],
    nanoseconds: reader.nanoseconds,
    packets: reader.packets,
    damage: reader.damage,
  };
}
