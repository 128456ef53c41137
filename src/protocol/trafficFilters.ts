import type { FlowReference } from './finding';

/** Members that one set of a display filter takes. */
const maxSetMembers = 200;

/** The display filter for packets from or to an address; null for what is no address. */
export function addressFilter(address: string): string | null {
  if (/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(address)) return `eth.addr == ${address}`;
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return `ip.addr == ${address}`;
  return /^[0-9a-f:]*:[0-9a-f:.]*$/i.test(address) ? `ipv6.addr == ${address}` : null;
}

/** The display filter for the packets of a flow, from its first one on; null when its ends are no addresses. */
export function flowFilter(flow: FlowReference): string | null {
  const ends = [addressFilter(flow.a), addressFilter(flow.b)];
  if (ends.includes(null)) return null;
  const ports =
    flow.transport === 'tcp' || flow.transport === 'udp'
      ? [flow.aPort, flow.bPort].filter((port) => port !== null).map((port) => `${flow.transport}.port == ${port}`)
      : /^icmp(v6)?$/.test(flow.transport)
        ? [flow.transport]
        : [];
  // A microsecond earlier: the time came as a float of seconds.
  return [...ends, ...ports, `frame.time_epoch >= ${(flow.start - 1e-6).toFixed(6)}`].join(' && ');
}

/** The display filter for packets by number, runs as ranges; cut after the members that a filter takes. Empty for none. */
export function packetNumbersFilter(numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const members: string[] = [];
  for (let at = 0; at < sorted.length && members.length < maxSetMembers;) {
    const first = sorted[at] ?? 0;
    let last = first;
    while (sorted[at + 1] === last + 1) {
      at += 1;
      last += 1;
    }
    at += 1;
    members.push(last === first ? String(first) : `${first}..${last}`);
  }
  if (members.length === 0) return '';
  return members.length === 1 && !members[0]?.includes('..')
    ? `frame.number == ${members[0]}`
    : `frame.number in {${members.join(', ')}}`;
}
