/** Every number, unit and time that a view shows. Bandwidth is bits with SI prefixes, sizes are bytes with IEC prefixes. */
import { t } from '../../src/protocol/l10n';

/** Shown where a value is not known; never 0. */
export const unknownText = t('unknown');
/** Shown where a value does not exist yet. */
export const noValueText = '–';

let locale: string | undefined;
const numberFormats = new Map<string, Intl.NumberFormat>();

/** Follows the display language of the editor; an unusable tag falls back to the browser's own. */
export function setFormatLocale(tag: string | undefined): void {
  numberFormats.clear();
  try {
    locale = tag ? Intl.getCanonicalLocales(tag)[0] : undefined;
  } catch {
    locale = undefined;
  }
}

function number(value: number, maximumFractionDigits: number, minimumFractionDigits = 0): string {
  const key = `${minimumFractionDigits}-${maximumFractionDigits}`;
  let format = numberFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, { maximumFractionDigits, minimumFractionDigits });
    numberFormats.set(key, format);
  }
  return format.format(value);
}

/** Three significant digits or so: 9.87, 98.7, 987. */
function short(value: number): string {
  const size = Math.abs(value);
  return number(value, size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : 2);
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let size = Math.abs(value);
  let unit = 0;
  // 999.5 would print as 1000 of the smaller unit.
  while (size >= base - 0.5 && unit < units.length - 1) {
    size /= base;
    unit++;
  }
  return `${short(Math.sign(value) * size)} ${units[unit] ?? ''}`;
}

const siBitUnits = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'] as const;
const iecByteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Whole count with group separators. */
export function formatCount(value: number): string {
  return number(Math.round(value), 0);
}

/** Count in a narrow place: exact below a million, `1.23 M` above. */
export function formatShortCount(value: number): string {
  return Math.abs(value) < 1e6 ? formatCount(value) : scaled(value / 1e6, 1000, ['M', 'G', 'T']);
}

export function formatBytes(bytes: number): string {
  return scaled(bytes, 1024, iecByteUnits);
}

export function formatBitRate(bytesPerSecond: number): string {
  return scaled(bytesPerSecond * 8, 1000, siBitUnits);
}

export function formatPacketRate(packetsPerSecond: number): string {
  const size = Math.abs(packetsPerSecond);
  return `${size >= 1e6 ? formatShortCount(packetsPerSecond) : size >= 100 ? formatCount(packetsPerSecond) : short(packetsPerSecond)} pkt/s`;
}

/** A measured delay; null becomes a dash. */
export function formatMilliseconds(milliseconds: number | null): string {
  if (milliseconds === null || Number.isNaN(milliseconds)) return noValueText;
  if (milliseconds >= 1000) return `${short(milliseconds / 1000)} s`;
  return milliseconds < 0.9995 && milliseconds > 0
    ? `${number(milliseconds * 1000, 0)} µs`
    : `${short(milliseconds)} ms`;
}

/** `percent` is 0 to 100; null becomes a dash. A share that is not zero never prints as zero. */
export function formatPercent(percent: number | null): string {
  if (percent === null || Number.isNaN(percent)) return noValueText;
  if (percent > 0 && percent < 0.01) return `< ${number(0.01, 2)} %`;
  return `${number(percent, Math.abs(percent) >= 10 ? 1 : 2)} %`;
}

/** `0:07`, `12:34`, `1:02:03`. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** A span in words of one or two units: `350 ms`, `12.3 s`, `4 min 10 s`, `2 h 5 min`. */
export function formatSpan(milliseconds: number): string {
  if (milliseconds < 1000) return formatMilliseconds(milliseconds);
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${number(seconds, 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return joinUnits(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400) return joinUnits(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return joinUnits(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h');
}

function joinUnits(high: number, highUnit: string, low: number, lowUnit: string): string {
  return low === 0 ? `${high} ${highUnit}` : `${high} ${highUnit} ${low} ${lowUnit}`;
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** Local time of day, `precisionMs` decides whether seconds and milliseconds show. */
export function formatClock(epochMs: number, precisionMs = 1000): string {
  const date = new Date(epochMs);
  const minutes = `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
  if (precisionMs >= 60_000) return minutes;
  const seconds = `${minutes}:${twoDigits(date.getSeconds())}`;
  return precisionMs >= 1000 ? seconds : `${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Local time of a packet with microseconds; `epochSeconds` as in a packet row. */
export function formatPacketTime(epochSeconds: number): string {
  if (!Number.isFinite(epochSeconds)) return noValueText;
  const microseconds = Math.round(epochSeconds * 1e6);
  const date = new Date(Math.floor(microseconds / 1000));
  if (Number.isNaN(date.getTime())) return noValueText;
  const fraction = String(((microseconds % 1_000_000) + 1_000_000) % 1_000_000).padStart(6, '0');
  return `${formatClock(date.getTime())}.${fraction}`;
}

/** Local date and time for facts and tooltips. */
export function formatDateTime(epochMs: number): string {
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime())
    ? noValueText
    : date.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'medium' });
}

export function formatEndpoint(address: string, port: number | null): string {
  if (port === null) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** `1 packet`, `2 packets`, both words in the language of the editor. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${t(count === 1 ? one : many)}`;
}

// C0, DEL, C1, line and paragraph separators, and the marks that turn the direction of text around (Trojan Source).

const unsafeCharacters = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text from the wire for a screen: control and direction characters become `·`, the length is capped. */
export function safeText(text: string, maxCharacters = 300): string {
  const cut = text.length > maxCharacters ? `${text.slice(0, maxCharacters - 1)}…` : text;
  return cut.replace(unsafeCharacters, '·');
}

/** Text of several lines from another program, line by line as {@link safeText}. */
export function safeLines(text: string, maxCharacters: number): string {
  return text
    .slice(0, maxCharacters)
    .split(/\r?\n/)
    .map((line) => safeText(line, maxCharacters))
    .join('\n');
}
