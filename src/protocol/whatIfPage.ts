import type { Severity } from './finding';
import type { Verdict } from './findingPage';
import type { Sensitivity } from './ruleSettings';

/** The page that tries other settings of the rules: extension ⇄ webview, complete states, one in flight (design 4.2). */

/** A number of a rule that can be moved. */
export interface WhatIfNumber {
  /** `networkTraffic.rules.port-scan.verticalPorts`. */
  key: string;
  rule: string;
  /** Of the rule: "Port scan". */
  title: string;
  /** "Different ports of one target on which contact failed". */
  label: string;
  unit: string;
  minimum: number;
  maximum: number;
  integer: boolean;
  /** As it is set; null for that of the preset. */
  set: number | null;
  presets: Record<Sensitivity, number>;
}

export interface WhatIfRow {
  rule: string;
  title: string;
  severity: Severity;
  /** With the other settings, where that differs. */
  severityAfter: Severity | null;
  mark: Verdict | null;
}

/** What a change would do to what a person has said of findings. */
export interface MarkEffect {
  /** Marked as right: all of them, and those that would not be told any more. */
  right: number;
  rightGone: number;
  wrong: number;
  wrongGone: number;
}

export interface WhatIfOutcome {
  /** "networkTraffic.sensitivity = high". */
  change: string;
  added: WhatIfRow[];
  removed: WhatIfRow[];
  changed: WhatIfRow[];
  kept: number;
  packets: number;
  complete: boolean;
  marks: MarkEffect;
}

export interface WhatIfPageState {
  type: 'whatIf';
  sequence: number;
  /** The interface or the file. */
  source: string;
  /** Recorded so far. */
  packets: number;
  sensitivity: Sensitivity;
  numbers: WhatIfNumber[];
  /** Percent of the packets that went through; null when nothing is tried. */
  tryingPercent: number | null;
  outcome: WhatIfOutcome | null;
  error: string | null;
  /** Whether a folder is open that settings can be saved for. */
  hasWorkspace: boolean;
}

export type WhatIfChange =
  | { kind: 'sensitivity'; sensitivity: Sensitivity }
  /** `key` of a {@link WhatIfNumber}. */
  | { kind: 'number'; key: string; value: number };

export type FromWhatIfPage =
  | { type: 'ready' }
  | { type: 'drawn'; sequence: number }
  | { type: 'try'; change: WhatIfChange }
  | { type: 'cancel' }
  /** Keeps what was tried last. */
  | { type: 'save'; target: 'user' | 'workspace' };
