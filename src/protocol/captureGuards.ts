import type {
  CaptureErrorCode,
  EndLine,
  ErrorLine,
  HelloLine,
  HelperInput,
  HelperOutput,
  InterfacesLine,
  PacketLine,
  StartLine,
  StatsLine,
  WarningLine,
} from './captureWire';
import { captureBackendChoices, captureBackends, captureErrorCodes, captureWireVersion } from './captureWire';

/**
 * Guards of the helper wire (design 4.1). Both ends treat the other as hostile: the helper is root when it reads its
 * first line, and its reader must not be led astray by something that only looks like the helper.
 */

/** Largest captured length that the wire carries; a line of it stays far below `maxWireLineBytes`. */
export const maxSnapLengthBytes = 65535;
export const minSnapLengthBytes = 64;
export const minBufferBytes = 1024 * 1024;
/** The kernel pins up to twice this much memory. */
export const maxBufferBytes = 512 * 1024 * 1024;
export const maxFilterLength = 4096;
const maxInterfaceNameLength = 256;
const maxTextLength = 4096;
const maxInterfaces = 4096;
const maxAddresses = 1024;

/** What one line of the wire turned out to be. `unknown` kinds are counted and ignored, `invalid` ends the connection. */
export type ParsedLine<Line> =
  { verdict: 'line'; line: Line } | { verdict: 'unknown'; kind: string } | { verdict: 'invalid'; reason: string };

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown, maxLength: number = maxTextLength): value is string {
  return typeof value === 'string' && value.length <= maxLength;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isCountUpTo(value: unknown, max: number): value is number {
  return isCount(value) && value <= max;
}

/** A name that libpcap may be given and a log may show: not empty, no control characters. */
function isInterfaceName(value: unknown): value is string {
  if (!isText(value, maxInterfaceNameLength) || value.length === 0) return false;
  return ![...value].some((character) => character < ' ' || character === '\x7f');
}

export function isHelloLine(value: unknown): value is HelloLine {
  return (
    isFields(value) &&
    value['kind'] === 'hello' &&
    isCount(value['version']) &&
    isCount(value['pid']) &&
    (value['uid'] === null || isCountUpTo(value['uid'], 0xffffffff)) &&
    isInterfaceName(value['interface']) &&
    isCountUpTo(value['linkType'], 0xffff) &&
    isCountUpTo(value['snapLengthBytes'], maxSnapLengthBytes) &&
    (value['timestampSource'] === 'kernel' || value['timestampSource'] === 'process') &&
    typeof value['nanoseconds'] === 'boolean' &&
    captureBackends.some((backend) => backend === value['backend']) &&
    typeof value['dropCountsKnown'] === 'boolean' &&
    (value['capturePid'] === null || isCount(value['capturePid']))
  );
}

export function isPacketLine(value: unknown): value is PacketLine {
  return (
    isFields(value) &&
    value['kind'] === 'packet' &&
    isCount(value['timeUs']) &&
    (value['nanoseconds'] === undefined || isCountUpTo(value['nanoseconds'], 999)) &&
    isCountUpTo(value['originalLength'], 0xffffffff) &&
    isText(value['data'], Math.ceil(maxSnapLengthBytes / 3) * 4)
  );
}

export function isStatsLine(value: unknown): value is StatsLine {
  return (
    isFields(value) &&
    value['kind'] === 'stats' &&
    isCount(value['timeUs']) &&
    isCount(value['received']) &&
    (value['droppedByKernel'] === null || isCount(value['droppedByKernel'])) &&
    (value['droppedByInterface'] === null || isCount(value['droppedByInterface'])) &&
    isCount(value['shed'])
  );
}

export function isWarningLine(value: unknown): value is WarningLine {
  return isFields(value) && value['kind'] === 'warning' && isText(value['code'], 64) && isText(value['message']);
}

export function isCaptureErrorCode(value: unknown): value is CaptureErrorCode {
  return captureErrorCodes.some((code) => code === value);
}

export function isErrorLine(value: unknown): value is ErrorLine {
  return (
    isFields(value) &&
    value['kind'] === 'error' &&
    isCaptureErrorCode(value['code']) &&
    isText(value['message']) &&
    isText(value['hint'])
  );
}

export function isEndLine(value: unknown): value is EndLine {
  return (
    isFields(value) &&
    value['kind'] === 'end' &&
    (value['reason'] === 'stop' || value['reason'] === 'stdin-closed' || value['reason'] === 'error') &&
    isCount(value['received']) &&
    isCount(value['shed'])
  );
}

export function isInterfacesLine(value: unknown): value is InterfacesLine {
  if (!isFields(value) || value['kind'] !== 'interfaces') return false;
  const list: unknown = value['interfaces'];
  return Array.isArray(list) && list.length <= maxInterfaces && list.every(isListedInterface);
}

function isListedInterface(value: unknown): boolean {
  if (!isFields(value)) return false;
  const addresses: unknown = value['addresses'];
  return (
    isInterfaceName(value['name']) &&
    (value['description'] === null || isText(value['description'])) &&
    Array.isArray(addresses) &&
    addresses.length <= maxAddresses &&
    addresses.every((address) => isText(address, 128)) &&
    typeof value['loopback'] === 'boolean'
  );
}

const outputGuards: { readonly [Kind in HelperOutput['kind']]: (value: unknown) => value is HelperOutput } = {
  hello: isHelloLine,
  packet: isPacketLine,
  stats: isStatsLine,
  warning: isWarningLine,
  error: isErrorLine,
  end: isEndLine,
  interfaces: isInterfacesLine,
};

/** Parses one line of the helper's stdout. Never throws. */
export function parseHelperOutput(text: string): ParsedLine<HelperOutput> {
  const value = parseJson(text);
  if (!isFields(value)) return { verdict: 'invalid', reason: 'not a JSON object' };
  const kind: unknown = value['kind'];
  if (typeof kind !== 'string') return { verdict: 'invalid', reason: 'no kind' };
  if (!Object.hasOwn(outputGuards, kind)) return { verdict: 'unknown', kind: kind.slice(0, 64) };
  const isValid = outputGuards[kind as HelperOutput['kind']];
  return isValid(value) ? { verdict: 'line', line: value } : { verdict: 'invalid', reason: `malformed ${kind} line` };
}

/** Parses one line of the helper's stdin. Never throws; a start line out of bounds is `invalid` with what is wrong. */
export function parseHelperInput(text: string): ParsedLine<HelperInput> {
  const value = parseJson(text);
  if (!isFields(value)) return { verdict: 'invalid', reason: 'not a JSON object' };
  switch (value['kind']) {
    case 'stop':
      return { verdict: 'line', line: { kind: 'stop' } };
    case 'interfaces':
      return { verdict: 'line', line: { kind: 'interfaces' } };
    case 'start':
      return parseStart(value);
    default:
      return typeof value['kind'] === 'string'
        ? { verdict: 'unknown', kind: value['kind'].slice(0, 64) }
        : { verdict: 'invalid', reason: 'no kind' };
  }
}

function parseStart(value: Fields): ParsedLine<StartLine> {
  const invalid = (reason: string): ParsedLine<StartLine> => ({ verdict: 'invalid', reason });
  if (value['version'] !== captureWireVersion) {
    return invalid(`start has protocol version ${String(value['version']).slice(0, 16)}, not ${captureWireVersion}`);
  }
  const { interface: name, filter, snapLengthBytes, promiscuous, bufferBytes } = value;
  const backend = captureBackendChoices.find((choice) => choice === value['backend']);
  if (backend === undefined) return invalid(`the backend is none of ${captureBackendChoices.join(', ')}`);
  if (name !== null && !isInterfaceName(name)) return invalid('start has no usable interface name');
  if (!isText(filter, maxFilterLength) || filter.includes('\0')) {
    return invalid(`the filter is not text of at most ${maxFilterLength} characters`);
  }
  if (!isCountUpTo(snapLengthBytes, maxSnapLengthBytes) || snapLengthBytes < minSnapLengthBytes) {
    return invalid(`the snap length is not between ${minSnapLengthBytes} and ${maxSnapLengthBytes} bytes`);
  }
  if (typeof promiscuous !== 'boolean') return invalid('start does not say whether to be promiscuous');
  if (!isCountUpTo(bufferBytes, maxBufferBytes) || bufferBytes < minBufferBytes) {
    return invalid(`the buffer is not between ${minBufferBytes} and ${maxBufferBytes} bytes`);
  }
  const line: StartLine = {
    kind: 'start',
    version: captureWireVersion,
    backend,
    interface: name,
    filter,
    snapLengthBytes,
    promiscuous,
    bufferBytes,
  };
  return { verdict: 'line', line };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
