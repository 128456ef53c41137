import { readFile } from 'node:fs/promises';
import type { InterfaceInfo } from '../protocol/capture';

/** Devices of libpcap that are taps into the system, not interfaces of a network (pcap-netfilter, pcap-usb, pcap-bt, pcap-dbus). */
const pseudoDevices =
  /^(nflog|nfqueue|usbmon\d*|bluetooth\d*|bluetooth-monitor|dbus-(system|session)|rdmasniff\d*|dpdk:.*)$/;

/** RTF_UP of `<linux/route.h>`. */
const routeUp = 1;

/**
 * Says which interface has the default route and which devices are no interfaces, and puts them into the order in which
 * people want them: the default route's first, then those that are up and have an address, the loopback, `any`, the rest.
 * Within a group the order stays.
 */
export function rankInterfaces(interfaces: readonly InterfaceInfo[], defaultRoute: string | null): InterfaceInfo[] {
  const ranked = interfaces.map((info) => ({
    ...info,
    defaultRoute: info.name === defaultRoute,
    pseudo: pseudoDevices.test(info.name),
  }));
  return ranked.sort((x, y) => rank(x) - rank(y));
}

function rank(info: InterfaceInfo): number {
  if (info.defaultRoute === true) return 0;
  if (info.pseudo === true) return 6;
  if (info.name === 'any') return 3;
  if (info.loopback) return 2;
  if (info.up === false) return 5;
  return info.addresses.length > 0 ? 1 : 4;
}

/** Name of the interface that has the default route; null where there is none, or the system does not say. */
export async function readDefaultRoute(): Promise<string | null> {
  if (process.platform !== 'linux') return null;
  const read = (path: string): Promise<string> => readFile(path, 'latin1').catch(() => '');
  return parseDefaultRoute(await read('/proc/net/route')) ?? parseDefaultRoute6(await read('/proc/net/ipv6_route'));
}

/** Reads Linux' `/proc/net/route`: interface, destination, gateway, flags, …, metric, mask, all but names in hexadecimal. */
export function parseDefaultRoute(table: string): string | null {
  let best: { name: string; metric: number } | null = null;
  for (const line of table.split('\n').slice(1)) {
    const [name = '', destination, , flags = '0', , , metric = '0', mask] = line.trim().split(/\s+/);
    if (destination !== '00000000' || mask !== '00000000' || (parseInt(flags, 16) & routeUp) === 0) continue;
    if (best === null || Number(metric) < best.metric) best = { name, metric: Number(metric) };
  }
  return best?.name ?? null;
}

/** Reads `/proc/net/ipv6_route`; the unreachable default that every namespace has is on `lo` and is not one. */
export function parseDefaultRoute6(table: string): string | null {
  let best: { name: string; metric: number } | null = null;
  for (const line of table.split('\n')) {
    const [destination, prefix, , , , metric = '0', , , flags = '0', name = ''] = line.trim().split(/\s+/);
    if (destination === undefined || !/^0{32}$/.test(destination) || prefix !== '00') continue;
    if (name === 'lo' || (parseInt(flags, 16) & routeUp) === 0) continue;
    if (best === null || parseInt(metric, 16) < best.metric) best = { name, metric: parseInt(metric, 16) };
  }
  return best?.name ?? null;
}
