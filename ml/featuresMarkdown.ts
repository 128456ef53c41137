import { columns } from '../src/core/features/columns';
import { features, featureTableVersion } from '../src/core/features/features';

const cell = (text: string): string => text.replaceAll('|', '\\|');
const row = (...cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`;

/** FEATURES.md, written from the tables that the extractor, the CSV reader and the model use. */
export function featuresMarkdown(): string {
  return [
    '# Features',
    '',
    'Written by `npm run train -- --features` from `src/core/features`; a test holds this page equal to the tables.',
    `Version of the table: ${featureTableVersion}. A model of another version is refused.`,
    '',
    'Flows are measured as in the improved CICIDS2017 (Liu, Engelen and others, "Error Prevalence in NIDS datasets", CNS 2022): payload comes',
    'from the lengths in the headers, each packet counts once, FIN and RST leave a flow open until a new SYN, and a flow is cut at',
    '120 s. No destination port, no addresses, no windows and no header lengths: they name the test network, not the attack.',
    '',
    '## What is measured, and where it is in CSV files',
    '',
    row('column', 'improved CICIDS2017', 'official CICIDS2017', 'unit', 'what it is'),
    row('---', '---', '---', '---', '---'),
    ...columns.map((c) => row(c.id, c.names.improved ?? '-', c.names.official ?? '-', c.unit, c.formula)),
    '',
    'The flag columns of official files hold the first packet only, under permuted names: the table says where each flag really is.',
    'Lengths of official TCP rows are read without the padding of Ethernet frames (a direction whose longest payload is 1 to 6 bytes sent none).',
    'Infinity, NaN and negative times read as 0.',
    '',
    '## What the model gets',
    '',
    row('feature', 'from', 'unit', 'formula', 'rows that have it'),
    row('---', '---', '---', '---', '---'),
    ...features.map((f) =>
      row(f.id, f.from.join(', '), f.unit, f.formula, f.kinds.length === 3 ? 'all' : f.kinds.join(', ')),
    ),
    '',
  ].join('\n');
}
