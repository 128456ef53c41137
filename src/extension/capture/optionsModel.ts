import * as v from 'valibot';
import type { Settings, SettingKey } from '../settings';
import { settingSchemas } from '../settings';

/** Settings that the capture options change. */
export type OptionKey = Extract<
  SettingKey,
  | 'capture.stopAfterSeconds'
  | 'capture.stopAfterPackets'
  | 'capture.stopAfterMebibytes'
  | 'capture.stopOnFinding'
  | 'capture.snapLengthBytes'
  | 'capture.promiscuous'
  | 'capture.spoolLimitMebibytes'
  | 'capture.spoolFiles'
>;

/** One row of the capture options. */
export interface CaptureOption {
  key: OptionKey;
  group: string;
  label: string;
  /** What it is now. */
  value: string;
  edit: { kind: 'number'; current: number; prompt: string } | { kind: 'choice'; choices: OptionChoice[] };
}

export interface OptionChoice {
  label: string;
  value: string | boolean;
}

const mebibyte = 1024 * 1024;
const count = new Intl.NumberFormat('en-US');

/** The capture options as they stand, in the order of the list. */
export function captureOptions(settings: Settings): CaptureOption[] {
  const { stop } = settings;
  const number = (
    key: OptionKey,
    group: string,
    label: string,
    current: number,
    unit: string,
    prompt: string,
  ): CaptureOption => ({
    key,
    group,
    label,
    value: current === 0 ? 'off' : `${count.format(current)} ${unit}`,
    edit: { kind: 'number', current, prompt },
  });
  const ends = 'when it ends by itself';
  const kept = 'what is captured and kept';
  const off = '0 turns this off.';
  return [
    number('capture.stopAfterSeconds', ends, 'After a time', stop.afterSeconds ?? 0, 'seconds', `Seconds. ${off}`),
    number('capture.stopAfterPackets', ends, 'After packets', stop.afterPackets ?? 0, 'packets', `Packets. ${off}`),
    number(
      'capture.stopAfterMebibytes',
      ends,
      'After a size',
      (stop.afterBytes ?? 0) / mebibyte,
      'MiB captured',
      `Mebibytes captured. ${off}`,
    ),
    {
      key: 'capture.stopOnFinding',
      group: ends,
      label: 'On a finding',
      value: stop.onFinding === null ? 'off' : severityText(stop.onFinding),
      edit: {
        kind: 'choice',
        choices: [
          { label: 'off', value: 'never' },
          ...(['info', 'low', 'medium', 'high', 'critical'] as const).map((value) => ({
            label: severityText(value),
            value,
          })),
        ],
      },
    },
    number(
      'capture.snapLengthBytes',
      kept,
      'Bytes of each packet',
      settings.snapLengthBytes,
      'bytes',
      'Bytes kept of each packet, 64 to 65535. 256 is enough for headers.',
    ),
    {
      key: 'capture.promiscuous',
      group: kept,
      label: 'Packets addressed to others',
      value: settings.promiscuous ? 'captured (promiscuous)' : 'not captured',
      edit: {
        kind: 'choice',
        choices: [
          { label: 'captured (promiscuous)', value: true },
          { label: 'not captured', value: false },
        ],
      },
    },
    number(
      'capture.spoolLimitMebibytes',
      kept,
      'Space for packets',
      settings.spoolLimitBytes / mebibyte,
      'MiB',
      'Mebibytes of the newest packets kept on disk, 16 to 16384.',
    ),
    number(
      'capture.spoolFiles',
      kept,
      'Files that share it',
      settings.spoolFiles,
      'files',
      'Files of the ring, 2 to 256: when the space is used up, the oldest file is dropped.',
    ),
  ];
}

/** A number that was typed, or in words what is wrong with it. */
export function parseOption(
  key: OptionKey,
  typed: string,
): { ok: true; value: number } | { ok: false; reason: string } {
  const value = Number(typed.trim());
  if (typed.trim() === '' || !Number.isInteger(value)) return { ok: false, reason: 'A whole number, please.' };
  // A setting that is out of its range falls back to its default.
  return v.parse(settingSchemas[key], value) === value ? { ok: true, value } : { ok: false, reason: 'Out of range.' };
}

function severityText(severity: string): string {
  return severity === 'critical' ? 'critical' : `${severity} or worse`;
}
