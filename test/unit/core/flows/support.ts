import { decodePacket } from '../../../../src/core/decode/decodePacket';
import { PacketView } from '../../../../src/core/decode/packetView';
import { flowRow } from '../../../../src/core/flows/flow';
import { FlowTable } from '../../../../src/core/flows/flowTable';
import type { FlowEndReason } from '../../../../src/core/flows/flowTable';
import type { FlowTimeouts } from '../../../../src/core/flows/idleLists';
import type { FlowRow } from '../../../../src/protocol/capture';
import { packetsAt, tcpFrame } from '../../../support/packets';

/** A flow table fed with frames; collects the rows of ended flows with the reason. */
export class TableUnderTest {
  readonly ended: (FlowRow & { reason: FlowEndReason })[] = [];
  readonly table: FlowTable;
  readonly #view = new PacketView();

  /** Rows of flows that outlived the active timeout. */
  readonly told: FlowRow[] = [];

  constructor(
    options: { maxFlows?: number; maxBytes?: number; localAddresses?: string[]; timeouts?: FlowTimeouts } = {},
  ) {
    this.table = new FlowTable({
      localAddresses: options.localAddresses ?? [],
      onEnd: (flow, reason) => this.ended.push({ ...flowRow(flow), reason }),
      onActiveTimeout: (flow) => this.told.push(flowRow(flow)),
      ...(options.timeouts === undefined ? {} : { timeouts: options.timeouts }),
      ...(options.maxFlows === undefined ? {} : { maxFlows: options.maxFlows }),
      ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
    });
  }

  /** Times in seconds; returns the events of each packet. */
  add(frames: readonly (readonly [atSeconds: number, frame: Uint8Array])[]): number[] {
    return packetsAt(frames).map((packet) => {
      decodePacket(this.#view, packet);
      this.table.add(this.#view);
      if (this.table.flow !== null) this.table.weigh(this.table.flow, this.#view);
      return this.table.events;
    });
  }

  rows(): FlowRow[] {
    return [...this.table.openFlows()].sort((x, y) => x.serial - y.serial).map(flowRow);
  }
}

export interface Ends {
  client?: string;
  server?: string;
  clientPort?: number;
  serverPort?: number;
}

/** Segments of one TCP connection: `client` opens it. */
export function connection(ends: Ends = {}): {
  fromClient: (flags: string, sequence: number, acknowledgment?: number, payload?: Uint8Array) => Uint8Array;
  fromServer: (flags: string, sequence: number, acknowledgment?: number, payload?: Uint8Array) => Uint8Array;
} {
  const { client = '10.0.0.1', server = '10.0.0.2', clientPort = 40000, serverPort = 80 } = ends;
  return {
    fromClient: (flags, sequence, acknowledgment = 0, payload = new Uint8Array(0)) =>
      tcpFrame(
        {
          source: client,
          destination: server,
          sourcePort: clientPort,
          destinationPort: serverPort,
          flags,
          sequence,
          acknowledgment,
        },
        payload,
      ),
    fromServer: (flags, sequence, acknowledgment = 0, payload = new Uint8Array(0)) =>
      tcpFrame(
        {
          source: server,
          destination: client,
          sourcePort: serverPort,
          destinationPort: clientPort,
          flags,
          sequence,
          acknowledgment,
        },
        payload,
      ),
  };
}
