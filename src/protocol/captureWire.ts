/**
 * The helper wire (design 4.1): JSON lines, UTF-8, one object a line.
 * stdin: one `start` (or `interfaces`), then `stop` or end of file.
 * stdout: `hello` first, then packets, a `stats` line every second, warnings, errors, `end`.
 * Unknown kinds are ignored and counted by the reader. Null means unknown, never 0.
 */

export const captureWireVersion = 1;

/** A line longer than this is a protocol error: 64 KiB of packet in base64 plus fields, with room. */
export const maxWireLineBytes = 256 * 1024;

/** Closed list: what can go wrong between the Start button and the first packet, and after it. */
export const captureErrorCodes = [
  'CANCELLED',
  'WRONG_PASSWORD',
  'NOT_PERMITTED',
  'NO_SUCH_INTERFACE',
  'BAD_FILTER',
  'BINDING_MISSING',
  'UNSUPPORTED_LINK_TYPE',
  'PRIVILEGE_DROP_FAILED',
  'INTERFACE_GONE',
  'HELPER_DIED',
  'HELPER_TIMEOUT',
  'PROTOCOL',
  'SPOOL',
  'INTERNAL',
] as const;
export type CaptureErrorCode = (typeof captureErrorCodes)[number];

export interface StartLine {
  kind: 'start';
  version: number;
  /** Null: the helper picks: that of the default route, else the first that is up, not loopback, and has an address. */
  interface: string | null;
  /** BPF expression; empty for none. */
  filter: string;
  snapLengthBytes: number;
  /** Kernel buffer. */
  bufferBytes: number;
}

export interface StopLine {
  kind: 'stop';
}

/** Asks an unprivileged helper for the interfaces; it answers with one `interfaces` line and ends. */
export interface InterfacesRequestLine {
  kind: 'interfaces';
}

export type HelperInput = StartLine | StopLine | InterfacesRequestLine;

export interface HelloLine {
  kind: 'hello';
  version: number;
  pid: number;
  /** Effective user id after the drop; null where the platform has none (Windows). */
  uid: number | null;
  interface: string;
  /** LINKTYPE_ number as in a pcap file header. */
  linkType: number;
  snapLengthBytes: number;
  /** `kernel`: stamped by libpcap; `process`: stamped when the helper read the packet, so latency is approximate. */
  timestampSource: 'kernel' | 'process';
  backend: string;
  /** Whether `stats.droppedByKernel` will be known. */
  dropCountsKnown: boolean;
}

export interface PacketLine {
  kind: 'packet';
  /** Integer microseconds since 1970. */
  timeUs: number;
  originalLength: number;
  /** Captured bytes, base64. */
  data: string;
}

export interface StatsLine {
  kind: 'stats';
  timeUs: number;
  /** Packets the backend handed to the helper since it opened the device. */
  received: number;
  droppedByKernel: number | null;
  /** Packets the helper dropped because its reader was too slow. */
  shed: number;
}

export interface WarningLine {
  kind: 'warning';
  code: string;
  message: string;
}

export interface ErrorLine {
  kind: 'error';
  code: CaptureErrorCode;
  /** What was wrong; libpcap's own words where it has some. */
  message: string;
  /** What to do; empty when there is nothing to say. */
  hint: string;
}

export interface EndLine {
  kind: 'end';
  reason: 'stop' | 'stdin-closed' | 'error';
  received: number;
  shed: number;
}

export interface InterfacesLine {
  kind: 'interfaces';
  interfaces: { name: string; description: string | null; addresses: string[]; loopback: boolean }[];
}

export type HelperOutput = HelloLine | PacketLine | StatsLine | WarningLine | ErrorLine | EndLine | InterfacesLine;
