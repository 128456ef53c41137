/** A BPF filter that many people type, with what it captures. */
export interface CommonFilter {
  filter: string;
  meaning: string;
}

/** Capture filters (pcap-filter(7)) worth offering; each is compiled in a test. */
export const commonFilters: readonly CommonFilter[] = [
  { filter: 'tcp port 443', meaning: 'HTTPS' },
  { filter: 'tcp port 80 or tcp port 8080', meaning: 'HTTP' },
  { filter: 'port 53', meaning: 'DNS' },
  { filter: 'not port 22', meaning: 'everything but SSH' },
  { filter: 'udp port 443', meaning: 'QUIC' },
  { filter: 'host 192.0.2.1', meaning: 'one machine' },
  { filter: 'net 192.168.0.0/16', meaning: 'one network' },
  { filter: 'tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0', meaning: 'TCP connections beginning and ending' },
  { filter: 'icmp or icmp6', meaning: 'ping and errors' },
  { filter: 'arp', meaning: 'ARP' },
  { filter: 'ip6', meaning: 'IPv6' },
  { filter: 'udp port 67 or udp port 68', meaning: 'DHCP' },
  { filter: 'not broadcast and not multicast', meaning: 'only what is meant for one machine' },
  { filter: 'portrange 8000-8999', meaning: 'a range of ports' },
  { filter: 'greater 1000', meaning: 'packets of 1000 bytes and more' },
  { filter: 'vlan', meaning: 'VLAN-tagged frames' },
];

/** Everything up to the last `and`, `or`, `not` or bracket, and the word that follows. */
const lastTerm = /^(.*(?:\b(?:and|or)\s+(?:not\s+)?|\(\s*))(.*)$/is;

/**
 * What a typed filter may become: common filters that begin with it or are named by it; behind an `and` or `or`, with the
 * part before kept. The best first, without the typed text itself.
 */
export function completeFilter(typed: string, limit = 8): CommonFilter[] {
  const match = lastTerm.exec(typed);
  const before = match?.[1] ?? '';
  const term = (match?.[2] ?? typed).trimStart().toLowerCase();
  if (before !== '' && term === '') return withPrefix(before, commonFilters).slice(0, limit);
  const starts = commonFilters.filter(({ filter }) => filter.startsWith(term));
  const named = commonFilters.filter(
    (common) => !starts.includes(common) && term.length >= 2 && common.meaning.toLowerCase().includes(term),
  );
  return withPrefix(before, [...starts, ...named])
    .filter(({ filter }) => filter !== typed.trim())
    .slice(0, limit);
}

function withPrefix(before: string, filters: readonly CommonFilter[]): CommonFilter[] {
  return filters.map(({ filter, meaning }) => ({ filter: `${before}${filter}`, meaning }));
}
