/** `npm run train`: reads rows of CICIDS2017, trains, measures, writes models and figures. */
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ModelError, checkModels, shippedModels } from '../src/analyzer/modelFile';
import { CsvFormatError } from '../src/core/features/csvRows';
import { featureTableVersion } from '../src/core/features/features';
import { TrainingCancelled } from './boost/boost';
import { borrowImproved } from './data/borrowedRows';
import { FlowRows } from './data/flowRows';
import { liveLab, liveRows } from './data/liveRows';
import { featuresMarkdown } from './featuresMarkdown';
import { readLabFile, writeLabFile } from './lab/labFile';
import { readLab } from './lab/labFlows';
import { modelCard, ownModelCard } from './modelCard';
import { ProgressLine } from './progress';
import type { Metrics } from './report/metrics';
import { calibrationPicture, confusionPicture } from './report/pictures';
import { readDataset } from './train/rows';
import { modes, trainKind } from './train/trainKind';

export const usage = `Usage: npm run train -- --data DIR [--quick|--medium] [--out DIR] [--lab FILE] [--threads N] [--seed N]

  --data DIR     folder with CSV files of CICIDS2017, official or improved, plain or .gz (ml/README.md says where they are)
  --quick        at most 100,000 rows and one measurement; --medium: at most 600,000; else all rows
  --out DIR      where models, metrics and pictures go (ml/models)
  --lab FILE     flows of the lab that are learned, too (lab-flows.csv.gz in ml/models); "none" for none
  --threads N    threads that train (2)
  --seed N       the same seed and rows give the same bytes
  --card         also writes MODEL_CARD.md, to DIR of --out or to ml
  --check DIR    only says whether the models in DIR can be used
  --features     only writes ml/FEATURES.md
  --extract-lab DIR  only writes the lab file from the captures in DIR; several folders with a comma between them
`;

const home = path.resolve(__dirname, __dirname.endsWith('dist') ? '../ml' : '.');

/** The command line was wrong. */
class UsageError extends Error {}

async function main(): Promise<number> {
  const { values } = parseArguments();
  const out = path.resolve(values.out ?? path.join(home, 'models'));
  const labFile = values.lab ?? path.join(shippedModels(), 'lab-flows.csv.gz');
  if (values.features === true) {
    writeFileSync(path.join(home, 'FEATURES.md'), featuresMarkdown());
    return 0;
  }
  if (values['extract-lab'] !== undefined) {
    const folders = values['extract-lab'].split(',');
    writeLabFile(labFile, await readLab(folders, (name) => process.stderr.write(`${name}\n`)));
    return 0;
  }
  if (values.check !== undefined) {
    process.stdout.write(`${checkModels(path.resolve(values.check)).join('\n')}\n`);
    return 0;
  }
  const data = values.data;
  if (data === undefined) throw new UsageError(usage);
  if (!existsSync(data) || !statSync(data).isDirectory()) throw new UsageError(`${data} is no folder.`);
  const mode = values.quick === true ? modes.quick : values.medium === true ? modes.medium : modes.full;
  const seed = whole('--seed', values.seed, 20_170_703, 0, 2 ** 31 - 1);
  const threads = whole('--threads', values.threads, 2, 1, 64);
  const progress = values.progress === true ? jsonProgress() : terminalProgress();
  let cancelled = false;
  // The editor asks for the end by closing the input.
  if (values.progress === true) process.stdin.resume().on('end', () => (cancelled = true));
  const dataset = await readDataset(data, {
    maxRows: mode.maxRows,
    seed,
    onProgress: (share) => progress.show(share * 0.1, 'reading'),
    cancelled: () => cancelled,
  });
  const lab = labFile === 'none' || !existsSync(labFile) ? null : readLabFile(labFile);
  const { improved, official, cse2018 } = dataset.rows;
  const inputs = {
    improved: { rows: improved, lab: null, lent: null, other: cse2018 },
    live: { rows: liveRows(lab === null ? new FlowRows() : improved, seed), lab: lab === null ? null : liveLab(lab, mode.labRows), lent: null, other: liveRows(cse2018, seed) }, // prettier-ignore
    official: { rows: official, lab: null, lent: improved.count > 0 ? borrowImproved(improved) : null, other: cse2018 },
  } as const;
  const kinds = (['improved', 'live', 'official'] as const).filter((kind) => inputs[kind].rows.count > 0);
  const metrics: Metrics = {
    schema: 1,
    featureTable: featureTableVersion,
    mode: mode.name,
    seed,
    dataHash: dataset.hash,
    skippedFiles: dataset.skipped.map(({ file, reason }) => `${file}: ${reason}`),
    unknownLabels: dataset.unknownLabels,
    kinds: [],
  };
  mkdirSync(out, { recursive: true });
  for (const [i, kind] of kinds.entries()) {
    const { rows, lab: ofLab, lent, other } = inputs[kind];
    const { bytes, metrics: figures } = await trainKind(kind, rows, ofLab, lent, other, {
      mode,
      seed,
      threads,
      dataHash: dataset.hash,
      onProgress: (share, what) => progress.show(0.1 + (0.9 * (i + share)) / kinds.length, `${kind}: ${what}`),
      cancelled: () => cancelled,
    });
    writeFileSync(path.join(out, figures.model.file), bytes);
    const { names, counts } = figures.confusion;
    writeFileSync(
      path.join(out, `${kind}-confusion.svg`),
      confusionPicture(`${kind} model, group split`, names, counts),
    );
    const bins = figures.calibration.bins;
    writeFileSync(path.join(out, `${kind}-calibration.svg`), calibrationPicture(`${kind} model, group split`, bins));
    metrics.kinds.push(figures);
  }
  writeFileSync(path.join(out, 'metrics.json'), `${JSON.stringify(metrics, null, 1)}\n`);
  writeFileSync(path.join(out, 'models.json'), `${JSON.stringify(modelList(metrics), null, 2)}\n`);
  if (values.card === true) {
    const [folder, text] = values.out === undefined ? [home, modelCard(metrics)] : [out, ownModelCard(metrics)];
    writeFileSync(path.join(folder, 'MODEL_CARD.md'), text);
  }
  progress.end();
  process.stdout.write(summary(metrics, out));
  return 0;
}

