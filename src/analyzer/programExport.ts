import { endsOf } from '../core/follow/followedStream';
import type { FlowOwners, ProcessIdentity } from '../core/flows/flowOwners';
import { PcapngWriter } from '../core/pcap/pcapngWriter';
import type { KnownOwners } from '../core/tables/programTable';
import type { Marker } from '../protocol/markers';
import { BlockFile } from './exporter';
import type { ExportSource } from './exporter';

/** What the packets of a run were. */
export interface ProgramExport {
  bytes: number;
  /** Packets written. */
  rows: number;
  /** Packets of which no program is known: left out. */
  unknown: number;
  /** Packets of other programs: left out. */
  others: number;
}

/**
 * Writes the packets of some processes, and of those that they started, to `path` (0600) as pcapng with the moments of the capture.
 * @throws FileError
 */
export async function writeProgram(
  source: ExportSource,
  pids: readonly number[],
  markers: readonly Marker[],
  path: string,
): Promise<ProgramExport> {
  const wanted = new Set(pids);
  const out = new BlockFile(path);
  const written: ProgramExport = { bytes: 0, rows: 0, unknown: 0, others: 0 };
  try {
    const writer = new PcapngWriter();
    out.bytes(writer.header());
    await source.packets.each('', ({ packet, view }) => {
      const ends = endsOf(view);
      const owners = ends === null ? null : ownersOf(source.owners, ends, view.timeUs);
      if (owners === null) {
        written.unknown += 1;
      } else if (belongs(owners.a, wanted) || belongs(owners.b, wanted)) {
        out.bytes(writer.packet(packet));
        written.rows += 1;
      } else {
        written.others += 1;
      }
    });
    if (written.rows > 0) for (const marker of markers) out.bytes(writer.moment(marker));
    written.bytes = out.finish();
    return written;
  } finally {
    out.close();
  }
}

function ownersOf(
  known: KnownOwners | null,
  ends: NonNullable<ReturnType<typeof endsOf>>,
  timeUs: number,
): FlowOwners | null {
  return known?.find(ends.ipProtocol, ends.a, ends.aPort, ends.b, ends.bPort, timeUs) ?? null;
}

function belongs(owner: ProcessIdentity | null, wanted: ReadonlySet<number>): boolean {
  if (owner === null) return false;
  return (owner.pid !== null && wanted.has(owner.pid)) || owner.parents.some((pid) => wanted.has(pid));
}
