/** Checks of what the extension sends: enough that no view can be made to throw by a message of the wrong shape. */
import type { PacketRow } from '../../src/protocol/capture';
import { completionKinds, filterUses } from '../../src/protocol/displayFilter';
import { searchStates } from '../../src/protocol/filterSearch';
import type { Finding } from '../../src/protocol/finding';
import { severities } from '../../src/protocol/finding';
import { modelStates } from '../../src/protocol/liveCapture';
import { isPacketTree } from './packetTreeGuard';
import type { PartOverview } from '../../src/protocol/partOverview';
import type { Series, Snapshot } from '../../src/protocol/snapshot';
import type { ToWebview, StateMessage } from '../../src/protocol/webviewMessages';

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isNumberOrNull = (value: unknown): boolean => value === null || isNumber(value);
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);
const isListOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem);
const isTextList = (value: unknown): boolean => isListOf(value, isText);
type Checks = Readonly<Record<string, (item: unknown) => boolean>>;
/** No list of the entries is made: thousands of rows pass here while somebody scrolls. */
function has(value: unknown, checks: Checks): boolean {
  if (!isFields(value)) return false;
  for (const name in checks) if (checks[name]?.(value[name]) === false) return false;
  return true;
}

const runStates = ['idle', 'authorising', 'capturing', 'reading', 'stopping', 'finished', 'failed'];
const seriesNames = [
  'packets',
  'bytesIn',
  'bytesOut',
  'bytesOther',
  'latencyP50Ms',
  'latencyP95Ms',
  'retransmittedSegments',
  'captureLost',
] as const;

const packetRowChecks: Checks = {
  number: isNumber,
  time: isNumber,
  source: isText,
  destination: isText,
  sourcePort: isNumberOrNull,
  destinationPort: isNumberOrNull,
  protocol: isText,
  length: isNumber,
  info: isText,
  comment: (item) => item === undefined || isText(item),
  label: (item) => item === undefined || isText(item),
  fields: (item) => item === undefined || isTextList(item),
  fieldFilters: (item) => item === undefined || isTextList(item),
};

export function isPacketRow(value: unknown): value is PacketRow {
  return has(value, packetRowChecks);
}

const tableRowChecks: Checks = {
  cells: (cells) => isListOf(cells, (cell) => isTextOrNull(cell) || isNumber(cell)),
  filter: isText,
  packet: isNumberOrNull,
};

export function isFinding(value: unknown): value is Finding {
  return has(value, {
    id: isText,
    rule: isText,
    threat: isText,
    severity: (item) => isText(item) && (severities as readonly string[]).includes(item),
    title: isText,
    summary: isText,
    sources: isTextList,
    targets: isTextList,
    firstSeen: isNumber,
    lastSeen: isNumber,
    count: isNumber,
    packets: (item) => isListOf(item, isNumber),
  });
}

function isSource(value: unknown): boolean {
  if (value === null) return true;
  if (!isFields(value)) return false;
  if (value['kind'] === 'live')
    return has(value, {
      interface: isText,
      filter: isText,
      backend: isText,
      timestampSource: isText,
      elevation: isText,
      uid: isNumberOrNull,
      snapLengthBytes: isNumber,
    });
  return (
    value['kind'] === 'file' &&
    has(value, {
      path: isText,
      format: isText,
      linkTypes: (item) => isListOf(item, isNumber),
      sizeBytes: isNumber,
      readBytes: isNumber,
      damage: (item) => item === null || has(item, { offset: isNumber, reason: isText }),
    })
  );
}

const percentiles = { count: isNumber, p50: isNumberOrNull, p95: isNumberOrNull };

/** Typed arrays survive the way from the extension; where a transport made a list of one, null stands for NaN. */
function toFloat64(value: unknown): Float64Array | null {
  if (value instanceof Float64Array) return value;
  return Array.isArray(value) ? Float64Array.from(value, (item: unknown) => (isNumber(item) ? item : NaN)) : null;
}

