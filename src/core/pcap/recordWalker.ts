import type { RawPacket } from './rawPacket';

/** More captured bytes in one record are taken as damage: what tcpdump and Wireshark allow at most. */
export const maxCapturedLength = 256 * 1024;

/**
 * Walks the records of one file format. It sees bytes only from the start of a record on; who calls it joins the
 * pieces of a record that came in several chunks.
 */
export interface RecordWalker {
  /** Different link types in order of appearance. */
  readonly linkTypes: number[];
  /** True when a time finer than a microsecond can occur. */
  readonly nanoseconds: boolean;
  /** Packets handed over so far. */
  packets: number;
  /** Where in the bytes given to `walk` the next record starts; right inside `onPacket` too. */
  position: number;
  /** Bytes from `position` on that must be there before `walk` can go on; always more than it was given. */
  needed: number;
  /** Why it stopped for good; null while all is well. */
  damage: string | null;
  /** Hands over every packet whose record lies wholly in `bytes` from `start` to `end`, then moves `position`. */
  walk(bytes: Uint8Array, start: number, end: number): void;
}

/** What a pcapng file holds besides packets. */
export interface FileExtras {
  /** Text of a key log (Decryption Secrets Block, section 4.7); valid only during the call. */
  keyLog?: (bytes: Uint8Array) => void;
  /** A comment on a moment of the capture, in UTF-8 (Interface Statistics Block, section 4.6). */
  moment?: (timeUs: number, comment: Uint8Array) => void;
}

/** The one packet object that a reader hands out again and again. */
export function reusedPacket(): RawPacket {
  return {
    number: 0,
    seconds: 0,
    nanoseconds: 0,
    originalLength: 0,
    bytes: new Uint8Array(0),
    linkType: 0,
    interfaceIndex: 0,
  };
}

export function tooLongReason(capturedLength: number): string {
  return `record claims ${capturedLength} captured bytes, more than ${maxCapturedLength}`;
}
