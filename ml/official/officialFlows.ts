import { tcpFlags } from '../../src/core/decode/packetView';

/** What the official tool takes of a packet. */
export interface OfficialPacket {
  timeUs: number;
  source: string;
  destination: string;
  sourcePort: number;
  destinationPort: number;
  ipProtocol: number;
  /** Bytes of the frame behind the TCP or UDP header: with the padding of short Ethernet frames. */
  paddedPayload: number;
  headerBytes: number;
  /** Of TCP, else 0. */
  flags: number;
  window: number;
}

/** One row of an official CSV: who with whom, and its numbers by their column names. */
export interface OfficialFlow {
  source: string;
  destination: string;
  sourcePort: number;
  destinationPort: number;
  values: ReadonlyMap<string, number>;
}

const timeoutUs = 120e6;
const idleUs = 5e6;

/** Sums of a list of numbers; deviations divide by one less than there are, as in Apache Commons Math. */
class Summary {
  readonly #values: number[] = [];

  add(value: number): void {
    this.#values.push(value);
  }

  get count(): number {
    return this.#values.length;
  }

  get sum(): number {
    return this.#values.reduce((x, y) => x + y, 0);
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  get maximum(): number {
    return this.count === 0 ? 0 : Math.max(...this.#values);
  }

  get minimum(): number {
    return this.count === 0 ? 0 : Math.min(...this.#values);
  }

  get variance(): number {
    if (this.count < 2) return 0;
    return this.#values.reduce((sum, x) => sum + (x - this.mean) ** 2, 0) / (this.count - 1);
  }

  get deviation(): number {
    return Math.sqrt(this.variance);
  }
}

/** One flow as CICFlowMeter V3 kept it. */
class Metered {
  readonly #lengths = new Summary();
  readonly #sides = { forward: new Side(), backward: new Side() };
  readonly #gaps = new Summary();
  readonly #active = new Summary();
  readonly #idle = new Summary();
  readonly #firstFlags: number;
  readonly #firstLength: number;
  readonly startUs: number;
  #lastUs: number;
  #activeFromUs: number;
  #activeToUs: number;
  #dataForward = 0;
  #leastHeader: number;
  packets = 1;

  /** A cut keeps the ends of the flow before it, but its first packet counts as forward whatever its direction. */
  constructor(
    first: OfficialPacket,
    readonly source = first.source,
    readonly destination = first.destination,
    readonly sourcePort = first.sourcePort,
    readonly destinationPort = first.destinationPort,
  ) {
    this.startUs = this.#lastUs = this.#activeFromUs = this.#activeToUs = first.timeUs;
    this.#firstFlags = first.flags;
    this.#firstLength = first.paddedPayload;
    this.#leastHeader = first.headerBytes;
    // The first packet is entered twice.
    this.#lengths.add(first.paddedPayload);
    this.#lengths.add(first.paddedPayload);
    const side = first.source === this.source && first.sourcePort === this.sourcePort ? 'forward' : 'backward';
    this.#sides[side].add(first);
    this.#sides[side].firstWindow = first.ipProtocol === 6 ? first.window : -1;
  }

  noteActivity(timeUs: number): void {
    if (timeUs - this.#activeToUs > idleUs) {
      if (this.#activeToUs - this.#activeFromUs > 0) this.#active.add(this.#activeToUs - this.#activeFromUs);
      this.#idle.add(timeUs - this.#activeToUs);
      this.#activeFromUs = timeUs;
    }
    this.#activeToUs = timeUs;
  }

  add(packet: OfficialPacket): void {
    this.packets++;
    this.#lengths.add(packet.paddedPayload);
    const isForward = packet.source === this.source && packet.sourcePort === this.sourcePort;
    if (isForward) {
      if (packet.paddedPayload >= 1) this.#dataForward++;
      this.#leastHeader = Math.min(this.#leastHeader, packet.headerBytes);
    }
    this.#sides[isForward ? 'forward' : 'backward'].add(packet);
    this.#gaps.add(packet.timeUs - this.#lastUs);
    this.#lastUs = packet.timeUs;
  }

  row(): OfficialFlow {
    const { source, destination, sourcePort, destinationPort } = this;
    return { source, destination, sourcePort, destinationPort, values: this.#values() };
  }

  #values(): Map<string, number> {
    const { forward, backward } = this.#sides;
    const duration = this.#lastUs - this.startUs;
    const perSecond = (amount: number): number => (duration > 0 ? amount / (duration / 1e6) : 0);
    const bytes = forward.lengths.sum + backward.lengths.sum;
    const values = new Map<string, number>([
      ['Destination Port', this.destinationPort],
      ['Flow Duration', duration],
      ['Total Fwd Packets', forward.lengths.count],
      ['Total Backward Packets', backward.lengths.count],
      ['Total Length of Fwd Packets', forward.lengths.sum],
      ['Total Length of Bwd Packets', backward.lengths.sum],
      ['Flow Bytes/s', perSecond(bytes)],
      ['Flow Packets/s', perSecond(this.packets)],
      ['Fwd Packets/s', perSecond(forward.lengths.count)],
      ['Bwd Packets/s', perSecond(backward.lengths.count)],
      ['Fwd IAT Total', forward.gaps.sum],
      ['Bwd IAT Total', backward.gaps.sum],
      ['Min Packet Length', this.#lengths.minimum],
      ['Max Packet Length', this.#lengths.maximum],
      ['Packet Length Mean', this.#lengths.mean],
      ['Packet Length Std', this.#lengths.deviation],
      ['Packet Length Variance', this.#lengths.variance],
      ['Down/Up Ratio', forward.lengths.count > 0 ? Math.trunc(backward.lengths.count / forward.lengths.count) : 0],
      ['Average Packet Size', (bytes + this.#firstLength) / this.packets],
      ['Avg Fwd Segment Size', forward.lengths.mean],
      ['Avg Bwd Segment Size', backward.lengths.mean],
      ['Fwd Header Length', forward.headerBytes],
      ['Bwd Header Length', backward.headerBytes],
      ['Fwd Header Length.1', forward.headerBytes],
      ['Init_Win_bytes_forward', forward.firstWindow],
      ['Init_Win_bytes_backward', backward.lastWindow],
      ['act_data_pkt_fwd', this.#dataForward],
      ['min_seg_size_forward', this.#leastHeader],
      // A misplaced bracket makes the number of subflows 1.
      ['Subflow Fwd Packets', forward.lengths.count],
      ['Subflow Fwd Bytes', forward.lengths.sum],
      ['Subflow Bwd Packets', backward.lengths.count],
      ['Subflow Bwd Bytes', backward.lengths.sum],
    ]);
    for (const side of ['Fwd', 'Bwd']) {
      for (const bulk of ['Avg Bytes/Bulk', 'Avg Packets/Bulk', 'Avg Bulk Rate']) values.set(`${side} ${bulk}`, 0);
    }
    for (const [name, summary] of [
      ['Fwd Packet Length', forward.lengths],
      ['Bwd Packet Length', backward.lengths],
      ['Flow IAT', this.#gaps],
      ['Fwd IAT', forward.gaps],
      ['Bwd IAT', backward.gaps],
      ['Active', this.#active],
      ['Idle', this.#idle],
    ] as const) {
      values.set(`${name} Mean`, summary.mean).set(`${name} Std`, summary.deviation);
      values.set(`${name} Max`, summary.maximum).set(`${name} Min`, summary.minimum);
    }
    for (const [name, flag] of flagColumns) values.set(name, flag !== 0 && (this.#firstFlags & flag) !== 0 ? 1 : 0);
    return values;
  }
}

/**
 * Flags of the first packet only, under permuted names: the tool walks a hash map of them in the order RST, PSH, ECE, SYN,
 * ACK, FIN, URG, CWR, and writes the columns in that of FIN, SYN, RST, PSH, ACK, URG, CWE, ECE.
 */
const flagColumns: readonly (readonly [string, number])[] = [
  ['FIN Flag Count', tcpFlags.rst],
  ['SYN Flag Count', tcpFlags.psh],
  ['RST Flag Count', tcpFlags.ece],
  ['PSH Flag Count', tcpFlags.syn],
  ['ACK Flag Count', tcpFlags.ack],
  ['URG Flag Count', tcpFlags.fin],
  ['CWE Flag Count', tcpFlags.urg],
  ['ECE Flag Count', tcpFlags.cwr],
  ['Fwd PSH Flags', tcpFlags.psh],
  ['Fwd URG Flags', tcpFlags.urg],
  ['Bwd PSH Flags', 0],
  ['Bwd URG Flags', 0],
];

class Side {
  readonly lengths = new Summary();
  readonly gaps = new Summary();
  headerBytes = 0;
  /** Of the first packet when that opened the flow. */
  firstWindow = -1;
  lastWindow = -1;
  #lastUs: number | null = null;

  add(packet: OfficialPacket): void {
    this.lengths.add(packet.paddedPayload);
    this.headerBytes += packet.headerBytes;
    this.lastWindow = packet.ipProtocol === 6 ? packet.window : -1;
    if (this.#lastUs !== null) this.gaps.add(packet.timeUs - this.#lastUs);
    this.#lastUs = packet.timeUs;
  }
}

/**
 * The rows that the official tool (CICFlowMeter V3, as of March 2018) wrote for packets, with every fault of it: a flow
 * ends at the first FIN of either side, so that what follows becomes a row of its own; resets are ignored; flows of one
 * packet are no rows. Only there to prove what the official files hold; live traffic is never measured so.
 */
export function officialFlows(packets: Iterable<OfficialPacket>): OfficialFlow[] {
  const open = new Map<string, Metered>();
  const rows: OfficialFlow[] = [];
  const end = (key: string, flow: Metered): void => {
    open.delete(key);
    if (flow.packets > 1) rows.push(flow.row());
  };
  for (const packet of packets) {
    const ends = [`${packet.source}:${packet.sourcePort}`, `${packet.destination}:${packet.destinationPort}`].sort();
    const key = `${ends.join(' ')} ${packet.ipProtocol}`;
    const flow = open.get(key);
    if (flow === undefined) {
      open.set(key, new Metered(packet));
      continue;
    }
    if (packet.timeUs - flow.startUs > timeoutUs) {
      end(key, flow);
      open.set(key, new Metered(packet, flow.source, flow.destination, flow.sourcePort, flow.destinationPort));
    } else if ((packet.flags & tcpFlags.fin) !== 0) {
      flow.add(packet);
      end(key, flow);
    } else {
      flow.noteActivity(packet.timeUs);
      flow.add(packet);
    }
  }
  for (const [key, flow] of [...open]) end(key, flow);
  return rows;
}
