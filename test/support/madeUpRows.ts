import { columns } from '../../src/core/features/columns';

const names = columns.flatMap((column) => (column.names.improved === null ? [] : [column]));

/** A CSV file of improved rows that a model can learn: long benign flows, empty scans, guesses of one size. */
export function madeUpRows(rows: number): string {
  const lines = [[...names.map((column) => column.names.improved), 'Label'].join(',')];
  for (let i = 0; i < rows; i++) {
    const label = (['BENIGN', 'Portscan', 'SSH-Patator'] as const)[i % 3] ?? 'BENIGN';
    const size = { BENIGN: 400 + ((i * 37) % 5000), Portscan: 0, 'SSH-Patator': 2000 + ((i * 7) % 90) }[label];
    const values: Record<string, number> = {
      protocol: 6,
      duration: 1000 + ((i * 7919) % 900_000),
      forwardPackets: label === 'Portscan' ? 1 : 4 + (i % 20),
      backwardPackets: label === 'Portscan' ? 1 : 3 + (i % 17),
      forwardBytes: size,
      backwardBytes: size * 2,
      rst: label === 'Portscan' ? 1 : 0,
    };
    lines.push([...names.map(({ id }) => values[id] ?? 0), label].join(','));
  }
  return `${lines.join('\n')}\n`;
}
