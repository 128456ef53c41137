import type { ModelMetadata } from '../../src/core/model/modelMetadata';
import type { CalibrationBin } from '../train/calibration';
import type { Scores } from '../../src/core/model/scores';

/** Scores of one split. */
export interface SplitMetrics {
  /** How the rows were split. */
  split: string;
  testRows: number;
  classes: Scores;
  families: Scores;
  benignFalsePositiveRate: number;
  abstained: number;
}

/** What one training measured; written beside the model and never edited. */
export interface KindMetrics {
  kind: ModelMetadata['kind'];
  rows: number;
  labRows: number;
  /** Rows of rare attacks that the other kind lent. */
  lentRows: number;
  rowsPerClass: Record<string, number>;
  group: SplitMetrics;
  /** The same predictions without attacks that were not carried out (TCP without a byte from the opener). */
  groupWithoutAttempted: SplitMetrics | null;
  time: SplitMetrics | null;
  temperature: number;
  /** Added to the score of benign. */
  benignBias: number;
  calibration: { error: number; bins: CalibrationBin[] };
  confusion: { names: string[]; counts: number[][] };
  baselines: { majority: { macroF1: number; accuracy: number }; logistic: { macroF1: number; accuracy: number } };
  importance: { feature: string; share: number }[];
  /** Flows of the lab at their end, by tools that training had not seen: called any attack, the right family, that above the threshold. */
  lab: { tool: string; class: string; flows: number; flagged: number; named: number; overThreshold: number }[];
  labBenign: {
    flows: number;
    flagged: number;
    overThreshold: number;
    /** Kinds of benign scenarios with the most flows above the threshold. */
    worst: { kind: string; flows: number; overThreshold: number }[];
  } | null;
  crossDataset: { name: string; rows: number; families: Scores; benignFalsePositiveRate: number } | null;
  model: { file: string; sha256: string; bytes: number; rounds: number; trees: number; nodes: number };
}

export interface Metrics {
  schema: 1;
  featureTable: number;
  mode: string;
  seed: number;
  dataHash: string;
  skippedFiles: string[];
  unknownLabels: number;
  kinds: KindMetrics[];
}
