import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import type { ExportKind } from '../protocol/analyzerMessages';
import type { AnalysisReport, FlowRow } from '../protocol/capture';
import type { Marker } from '../protocol/markers';
import { describePacket } from '../core/decode/describe';
import {
  flowCsvHeader,
  flowCsvLine,
  joinCsvLines,
  packetCsvHeader,
  packetCsvLine,
  programCsvHeader,
  programCsvLine,
} from '../core/export/csv';
import { lastBlockOffset, withComment } from '../core/pcap/pcapngComment';
import { PcapngWriter } from '../core/pcap/pcapngWriter';
import { pcapFileHeader, pcapRecord } from '../core/pcap/pcapWriter';
import type { KnownOwners } from '../core/tables/programTable';
import { MessageTables } from '../core/tables/messageTables';
import { fileErrorFrom } from './fileError';
import type { PacketStore } from './packetStore';
import { writeShareSafe } from './shareSafeExport';
import { tableEngine } from './tableService';

/** Bytes gathered before a write. */
const blockBytes = 1024 * 1024;

/** What an export draws on. */
export interface ExportSource {
  packets: PacketStore;
  flows: () => Iterable<FlowRow>;
  report: () => AnalysisReport;
  /** Of the capture; more than one makes a PCAP export a pcapng file. */
  linkTypes: readonly number[];
  nanoseconds: boolean;
  snapLengthBytes: number;
  /** Moments of the capture, which pcapng keeps. */
  markers: readonly Marker[];
  /** What is known of the programs of its flows; null where nobody looked. */
  owners: KnownOwners | null;
}

/**
 * Writes one export to `path` (created 0600, replaced when it exists) without holding it in memory.
 * @throws FileError when the file cannot be written, FilterError when the filter is wrong
 */
export async function writeExport(
  source: ExportSource,
  kind: ExportKind,
  path: string,
  filter: string,
): Promise<{ bytes: number; rows: number; summary?: string }> {
  const out = new BlockFile(path);
  let rows = 0;
  let summary: string | null = null;
  try {
    switch (kind) {
      case 'packets.csv':
        out.text(packetCsvHeader);
        await source.packets.each(filter, (d) => {
          out.text(packetCsvLine(describePacket(d.view, d.application, d.packet)));
          rows += 1;
        });
        break;
      case 'flows.csv':
        out.text(source.owners === null ? flowCsvHeader : joinCsvLines(flowCsvHeader, programCsvHeader));
        rows = await writeFlows(source, out, filter);
        break;
      case 'packets.json':
        await source.packets.each(filter, (d) => {
          out.text(`${rows === 0 ? '[' : ','}\n${JSON.stringify(describePacket(d.view, d.application, d.packet))}`);
          rows += 1;
        });
        out.text(rows === 0 ? '[]\n' : '\n]\n');
        break;
      case 'packets.pcapng':
        rows = await writeWithFindings(source, out, filter);
        break;
      case 'share.pcap':
        ({ rows, summary } = await writeShareSafe(source, out, filter));
        break;
      case 'analysis.json':
        out.text(JSON.stringify(source.report(), null, 2) + '\n');
        rows = 1;
        break;
      case 'packets.pcap':
        rows = await writePackets(source, out, filter, source.linkTypes.length > 1);
        break;
    }
    return { bytes: out.finish(), rows, ...(summary === null ? {} : { summary }) };
  } finally {
    out.close();
  }
}

/** The flows of the packets that match, or all that are kept. */
async function writeFlows(source: ExportSource, out: BlockFile, filter: string): Promise<number> {
  let rows = 0;
  const write = (row: FlowRow): void => {
    const line = flowCsvLine(row);
    out.text(source.owners === null ? line : joinCsvLines(line, programCsvLine(row)));
    rows += 1;
  };
  if (filter.trim() === '') {
    for (const row of source.flows()) write(row);
    return rows;
  }
  const engine = tableEngine(new MessageTables(0), { owners: source.owners }, write);
  await source.packets.each(filter, ({ packet }) => engine.push(packet));
  engine.finish();
  return rows;
}

