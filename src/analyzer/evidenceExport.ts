import type { ExportEvidenceRequest } from '../protocol/analyzerMessages';
import { flowFilter } from '../protocol/trafficFilters';
import { lastBlockOffset, withComment } from '../core/pcap/pcapngComment';
import { PcapngWriter } from '../core/pcap/pcapngWriter';
import { BlockFile } from './exporter';
import type { ExportSource } from './exporter';
import { parseFilter } from './packetStore';
import type { DecodedPacket } from './packetStore';

/** Packets in one file of evidence at most: a flood's flows can be the whole capture. */
const maxEvidencePackets = 100_000;

/**
 * Writes the packets of a finding as pcapng: those named by number, which get its title as their comment, and those of its
 * flows. The text of the finding is the comment of the section. @throws FileError
 */
export async function writeEvidence(
  source: Pick<ExportSource, 'packets'>,
  request: ExportEvidenceRequest,
): Promise<{ bytes: number; rows: number }> {
  const named = new Set(request.packets);
  const flows = request.flows.map(flowFilter).filter((text) => text !== null);
  const ofFlows = flows.map((text) => parseFilter(text)).filter((filter) => filter !== null);
  const title = Buffer.from(request.title, 'utf8');
  const writer = new PcapngWriter();
  const out = new BlockFile(request.path);
  const enough = new AbortController();
  let rows = 0;
  try {
    out.bytes(withComment(writer.header(), Buffer.from(request.comment, 'utf8')));
    const visit = ({ packet, view }: DecodedPacket): void => {
      if (rows >= maxEvidencePackets) return;
      const isNamed = named.has(packet.number);
      if (!isNamed && !ofFlows.some((matches) => matches(view, packet))) return;
      const blocks = writer.packet(packet);
      const at = isNamed ? lastBlockOffset(blocks) : blocks.length;
      if (at > 0) out.bytes(blocks.subarray(0, at));
      if (isNamed) out.bytes(withComment(blocks.subarray(at), title));
      rows += 1;
      if (rows >= maxEvidencePackets) enough.abort();
    };
    await source.packets.each('', visit, enough.signal);
    return { bytes: out.finish(), rows };
  } finally {
    out.close();
  }
}
