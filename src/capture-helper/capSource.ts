import type { Cap } from 'cap';
import type { CaptureErrorCode } from '../protocol/captureWire';
import type { ListedInterface, OnPacket, OpenedDevice, OpenOptions, PacketSource } from './packetSource';
import { SourceError } from './packetSource';
import type { WallClock } from './wallClock';

type CapModule = typeof import('cap');

/** Larger than any packet that libpcap hands over with the snap length that `cap` sets, 65535. */
const packetBufferBytes = 65536;

/** Devices that libpcap lists but that carry no network packets, or none that a network analyser could read. */
const notNetworks = /^(nflog|nfqueue|bluetooth|dbus|usbmon)/;

/** Link types that can be analysed, by what `cap` calls them, as LINKTYPE_ numbers (tcpdump.org/linktypes.html). */
const linkTypes: ReadonlyMap<string, number> = new Map([
  ...([
    ['NULL', 0],
    ['ETHERNET', 1],
    ['RAW', 101],
    ['LINKTYPE_LINUX_SLL', 113],
  ] as const),
  // PPP, HDLC, OpenBSD loopback, raw IPv4 and IPv6, SLL2: the numbers of libpcap are those of the file header.
  ...[9, 50, 104, 108, 228, 229, 276].map((number) => [`Unknown linktype ${number}`, number] as const),
]);

/**
 * Loads `cap`, whose binary fits one Node ABI only.
 * @throws SourceError BINDING_MISSING
 */
export async function loadCap(clock: WallClock): Promise<PacketSource> {
  try {
    return new CapSource(await import('cap'), clock);
  } catch (error) {
    const runtime = `${process.platform}-${process.arch}, Node ${process.versions.node}, ABI ${process.versions.modules}`;
    const reason = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
    throw new SourceError(
      'BINDING_MISSING',
      `The packet capture library cannot be loaded (${runtime}): ${reason}`,
      reason.includes('libpcap')
        ? 'Install libpcap, on Debian and Ubuntu: sudo apt-get install libpcap0.8'
        : 'Build it for this Node: node scripts/native.mjs. On Windows install Npcap in WinPcap compatible mode.',
    );
  }
}

/**
 * libpcap through `cap` 0.2.1. It has neither kernel timestamps nor drop counts nor the length before the cut to the
 * snap length, and it may be opened once only: a second `open`, or a `close` after a failed one, ends the process.
 */
export class CapSource implements PacketSource {
  readonly backend = 'cap';
  private cap: Cap | null = null;
  /** libpcap writes into it as long as the device is open, and `cap` itself holds no reference. */
  private readonly packet = Buffer.alloc(packetBufferBytes);

  constructor(
    private readonly module: CapModule,
    private readonly clock: WallClock,
  ) {}

  listInterfaces(): ListedInterface[] {
    return this.module.Cap.deviceList()
      .filter((device) => !notNetworks.test(device.name))
      .map((device) => ({
        name: device.name,
        description: device.description ?? null,
        addresses: device.addresses.flatMap((address) => address.addr ?? []),
        loopback: device.flags?.includes('PCAP_IF_LOOPBACK') ?? false,
      }));
  }

  open(options: OpenOptions, onPacket: OnPacket): OpenedDevice {
    const cap = new this.module.Cap();
    this.cap = cap;
    let linkTypeName: string;
    try {
      linkTypeName = cap.open(options.interface, options.filter, options.bufferBytes, this.packet);
    } catch (error) {
      throw this.openError(error, options);
    }
    const linkType = linkTypes.get(linkTypeName);
    if (linkType === undefined) {
      throw new SourceError(
        'UNSUPPORTED_LINK_TYPE',
        `${options.interface} delivers packets of a kind that cannot be analysed: ${linkTypeName}`,
        'Choose an Ethernet, Wi-Fi, loopback or tunnel interface.',
      );
    }
    cap.setMinBytes?.(0);
    cap.on('packet', (lengthBytes) => {
      const bytes = this.packet.subarray(0, Math.min(lengthBytes, options.snapLengthBytes));
      onPacket(this.clock.nowUs(), lengthBytes, bytes);
    });
    return { linkType, timestampSource: 'process', nanoseconds: false, dropCountsKnown: false, capturePid: null };
  }

  stats(): { droppedByKernel: number | null } {
    return { droppedByKernel: null };
  }

  close(): void {
    this.cap?.close();
    this.cap = null;
  }

  private openError(error: unknown, { interface: name, filter }: OpenOptions): SourceError {
    const said = error instanceof Error && error.message !== '' ? error.message : 'libpcap gave no reason';
    const code = codeOfOpenError(said, filter);
    if (code === 'BAD_FILTER') return new SourceError(code, said, 'The syntax is that of tcpdump: tcp port 443');
    // libpcap asks the kernel for permission before it looks for the device: nobody should type a password for a
    // device that is not there.
    const isListed = code !== 'NOT_PERMITTED' || this.listInterfaces().some((device) => device.name === name);
    return isListed && code !== 'NO_SUCH_INTERFACE'
      ? new SourceError(code, `${name}: ${said}`)
      : new SourceError('NO_SUCH_INTERFACE', `There is no interface ${name}.`, 'Choose another one.');
  }
}

/** `cap` passes on libpcap's words without a code, and they differ between versions and systems. */
export function codeOfOpenError(said: string, filter: string): CaptureErrorCode {
  if (/filter expression|syntax error/i.test(said)) return 'BAD_FILTER';
  if (/operation not permitted|permission/i.test(said)) return 'NOT_PERMITTED';
  if (/no such (device|file)|device .*(doesn't|not) exist|cannot find/i.test(said)) return 'NO_SUCH_INTERFACE';
  if (/network is down|(is|was) not up|disappeared/i.test(said)) return 'INTERFACE_GONE';
  // What is left comes from a system call that opens the device, or from the compiler of the filter.
  const isSystemCall =
    /^(socket|bind|.?[gs]etsockopt|ioctl|SIOC|poll|can't (mmap|create|get|set|open)|libpcap|unable)/i;
  return filter === '' || isSystemCall.test(said) ? 'INTERNAL' : 'BAD_FILTER';
}
