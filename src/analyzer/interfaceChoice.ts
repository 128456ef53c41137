import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { InterfacesLine } from '../protocol/captureWire';

type ListedInterface = InterfacesLine['interfaces'][number];

/** What the system says about its interfaces, apart from libpcap. */
export interface SystemInterfaces {
  /** Names of interfaces that are up and have an address. */
  up: ReadonlySet<string>;
  /** Interface of the IPv4 default route; null where there is none or the system does not say. */
  defaultRoute: string | null;
}

/**
 * The interface to capture on when none was asked for: that of the default route, else the first in libpcap's order
 * that is up, is no loopback and has an address, else the loopback.
 * Interfaces that the system does not know by libpcap's name (Windows) count as up when they have an address.
 * @returns null when there is not even a loopback
 */
export function chooseInterface(listed: readonly ListedInterface[], system: SystemInterfaces): string | null {
  const namesAgree = listed.some((device) => system.up.has(device.name));
  const usable = listed.filter(
    (device) => !device.loopback && device.addresses.length > 0 && (!namesAgree || system.up.has(device.name)),
  );
  const loopback = listed.find((device) => device.loopback);
  return (usable.find((device) => device.name === system.defaultRoute) ?? usable[0] ?? loopback)?.name ?? null;
}

export function readSystemInterfaces(): SystemInterfaces {
  const up = new Set(Object.keys(networkInterfaces()));
  try {
    return { up, defaultRoute: defaultRouteInterface(readFileSync('/proc/net/route', 'latin1')) };
  } catch {
    return { up, defaultRoute: null };
  }
}

/** Reads Linux' `/proc/net/route`: columns interface, destination, gateway, flags, refcount, use, metric, mask, ... */
export function defaultRouteInterface(table: string): string | null {
  let best: { name: string; metric: number } | null = null;
  for (const line of table.split('\n').slice(1)) {
    const [name, destination, , , , , metricText, mask] = line.split(/\s+/);
    if (name === undefined || destination !== '00000000' || mask !== '00000000') continue;
    const metric = Number(metricText);
    if (best === null || metric < best.metric) best = { name, metric };
  }
  return best?.name ?? null;
}
