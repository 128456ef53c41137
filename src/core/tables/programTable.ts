import type { ProgramFigures, ProgramRow } from '../../protocol/programs';
import { maxProgramProcesses, maxProgramRows } from '../../protocol/programs';
import type { PacketView } from '../decode/packetView';
import type { Detector } from '../detectors/detector';
import { endsKey, FlowOwners } from '../flows/flowOwners';
import type { ProcessIdentity } from '../flows/flowOwners';
import type { FlowTable } from '../flows/flowTable';
import { LimitCounter, engineLimits } from '../limits';

const tcp = 6;
const udp = 17;
const other = '(other programs)';

/** Where a replay finds the owners of the flows that it sees again. */
export interface KnownOwners {
  /** Of the flow between these ends that had begun by `timeUs`; null when nothing is known. */
  find(ipProtocol: number, a: string, aPort: number, b: string, bPort: number, timeUs: number): FlowOwners | null;
}

/**
 * Traffic by program. Looks on as detectors do: each new flow waits for somebody who knows the sockets of this machine to name its
 * owners (`identify`). Counts from the first packet of a flow, whenever its owner becomes known.
 */
export class ProgramTable implements Detector, KnownOwners {
  readonly waitingLimit = new LimitCounter('flows that wait for their program', engineLimits.waitingOwners);
  readonly bookLimit = new LimitCounter('flows with a known program', engineLimits.knownOwners);
  readonly programLimit = new LimitCounter('programs', engineLimits.programs);
  /** Counted by whoever knows the sockets. */
  readonly searchLimit = new LimitCounter('file descriptors looked at for a program', engineLimits.socketDescriptors);
  readonly socketLimit = new LimitCounter('sockets remembered for a program', engineLimits.rememberedSockets);
  readonly limits = [this.waitingLimit, this.bookLimit, this.programLimit, this.searchLimit, this.socketLimit];
  #waiting: FlowOwners[] = [];
  /** By ends, oldest first. */
  readonly #book = new Map<string, FlowOwners[]>();
  #bookSize = 0;
  readonly #programs = new Map<string, ProgramRow>();
  #packets = 0;
  #bytes = 0;
  #knownPackets = 0;
  #knownBytes = 0;

  /** Flows that nobody has named the owners of; taken out by `identify` and `giveUp`. */
  get waiting(): readonly FlowOwners[] {
    return this.#waiting;
  }

  packet(view: PacketView, table: FlowTable): void {
    const { flow } = table;
    this.#packets++;
    this.#bytes += view.originalLength;
    if (flow === null) return;
    let { owners } = flow;
    if (owners === null) {
      if (flow.packetsAToB + flow.packetsBToA > 1 || flow.aPort < 0) return;
      if (flow.ipProtocol !== tcp && flow.ipProtocol !== udp) return;
      if (this.#waiting.length >= this.waitingLimit.limit) {
        this.waitingLimit.hits++;
        return;
      }
      owners = new FlowOwners(flow);
      flow.owners = owners;
      this.#waiting.push(owners);
    }
    const length = view.originalLength;
    const { fromA } = table;
    if (fromA) {
      owners.packetsAToB++;
      owners.bytesAToB += length;
    } else {
      owners.packetsBToA++;
      owners.bytesBToA += length;
    }
    if (owners.a === null && owners.b === null) return;
    this.#knownPackets++;
    this.#knownBytes += length;
    if (owners.a !== null) this.#add(owners.a, 0, 1, fromA ? length : 0, fromA ? 0 : length);
    if (owners.b !== null) this.#add(owners.b, 0, 1, fromA ? 0 : length, fromA ? length : 0);
  }

