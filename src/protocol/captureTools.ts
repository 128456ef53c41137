import type { CaptureErrorCode } from './captureWire';

/**
 * What tcpdump and dumpcap are told, and what they say. The capture helper starts them on this machine, and a capture on
 * another one starts them there.
 */
export type CaptureTool = 'tcpdump' | 'dumpcap';

export interface CaptureToolOptions {
  interface: string;
  /** BPF expression; empty for none. */
  filter: string;
  snapLengthBytes: number;
  promiscuous: boolean;
  bufferBytes: number;
  /** Times of a nanosecond, which Linux has; of tcpdump only. */
  nanoseconds: boolean;
}

/** Arguments with which the tool writes pcap to stdout as packets arrive. The filter is a word of its own. */
export function captureToolArguments(tool: CaptureTool, options: CaptureToolOptions): string[] {
  const { filter, snapLengthBytes, bufferBytes } = options;
  const common = ['-i', options.interface, '-s', String(snapLengthBytes), ...(options.promiscuous ? [] : ['-p'])];
  if (tool === 'dumpcap') {
    const bufferMebibytes = String(Math.max(1, Math.round(bufferBytes / 1024 / 1024)));
    return ['-q', '-P', ...common, '-B', bufferMebibytes, ...(filter === '' ? [] : ['-f', filter]), '-w', '-'];
  }
  const bufferKibibytes = String(Math.max(1, Math.round(bufferBytes / 1024)));
  const precision = options.nanoseconds ? ['--time-stamp-precision=nano'] : [];
  const rest = ['-B', bufferKibibytes, ...precision, '-U', '-n', '-w', '-'];
  return [...common, ...rest, ...(filter === '' ? [] : ['--', filter])];
}

/**
 * A name that both tools take for that of an interface: no option, no number in a list, no pipe, no other machine.
 * What is named otherwise is left to libpcap.
 */
export function isToolInterfaceName(name: string): boolean {
  return /^[A-Za-z_.][\w.:+-]{0,31}$/.test(name) || /^\\Device\\NPF_(\{[\w-]+\}|Loopback)$/.test(name);
}

/** What the first 24 bytes of a pcap stream say (draft-ietf-opsawg-pcap). */
export function pcapStreamFacts(header: Uint8Array): { linkType: number; nanoseconds: boolean } {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const isLittleEndian = header[0] !== 0xa1;
  // The upper half says how long a frame check sequence is.
  const linkType = view.getUint32(20, isLittleEndian) & 0xffff;
  return { linkType, nanoseconds: view.getUint32(0, isLittleEndian) === 0xa1b23c4d };
}

const capLinkTypes: Readonly<Record<string, number>> = {
  NULL: 0,
  ETHERNET: 1,
  RAW: 101,
  LINKTYPE_LINUX_SLL: 113,
  IEEE802_11_RADIO: 127,
};

/** LINKTYPE_ number (tcpdump.org/linktypes.html) of what the package `cap` names; of others it tells the number. */
export function capLinkType(words: string): number {
  return capLinkTypes[words] ?? Number(/\d+$/.exec(words)?.[0] ?? 0xffff);
}

export interface ToolLosses {
  droppedByKernel: number;
  droppedByInterface: number;
}

/**
 * Reads the newest statistics from what a tool wrote to stderr: tcpdump's after SIGUSR1 (SIGINFO on macOS) and at its
 * end, dumpcap's at its end. Null without any. tcpdump names losses of the interface only where there are some.
 *
 * @param takenAtStop how many packets the kernel had taken in for tcpdump when it was asked to end, once it has ended:
 *   those of them that it left behind count as dropped, because nobody got them
 */
export function toolLosses(stderr: string, device = '', takenAtStop = Infinity): ToolLosses | null {
  const dumpcap = [...stderr.matchAll(/\(pcap:(\d+)\/dumpcap:(\d+)\/flushed:\d+\/ps_ifdrop:(\d+)\)/g)].at(-1);
  if (dumpcap !== undefined) {
    return { droppedByKernel: Number(dumpcap[1]) + Number(dumpcap[2]), droppedByInterface: Number(dumpcap[3]) };
  }
  const kernel = newest(stderr, 'dropped by kernel');
  if (kernel === null) return null;
  const rest = stderr.slice(stderr.lastIndexOf('dropped by kernel'));
  const done = tcpdumpProgress(stderr, device)?.done ?? Infinity;
  const left = takenAtStop === Infinity ? 0 : Math.max(0, takenAtStop - done);
  return {
    droppedByKernel: kernel + Math.ceil(device === 'lo' ? left / 2 : left),
    droppedByInterface: newest(rest, 'dropped by interface') ?? 0,
  };
}

/** How many packets the kernel took in for tcpdump until its newest statistics, and how many of them it is done with. */
export function tcpdumpProgress(stderr: string, device: string): { taken: number; done: number } | null {
  const [written, taken] = [newest(stderr, 'captured'), newest(stderr, 'received by filter')];
  const dropped = newest(stderr, 'dropped by kernel');
  if (written === null || taken === null || dropped === null) return null;
  // Of a packet on the loopback the kernel counts the way out and the way in, and libpcap passes one on.
  return { taken, done: (device === 'lo' ? 2 * written : written) + dropped };
}

function newest(stderr: string, what: string): number | null {
  const count = [...stderr.matchAll(new RegExp(`(\\d+) packets? ${what}`, 'g'))].at(-1)?.[1];
  return count === undefined ? null : Number(count);
}

/** Why a tool ended, from what it wrote to stderr. Its words are libpcap's, without a code, and differ by version. */
export function toolFailure(stderr: string, filter: string): { code: CaptureErrorCode; message: string } {
  const lines = stderr.split('\n').map((line) => line.trim().replace(/^(tcpdump|dumpcap): /, ''));
  const isNoise =
    /^(capture \d+$|WARNING|listening on|Capturing on|File: |Packets |\d+ packets? |data link type|verbose output|$)/;
  const said = lines.filter((line) => !isNoise.test(line));
  if (/^setpriv: /m.test(stderr)) return { code: 'BINDING_MISSING', message: said[0] ?? '' };
  const filterSaid = /valid capture filter \((.+)\)\.?$/m.exec(stderr)?.[1];
  const message = filterSaid ?? said[0] ?? 'it gave no reason';
  const code = captureErrorCode(filterSaid === undefined ? said.slice(0, 2).join(' ') : `filter expression`, filter);
  return { code, message };
}

/** What libpcap's words mean; `filter` is the one that was to be compiled. */
export function captureErrorCode(said: string, filter: string): CaptureErrorCode {
  if (/filter expression|syntax error|Invalid capture filter/i.test(said)) return 'BAD_FILTER';
  if (/operation not permitted|permission/i.test(said)) return 'NOT_PERMITTED';
  if (/no such (device|file)|no device named|device .*(doesn't|not) exist|cannot find/i.test(said)) {
    return 'NO_SUCH_INTERFACE';
  }
  if (/network is down|(is|was) not up|disappeared|went down|no longer attached/i.test(said)) return 'INTERFACE_GONE';
  // What is left comes from a system call that opens the device, or from the compiler of the filter.
  const isSystemCall =
    /^(socket|bind|.?[gs]etsockopt|ioctl|SIOC|poll|can't (mmap|create|get|set|open)|libpcap|unable|it gave|\w+: )/i;
  return filter === '' || isSystemCall.test(said) ? 'INTERNAL' : 'BAD_FILTER';
}
