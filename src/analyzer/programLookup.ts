import { open } from 'node:fs/promises';
import type { FlowOwners, ProcessIdentity } from '../core/flows/flowOwners';
import type { ProgramTable } from '../core/tables/programTable';
import { SocketHistory } from './socketHistory';
import { SocketProcesses } from './socketProcesses';
import { readSockets, socketFiles, socketPlaces } from './socketTable';
import type { SocketPlace } from './socketTable';

/** From a new flow to the first look: several flows then share it. */
const firstLookMs = 15;
/** While flows wait for an answer. */
const nextLookMs = 150;
/** While none waits: connections that are shorter, and of which packets come later, can stay unknown. */
const idleLookMs = 200;
/** Looks take at most a tenth of the time, and a twentieth while no flow waits. */
const restFactor = 9;
const idleRestFactor = 19;
/** A server's socket has a process only when it was accepted; what nobody holds after a second stays unknown. */
const maxAttempts = 6;
/** Some 27,000 sockets; those behind are not seen. */
const maxTableBytes = 4 * 1024 * 1024;

/**
 * Names the programs of new flows of this machine: sockets of /proc/net, in the network namespace of this process, which the capture
 * helper shares, and the processes that hold them. Looks again and again while a capture goes on, because packets are handed over
 * up to a second late, when a short connection is over; what is not found is unknown.
 */
export class ProgramLookup {
  private readonly processes: SocketProcesses;
  private readonly history: SocketHistory;
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> | null = null;
  private woken = false;
  private ended = false;
  /** No look before this, by `performance.now`. */
  private restUntilMs = 0;

  constructor(private readonly table: ProgramTable) {
    this.processes = new SocketProcesses(table.searchLimit);
    this.history = new SocketHistory(table.socketLimit);
  }

  /** A capture begins: looks at the sockets from now on. */
  start(): void {
    if (!this.ended && this.timer === null && this.looking === null) this.arm(0);
  }

  /** A packet came: looks soon when there are new flows. */
  wake(): void {
    if (this.woken || this.looking !== null || this.ended || this.table.waiting.length === 0) return;
    this.woken = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.arm(Math.max(firstLookMs, this.restUntilMs - performance.now()));
  }

  /** Looks a last time, and no more. */
  async finish(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    await this.looking;
    await this.look();
  }

  private arm(delayMs: number): void {
    this.timer = setTimeout(() => {
      this.timer = null;
      const begun = performance.now();
      this.looking = this.look().finally(() => {
        this.looking = null;
        if (this.ended) return;
        const waiting = this.table.waiting.length > 0;
        const now = performance.now();
        this.restUntilMs = now + restFactor * (now - begun);
        // What waits was looked for; what comes from now on is new.
        this.woken = waiting;
        const restMs = (waiting ? restFactor : idleRestFactor) * (now - begun);
        this.arm(Math.max(waiting ? nextLookMs : idleLookMs, restMs));
      });
    }, delayMs);
    this.timer.unref();
  }

  private async look(): Promise<void> {
    const waiting = [...this.table.waiting];
    const begunUs = Date.now() * 1000;
    const sockets = new Map<string, number[]>();
    for (const file of socketFiles) readSockets(file, await readHead(`/proc/self/net/${file}`), sockets);
    const unknown = this.history.look(sockets, begunUs, Date.now() * 1000);
    if (unknown.size > 0) this.history.hold(await this.processes.find(unknown));
    const done = new Set<FlowOwners>();
    for (const owners of waiting) {
      const { startUs } = owners;
      this.table.identify(
        owners,
        this.history.holderAt(placesOf(owners, true), startUs, true),
        this.history.holderAt(placesOf(owners, false), startUs, false),
      );
      owners.attempts += 1;
      const known = (local: boolean, identity: ProcessIdentity | null): boolean => !local || identity !== null;
      const named = owners.a !== null || owners.b !== null;
      const complete = named && known(owners.aLocal, owners.a) && known(owners.bLocal, owners.b);
      if (complete || owners.attempts >= maxAttempts) done.add(owners);
    }
    this.table.settle(done);
  }
}

function placesOf(owners: FlowOwners, ofA: boolean): SocketPlace[] {
  const { ipProtocol, aAddress, aPort, bAddress, bPort } = owners;
  const [address, port, remoteAddress, remotePort] = ofA
    ? [aAddress, aPort, bAddress, bPort]
    : [bAddress, bPort, aAddress, aPort];
  // A UDP socket stands there without the other end: it is this machine's only where the address is.
  const local = (ofA ? owners.aLocal : owners.bLocal) || address.startsWith('127.') || address === '::1';
  if (ipProtocol !== 6 && !local) return [];
  const hasSent = (ofA ? owners.packetsAToB : owners.packetsBToA) > 0;
  return socketPlaces({ ipProtocol, address, port, remoteAddress, remotePort, hasSent });
}

/** Files of /proc have no size: they are read until they end. */
async function readHead(file: string): Promise<string> {
  let handle;
  try {
    handle = await open(file, 'r');
    const parts: Buffer[] = [];
    for (let bytes = 0; bytes < maxTableBytes;) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(65_536), 0, 65_536);
      if (bytesRead === 0) break;
      parts.push(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
    }
    return Buffer.concat(parts).toString('latin1');
  } catch {
    return '';
  } finally {
    await handle?.close();
  }
}
