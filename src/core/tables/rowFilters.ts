/** Display filters that lead from a row of a table to its packets. */
import { compileFilter } from '../filter/displayFilter';

/** Two ends of what a row is about; ports below 0 or null are none. */
export interface FilterEnds {
  a: string;
  aPort: number | null;
  b: string;
  bPort: number | null;
  /** `tcp` `udp` `icmp` … as in a flow row. */
  protocol: string;
}

const addressField = (address: string): string => (address.includes(':') ? 'ipv6' : 'ip');

/** Packets of one address, whichever way they went. */
export function addressFilter(address: string): string {
  return `${addressField(address)}.addr == ${address}`;
}

/** Packets between two addresses. */
export function pairFilter(a: string, b: string): string {
  if (a === b) return `${addressField(a)}.src == ${a} && ${addressField(a)}.dst == ${a}`;
  return `${addressFilter(a)} && ${addressFilter(b)}`;
}

/** Packets of a flow: as people write it, which is also right for its mirror image (each address with the port of the other). */
export function flowFilter(ends: FilterEnds): string {
  const { protocol, a, b, aPort, bPort } = ends;
  const pair = pairFilter(a, b);
  if (protocol !== 'tcp' && protocol !== 'udp') return `${protocolFilter(protocol)}${pair}`;
  if (aPort === null || bPort === null || aPort < 0 || bPort < 0) return `${protocol} && ${pair}`;
  if (a === b || aPort === bPort) return exactFlowFilter(ends);
  return `${pair} && ${protocol}.port == ${aPort} && ${protocol}.port == ${bPort}`;
}

/** Packets of one flow among several of the same two ends: with directions, and with its time when it is given (seconds since 1970). */
export function exactFlowFilter(ends: FilterEnds, time?: { start: number; end: number }): string {
  const { protocol, a, b, aPort, bPort } = ends;
  const oneWay = (from: string, fromPort: number | null, to: string, toPort: number | null): string =>
    [
      `${addressField(from)}.src == ${from}`,
      `${addressField(to)}.dst == ${to}`,
      ...(protocol === 'tcp' || protocol === 'udp'
        ? [`${protocol}.srcport == ${fromPort ?? 0}`, `${protocol}.dstport == ${toPort ?? 0}`]
        : []),
    ].join(' && ');
  const both =
    a === b && aPort === bPort
      ? oneWay(a, aPort, b, bPort)
      : `((${oneWay(a, aPort, b, bPort)}) || (${oneWay(b, bPort, a, aPort)}))`;
  // A microsecond more on both sides: a double cannot hold all the digits of a time.
  const within =
    time === undefined
      ? ''
      : ` && frame.time_epoch >= ${(time.start - 1e-6).toFixed(6)} && frame.time_epoch <= ${(time.end + 1e-6).toFixed(6)}`;
  return `${both}${within}`;
}

/** Packets in which protocols are nested; those that the filter language does not know are left out. */
export function nestingFilter(path: readonly string[]): string {
  return [...new Set(path)].filter((name) => compileFilter(name).ok).join(' && ');
}

function protocolFilter(protocol: string): string {
  const number = /^ip-proto-(\d+)$/.exec(protocol)?.[1];
  if (number !== undefined) return '';
  return compileFilter(protocol).ok ? `${protocol} && ` : '';
}