function parseSeries(value: unknown): Series | null {
  if (!isFields(value) || !isNumber(value['bucketMs']) || !isNumber(value['startUs'])) return null;
  if (!(value['bucketMs'] > 0) || !Number.isFinite(value['startUs'])) return null;
  const columns = seriesNames.map((name) => toFloat64(value[name]));
  const length = columns[0]?.length;
  const [packets, bytesIn, bytesOut, bytesOther, latencyP50Ms, latencyP95Ms, retransmittedSegments, captureLost] =
    columns;
  if (!packets || !bytesIn || !bytesOut || !bytesOther || !latencyP50Ms || !latencyP95Ms) return null;
  if (!retransmittedSegments || !captureLost || columns.some((column) => column?.length !== length)) return null;
  return {
    bucketMs: value['bucketMs'],
    startUs: value['startUs'],
    packets,
    bytesIn,
    bytesOut,
    bytesOther,
    latencyP50Ms,
    latencyP95Ms,
    retransmittedSegments,
    captureLost,
  };
}

const isLive = (value: unknown): boolean =>
  has(value, {
    interfaces: (item) =>
      isListOf(item, (row) =>
        has(row, {
          name: isText,
          linkType: isNumber,
          backend: isText,
          received: isNumberOrNull,
          droppedByKernel: isNumberOrNull,
          droppedByInterface: isNumberOrNull,
          shed: isNumberOrNull,
          ended: isTextOrNull,
        }),
      ),
    lagMs: isNumberOrNull,
    spool: (item) =>
      item === null || has(item, { files: isNumber, bytes: isNumber, limitBytes: isNumber, droppedPackets: isNumber }),
    programs: (item) =>
      item === undefined ||
      has(item, {
        programs: (rows) =>
          isListOf(rows, (row) =>
            has(row, {
              name: isText,
              processes: (pids) => isListOf(pids, isNumber),
              flows: isNumber,
              packets: isNumber,
              bytesSent: isNumber,
              bytesReceived: isNumber,
            }),
          ),
        unknownPackets: isNumber,
        unknownBytes: isNumber,
      }),
    model: (item) =>
      has(item, {
        state: (state) => modelStates.some((known) => known === state),
        scoredFlows: isNumber,
        behindMs: isNumber,
        mostWaiting: isNumber,
        mostBehindMs: isNumber,
      }),
    stoppedBy: isTextOrNull,
  });

/** What is told of all packets, and of a part of them. */
const partFigures: Record<string, (item: unknown) => boolean> = {
  packets: isNumber,
  capturedBytes: isNumber,
  originalBytes: isNumber,
  protocols: (item) => isListOf(item, (row) => has(row, { protocol: isText, packets: isNumber, bytes: isNumber })),
  latency: (item) =>
    has(item, {
      tcpHandshakeMs: (p) => has(p, percentiles),
      dnsMs: (p) => has(p, percentiles),
      httpMs: (p) => has(p, percentiles),
    }),
  loss: (item) => has(item, { tcpRetransmittedSegments: isNumber, tcpRetransmissionPercent: isNumberOrNull }),
  flows: (item) => has(item, { open: isNumber, total: isNumber, tcp: isNumber, udp: isNumber, other: isNumber }),
  talkers: (item) =>
    isListOf(item, (row) =>
      has(row, {
        address: isText,
        name: isTextOrNull,
        packets: isNumber,
        bytesSent: isNumber,
        bytesReceived: isNumber,
      }),
    ),
  conversations: (item) =>
    isListOf(item, (row) => has(row, { a: isText, b: isText, packets: isNumber, bytes: isNumber })),
  recentPackets: (item) => isListOf(item, isPacketRow),
};

/** Null when it is none. */
function parsePart(value: unknown): PartOverview | null {
  if (!has(value, { ...partFigures, complete: (item) => typeof item === 'boolean' })) return null;
  const part = value as PartOverview;
  if (part.series === null) return part;
  const series = parseSeries(part.series);
  return series === null ? null : { ...part, series };
}

function parseSnapshot(value: unknown): Snapshot | null {
  const ok = has(value, {
    ...partFigures,
    run: isText,
    sequence: isNumber,
    state: (item) => isText(item) && runStates.includes(item),
    failure: (item) => item === null || has(item, { code: isText, message: isText, hint: isText }),
    source: isSource,
    clockUs: isNumberOrNull,
    firstUs: isNumberOrNull,
    captureLoss: (item) =>
      has(item, { received: isNumberOrNull, droppedByKernel: isNumberOrNull, shedByHelper: isNumberOrNull }),
    live: (item) => item === undefined || isLive(item),
    markers: (item) =>
      item === undefined || isListOf(item, (row) => has(row, { timeUs: isNumber, kind: isText, text: isText })),
    decryption: (item) => item === undefined || has(item, { connections: isNumber }),
    limits: (item) => isListOf(item, (row) => has(row, { name: isText, limit: isNumber, hits: isNumber })),
    notes: (item) => isListOf(item, (row) => has(row, { name: isText, count: isNumber })),
  });
  if (!ok) return null;
  const snapshot = value as Snapshot;
  const series = parseSeries(snapshot.series);
  return series === null ? null : { ...snapshot, series };
}

