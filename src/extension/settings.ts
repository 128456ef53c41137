import path from 'node:path';
import * as v from 'valibot';
import type { ElevationOptions } from '../protocol/analyzerMessages';
import type { CaptureBackendChoice } from '../protocol/captureWire';
import { captureBackendChoices } from '../protocol/captureWire';
import { severities } from '../protocol/finding';
import type { StopRules } from '../protocol/liveCapture';
import { maxRules, sensitivities } from '../protocol/ruleSettings';
import type { RuleSettings } from '../protocol/ruleSettings';

/** The settings, checked. Sizes in bytes. */
export interface Settings {
  /** Empty: none preferred. */
  interface: string;
  filter: string;
  backend: CaptureBackendChoice;
  snapLengthBytes: number;
  promiscuous: boolean;
  bufferBytes: number;
  spoolLimitBytes: number;
  spoolFiles: number;
  stop: StopRules;
  elevation: ElevationOptions['methods'];
  rules: RuleSettings;
  dashboardUpdatesPerSecond: number;
  /** Whether a new high or critical finding of the live capture is told in a notification. */
  notifyOfFindings: boolean;
  /** Whether each debug session is captured. */
  debugCapture: boolean;
  /** Whether the program of a captured debug session is to write the secrets of TLS. */
  debugKeyLog: boolean;
  /** Whether language models get names in place of addresses. */
  redactForModels: boolean;
  /** Where Wireshark's programs are; empty for the usual places. */
  wiresharkFolder: string;
}

const mebibyte = 1024 * 1024;
const within = (minimum: number, maximum: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(minimum), v.maxValue(maximum));

const isFolder = (text: string): boolean => text === '' || path.isAbsolute(text);

/** Longest filter that is passed on, in characters. */
export const maxFilterLength = 4096;

/** A BPF filter as it is being typed: one line of text, without control characters. */
export const typedFilterSchema = v.pipe(
  v.string(),
  v.maxLength(maxFilterLength),
  v.regex(/^[^\p{Cc}]*$/u, 'has control characters'),
);

/** A BPF filter to capture with. */
export const filterSchema = v.pipe(typedFilterSchema, v.trim());

/** A name that an operating system may give an interface. */
export const interfaceNameSchema = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(255),
  v.regex(/^[^\p{Cc}]*$/u, 'has control characters'),
);

/** Keys below `networkTraffic.`, each with the rule for its value. The manifest holds the same defaults and ranges. */
export const settingSchemas = {
  'capture.interface': v.fallback(v.union([v.literal(''), interfaceNameSchema]), ''),
  'capture.filter': v.fallback(filterSchema, ''),
  'capture.backend': v.fallback(v.picklist(captureBackendChoices), 'auto'),
  'capture.snapLengthBytes': v.fallback(within(64, 65_535), 65_535),
  'capture.promiscuous': v.fallback(v.boolean(), true),
  'capture.bufferMebibytes': v.fallback(within(1, 512), 64),
  'capture.spoolLimitMebibytes': v.fallback(within(16, 16_384), 256),
  'capture.spoolFiles': v.fallback(within(2, 256), 8),
  'capture.stopAfterSeconds': v.fallback(within(0, 31_536_000), 0),
  'capture.stopAfterPackets': v.fallback(within(0, 1_000_000_000_000), 0),
  'capture.stopAfterMebibytes': v.fallback(within(0, 16_777_216), 0),
  'capture.stopOnFinding': v.fallback(v.picklist(['never', ...severities]), 'never'),
  // A list that is not understood asks for no rights at all.
  'capture.elevation': v.fallback(v.pipe(v.array(v.picklist(['sudo -n', 'pkexec', 'sudo -A'])), v.maxLength(3)), []),
  sensitivity: v.fallback(v.picklist(sensitivities), 'medium'),
  /** All numbers of rules that are set, by rule and name. Ranges are kept by the analyzer, which has the rules. */
  rules: v.fallback(v.record(v.string(), v.unknown()), {}),
  disabledRules: v.fallback(v.pipe(v.array(v.string()), v.maxLength(maxRules)), []),
  'dashboard.updatesPerSecond': v.fallback(within(1, 10), 4),
  notifyOfFindings: v.fallback(v.boolean(), true),
  'debug.capture': v.fallback(v.boolean(), false),
  'debug.keyLog': v.fallback(v.boolean(), false),
  'languageModels.redact': v.fallback(v.boolean(), true),
  wiresharkFolder: v.fallback(v.pipe(v.string(), v.maxLength(1000), v.check(isFolder)), ''),
};

export type SettingKey = keyof typeof settingSchemas;

/** Reads the settings with `read`; a value that is out of its range counts as not set. */
export function parseSettings(read: (key: SettingKey) => unknown): Settings {
  const get = <K extends SettingKey>(key: K): v.InferOutput<(typeof settingSchemas)[K]> =>
    v.parse(settingSchemas[key], read(key));
  const stopOnFinding = get('capture.stopOnFinding');
  return {
    interface: get('capture.interface'),
    filter: get('capture.filter'),
    backend: get('capture.backend'),
    snapLengthBytes: get('capture.snapLengthBytes'),
    promiscuous: get('capture.promiscuous'),
    bufferBytes: get('capture.bufferMebibytes') * mebibyte,
    spoolLimitBytes: get('capture.spoolLimitMebibytes') * mebibyte,
    spoolFiles: get('capture.spoolFiles'),
    stop: {
      afterSeconds: orNull(get('capture.stopAfterSeconds')),
      afterPackets: orNull(get('capture.stopAfterPackets')),
      afterBytes: orNull(get('capture.stopAfterMebibytes') * mebibyte),
      onFinding: stopOnFinding === 'never' ? null : stopOnFinding,
    },
    elevation: [...new Set(get('capture.elevation'))],
    rules: {
      sensitivity: get('sensitivity'),
      numbers: ruleNumbersOf(get('rules')),
      disabled: get('disabledRules'),
    },
    dashboardUpdatesPerSecond: get('dashboard.updatesPerSecond'),
    notifyOfFindings: get('notifyOfFindings'),
    debugCapture: get('debug.capture'),
    debugKeyLog: get('debug.keyLog'),
    redactForModels: get('languageModels.redact'),
    wiresharkFolder: get('wiresharkFolder'),
  };
}

/** Of the tree of `networkTraffic.rules`, what is set: a number that is null is left to the sensitivity. */
function ruleNumbersOf(tree: Record<string, unknown>): RuleSettings['numbers'] {
  const numbers: RuleSettings['numbers'] = {};
  for (const [rule, values] of Object.entries(tree)) {
    if (typeof values !== 'object' || values === null) continue;
    const set = Object.entries(values).filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
    if (set.length > 0) numbers[rule] = Object.fromEntries(set);
  }
  return numbers;
}

/** 0 is off. */
function orNull(value: number): number | null {
  return value === 0 ? null : value;
}
