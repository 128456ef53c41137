/** Traffic of all processes that run one program. */
export interface ProgramRow {
  /** File name of what the processes execute, `node`. */
  name: string;
  /** Process ids, lowest first, of those seen; bounded. */
  processes: number[];
  flows: number;
  packets: number;
  /** Original lengths on the wire. */
  bytesSent: number;
  bytesReceived: number;
}

/** Which programs the traffic of a live capture belongs to, as far as the system tells. */
export interface ProgramFigures {
  /** Most bytes first. Traffic between two programs of this machine counts for both. */
  programs: ProgramRow[];
  /** Packets of which no program is known: of other users, of other machines, or over before anybody could look. */
  unknownPackets: number;
  unknownBytes: number;
}

/** Rows of a snapshot. */
export const maxProgramRows = 30;
export const maxProgramProcesses = 64;

/** `curl (4711)`; the name alone where several processes share the socket. */
export function processText(name: string, pid: number | null): string {
  return pid === null ? name : `${name} (${pid})`;
}

/** Both ends of a flow in words: `curl (4711) → node (12)`, one end alone, or null when nothing is known. */
export function programsText(a: string | null, b: string | null): string | null {
  if (a === null) return b;
  return b === null ? a : `${a} → ${b}`;
}
