import type { Host } from '../flows/host';

/** Keys of records as numbers: texts of addresses would have to be put together for every packet or flow. */

/** Of a host and a port, -1 for the whole host, while the table of hosts knows it. Whole numbers up to 2^44. */
export function hostPortKey(host: Host, port: number): number {
  return host.id * 2 ** 17 + (port < 0 ? 2 ** 16 : port);
}

/** Of two hosts in this order, while the table of hosts knows them. Whole numbers up to 2^52. */
export function pairKey(x: Host, y: Host): number {
  return x.id * 2 ** 26 + y.id;
}

/** Of an address and a port, for records that outlive the table of hosts; IPv6 has no room in a number. */
export function addressPortKey(host: Host, port: number): number | string {
  return host.addressLength === 4 ? (host.word0 >>> 0) * 0x10000 + port : `${host.text} ${port}`;
}

/**
 * 30 bits of a hash of two addresses, a port and an IP protocol, for records that outlive the table of hosts and say themselves
 * whose they are: of as many as a table holds, hardly one shares its key. Small enough for the quick kind of number.
 */
export function serviceKey(client: Host, server: Host, port: number, ipProtocol: number): number {
  let hash = Math.imul(port ^ (ipProtocol << 16), 0x9e3779b1);
  hash = mix(mix(hash ^ client.word0) ^ server.word0);
  if (client.addressLength === 16) {
    hash = mix(mix(mix(hash ^ client.word1) ^ client.word2) ^ client.word3);
    hash = mix(mix(mix(hash ^ server.word1) ^ server.word2) ^ server.word3);
  }
  return hash >>> 2;
}

/** Finaliser of MurmurHash3 (Appleby). */
function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
