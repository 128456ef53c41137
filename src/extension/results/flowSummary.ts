import { tableColumns, type TableRow } from '../../protocol/tables';
import { plain } from '../views/findingText';

const columns = tableColumns.flows.map(({ id }) => id);

/**
 * Flows as lines that can be compared between two captures: who spoke what with whom, without the ports that clients
 * choose at random and without times; flows that are alike are counted.
 */
export function flowSummary(rows: readonly TableRow[]): string {
  const groups = new Map<string, { flows: number; packets: number; bytes: number }>();
  for (const { cells } of rows) {
    const cell = (id: string): string => String(cells[columns.indexOf(id)] ?? '');
    const amount = (id: string): number => Number(cells[columns.indexOf(id)] ?? 0);
    const key = [
      cell('protocol').padEnd(5),
      `${withoutPort(cell('a'))} -> ${cell('b')}`.padEnd(52),
      [cell('application'), cell('serverName')].filter((text) => text !== '').join(' '),
    ]
      .map(plain)
      .join(' ')
      .trimEnd();
    const group = groups.get(key) ?? { flows: 0, packets: 0, bytes: 0 };
    group.flows += 1;
    group.packets += amount('packetsAToB') + amount('packetsBToA');
    group.bytes += amount('bytesAToB') + amount('bytesBToA');
    groups.set(key, group);
  }
  const lines = [...groups].sort(([x], [y]) => (x < y ? -1 : 1));
  return lines
    .map(([key, { flows, packets, bytes }]) => {
      const counts = `${flows} ${flows === 1 ? 'flow' : 'flows'}, ${packets} packets, ${bytes} bytes`;
      return `${key.padEnd(80)} ${counts}\n`;
    })
    .join('');
}

/** "10.0.0.7:51000" and "[fd00::1]:51000" without what follows the address. */
function withoutPort(end: string): string {
  const bracketed = /^\[([^\]]*)\]:\d+$/.exec(end);
  if (bracketed !== null) return bracketed[1] ?? end;
  return /^[^:]*:\d+$/.test(end) ? end.slice(0, end.lastIndexOf(':')) : end;
}
