import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InterfaceInfo } from '../protocol/capture';
import type { InterfacesLine } from '../protocol/captureWire';
import type { ElevationHost } from './elevation';
import { planElevation } from './elevation';
import { HelperProcess } from './helperProcess';

const helperTimeoutMs = 5000;
/** Long enough to tell a busy interface from an idle one, short enough not to be waited for. */
const rateWindowMs = 200;
/** IFF_UP of `<linux/if.h>`. */
const flagUp = 1;

type ListedInterface = InterfacesLine['interfaces'][number];

/** What the system knows of its interfaces, by name. */
export interface SystemView {
  /** From `os.networkInterfaces`: only interfaces that are up and have an address. */
  addresses: ReadonlyMap<string, { addresses: string[]; loopback: boolean }>;
  /** Whether an interface is up; null where the system does not say. */
  up: ReadonlyMap<string, boolean>;
  packetsPerSecond: ReadonlyMap<string, number>;
}

/**
 * The interfaces of this machine: those that libpcap knows, as an unprivileged helper lists them, with what the
 * system knows of them. Without the capture binding, those that have an address. Never rejects.
 */
export async function listInterfaces(options: { helperPath: string; runtimePath: string }): Promise<InterfaceInfo[]> {
  const [listed, packetsPerSecond] = await Promise.all([listWithHelper(options), measureRates()]);
  const addresses = readAddresses();
  const names = new Set([...(listed ?? []).map((one) => one.name), ...addresses.keys()]);
  return mergeInterfaces(listed, { addresses, up: await readUp([...names]), packetsPerSecond });
}

/** Puts the list of libpcap (null: there is none) together with what the system knows; keeps libpcap's order. */
export function mergeInterfaces(listed: readonly ListedInterface[] | null, system: SystemView): InterfaceInfo[] {
  const fallback = [...system.addresses].map(([name, known]) => ({ name, description: null, ...known }));
  return (listed ?? fallback).map((one) => {
    const known = system.addresses.get(one.name);
    return {
      name: one.name,
      description: one.description,
      addresses: [...new Set([...one.addresses, ...(known?.addresses ?? [])])],
      loopback: one.loopback,
      up: system.up.get(one.name) ?? (known === undefined ? null : true),
      packetsPerSecond: system.packetsPerSecond.get(one.name) ?? null,
    };
  });
}

async function listWithHelper(options: { helperPath: string; runtimePath: string }): Promise<ListedInterface[] | null> {
  const [direct] = planElevation(directHost(), options, { methods: [], askpass: null });
  if (direct === undefined) return null;
  let listed: ListedInterface[] | null = null;
  const helper = new HelperProcess(direct, {
    line: (line) => {
      if (line.kind === 'interfaces') listed = line.interfaces;
    },
    protocolError: () => helper.kill('SIGKILL'),
    note: () => undefined,
  });
  const timer = setTimeout(() => helper.kill('SIGKILL'), helperTimeoutMs);
  helper.send({ kind: 'interfaces' });
  await helper.exited;
  clearTimeout(timer);
  helper.closeInput();
  return listed;
}

function directHost(): ElevationHost {
  const isRoot = process.getuid?.() === 0;
  const { platform, env } = process;
  return { platform, isRoot, sudoPath: null, pkexecPath: null, envPath: null, environment: env };
}

function readAddresses(): SystemView['addresses'] {
  const known = new Map<string, { addresses: string[]; loopback: boolean }>();
  for (const [name, list] of Object.entries(networkInterfaces())) {
    if (list === undefined) continue;
    known.set(name, { addresses: list.map((entry) => entry.address), loopback: list.some((entry) => entry.internal) });
  }
  return known;
}

/** Linux keeps the flags of each interface in a file; other systems tell nothing. */
async function readUp(names: readonly string[]): Promise<Map<string, boolean>> {
  const up = new Map<string, boolean>();
  if (process.platform !== 'linux') return up;
  for (const name of names) {
    if (name.includes('/') || name.startsWith('.')) continue;
    try {
      const flags = Number(await readFile(`/sys/class/net/${name}/flags`, 'latin1'));
      if (Number.isInteger(flags)) up.set(name, (flags & flagUp) !== 0);
    } catch {
      // A device of libpcap that is no interface of the system, such as `any`.
    }
  }
  return up;
}

async function measureRates(): Promise<Map<string, number>> {
  const before = await readPacketCounts();
  if (before === null) return new Map();
  const startMs = performance.now();
  await sleep(rateWindowMs);
  const after = await readPacketCounts();
  const seconds = (performance.now() - startMs) / 1000;
  const rates = new Map<string, number>();
  for (const [name, count] of after ?? []) {
    const first = before.get(name);
    if (first !== undefined && count >= first) rates.set(name, Math.round((count - first) / seconds));
  }
  return rates;
}

async function readPacketCounts(): Promise<Map<string, number> | null> {
  try {
    return parsePacketCounts(await readFile('/proc/net/dev', 'latin1'));
  } catch {
    return null;
  }
}

/** Reads Linux' `/proc/net/dev`: per interface 8 received columns (bytes, packets, ...), then 8 transmitted ones. */
export function parsePacketCounts(table: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of table.split('\n')) {
    const [name, columns] = line.split(/:\s+/, 2);
    if (name === undefined || columns === undefined) continue;
    const values = columns.trim().split(/\s+/).map(Number);
    const packets = (values[1] ?? Number.NaN) + (values[9] ?? Number.NaN);
    if (Number.isSafeInteger(packets)) counts.set(name.trim(), packets);
  }
  return counts;
}
