import { uint32 } from '../bytes/integers';

export type CaptureFormat = 'pcap' | 'pcapng';

/** What the first bytes of a pcap file say (draft-ietf-opsawg-pcap section 4). */
export interface PcapMagic {
  littleEndian: boolean;
  nanoseconds: boolean;
  /** Kuznetzov's variant, whose record headers are 24 bytes instead of 16. */
  modified: boolean;
}

/** Block type of a pcapng Section Header Block; the same in both byte orders (draft-ietf-opsawg-pcapng section 4.1). */
export const sectionHeaderType = 0x0a0d0d0a;

/** The pcap magic in the first four bytes, or null when it is none. */
export function pcapMagic(bytes: Uint8Array): PcapMagic | null {
  switch (uint32(bytes, 0)) {
    case 0xa1b2c3d4:
      return { littleEndian: false, nanoseconds: false, modified: false };
    case 0xd4c3b2a1:
      return { littleEndian: true, nanoseconds: false, modified: false };
    case 0xa1b23c4d:
      return { littleEndian: false, nanoseconds: true, modified: false };
    case 0x4d3cb2a1:
      return { littleEndian: true, nanoseconds: true, modified: false };
    case 0xa1b2cd34:
      return { littleEndian: false, nanoseconds: false, modified: true };
    case 0x34cdb2a1:
      return { littleEndian: true, nanoseconds: false, modified: true };
    default:
      return null;
  }
}

/** Byte order of a pcapng section by the magic at byte 8 of its header block; null when it is none. */
export function sectionLittleEndian(bytes: Uint8Array, blockOffset: number): boolean | null {
  const magic = uint32(bytes, blockOffset + 8);
  return magic === 0x1a2b3c4d ? false : magic === 0x4d3c2b1a ? true : null;
}

/** True when the bytes begin like a gzip file (RFC 1952 section 2.3.1): magic 1f 8b, method deflate. */
export function sniffGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}
