import type { ProgramFigures, ProgramRow } from '../../src/protocol/programs';
import { element, setVisible } from './dom';
import { formatBytes, formatCount, noValueText, safeText } from './format';
import { RowTable } from './rowTable';
import type { Column } from './rowTable';
import { t } from '../../src/protocol/l10n';

/** A program, or what no program is known of: then nothing is known of the direction either. */
export type ProgramLine = Omit<ProgramRow, 'name' | 'flows' | 'bytesSent' | 'bytesReceived'> & {
  name: string | null;
  flows: number | null;
  bytes: number;
  bytesSent: number | null;
  bytesReceived: number | null;
};

const unknownTitle = t(
  'Of other users, of other machines, or over before anybody could look. Never guessed from ports or addresses.',
);

const orNone = (value: number | null, format: (value: number) => string): string =>
  value === null ? noValueText : format(value);

const columns: readonly Column<ProgramLine>[] = [
  {
    label: t('Program'),
    kind: 'grow',
    text: ({ name }) => (name === null ? t('unknown') : safeText(name, 80)),
    title: ({ name }) => (name === null ? unknownTitle : safeText(name, 80)),
  },
  {
    label: t('Processes'),
    kind: 'mono',
    text: ({ processes }) => {
      const shown = processes.slice(0, 3).join(', ');
      return processes.length === 0 ? noValueText : processes.length > 3 ? `${shown}, …` : shown;
    },
    title: ({ processes }) => (processes.length === 0 ? '' : t('Process ids: {0}', processes.join(', '))),
  },
  { label: t('Flows'), kind: 'number program-flows', text: ({ flows }) => orNone(flows, formatCount) },
  { label: t('Packets'), kind: 'number', text: ({ packets }) => formatCount(packets) },
  { label: t('Bytes'), kind: 'number', text: ({ bytes }) => formatBytes(bytes) },
  { label: t('Sent'), kind: 'number', text: ({ bytesSent }) => orNone(bytesSent, formatBytes) },
  { label: t('Received'), kind: 'number', text: ({ bytesReceived }) => orNone(bytesReceived, formatBytes) },
];

/** Programs with most bytes first, then what is unknown. */
export function programLines({ programs, unknownPackets, unknownBytes }: ProgramFigures): ProgramLine[] {
  const lines: ProgramLine[] = programs.map((row) => ({ ...row, bytes: row.bytesSent + row.bytesReceived }));
  if (unknownPackets > 0) {
    const nothing = { flows: null, bytesSent: null, bytesReceived: null };
    lines.push({ name: null, processes: [], packets: unknownPackets, bytes: unknownBytes, ...nothing });
  }
  return lines;
}

/** Card with the programs whose traffic this is; not there where the system does not tell. */
export class ProgramsView {
  readonly element = element('div', { class: 'table-slot' });
  private readonly table = new RowTable<ProgramLine>({
    id: 'programs',
    title: t('Programs'),
    columns,
    empty: t('No program seen yet'),
    pauseWhenScrolled: true,
  });

  constructor() {
    this.element.append(this.table.element);
    setVisible(this.element, false);
  }

  reset(): void {
    this.table.reset();
  }

  update(figures: ProgramFigures | undefined): void {
    setVisible(this.element, figures !== undefined);
    if (figures !== undefined) this.table.update(programLines(figures));
  }
}
