import * as v from 'valibot';
import type { Settings, SettingKey } from '../settings';
import { settingSchemas } from '../settings';
import { numberLanguage, t } from '../../protocol/l10n';

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
const count = new Intl.NumberFormat(numberLanguage());

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
  const ends = t('when it ends by itself');
  const kept = t('what is captured and kept');
  const off = t('0 turns this off.');
  return [
    number(
      'capture.stopAfterSeconds',
      ends,
      t('After a time'),
      stop.afterSeconds ?? 0,
      'seconds',
      t('Seconds. {0}', off),
    ),
    number(
      'capture.stopAfterPackets',
      ends,
      t('After packets'),
      stop.afterPackets ?? 0,
      'packets',
      t('Packets. {0}', off),
    ),
    number(
      'capture.stopAfterMebibytes',
      ends,
      t('After a size'),
      (stop.afterBytes ?? 0) / mebibyte,
      t('MiB captured'),
      t('Mebibytes captured. {0}', off),
    ),
    {
      key: 'capture.stopOnFinding',
      group: ends,
      label: t('On a finding'),
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
      t('Bytes of each packet'),
      settings.snapLengthBytes,
      'bytes',
      t('Bytes kept of each packet, 64 to 65535. 256 is enough for headers.'),
    ),
    {
      key: 'capture.promiscuous',
      group: kept,
      label: t('Packets addressed to others'),
      value: settings.promiscuous ? t('captured (promiscuous)') : t('not captured'),
      edit: {
        kind: 'choice',
        choices: [
          { label: t('captured (promiscuous)'), value: true },
          { label: t('not captured'), value: false },
        ],
      },
    },
    number(
      'capture.spoolLimitMebibytes',
      kept,
      t('Space for packets'),
      settings.spoolLimitBytes / mebibyte,
      'MiB',
      t('Mebibytes of the newest packets kept on disk, 16 to 16384.'),
    ),
    number(
      'capture.spoolFiles',
      kept,
      t('Files that share it'),
      settings.spoolFiles,
      'files',
      t('Files of the ring, 2 to 256: when the space is used up, the oldest file is dropped.'),
    ),
  ];
}

/** A number that was typed, or in words what is wrong with it. */
export function parseOption(
  key: OptionKey,
  typed: string,
): { ok: true; value: number } | { ok: false; reason: string } {
  const value = Number(typed.trim());
  if (typed.trim() === '' || !Number.isInteger(value)) return { ok: false, reason: t('A whole number, please.') };
  // A setting that is out of its range falls back to its default.
  return v.parse(settingSchemas[key], value) === value
    ? { ok: true, value }
    : { ok: false, reason: t('Out of range.') };
}

function severityText(severity: string): string {
  return severity === 'critical' ? 'critical' : t('{0} or worse', severity);
}