  /** Names the owners of a flow: a null says nothing new. What was named before stays. */
  identify(owners: FlowOwners, a: ProcessIdentity | null, b: ProcessIdentity | null): void {
    const { packetsAToB, packetsBToA, bytesAToB, bytesBToA } = owners;
    const packets = packetsAToB + packetsBToA;
    const fresh = owners.a === null && owners.b === null;
    if (owners.a === null && a !== null) {
      owners.a = a;
      this.#add(a, 1, packets, bytesAToB, bytesBToA);
    }
    if (owners.b === null && b !== null) {
      owners.b = b;
      this.#add(b, 1, packets, bytesBToA, bytesAToB);
    }
    if (!fresh || (owners.a === null && owners.b === null)) return;
    this.#knownPackets += packets;
    this.#knownBytes += bytesAToB + bytesBToA;
    this.#remember(owners);
  }

  /** Takes flows out of those that wait. */
  settle(done: ReadonlySet<FlowOwners>): void {
    if (done.size > 0) this.#waiting = this.#waiting.filter((owners) => !done.has(owners));
  }

  find(ipProtocol: number, a: string, aPort: number, b: string, bPort: number, timeUs: number): FlowOwners | null {
    const entries = this.#book.get(endsKey(ipProtocol, a, aPort, b, bPort));
    return entries?.findLast(({ startUs }) => startUs <= timeUs) ?? null;
  }

  figures(): ProgramFigures {
    const rows = [...this.#programs.values()].sort(
      (x, y) => y.bytesSent + y.bytesReceived - x.bytesSent - x.bytesReceived,
    );
    return {
      programs: rows.slice(0, maxProgramRows).map((row) => ({ ...row, processes: [...row.processes] })),
      unknownPackets: this.#packets - this.#knownPackets,
      unknownBytes: this.#bytes - this.#knownBytes,
    };
  }

  advance(): void {}
  finish(): void {}
  collect(): void {}

  /** What was seen stays seen: only findings are cleared. */
  clear(): void {}

  #add({ program, pid }: ProcessIdentity, flows: number, packets: number, sent: number, received: number): void {
    let row = this.#programs.get(program);
    if (row === undefined) {
      if (this.#programs.size >= this.programLimit.limit && program !== other) {
        this.programLimit.hits++;
        return this.#add({ program: other, pid: null, parents: [] }, flows, packets, sent, received);
      }
      row = { name: program, processes: [], flows: 0, packets: 0, bytesSent: 0, bytesReceived: 0 };
      this.#programs.set(program, row);
    }
    row.flows += flows;
    row.packets += packets;
    row.bytesSent += sent;
    row.bytesReceived += received;
    const { processes } = row;
    if (flows === 0 || pid === null || processes.length >= maxProgramProcesses || processes.includes(pid)) return;
    processes.push(pid);
    processes.sort((x, y) => x - y);
  }

  #remember(owners: FlowOwners): void {
    if (this.#bookSize >= this.bookLimit.limit) {
      this.bookLimit.hits++;
      const [oldest] = this.#book;
      if (oldest !== undefined) {
        this.#bookSize -= oldest[1].length;
        this.#book.delete(oldest[0]);
      }
    }
    const { ipProtocol, aAddress, aPort, bAddress, bPort } = owners;
    const key = endsKey(ipProtocol, aAddress, aPort, bAddress, bPort);
    const entries = this.#book.get(key);
    if (entries === undefined) this.#book.set(key, [owners]);
    else entries.push(owners);
    this.#bookSize++;
  }
}

/** Gives flows that are seen again the owners that they had. */
export class OwnersAgain implements Detector {
  readonly limits = [];

  constructor(private readonly known: KnownOwners) {}

  packet(_view: PacketView, { flow }: FlowTable): void {
    if (flow === null || flow.owners !== null || flow.packetsAToB + flow.packetsBToA > 1 || flow.aPort < 0) return;
    flow.owners = this.known.find(flow.ipProtocol, flow.a.text, flow.aPort, flow.b.text, flow.bPort, flow.startUs);
  }

  advance(): void {}
  finish(): void {}
  collect(): void {}
  clear(): void {}
}