function parseState(fields: Fields): StateMessage | null {
  const ok = has(fields, {
    sequence: isNumber,
    findings: (item) => item === null || isListOf(item, isFinding),
    interfaces: (item) =>
      isListOf(item, (row) =>
        has(row, { name: isText, addresses: isTextList, loopback: (flag) => typeof flag === 'boolean' }),
      ),
    selectedInterface: isTextOrNull,
    filter: isText,
    recentFilters: isTextList,
    canCapture: (item) => typeof item === 'boolean',
    paused: (item) => item === undefined || has(item, { packets: isNumber }),
  });
  if (!ok) return null;
  if (fields['snapshot'] === null) return fields as unknown as StateMessage;
  const snapshot = parseSnapshot(fields['snapshot']);
  return snapshot === null ? null : { ...(fields as unknown as StateMessage), snapshot };
}

/** The message, or null when it is none of ours or is not of the shape it says. */
export function parseToWebview(data: unknown): ToWebview | null {
  if (!isFields(data)) return null;
  const rest: Record<string, (item: unknown) => boolean> = { request: isNumber };
  switch (data['type']) {
    case 'state':
      return parseState(data);
    case 'overview': {
      const part = isNumber(data['request']) ? parsePart(data['part']) : null;
      return part === null ? null : ({ ...data, part } as unknown as ToWebview);
    }
    case 'packets':
      return has(data, {
        ...rest,
        rows: (item) => isListOf(item, isPacketRow),
        matched: isNumber,
        complete: (item) => typeof item === 'boolean',
        search: (item) => item === undefined || isSearch(item),
      })
        ? (data as unknown as ToWebview)
        : null;
    case 'table':
      return has(data, {
        ...rest,
        rows: (item) => isListOf(item, (row) => has(row, tableRowChecks)),
        matched: isNumber,
        total: isNumber,
        leftOut: isNumber,
      })
        ? (data as unknown as ToWebview)
        : null;
    case 'found':
      return has(data, {
        ...rest,
        found: (item) => item === null || has(item, { number: isNumber, position: isNumber }),
      })
        ? (data as unknown as ToWebview)
        : null;
    case 'sortProgress':
      return has(data, { part: isNumber }) ? (data as unknown as ToWebview) : null;
    case 'filterSearch':
      return has(data, { search: isSearch }) ? (data as unknown as ToWebview) : null;
    case 'packetTree':
      return has(data, { ...rest, tree: isPacketTree }) ? (data as unknown as ToWebview) : null;
    case 'requestFailed':
      return has(data, { ...rest, message: isText }) ? (data as unknown as ToWebview) : null;
    case 'filterHelp':
      return isFilterHelp(data) ? (data as unknown as ToWebview) : null;
    case 'savedFilters':
      return has(data, { saved: (list) => isListOf(list, isSavedFilter), recent: isTextList })
        ? (data as unknown as ToWebview)
        : null;
    case 'useFilter':
      return has(data, { filter: isText, use: (use) => filterUses.some((known) => known === use) })
        ? (data as unknown as ToWebview)
        : null;
    case 'filterVerdict':
      return has(data, { filter: isText, error: isTextOrNull }) ? (data as unknown as ToWebview) : null;
    case 'showPackets':
      return has(data, { filter: isText }) ? (data as unknown as ToWebview) : null;
    default:
      return null;
  }
}

const isSearch = (value: unknown): boolean =>
  has(value, {
    filter: isText,
    matched: isNumber,
    searched: isNumber,
    total: isNumber,
    state: (state) => searchStates.some((known) => known === state),
  });

const isSavedFilter = (value: unknown): boolean => has(value, { name: isText, filter: isText });

function isFilterHelp(value: unknown): boolean {
  const isFault = (fault: unknown): boolean =>
    fault === null || has(fault, { message: isText, position: isNumber, end: isNumber });
  const isCompletion = (item: unknown): boolean =>
    has(item, { text: isText, detail: isText, kind: (kind) => completionKinds.some((known) => known === kind) });
  return has(value, {
    request: isNumber,
    fault: isFault,
    from: isNumber,
    to: isNumber,
    completions: (list) => isListOf(list, isCompletion),
  });
}
