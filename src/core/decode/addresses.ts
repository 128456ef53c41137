const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Two lower-case hexadecimal digits. */
export function hexByte(byte: number): string {
  return hexDigits[byte & 0xff] ?? '00';
}

/** Text of an IP address; IPv6 in the canonical form of RFC 5952. Bytes past the end read as 0. */
export function formatIpAddress(bytes: Uint8Array, offset: number, length: 4 | 16): string {
  if (length === 4) {
    return `${bytes[offset] ?? 0}.${bytes[offset + 1] ?? 0}.${bytes[offset + 2] ?? 0}.${bytes[offset + 3] ?? 0}`;
  }
  const groups: number[] = [];
  let bestStart = -1;
  let bestLength = 1;
  let runStart = -1;
  for (let index = 0; index < 8; index++) {
    const group = ((bytes[offset + 2 * index] ?? 0) << 8) | (bytes[offset + 2 * index + 1] ?? 0);
    groups.push(group);
    if (group !== 0) {
      runStart = -1;
      continue;
    }
    if (runStart < 0) runStart = index;
    if (index - runStart + 1 > bestLength) {
      bestStart = runStart;
      bestLength = index - runStart + 1;
    }
  }
  if (isIpv4Mapped(groups)) {
    return `::ffff:${formatIpAddress(bytes, offset + 12, 4)}`;
  }
  if (bestStart < 0) return groups.map((group) => group.toString(16)).join(':');
  const head = groups.slice(0, bestStart).map((group) => group.toString(16));
  const tail = groups.slice(bestStart + bestLength).map((group) => group.toString(16));
  return `${head.join(':')}::${tail.join(':')}`;
}

/** ::ffff:0:0/96, written with a dotted quad (RFC 5952 section 5). */
function isIpv4Mapped(groups: number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
}

/** Text of a MAC address, `00:11:22:aa:bb:cc`. */
export function formatMac(bytes: Uint8Array, offset: number): string {
  let text = hexByte(bytes[offset] ?? 0);
  for (let index = 1; index < 6; index++) text += `:${hexByte(bytes[offset + index] ?? 0)}`;
  return text;
}

/** 4 or 16 bytes of an IP address in text (RFC 4291 section 2.2 for IPv6); null when it is none. No zone, no prefix length. */
export function parseIpAddress(text: string): Uint8Array | null {
  if (text.length > 45) return null;
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  const bytes = new Uint8Array(4);
  for (const [index, part] of parts.entries()) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part)) return null;
    const value = Number(part);
    if (value > 255) return null;
    bytes[index] = value;
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const bytes = new Uint8Array(16);
  for (const [index, group] of groups.entries()) {
    bytes[2 * index] = group >> 8;
    bytes[2 * index + 1] = group & 0xff;
  }
  return bytes;
}

/** The 16-bit groups of one side of `::`; a dotted quad may stand at the end of the address only. */
function parseGroups(text: string, last: boolean): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes('.')) {
      const quad = parseIpv4(part);
      if (quad === null) return null;
      groups.push(((quad[0] ?? 0) << 8) | (quad[1] ?? 0), ((quad[2] ?? 0) << 8) | (quad[3] ?? 0));
      continue;
    }
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
    groups.push(parseInt(part, 16));
  }
  return groups;
}
