import type { Severity } from './finding';
import type { ProgramFigures } from './programs';

/** When a capture ends by itself. Null: not for this reason. */
export interface StopRules {
  afterSeconds: number | null;
  afterPackets: number | null;
  /** Captured bytes. */
  afterBytes: number | null;
  /** A finding of this severity or a worse one. */
  onFinding: Severity | null;
}

export const noStopRules: StopRules = { afterSeconds: null, afterPackets: null, afterBytes: null, onFinding: null };

/** Why a capture has ended: a person, one of its stop rules, or because no interface was left. */
export const stopCauses = ['asked', 'time', 'packets', 'size', 'finding', 'interfaces'] as const;
export type StopCause = (typeof stopCauses)[number];

/** One interface of a live capture. Null is unknown and is shown as unknown. */
export interface InterfaceFigures {
  name: string;
  linkType: number;
  backend: string;
  timestampSource: 'kernel' | 'process';
  received: number | null;
  droppedByKernel: number | null;
  /** By the network card, before the kernel saw them. */
  droppedByInterface: number | null;
  /** By the capture helper, because its reader was too slow. */
  shed: number | null;
  /** Why it gives no more packets; null while it does. */
  ended: string | null;
}

/** The packets of a live capture on disk. */
export interface SpoolFigures {
  files: number;
  bytes: number;
  limitBytes: number;
  /** In files that the ring dropped, or that could not be written. */
  droppedPackets: number;
}

/** Whether a model scores flows: the chosen one, the shipped one because the chosen one was refused, none that could be used, or one that failed. */
export const modelStates = ['chosen', 'instead', 'none', 'failed'] as const;
export type ModelState = (typeof modelStates)[number];

/** How well the model keeps up with a live capture. */
export interface ModelFigures {
  state: ModelState;
  scoredFlows: number;
  /** How long the flows that wait now have waited, at most, in milliseconds; 0 when none does. */
  behindMs: number;
  /** Most flows that waited at once. */
  mostWaiting: number;
  /** Longest from when a flow could be scored to its score, at most, in milliseconds. */
  mostBehindMs: number;
}

/** What is known of a live capture besides what its packets say. */
export interface LiveFigures {
  interfaces: InterfaceFigures[];
  /** From the time of the newest packet to its analysis, in milliseconds; null when unknown. */
  lagMs: number | null;
  /** Null before the first interface is open. */
  spool: SpoolFigures | null;
  /** Absent where the system does not tell, and for another machine. */
  programs?: ProgramFigures;
  model: ModelFigures;
  /** Null while the capture goes on. */
  stoppedBy: StopCause | null;
}

/** Name of the file in a spool folder that says which process writes there. */
export const spoolLockName = 'owner.lock';

/** Who writes to a spool folder. */
export interface SpoolOwner {
  pid: number;
  /** Start time of the process as the system tells it (Linux: clock ticks since boot), to know it from a later one of that number. */
  started: string | null;
}

export function formatSpoolOwner(owner: SpoolOwner): string {
  return `${JSON.stringify(owner)}\n`;
}

/** Null for what is no owner. Never throws. */
export function parseSpoolOwner(text: string): SpoolOwner | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('started' in value)) return null;
    const { pid, started } = value;
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return null;
    return { pid, started: typeof started === 'string' ? started : null };
  } catch {
    return null;
  }
}