/** Packets with, as their comments, the findings that they are named in (opt_comment of pcapng). */
async function writeWithFindings(source: ExportSource, out: BlockFile, filter: string): Promise<number> {
  const comments = new Map<number, string>();
  for (const { severity, title, rule, packets } of source.report().findings) {
    for (const packet of packets) {
      const before = comments.get(packet);
      comments.set(packet, `${before === undefined ? '' : `${before}\n`}${severity}: ${title} (${rule})`);
    }
  }
  const writer = new PcapngWriter();
  let rows = 0;
  out.bytes(writer.header());
  await source.packets.each(filter, ({ packet }) => {
    rows += 1;
    const comment = comments.get(packet.number);
    const blocks = writer.packet(packet);
    if (comment === undefined) return out.bytes(blocks);
    const at = lastBlockOffset(blocks);
    if (at > 0) out.bytes(blocks.slice(0, at));
    out.bytes(withComment(blocks.subarray(at), Buffer.from(comment, 'utf8')));
  });
  if (rows > 0) for (const marker of source.markers) out.bytes(writer.moment(marker));
  return rows;
}

/**
 * Writes the packets that match as pcap, or as pcapng when asked. Returns how many.
 * A pcap file holds one link type; callers ask for pcapng when there are several.
 */
export async function writePackets(
  source: Pick<ExportSource, 'packets' | 'linkTypes' | 'nanoseconds' | 'snapLengthBytes'>,
  out: BlockFile,
  filter: string,
  pcapng: boolean,
): Promise<number> {
  let packets = 0;
  if (pcapng) {
    const writer = new PcapngWriter();
    out.bytes(writer.header());
    await source.packets.each(filter, (d) => {
      out.bytes(writer.packet(d.packet));
      packets += 1;
    });
    return packets;
  }
  const linkType = source.linkTypes[0] ?? 1;
  out.bytes(pcapFileHeader({ linkType, snapLengthBytes: source.snapLengthBytes, nanoseconds: source.nanoseconds }));
  await source.packets.each(filter, (d) => {
    out.bytes(pcapRecord(d.packet, source.nanoseconds));
    packets += 1;
  });
  return packets;
}

/**
 * A file written in large blocks. It takes its name only when it is whole: an export that fails halfway, or that
 * replaces the very capture it reads from, destroys nothing.
 */
export class BlockFile {
  private readonly descriptor: number;
  /** Null when written in place, because the path is no ordinary file (/dev/null, a named pipe). */
  private readonly partialPath: string | null;
  private parts: Uint8Array[] = [];
  private pendingBytes = 0;
  private writtenBytes = 0;
  private open = true;

  /** @throws FileError */
  constructor(private readonly path: string) {
    const existing = statSync(path, { throwIfNoEntry: false });
    this.partialPath = existing === undefined || existing.isFile() ? `${path}.${process.pid}.partial` : null;
    try {
      this.descriptor = openSync(this.partialPath ?? path, 'w', 0o600);
    } catch (error) {
      throw fileErrorFrom(error, path);
    }
  }

  text(line: string): void {
    this.bytes(Buffer.from(line, 'utf8'));
  }

  /** `block` must not change afterwards. @throws FileError */
  bytes(block: Uint8Array): void {
    this.parts.push(block);
    this.pendingBytes += block.length;
    if (this.pendingBytes >= blockBytes) this.flush();
  }

  /** Returns the size of the file in bytes. @throws FileError */
  finish(): number {
    this.flush();
    closeSync(this.descriptor);
    this.open = false;
    if (this.partialPath !== null) {
      try {
        renameSync(this.partialPath, this.path);
      } catch (error) {
        rmSync(this.partialPath, { force: true });
        throw fileErrorFrom(error, this.path);
      }
    }
    return this.writtenBytes;
  }

  /** Drops what was written unless `finish` was called. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    closeSync(this.descriptor);
    if (this.partialPath !== null) rmSync(this.partialPath, { force: true });
  }

  private flush(): void {
    const block = Buffer.concat(this.parts, this.pendingBytes);
    this.parts = [];
    this.pendingBytes = 0;
    try {
      for (let written = 0; written < block.length;) written += writeSync(this.descriptor, block, written);
    } catch (error) {
      throw fileErrorFrom(error, this.path);
    }
    this.writtenBytes += block.length;
  }
}
