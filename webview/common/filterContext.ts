import type { PacketRow } from '../../src/protocol/capture';
import { filterFor, maxDisplayFilterLength } from '../../src/protocol/displayFilter';
import type { PacketField, PacketTree } from '../../src/protocol/packetTree';
import { t } from '../../src/protocol/l10n';

/**
 * Value of `data-vscode-context` for an element whose context menu offers `filter` as a display filter. The editor's own menu
 * shows it; its commands get this object.
 */
export function filterContext(filter: string): string {
  return JSON.stringify({ webviewSection: 'filterable', filter, preventDefaultContextMenuItems: true });
}

/** The display filter that a field of a packet stands for; null for one that no filter knows. */
export function fieldFilter(field: PacketField | null, by: PacketTree['by']): string | null {
  // Of tshark's fields, those have a value here that our filters know.
  if (field === null || field.name === '' || (by === 'tshark' && field.raw === null)) return null;
  const filter = filterFor(field.name, field.raw);
  return filter.length <= maxDisplayFilterLength ? filter : null;
}

/** The display filter that a cell of the packet list stands for, by the label of its column; null for one that stands for none. */
export function cellFilter(row: PacketRow, column: string): string | null {
  switch (column) {
    case t('No.'):
      return filterFor('frame.number', row.number);
    case t('Source'):
      return endpointFilter(row, row.source, 'src');
    case t('Destination'):
      return endpointFilter(row, row.destination, 'dst');
    case t('Protocol'):
      return row.protocol === '' ? null : filterFor(row.protocol, null);
    case t('Length'):
      return filterFor('frame.len', row.length);
    case t('Source port'):
      return portFilter(row.sourcePort, 'src');
    case t('Destination port'):
      return portFilter(row.destinationPort, 'dst');
    default:
      return null;
  }
}

function portFilter(port: number | null, side: 'src' | 'dst'): string | null {
  return port === null ? null : `tcp.${side}port == ${port} || udp.${side}port == ${port}`;
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
