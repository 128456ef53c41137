/**
 * The helper wire (design 4.1): JSON lines, UTF-8, one object a line.
 * stdin: one `start` (or `interfaces`), then `stop` or end of file.
 * stdout: `hello` first, then packets, a `stats` line every second, warnings, errors, `end`.
 * Unknown kinds are ignored and counted by the reader. Null means unknown, never 0.
 * One helper process captures on one interface. A capture on several interfaces is several helpers, whose packets the
 * reader puts in order by their time.
 */

export const captureWireVersion = 2;

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

/** `stream`: an installed dumpcap or tcpdump; `cap`: the native binding; `auto`: the first of them that can be had. */
export const captureBackendChoices = ['auto', 'stream', 'cap'] as const;
export type CaptureBackendChoice = (typeof captureBackendChoices)[number];

export const captureBackends = ['tcpdump', 'dumpcap', 'cap'] as const;
export type CaptureBackend = (typeof captureBackends)[number];

export interface StartLine {
  kind: 'start';
  version: number;
  backend: CaptureBackendChoice;
  /** Null: the helper picks: that of the default route, else the first that is up, not loopback, and has an address. */
  interface: string | null;
  /** BPF expression; empty for none. */
  filter: string;
  snapLengthBytes: number;
  /** Whether the interface is asked to pass on what is not addressed to it as well. */
  promiscuous: boolean;
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
  /** Whether packets carry `nanoseconds`. */
  nanoseconds: boolean;
  backend: CaptureBackend;
  /** Whether `stats.droppedByKernel` is known while the capture goes on; dumpcap tells it in the last `stats` line only. */
  dropCountsKnown: boolean;
  /** The dumpcap or tcpdump that captures; null when the helper itself does. Runs as `uid`, and ends with the helper. */
  capturePid: number | null;
}

export interface PacketLine {
  kind: 'packet';
  /** Integer microseconds since 1970. */
  timeUs: number;
  /** 0 to 999, to be added to `timeUs`; absent without a clock that is so fine. */
  nanoseconds?: number;
  originalLength: number;
  /** Captured bytes, base64. */
  data: string;
}

export interface StatsLine {
  kind: 'stats';
  timeUs: number;
  /** Packets the backend handed to the helper since it opened the device. */
  received: number;
  /** Since the device was opened, for want of room in the kernel's buffer. */
  droppedByKernel: number | null;
  /** Since the device was opened, by the network card or its driver. */
  droppedByInterface: number | null;
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
