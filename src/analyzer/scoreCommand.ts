import { columns } from '../core/features/columns';
import { CsvLineReader } from '../core/features/csvLine';
import { CsvFormatError, readCsvHeader, splitCsv } from '../core/features/csvRows';
import type { CsvLayout } from '../core/features/csvRows';
import { features, writeFeatures } from '../core/features/features';
import { classFacts, classOfLabel, familyOfLabel, flowClasses, flowFamilies } from '../core/features/labels';
import { countStrange, inputPositions, strangeInputs } from '../core/model/modelMetadata';
import { scorePredictions } from '../core/model/scores';
import type { ClassScore } from '../core/model/scores';
import { csvCell } from '../core/export/csv';
import { readLines } from './csvLines';
import { createFileScorer } from './flowScorer';
import type { FlowScorer } from './flowScorer';
import { loadModel } from './modelFile';
import type { LoadedModel } from './modelFile';

/** Rows that are scored at once. */
const batchRows = 1024;

/** Result of `score --format json`; what needs labels is left out where there are none. */
export interface ScoreReport {
  rows: number;
  kind: string;
  model: string;
  /** What ran the model. */
  engine: FlowScorer['engine'];
  accuracy?: number;
  macroF1?: number;
  perClass?: Record<string, ClassScore>;
  familyMacroF1?: number;
  perFamily?: Record<string, ClassScore>;
  benignFalsePositiveRate?: number | null;
  abstained: number;
  /** Rows whose label names nothing that is known; they are scored, and count in no figure. */
  unknownLabels?: number;
  predictions: Record<string, number>;
}

/**
 * Runs the shipped model over a CSV file of flows of either kind. `onLine` gets the header and a line for each row
 * (`row,label,prediction,probability,abstained`).
 * @throws FileError, CsvFormatError, ModelError
 */
export async function scoreCsv(
  file: string,
  modelFolder: string,
  onLine: ((line: string) => void) | null,
  onProgress: (readBytes: number) => void = () => undefined,
): Promise<ScoreReport> {
  let run: ScoreRun | null = null;
  let lineNumber = 0;
  onLine?.('row,label,prediction,probability,abstained\r\n');
  try {
    for await (const { lines, readBytes } of readLines(file)) {
      for (const line of lines) {
        lineNumber++;
        if (line.length < 2 && line.trim() === '') continue;
        try {
          if (run === null) run = await ScoreRun.open(readCsvHeader(line), modelFolder, onLine);
          else if (run.add(line)) await run.flush();
        } catch (error) {
          if (!(error instanceof CsvFormatError)) throw error;
          throw new CsvFormatError(`${file}, line ${lineNumber}: ${error.message}`);
        }
      }
      onProgress(readBytes);
    }
    if (run === null) throw new CsvFormatError(`${file} is empty.`);
    await run.flush();
    return run.report();
  } finally {
    await run?.close();
  }
}

interface LabelTruth {
  name: ReturnType<typeof classOfLabel>;
  family: ReturnType<typeof familyOfLabel>;
}

/** Labels that are looked up once only. */
const maxKnownLabels = 1000;

/** Every row does, with a number or an address; no header. */
const startsWithDigit = (line: string): boolean => {
  const code = line.charCodeAt(0);
  return code >= 48 && code <= 57;
};

class ScoreRun {
  readonly #columns = new Float64Array(columns.length);
  readonly #features = new Float32Array(features.length);
  readonly #reader: CsvLineReader;
  readonly #positions: Int32Array;
  readonly #rows: Float32Array;
  #waiting = 0;
  #labels: string[] = [];
  #total = 0;
  #abstained = 0;
  #unknown = 0;
  // Labelled rows, as places in `flowClasses` and `flowFamilies`.
  readonly #classTruth: number[] = [];
  readonly #classCalled: number[] = [];
  readonly #familyTruth: number[] = [];
  readonly #familyCalled: number[] = [];
  readonly #calls = new Map<string, number>();
  readonly #truths = new Map<string, LabelTruth>();

  private constructor(
    private readonly layout: CsvLayout,
    private readonly loaded: LoadedModel,
    private readonly scorer: FlowScorer,
    private readonly onLine: ((line: string) => void) | null,
  ) {
    this.#reader = new CsvLineReader(layout);
    this.#positions = inputPositions(loaded.metadata);
    this.#rows = new Float32Array(batchRows * loaded.model.inputs);
  }

