import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InterfaceInfo } from '../protocol/capture';
import type { InterfacesLine } from '../protocol/captureWire';
import { isInterfacesLine } from '../protocol/captureGuards';
import { CaptureError } from './captureError';
import { chooseInterface, readSystemInterfaces } from './interfaceChoice';

const listTimeoutMs = 5000;
const maxListBytes = 4 * 1024 * 1024;
/** Long enough to tell a busy interface from an idle one, short enough not to be waited for. */
const rateWindowMs = 200;
/** IFF_UP of `<linux/if.h>`. */
const flagUp = 1;

/** Devices that libpcap lists but that carry no network packets, or none that a person would look for. */
const notNetworks = /^(nflog|nfqueue|bluetooth|dbus|usbmon)/;

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
 * The interfaces of this machine: those that libpcap knows, as an unprivileged program lists them, with what the
 * system knows of them; `all` keeps devices that are no networks. Without the capture binding, those that have an address. Never rejects.
 */
export async function listInterfaces(
  options: { helperPath: string; runtimePath: string },
  all = false,
): Promise<InterfaceInfo[]> {
  const [listed, packetsPerSecond] = await Promise.all([listOfLibpcap(options), measureRates()]);
  const addresses = readAddresses();
  const shown = listed?.filter(({ name }) => all || !notNetworks.test(name)) ?? null;
  const names = new Set([...(shown ?? []).map((one) => one.name), ...addresses.keys()]);
  return mergeInterfaces(shown, { addresses, up: await readUp([...names]), packetsPerSecond });
}

/** Puts the list of libpcap (null: there is none) together with what the system knows; keeps libpcap's order. */
export function mergeInterfaces(listed: readonly ListedInterface[] | null, system: SystemView): InterfaceInfo[] {
  return (listed ?? knownToSystem(system.addresses)).map((one) => {
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

/** What libpcap knows, in its order; null when it cannot be asked. Never rejects. */
export function listOfLibpcap(options: { helperPath: string; runtimePath: string }): Promise<ListedInterface[] | null> {
  return new Promise((resolve) => {
    const lister = path.join(path.dirname(options.helperPath), 'interface-lister.js');
    const env = { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'], ELECTRON_RUN_AS_NODE: '1' };
    const limits = {
      timeout: listTimeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: maxListBytes,
      windowsHide: true,
    } as const;
    execFile(options.runtimePath, [lister], { ...limits, env, cwd: '/' }, (_error, stdout) => {
      try {
        const line: unknown = JSON.parse(stdout);
        resolve(isInterfacesLine(line) ? line.interfaces : null);
      } catch {
        resolve(null);
      }
    });
  });
}

/**
 * The interface to capture on when none was asked for: see `chooseInterface`.
 * @throws CaptureError NO_SUCH_INTERFACE
 */
export async function detectInterface(options: { helperPath: string; runtimePath: string }): Promise<string> {
  const listed = (await listOfLibpcap(options)) ?? knownToSystem(readAddresses());
  const name = chooseInterface(listed, readSystemInterfaces());
  if (name === null) throw new CaptureError('NO_SUCH_INTERFACE', 'This machine has no interface to capture on.');
  return name;
}

function knownToSystem(addresses: SystemView['addresses']): ListedInterface[] {
  return [...addresses].map(([name, known]) => ({ name, description: null, ...known }));
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
