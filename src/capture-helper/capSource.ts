import { setTimeout as sleep } from 'node:timers/promises';
import type { Cap } from 'cap';
import { CaptureFault } from '../protocol/captureFault';
import { capLinkType, captureErrorCode } from '../protocol/captureTools';
import type { OpenedDevice, PacketSource } from './packetSource';

/** Larger than any packet that libpcap hands over with the largest snap length, 65535. */
const packetBufferBytes = 65536;
/** The kernel fills a block for this long before it hands it over. */
const [collectMs, restMs] = [100, 1000];

/**
 * Loads `cap`, whose binary fits one Node ABI only.
 * @throws CaptureFault BINDING_MISSING
 */
export async function loadCap(): Promise<CapSource> {
  try {
    return new CapSource(await import('cap'));
  } catch (error) {
    const runtime = `${process.platform}-${process.arch}, Node ${process.versions.node}, ABI ${process.versions.modules}`;
    const reason = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
    throw new CaptureFault(
      'BINDING_MISSING',
      `The packet capture library cannot be loaded (${runtime}): ${reason}`,
      'Install tcpdump. On Windows install Wireshark, or Npcap in WinPcap compatible mode.',
    );
  }
}

/**
 * libpcap through `cap` 0.2.1. Without our patch (patches/README.md) it has neither kernel timestamps nor drop counts nor
 * the length before the cut to the snap length, and ends the process when its interface goes away. Opened once only.
 */
export class CapSource implements PacketSource {
  readonly backend = 'cap';
  private cap: Cap | null = null;
  private device = '';
  /** libpcap writes into it as long as the device is open; an unpatched `cap` itself holds no reference. */
  private readonly packet = Buffer.alloc(packetBufferBytes);
  private counts: ReturnType<PacketSource['stats']> = { received: 0, droppedByKernel: null, droppedByInterface: null };

  constructor(private readonly module: typeof import('cap')) {}

  open(...[options, output, onLost]: Parameters<PacketSource['open']>): OpenedDevice {
    const { interface: name, filter, bufferBytes, snapLengthBytes, promiscuous } = options;
    const cap = (this.cap = new this.module.Cap());
    this.device = name;
    const isPatched = cap.stats !== undefined;
    let linkType: string;
    try {
      linkType = cap.open(name, filter, bufferBytes, this.packet, snapLengthBytes, promiscuous, collectMs);
    } catch (error) {
      const said = error instanceof Error && error.message !== '' ? error.message : 'libpcap gave no reason';
      const code = captureErrorCode(said, filter);
      throw new CaptureFault(code, code === 'BAD_FILTER' ? said : `${name}: ${said}`);
    }
    cap.setMinBytes?.(0);
    cap.on('packet', (lengthBytes, _truncated, seconds, nanoseconds = 0, originalLength = lengthBytes) => {
      this.counts.received = (this.counts.received ?? 0) + 1;
      const timeUs = seconds === undefined ? Date.now() * 1000 : seconds * 1e6 + Math.floor(nanoseconds / 1000);
      const bytes = this.packet.subarray(0, Math.min(lengthBytes, snapLengthBytes));
      output.packet(timeUs, nanoseconds % 1000, originalLength, bytes);
    });
    cap.on('gone', (reason) => onLost(new CaptureFault('INTERFACE_GONE', `${name}: ${reason}`)));
    return {
      linkType: capLinkType(linkType),
      timestampSource: isPatched ? 'kernel' : 'process',
      nanoseconds: isPatched,
      dropCountsKnown: isPatched,
      capturePid: null,
    };
  }

  stats(): typeof this.counts {
    const stats = this.cap?.stats?.();
    if (stats) {
      this.counts.droppedByKernel = stats.dropped;
      this.counts.droppedByInterface = stats.droppedByInterface;
    }
    return this.counts;
  }

  /** Waits for what the kernel took in before the stop; what is left counts as dropped. On lo it counts all twice. */
  async close(wantsRest: boolean): Promise<void> {
    const taken = (wantsRest && this.device !== 'lo' && this.cap?.stats?.()?.received) || 0;
    const missing = (): number => taken - (this.stats().received ?? 0) - (this.counts.droppedByKernel ?? 0);
    for (const untilMs = performance.now() + restMs; missing() > 0 && performance.now() < untilMs;) await sleep(10);
    this.cap?.close();
    this.cap = null;
    if (this.counts.droppedByKernel !== null) this.counts.droppedByKernel += Math.max(0, missing());
  }
}
