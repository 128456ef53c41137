import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, constants } from 'node:zlib';
import type { Transform } from 'node:stream';

/** A body that unpacks to more is cut there: a few bytes can be made to unpack to gigabytes. */
export const maxBodyBytes = 16 * 1024 * 1024;

/** Codings undone of one body; honest ones have one. */
const maxCodings = 3;

export interface DecodedBody {
  bytes: Uint8Array;
  /** What was undone, and what could not be. */
  notes: string[];
}

/** Undoes the content codings (RFC 9110 section 8.4.1) in turn, as far as they can be, within {@link maxBodyBytes}. */
export async function decodeBody(body: Uint8Array, codings: string | null): Promise<DecodedBody> {
  const notes: string[] = [];
  const names = (codings ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  let bytes = body;
  for (const name of names.slice(-maxCodings).reverse()) {
    if (bytes.length === 0) break;
    const decoders = decodersOf(name);
    if (decoders.length === 0) {
      notes.push(`The coding ${JSON.stringify(name.slice(0, 40))} is not known: the bytes are as they were sent.`);
      break;
    }
    const result = await firstGood(bytes, decoders);
    if (result.bytes.length === 0 && result.damaged) {
      notes.push(`The bytes are not ${name}: they are as they were sent.`);
      break;
    }
    bytes = result.bytes;
    notes.push(`Unpacked from ${name}.`);
    if (result.damaged) notes.push(`The ${name} data end early or are damaged: this is what could be unpacked.`);
    if (result.cut) {
      notes.push(`Cut at ${maxBodyBytes} bytes: it would unpack to more.`);
      break;
    }
  }
  if (bytes.length > maxBodyBytes) {
    bytes = bytes.subarray(0, maxBodyBytes);
    notes.push(`Cut at ${maxBodyBytes} bytes.`);
  }
  return { bytes, notes };
}

function decodersOf(name: string): (() => Transform)[] {
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return [() => createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })];
    case 'deflate':
      // RFC 9110 section 8.4.1.2: some senders leave the zlib wrapper out.
      return [() => createInflate({ finishFlush: constants.Z_SYNC_FLUSH }), () => createInflateRaw()];
    case 'br':
      return [() => createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH })];
    default:
      return [];
  }
}

interface Unpacked {
  bytes: Uint8Array;
  damaged: boolean;
  cut: boolean;
}

async function firstGood(bytes: Uint8Array, decoders: readonly (() => Transform)[]): Promise<Unpacked> {
  let best: Unpacked = { bytes: new Uint8Array(0), damaged: true, cut: false };
  for (const make of decoders) {
    const result = await unpack(bytes, make());
    if (!result.damaged) return result;
    if (result.bytes.length > best.bytes.length) best = result;
  }
  return best;
}

/** Ends the decoder as soon as there is enough: what was not unpacked never takes memory. */
function unpack(bytes: Uint8Array, decoder: Transform): Promise<Unpacked> {
  return new Promise((resolve) => {
    const parts: Uint8Array[] = [];
    let length = 0;
    const done = (damaged: boolean, cut: boolean): void => {
      decoder.destroy();
      resolve({ bytes: Buffer.concat(parts, length), damaged, cut });
    };
    decoder.on('data', (part: Uint8Array) => {
      const taken = part.subarray(0, maxBodyBytes - length);
      parts.push(taken);
      length += taken.length;
      if (taken.length < part.length) done(false, true);
    });
    decoder.on('error', () => done(true, false));
    decoder.on('end', () => done(false, false));
    decoder.end(bytes);
  });
}
