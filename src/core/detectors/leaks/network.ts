import type { Host } from '../../flows/host';

/** Ports that programs listen on by custom (IANA Service Name and Port Number Registry, and what is usual beside it). */
const servicePorts = new Set([
  // Industrial control: S7, Modbus, IEC 104, OPC UA, DNP3, EtherNet/IP, BACnet.
  102, 502, 2404, 4840, 20000, 44818, 47808,
  // Everything else.

  20, 21, 22, 23, 25, 43, 53, 67, 68, 80, 88, 110, 111, 119, 123, 135, 137, 138, 139, 143, 161, 162, 179, 389, 443, 445,
  465, 500, 514, 515, 543, 548, 554, 563, 587, 631, 636, 853, 873, 902, 989, 990, 993, 995, 1080, 1194, 1433, 1521,
  1723, 1812, 1883, 1935, 2049, 2375, 2376, 2379, 3128, 3268, 3269, 3306, 3389, 3478, 3690, 4369, 4500, 5060, 5061,
  5201, 5222, 5223, 5228, 5269, 5349, 5353, 5355, 5432, 5671, 5672, 5900, 5985, 5986, 6379, 6443, 6514, 6667, 6697,
  8000, 8080, 8443, 8883, 8888, 9042, 9090, 9092, 9100, 9200, 9300, 9418, 11211, 27017, 51820,
]);

export function isServicePort(port: number): boolean {
  return servicePorts.has(port);
}

/** RFC 1918, RFC 3927, RFC 4193, RFC 4291 section 2.5.6, and loopback: nobody on the internet has it. */
export function isPrivate(host: Host): boolean {
  const { word0, addressLength } = host;
  if (addressLength === 4) {
    const first = word0 >>> 24;
    const second = (word0 >>> 16) & 255;
    return (
      first === 10 ||
      first === 127 ||
      (first === 172 && second >= 16 && second < 32) ||
      (first === 192 && second === 168) ||
      (first === 169 && second === 254) ||
      (first === 100 && second >= 64 && second < 128)
    );
  }
  const first = word0 >>> 24;
  return first === 0xfc || first === 0xfd || word0 >>> 22 === 0x3fa || (word0 | host.word1 | host.word2) === 0;
}

/** In one network as most are cut: /24 of IPv4, /64 of IPv6. Routers' tables are not in a capture. */
export function isSameNetwork(x: Host, y: Host): boolean {
  if (x.addressLength !== y.addressLength) return false;
  if (x.addressLength === 4) return x.word0 >>> 8 === y.word0 >>> 8;
  return x.word0 === y.word0 && x.word1 === y.word1;
}

const addressLiteral = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-f:]*:[0-9a-f:]+\]?)(?::\d{1,5})?$/i;

/** Whether a server name (SNI, Host header) says a name at all rather than the address. */
export function isRealName(name: string | null): boolean {
  return name !== null && name !== '' && !addressLiteral.test(name);
}