  static async open(layout: CsvLayout, folder: string, onLine: ((line: string) => void) | null): Promise<ScoreRun> {
    const loaded = loadModel(folder, layout.kind === 'official' ? 'official' : 'improved');
    return new ScoreRun(layout, loaded, await createFileScorer(loaded), onLine);
  }

  /** Takes a row; true when a batch is full. */
  add(line: string): boolean {
    // Files put together out of several repeat their header.
    if (!startsWithDigit(line) && splitCsv(line)[this.layout.label]?.trim() === 'Label') return false;
    const label = this.#reader.read(line, this.#columns).trim();
    writeFeatures(this.#columns, this.#features, 0);
    const at = this.#waiting++ * this.#positions.length;
    for (let j = 0; j < this.#positions.length; j++) this.#rows[at + j] = this.#features[this.#positions[j] ?? 0] ?? 0;
    this.#labels.push(label);
    return this.#waiting === batchRows;
  }

  async flush(): Promise<void> {
    if (this.#waiting === 0) return;
    const { metadata, model } = this.loaded;
    const probabilities = await this.scorer.score(this.#rows, this.#waiting);
    for (let i = 0; i < this.#waiting; i++) {
      let best = 0;
      for (let k = 1; k < model.classes; k++) {
        if ((probabilities[i * model.classes + k] ?? 0) > (probabilities[i * model.classes + best] ?? 0)) best = k;
      }
      const probability = probabilities[i * model.classes + best] ?? 0;
      const strange = countStrange(metadata, this.#rows, i * model.inputs) >= strangeInputs;
      const abstained = strange || probability < (metadata.thresholds[best] ?? 0.5);
      this.#note(this.#labels[i] ?? '', metadata.classes[best] ?? 'BENIGN', probability, abstained);
    }
    this.#waiting = 0;
    this.#labels = [];
  }

  report(): ScoreReport {
    const base: ScoreReport = {
      rows: this.#total,
      kind: this.layout.kind,
      model: this.loaded.metadata.kind,
      engine: this.scorer.engine,
      abstained: this.#abstained,
      predictions: Object.fromEntries([...this.#calls].sort((x, y) => y[1] - x[1])),
    };
    if (this.layout.label < 0) return base;
    const classes = scorePredictions(this.#classTruth, this.#classCalled, flowClasses);
    const families = scorePredictions(this.#familyTruth, this.#familyCalled, flowFamilies);
    const benign = this.#familyTruth.filter((f) => f === 0).length;
    const wrong = this.#familyTruth.filter((f, i) => f === 0 && this.#familyCalled[i] !== 0).length;
    // A file whose labels name families only is held against families.
    const main = this.#classTruth.length > 0 ? classes : families;
    return {
      rows: base.rows,
      kind: base.kind,
      model: base.model,
      engine: base.engine,
      accuracy: main.accuracy,
      macroF1: main.macroF1,
      perClass: classes.perClass,
      familyMacroF1: families.macroF1,
      perFamily: families.perClass,
      benignFalsePositiveRate: benign === 0 ? null : wrong / benign,
      abstained: base.abstained,
      unknownLabels: this.#unknown,
      predictions: base.predictions,
    };
  }

  close(): Promise<void> {
    return this.scorer.close();
  }

  /** What a label names; files have a few labels and many rows. */
  #truthOf(label: string): LabelTruth {
    let truth = this.#truths.get(label);
    if (truth === undefined) {
      truth = { name: classOfLabel(label), family: familyOfLabel(label) };
      if (this.#truths.size < maxKnownLabels) this.#truths.set(label, truth);
    }
    return truth;
  }

  #note(label: string, called: (typeof flowClasses)[number], probability: number, abstained: boolean): void {
    this.#total++;
    if (abstained) this.#abstained++;
    this.#calls.set(called, (this.#calls.get(called) ?? 0) + 1);
    const { name, family } = this.#truthOf(label);
    if (name !== null) {
      this.#classTruth.push(flowClasses.indexOf(name));
      this.#classCalled.push(flowClasses.indexOf(called));
    }
    if (family !== null) {
      this.#familyTruth.push(flowFamilies.indexOf(family));
      this.#familyCalled.push(flowFamilies.indexOf(classFacts[called].family));
    } else if (this.layout.label >= 0) this.#unknown++;
    this.onLine?.(
      `${this.#total},${csvCell(name ?? label)},${called},${probability.toFixed(6)},${abstained ? 'true' : 'false'}\r\n`,
    );
  }
}
