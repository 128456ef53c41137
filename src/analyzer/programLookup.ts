import { open } from 'node:fs/promises';
import type { FlowOwners, ProcessIdentity } from '../core/flows/flowOwners';
import type { ProgramTable } from '../core/tables/programTable';
import { SocketProcesses } from './socketProcesses';
import { findSockets, socketFiles, socketPlaces } from './socketTable';
import type { SocketFile, SocketPlace } from './socketTable';

/** From a new flow to the first look: several flows then share it, and few connections are as short. */
const firstLookMs = 15;
const nextLookMs = 150;
/** Looks take at most this share of the time. */
const restFactor = 9;
/** A server's socket has a process only when it was accepted; what nobody holds after a second stays unknown. */
const maxAttempts = 6;
/** Some 27,000 sockets; those behind are not seen. */
const maxTableBytes = 4 * 1024 * 1024;

/**
 * Names the programs of new flows of this machine: sockets of /proc/net, in the network namespace of this process, which the capture
 * helper shares, and the processes that hold them. Runs only while flows wait for an answer; what is not found is unknown.
 */
export class ProgramLookup {
  private readonly processes: SocketProcesses;
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> | null = null;
  private ended = false;

  constructor(private readonly table: ProgramTable) {
    this.processes = new SocketProcesses(table.searchLimit);
  }

  /** A packet came: looks soon when there are new flows. */
  wake(): void {
    if (this.timer !== null || this.looking !== null || this.ended || this.table.waiting.length === 0) return;
    this.arm(firstLookMs);
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
        if (this.ended || this.table.waiting.length === 0) return;
        this.arm(Math.max(nextLookMs, restFactor * (performance.now() - begun)));
      });
    }, delayMs);
    this.timer.unref();
  }

  private async look(): Promise<void> {
    const waiting = [...this.table.waiting];
    if (waiting.length === 0) return;
    const asked = waiting.map((owners) => ({ owners, a: placesOf(owners, true), b: placesOf(owners, false) }));
    const sockets = await readSockets(asked.flatMap(({ a, b }) => [...a, ...b]));
    const inodesAt = (places: readonly SocketPlace[]): readonly number[] => {
      for (const { file, key } of places) {
        const inodes = sockets.get(file)?.get(key);
        if (inodes !== undefined) return inodes;
      }
      return [];
    };
    const answers = asked.map(({ owners, a, b }) => ({ owners, a: inodesAt(a), b: inodesAt(b) }));
    const holders = await this.processes.find(new Set(answers.flatMap(({ a, b }) => [...a, ...b])));
    const done = new Set<FlowOwners>();
    for (const { owners, a, b } of answers) {
      this.table.identify(owners, holderOf(a, holders), holderOf(b, holders));
      owners.attempts += 1;
      const known = (local: boolean, identity: ProcessIdentity | null): boolean => !local || identity !== null;
      const named = owners.a !== null || owners.b !== null;
      const complete = named && known(owners.aLocal, owners.a) && known(owners.bLocal, owners.b);
      if (complete || owners.attempts >= maxAttempts) done.add(owners);
    }
    this.table.settle(done);
  }
}

/** The sockets of several processes can be bound to one place: known only when they run one program. */
function holderOf(
  inodes: readonly number[],
  holders: ReadonlyMap<number, ProcessIdentity | null>,
): ProcessIdentity | null {
  const [first, ...others] = inodes.map((inode) => holders.get(inode) ?? null);
  if (first === undefined || first === null || others.some((one) => one?.program !== first.program)) return null;
  return others.some((one) => one?.pid !== first.pid) ? { ...first, pid: null } : first;
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

async function readSockets(places: readonly SocketPlace[]): Promise<Map<SocketFile, Map<string, number[]>>> {
  const found = new Map<SocketFile, Map<string, number[]>>();
  for (const file of socketFiles) {
    const wanted = new Set(places.filter((place) => place.file === file).map(({ key }) => key));
    if (wanted.size > 0) found.set(file, findSockets(await readHead(`/proc/self/net/${file}`), wanted));
  }
  return found;
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
