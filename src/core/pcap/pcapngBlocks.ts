import { sectionHeaderType } from './captureMagic';
import type { RawPacket } from './rawPacket';

/** Block and option numbers of draft-ietf-opsawg-pcapng, sections 4 and 3.5. */
const blockTypes = { interfaceDescription: 1, interfaceStatistics: 5, enhancedPacket: 6 } as const;
const endOfOptions = 0;

/** What an Interface Description Block says. */
export interface InterfaceDescription {
  /** LINKTYPE_ number. */
  linkType: number;
  /** 0 for no limit. */
  snapLengthBytes: number;
  /** Left out when empty. */
  name: string;
  /** Digits of a second in the times of its packets: 6 for microseconds, 9 for nanoseconds. */
  timeDigits: 6 | 9;
}

/** Counts since the beginning of the capture; null is unknown and is left out. */
export interface InterfaceCounts {
  /** Packets that passed the filter, also those lost later (`isb_ifrecv`). */
  received: number | null;
  /** Lost by the network card (`isb_ifdrop`). */
  droppedByInterface: number | null;
  /** Lost by the kernel, because its buffer was full (`isb_osdrop`). */
  droppedByKernel: number | null;
  /** What reached the file's writer (`isb_usrdeliv`). */
  delivered: number | null;
}

/** Bytes of an Enhanced Packet Block with that many captured bytes. */
export function enhancedPacketLength(capturedBytes: number): number {
  return 32 + padded(capturedBytes);
}

/**
 * Writes an Enhanced Packet Block (section 4.3) at `offset` and returns the offset behind it. `target` has room for it;
 * `view` looks at the same bytes.
 */
export function writeEnhancedPacket(
  target: Uint8Array,
  view: DataView,
  offset: number,
  packet: RawPacket,
  interfaceId: number,
  timeDigits: 6 | 9,
): number {
  const captured = packet.bytes.length;
  const length = enhancedPacketLength(captured);
  view.setUint32(offset, blockTypes.enhancedPacket, true);
  view.setUint32(offset + 4, length, true);
  view.setUint32(offset + 8, interfaceId, true);
  writeTime(view, offset + 12, packet.seconds, packet.nanoseconds, timeDigits);
  view.setUint32(offset + 20, captured, true);
  view.setUint32(offset + 24, packet.originalLength, true);
  target.set(packet.bytes, offset + 28);
  const end = offset + length;
  target.fill(0, offset + 28 + captured, end - 4);
  view.setUint32(end - 4, length, true);
  return end;
}

/** Section Header Block; the section's length is left open, so that it can be written as it comes. */
export function sectionHeader(application = ''): Uint8Array {
  return block(sectionHeaderType, 16, application === '' ? [] : [text(4, application)], (view) => {
    view.setUint32(8, 0x1a2b3c4d, true);
    view.setUint16(12, 1, true);
    view.setBigInt64(16, -1n, true);
  });
}

/** Interface Description Block. */
export function interfaceDescription(described: InterfaceDescription): Uint8Array {
  const options: BlockOption[] = [{ code: 9, value: Uint8Array.of(described.timeDigits) }];
  if (described.name !== '') options.unshift(text(2, described.name));
  return block(blockTypes.interfaceDescription, 8, options, (view) => {
    view.setUint16(8, described.linkType, true);
    view.setUint32(12, described.snapLengthBytes, true);
  });
}

/** Interface Statistics Block (section 4.6); the newest one of an interface counts. */
export function interfaceStatistics(
  interfaceId: number,
  time: { seconds: number; nanoseconds: number },
  timeDigits: 6 | 9,
  counts: InterfaceCounts,
): Uint8Array {
  const options: BlockOption[] = [];
  const add = (code: number, value: number | null): void => {
    if (value !== null) options.push({ code, value: uint64(value) });
  };
  add(4, counts.received);
  add(5, counts.droppedByInterface);
  add(7, counts.droppedByKernel);
  add(8, counts.delivered);
  return block(blockTypes.interfaceStatistics, 12, options, (view) => {
    view.setUint32(8, interfaceId, true);
    writeTime(view, 12, time.seconds, time.nanoseconds, timeDigits);
  });
}

/** A comment on a moment: an Interface Statistics Block without counts (section 4.6), which readers that know none pass over. */
export function momentBlock(
  interfaceId: number,
  time: { seconds: number; nanoseconds: number },
  timeDigits: 6 | 9,
  comment: string,
): Uint8Array {
  return block(blockTypes.interfaceStatistics, 12, [text(1, comment)], (view) => {
    view.setUint32(8, interfaceId, true);
    writeTime(view, 12, time.seconds, time.nanoseconds, timeDigits);
  });
}

/** Seconds and nanoseconds of a time in microseconds. */
export function blockTime(timeUs: number): { seconds: number; nanoseconds: number } {
  const seconds = Math.floor(timeUs / 1e6);
  return { seconds, nanoseconds: Math.round((timeUs - seconds * 1e6) * 1000) };
}

interface BlockOption {
  code: number;
  value: Uint8Array;
}

function text(code: number, value: string): BlockOption {
  return { code, value: utf8(value.slice(0, 1024)) };
}

function utf8(value: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of value) {
    const point = character.codePointAt(0) ?? 0;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
    else bytes.push(0xf0 | (point >> 18), ...[12, 6, 0].map((shift) => 0x80 | ((point >> shift) & 0x3f)));
  }
  return Uint8Array.from(bytes);
}

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.max(0, Math.floor(value))), true);
  return bytes;
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

function block(
  type: number,
  bodyLength: number,
  options: readonly BlockOption[],
  fill: (view: DataView) => void,
): Uint8Array {
  const optionsLength = options.reduce((sum, { value }) => sum + 4 + padded(value.length), 0);
  const length = 12 + bodyLength + (options.length === 0 ? 0 : optionsLength + 4);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  view.setUint32(length - 4, length, true);
  fill(view);
  let at = 8 + bodyLength;
  for (const { code, value } of options) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  if (options.length > 0) view.setUint32(at, endOfOptions, true);
  return bytes;
}

/** The 64-bit count of ticks since 1970 as two 32-bit halves, upper first, without a BigInt for each packet. */
function writeTime(view: DataView, offset: number, seconds: number, nanoseconds: number, timeDigits: 6 | 9): void {
  const perSecond = timeDigits === 9 ? 1e9 : 1e6;
  const fraction = timeDigits === 9 ? nanoseconds : Math.floor(nanoseconds / 1000);
  // Both products stay below 2^53: ticks = upperTicks * 2^16 + lowerTicks.
  const upperTicks = Math.floor(seconds / 65_536) * perSecond;
  const lowerTicks = (seconds % 65_536) * perSecond + fraction;
  const low = (upperTicks % 65_536) * 65_536 + (lowerTicks % 4_294_967_296);
  const carry = low >= 4_294_967_296 ? 1 : 0;
  const high = Math.floor(upperTicks / 65_536) + Math.floor(lowerTicks / 4_294_967_296) + carry;
  view.setUint32(offset, high, true);
  view.setUint32(offset + 4, low, true);
}
