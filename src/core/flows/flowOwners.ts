import type { Flow } from './flow';

/** A program that runs, as the system told it once. */
export interface ProcessIdentity {
  /** File name of what it executes. */
  readonly program: string;
  /** Null when several processes of the program share the socket. */
  readonly pid: number | null;
  /** Processes that started it, nearest first; bounded. */
  readonly parents: readonly number[];
}

/**
 * Which processes the two ends of one flow belong to, null for unknown. Outlives the flow's object, so that what is found out later
 * still counts.
 */
export class FlowOwners {
  a: ProcessIdentity | null = null;
  b: ProcessIdentity | null = null;
  packetsAToB = 0;
  packetsBToA = 0;
  bytesAToB = 0;
  bytesBToA = 0;
  /** Times that the system was asked. */
  attempts = 0;

  readonly ipProtocol: number;
  readonly aAddress: string;
  readonly aPort: number;
  readonly aLocal: boolean;
  readonly bAddress: string;
  readonly bPort: number;
  readonly bLocal: boolean;
  readonly startUs: number;

  constructor(flow: Flow) {
    this.ipProtocol = flow.ipProtocol;
    this.aAddress = flow.a.text;
    this.aPort = flow.aPort;
    this.aLocal = flow.a.local;
    this.bAddress = flow.b.text;
    this.bPort = flow.bPort;
    this.bLocal = flow.b.local;
    this.startUs = flow.startUs;
  }
}

/** The same for every flow on these ports between these addresses, whoever opened it. */
export function endsKey(ipProtocol: number, a: string, aPort: number, b: string, bPort: number): string {
  const first = a < b || (a === b && aPort <= bPort);
  return first ? `${ipProtocol} ${a} ${aPort} ${b} ${bPort}` : `${ipProtocol} ${b} ${bPort} ${a} ${aPort}`;
}
