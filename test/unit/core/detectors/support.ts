import { decodePacket } from '../../../../src/core/decode/decodePacket';
import { PacketView } from '../../../../src/core/decode/packetView';
import { PortScanDetector } from '../../../../src/core/detectors/portScan';
import { portScanRule } from '../../../../src/core/detectors/portScanRule';
import { presetNumbers } from '../../../../src/core/detectors/ruleSettings';
import type { PortScanNumbers } from '../../../../src/core/detectors/scanIncident';
import { FlowTable } from '../../../../src/core/flows/flowTable';
import type { Finding } from '../../../../src/protocol/finding';
import { packetsAt, tcpFrame, udpFrame } from '../../../support/packets';

export const scanner = '10.0.0.66';
export const victim = '10.0.0.10';

export type Timed = [atSeconds: number, frame: Uint8Array];

/** The detector with the flow table that it listens to. */
export class ScanUnderTest {
  readonly detector: PortScanDetector;
  readonly table: FlowTable;
  readonly #found = new Map<string, Finding>();
  readonly #view = new PacketView();
  #packets = 0;

  constructor(thresholds: Partial<PortScanNumbers> = {}, localAddresses: string[] = []) {
    // The sequential test has tests of its own; it would find these scans before the counts do.
    const counting = { ...presetNumbers(portScanRule, 'medium'), slowContacts: 1e9 };
    this.detector = new PortScanDetector({ ...counting, ...thresholds });
    this.table = new FlowTable({
      localAddresses,
      onEnd: (flow, reason) => this.detector.flowEnded(flow, reason, this.#view.timeUs),
    });
  }

  add(frames: readonly Timed[]): this {
    for (const packet of packetsAt(frames)) {
      packet.number = ++this.#packets;
      decodePacket(this.#view, packet);
      this.table.add(this.#view);
      this.detector.packet(this.#view, this.table);
    }
    return this;
  }

  /** Findings so far, the newest state of each. */
  findings(): Finding[] {
    this.detector.collect((finding) => this.#found.set(finding.id, finding));
    return [...this.#found.values()];
  }

  finish(): Finding[] {
    this.detector.finish(this.#view.timeUs);
    this.table.finish();
    return this.findings();
  }
}

export interface ProbeOptions {
  source?: string;
  target?: string;
  sourcePort?: number;
}

export function segment(port: number, flags: string, options: ProbeOptions = {}, sequence = 1): Uint8Array {
  const { source = scanner, target = victim, sourcePort = 51000 } = options;
  return tcpFrame({ source, destination: target, sourcePort, destinationPort: port, flags, sequence });
}

export function reply(port: number, flags: string, options: ProbeOptions = {}): Uint8Array {
  const { source = scanner, target = victim, sourcePort = 51000 } = options;
  const ends = { source: target, destination: source, sourcePort: port, destinationPort: sourcePort };
  return tcpFrame({ ...ends, flags, sequence: 900, acknowledgment: 2 });
}

export function datagram(
  port: number,
  options: ProbeOptions = {},
  payload: Uint8Array = new Uint8Array(4),
): Uint8Array {
  const { source = scanner, target = victim, sourcePort = 51000 } = options;
  return udpFrame({ source, destination: target, sourcePort, destinationPort: port }, payload);
}

/** `count` probes of ports from `first` on, `gapSeconds` apart, each followed by its answer, if any. */
export function probes(
  count: number,
  probe: (port: number) => Uint8Array,
  answer: ((port: number) => Uint8Array) | null = null,
  { first = 100, gapSeconds = 0.01, fromSeconds = 0 } = {},
): Timed[] {
  return Array.from({ length: count }, (_, i): Timed[] => {
    const at = fromSeconds + i * gapSeconds;
    const port = first + i;
    return answer === null
      ? [[at, probe(port)]]
      : [
          [at, probe(port)],
          [at + gapSeconds / 2, answer(port)],
        ];
  }).flat();
}