function modelList(metrics: Metrics): unknown {
  return {
    schema: 1,
    featureTable: metrics.featureTable,
    models: metrics.kinds.map(({ kind, model }) => ({ kind, file: model.file, sha256: model.sha256 })),
  };
}

function summary(metrics: Metrics, out: string): string {
  const lines = metrics.kinds.map(
    (k) =>
      `${k.kind}: ${k.rows} rows, macro-F1 ${k.group.classes.macroF1.toFixed(3)} (families ${k.group.families.macroF1.toFixed(3)}), ` +
      `benign called an attack ${(100 * k.group.benignFalsePositiveRate).toFixed(2)} % on rows it had not seen`,
  );
  const skipped = metrics.skippedFiles.map((text) => `left out: ${text}`);
  return [...skipped, ...lines, `written to ${out}`, ''].join('\n');
}

interface Progress {
  show: (share: number, what: string) => void;
  end: () => void;
}

function terminalProgress(): Progress {
  return new ProgressLine((text) => void process.stderr.write(text), process.stderr.isTTY, () => Date.now()); // prettier-ignore
}

/** One JSON line a change of a percent, for the editor. */
function jsonProgress(): Progress {
  let last = '';
  return {
    show: (share, what) => {
      const line = `${JSON.stringify({ progress: Math.floor(share * 100) / 100, what })}\n`;
      if (line !== last) process.stdout.write(line);
      last = line;
    },
    end: () => undefined,
  };
}

function whole(name: string, text: string | undefined, fallback: number, least: number, most: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(`${name} takes a whole number from ${least} to ${most}.`);
  }
  return value;
}

function parseArguments(): { values: Partial<Record<string, string | boolean>> & TrainArguments } {
  try {
    return parseArgs({
      strict: true,
      options: {
        data: { type: 'string' },
        out: { type: 'string' },
        lab: { type: 'string' },
        threads: { type: 'string' },
        seed: { type: 'string' },
        quick: { type: 'boolean' },
        medium: { type: 'boolean' },
        card: { type: 'boolean' },
        features: { type: 'boolean' },
        progress: { type: 'boolean' },
        check: { type: 'string' },
        'extract-lab': { type: 'string' },
      },
    }) as ReturnType<typeof parseArguments>;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

interface TrainArguments {
  data?: string;
  out?: string;
  lab?: string;
  threads?: string;
  seed?: string;
  quick?: boolean;
  medium?: boolean;
  card?: boolean;
  features?: boolean;
  progress?: boolean;
  check?: string;
  'extract-lab'?: string;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const known = [UsageError, CsvFormatError, ModelError, TrainingCancelled].some((kind) => error instanceof kind);
    const text = error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error);
    process.stderr.write(`\n${text}\n`);
    process.exit(error instanceof TrainingCancelled ? 3 : 2);
  },
);
