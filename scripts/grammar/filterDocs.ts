import type { FilterField } from '../../src/core/filter/filterField';
import { allFilterFields } from '../../src/core/filter/filterFields';
import { filterFunctions } from '../../src/core/filter/operands';

const begin = '<!-- Fields: made by `npm run grammar` out of the table of fields -->';
const end = '<!-- End of the fields -->';

const typeWords: Record<FilterField['type'], string> = {
  number: 'number',
  boolean: 'True or False',
  ipv4: 'IPv4 address',
  ipv6: 'IPv6 address',
  mac: 'Ethernet address',
  time: 'time',
  duration: 'seconds',
  text: 'text',
  bytes: 'bytes',
  label: 'there or not',
};

const protocolTitles: Record<string, string> = {
  frame: 'The packet as a whole',
  eth: 'Ethernet',
  vlan: 'VLAN (IEEE 802.1Q)',
  arp: 'ARP',
  ip: 'IPv4',
  ipv6: 'IPv6',
  icmp: 'ICMP',
  icmpv6: 'ICMPv6',
  data: 'Unknown payload',
  dhcp: 'DHCP',
  dns: 'DNS, mDNS, LLMNR',
  http: 'HTTP/1, SSDP',
  quic: 'QUIC',
};

function rowOf({ name, type, description, values }: FilterField): string {
  const names = values === undefined ? '' : namedValues(values);
  return `| \`${name}\` | ${typeWords[type]} | ${description}${names} |`;
}

function namedValues(values: Readonly<Record<string, number>>): string {
  const shown = Object.entries(values).slice(0, 6);
  const more = Object.keys(values).length > shown.length ? ', …' : '';
  return ` (${shown.map(([name, value]) => `\`${name}\` = ${value}`).join(', ')}${more})`;
}

/** The tables of all fields and functions, a section for each protocol. */
export function fieldTables(): string {
  const protocols = [...new Set(allFilterFields.map(({ name }) => name.slice(0, name.indexOf('.'))))];
  const sections = protocols.map((protocol) => {
    const rows = allFilterFields.filter(({ name }) => name.startsWith(`${protocol}.`)).map(rowOf);
    const title = protocolTitles[protocol] ?? protocol.toUpperCase();
    return [`### ${title}`, '', '| Field | Values | What it is |', '| --- | --- | --- |', ...rows, ''].join('\n');
  });
  const functions = Object.entries(filterFunctions).map(([name, what]) => `| \`${name}(field)\` | ${what} |`);
  return [
    '## Functions',
    '',
    '| Function | What it gives |',
    '| --- | --- |',
    ...functions,
    '',
    '## Fields',
    '',
    ...sections,
  ].join('\n');
}

/** The page with its tables made anew; what people wrote stays. */
export function filterPage(page: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error('The page has no place for the fields.');
  return `${page.slice(0, from)}${begin}\n\n${fieldTables()}\n${page.slice(to)}`;
}
