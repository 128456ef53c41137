import type { PacketRow } from '../../src/protocol/capture';
import { filterFor } from '../../src/protocol/displayFilter';

/**
 * Value of `data-vscode-context` for an element whose context menu offers `filter` as a display filter. The editor's own menu
 * shows it; its commands get this object.
 */
export function filterContext(filter: string): string {
  return JSON.stringify({ webviewSection: 'filterable', filter, preventDefaultContextMenuItems: true });
}

/** The display filter that a cell of the packet list stands for; null for one that stands for none. */
export function cellFilter(row: PacketRow, column: string): string | null {
  switch (column) {
    case 'No.':
      return filterFor('frame.number', row.number);
    case 'Source':
      return endpointFilter(row, row.source, 'src');
    case 'Destination':
      return endpointFilter(row, row.destination, 'dst');
    case 'Protocol':
      return row.protocol === '' ? null : filterFor(row.protocol, null);
    case 'Length':
      return filterFor('frame.len', row.length);
    default:
      return null;
  }
}

function endpointFilter(row: PacketRow, address: string, side: 'src' | 'dst'): string | null {
  if (address === '') return null;
  const mac = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(address);
  const known = mac ? 'eth' : address.includes(':') ? 'ipv6' : /^[0-9.]+$/.test(address) ? 'ip' : null;
  if (known === null) return null;
  // ARP shows the addresses that it speaks of.
  const field = row.protocol === 'arp' && known === 'ip' ? `arp.${side}.proto_ipv4` : `${known}.${side}`;
  return filterFor(field, address);
}
