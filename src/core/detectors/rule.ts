import type { Threat } from '../../protocol/finding';
import type { Sensitivity } from '../../protocol/ruleSettings';
import type { Detector } from './detector';

/** One number of a rule that a person may set; settings, documentation, command line and what-if are all fed from here. */
export interface RuleNumber {
  /** What it counts or limits, in words: "Different ports of one target on which contact failed". */
  readonly label: string;
  /** `ports`, `s`, `packets/s`, `bytes`, `%`, … */
  readonly unit: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly integer: boolean;
  readonly presets: Readonly<Record<Sensitivity, number>>;
  /** Where the medium preset is from: paper, RFC, tool and file, or our own measurement. */
  readonly source: string;
}

/** What a rule knows of the run besides packets. */
export interface RuleContext {
  /** Addresses of the machine that captures; empty for files. */
  readonly localAddresses: readonly string[];
  readonly live: boolean;
}

/** A rule as data: what it looks for, its numbers, and how its detector is made. */
export interface Rule<Key extends string = string> {
  /** `rule` of its findings, for example `port-scan`; stable, since exclusions and settings name it. */
  readonly id: string;
  readonly title: string;
  /** What it finds and how, in one or two sentences, for documentation and settings. */
  readonly description: string;
  readonly threats: readonly Threat[];
  /** MITRE ATT&CK technique ids. */
  readonly mitre: readonly string[];
  /** Papers, RFCs and tools that the method is from. */
  readonly sources: readonly string[];
  readonly numbers: Readonly<Record<Key, RuleNumber>>;
  /** `numbers` are whole and within their ranges. */
  create(numbers: Readonly<Record<Key, number>>, context: RuleContext): Detector;
}
