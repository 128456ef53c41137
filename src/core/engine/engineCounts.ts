import type { ConversationRow } from '../../protocol/capture';
import type { ApplicationStatistics } from '../flows/applicationStatistics';
import type { FlowTable } from '../flows/flowTable';
import type { EndedFlows } from './endedFlows';
import type { NestingRow, ProtocolCounts } from './protocolCounts';

export interface EndpointRow {
  address: string;
  name: string | null;
  packets: number;
  bytesSent: number;
  bytesReceived: number;
}

/** Everything that is counted apart, whole: what tables show beside flows and messages. */
export interface EngineCounts {
  packets: number;
  /** Most bytes first. */
  endpoints: () => EndpointRow[];
  /** Most bytes first. */
  conversations: () => ConversationRow[];
  /** As a tree, read from the top. */
  nestings: () => NestingRow[];
  /** Rows that a limit left out. */
  leftOut: { flows: number; endpoints: number; conversations: number };
}

export function engineCounts(
  packets: number,
  flows: FlowTable,
  applications: ApplicationStatistics,
  ended: EndedFlows,
  protocols: ProtocolCounts,
): EngineCounts {
  const { hosts, conversations } = flows;
  return {
    packets,
    // A host that was only asked for by ARP has sent nothing.
    endpoints: () =>
      hosts
        .top(hosts.size)
        .filter((host) => host.packets > 0)
        .map((host) => ({
          address: host.text,
          name: applications.nameOf(host.text),
          packets: host.packets,
          bytesSent: host.bytesSent,
          bytesReceived: host.bytesReceived,
        })),
    conversations: () => conversations.top(conversations.size),
    nestings: () => protocols.nestings(),
    leftOut: { flows: ended.limit.hits, endpoints: hosts.limit.hits, conversations: conversations.limit.hits },
  };
}
