import * as v from 'valibot';
import { completionKinds } from '../../protocol/displayFilter';
import type {
  AnalyzerError,
  AnalyzerEvent,
  AnalyzerReplies,
  AnalyzerRequestType,
} from '../../protocol/analyzerMessages';
import type { FlowRow, InterfaceInfo, PacketRow, Percentiles } from '../../protocol/capture';
import { captureErrorCodes } from '../../protocol/captureWire';
import type { ExclusionProblem, SilencedCount } from '../../protocol/exclusions';
import type { Finding } from '../../protocol/finding';
import { severities, threats } from '../../protocol/finding';
import type { LiveFigures } from '../../protocol/liveCapture';
import { stopCauses } from '../../protocol/liveCapture';
import { markerKinds } from '../../protocol/markers';
import type { Series, Snapshot } from '../../protocol/snapshot';
import { modelSchema } from './modelSchema';
import { searchSchema } from './searchSchema';
import { packetTreeSchema } from './packetTreeSchema';

/**
 * What the analyzer may say, checked on receipt. Lists are bounded well above what the analyzer sends: a message
 * over a bound is wrong, not big.
 */
const maxText = 4096;
const maxRows = 20_000;
const maxBuckets = 4096;

/** Documents of conversations and bodies. */
const longText = v.pipe(v.string(), v.maxLength(32_000_000));
const maxTurns = 4_000_000;

const text = v.pipe(v.string(), v.maxLength(maxText));
const count = v.pipe(v.number(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());
const list = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.maxLength(maxRows));

export const interfaceSchema = v.object({
  name: text,
  description: v.nullable(text),
  addresses: list(text),
  loopback: v.boolean(),
  up: v.nullable(v.boolean()),
  packetsPerSecond: v.nullable(count),
  defaultRoute: v.exactOptional(v.boolean()),
  pseudo: v.exactOptional(v.boolean()),
}) satisfies v.GenericSchema<unknown, InterfaceInfo>;

export const packetRowSchema = v.object({
  number: count,
  time: finite,
  source: text,
  destination: text,
  sourcePort: v.nullable(count),
  destinationPort: v.nullable(count),
  protocol: text,
  length: count,
  info: text,
  comment: v.exactOptional(text),
  label: v.exactOptional(text),
  fields: v.exactOptional(list(text)),
  fieldFilters: v.exactOptional(list(longText)),
}) satisfies v.GenericSchema<unknown, PacketRow>;

export const flowRowSchema = v.object({
  protocol: text,
  a: text,
  aPort: v.nullable(count),
  b: text,
  bPort: v.nullable(count),
  start: finite,
  end: finite,
  durationUs: count,
  packetsAToB: count,
  packetsBToA: count,
  bytesAToB: count,
  bytesBToA: count,
  state: text,
  application: v.nullable(text),
  applicationBy: v.exactOptional(v.nullable(v.picklist(['payload', 'port']))),
  serverName: v.nullable(text),
  tcpHandshakeMs: v.nullable(finite),
  retransmittedSegments: count,
  ja3: v.exactOptional(v.nullable(text)),
  ja4: v.exactOptional(v.nullable(text)),
  programA: v.exactOptional(v.nullable(text)),
  processA: v.exactOptional(v.nullable(count)),
  programB: v.exactOptional(v.nullable(text)),
  processB: v.exactOptional(v.nullable(count)),
  tcpAnalysis: v.exactOptional(
    v.nullable(
      v.object({
        retransmissions: count,
        fastRetransmissions: count,
        spuriousRetransmissions: count,
        outOfOrder: count,
        duplicateAcks: count,
        zeroWindows: count,
        lostSegments: count,
      }),
    ),
  ),
  rtpJitterMs: v.exactOptional(v.nullable(finite)),
}) satisfies v.GenericSchema<unknown, FlowRow>;

export const findingSchema = v.object({
  id: text,
  rule: text,
  threat: v.picklist(threats),
  detector: v.picklist(['rule', 'model', 'both']),
  severity: v.picklist(severities),
  confidence: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  title: text,
  summary: text,
  sources: list(text),
  targets: list(text),
  ports: list(count),
  firstSeen: finite,
  lastSeen: finite,
  count,
  evidence: list(
    v.object({
      name: text,
      observed: v.union([v.number(), text]),
      threshold: v.nullable(v.union([v.number(), text])),
      unit: text,
      window: v.nullable(text),
    }),
  ),
  against: list(text),
  packets: list(count),
  flows: list(
    v.object({
      transport: text,
      a: text,
      aPort: v.nullable(count),
      b: text,
      bPort: v.nullable(count),
      start: finite,
    }),
  ),
  mitre: list(text),
  next: list(text),
  stages: list(v.object({ rule: text, threat: v.picklist(threats), title: text, firstSeen: finite, lastSeen: finite })),
}) satisfies v.GenericSchema<unknown, Finding>;

/** Values may be NaN. Copied, because what arrives is a view of a whole receive buffer, which would go on to webviews with it. */
const values = v.pipe(
  v.instance(Float64Array),
  v.check((array) => array.length <= maxBuckets, 'too many buckets'),
  v.transform((array) => array.slice()),
);

const seriesSchema = v.object({
  bucketMs: v.pipe(v.number(), v.minValue(1)),
  startUs: finite,
  packets: values,
  bytesIn: values,
  bytesOut: values,
  bytesOther: values,
  latencyP50Ms: values,
  latencyP95Ms: values,
  retransmittedSegments: values,
  captureLost: values,
}) satisfies v.GenericSchema<unknown, Series>;

const percentiles = v.object({
  count,
  p50: v.nullable(finite),
  p95: v.nullable(finite),
  p99: v.nullable(finite),
}) satisfies v.GenericSchema<unknown, Percentiles>;

const damage = v.nullable(v.object({ offset: count, reason: text }));

const sourceSchema = v.variant('kind', [
  v.object({
    kind: v.literal('live'),
    interface: text,
    filter: v.pipe(v.string(), v.maxLength(16_384)),
    backend: text,
    timestampSource: v.picklist(['kernel', 'process']),
    linkType: count,
    snapLengthBytes: count,
    uid: v.nullable(count),
    elevation: text,
  }),
  v.object({
    kind: v.literal('file'),
    path: v.string(),
    format: text,
    linkTypes: list(count),
    sizeBytes: count,
    readBytes: count,
    damage,
    following: v.exactOptional(v.boolean()),
  }),
]);

const liveSchema = v.object({
  interfaces: list(
    v.object({
      name: text,
      linkType: count,
      backend: text,
      timestampSource: v.picklist(['kernel', 'process']),
      received: v.nullable(count),
      droppedByKernel: v.nullable(count),
      droppedByInterface: v.nullable(count),
      shed: v.nullable(count),
      ended: v.nullable(text),
    }),
  ),
  lagMs: v.nullable(count),
  spool: v.nullable(v.object({ files: count, bytes: count, limitBytes: count, droppedPackets: count })),
  programs: v.exactOptional(
    v.object({
      programs: list(
        v.object({
          name: text,
          processes: list(count),
          flows: count,
          packets: count,
          bytesSent: count,
          bytesReceived: count,
        }),
      ),
      unknownPackets: count,
      unknownBytes: count,
    }),
  ),
  model: modelSchema,
  stoppedBy: v.nullable(v.picklist(stopCauses)),
}) satisfies v.GenericSchema<unknown, LiveFigures>;

/** Codes that a run may fail with. */
export const failureCodes = [...captureErrorCodes, 'FILE_UNREADABLE', 'NOT_A_CAPTURE'] as const;

/** What is told of all packets, and of a part of them. */
const partFigures = {
  packets: count,
  capturedBytes: count,
  originalBytes: count,
  protocols: list(v.object({ protocol: text, packets: count, bytes: count })),
  latency: v.object({ tcpHandshakeMs: percentiles, dnsMs: percentiles, httpMs: percentiles }),
  loss: v.object({
    tcpRetransmittedSegments: count,
    tcpRetransmissionPercent: v.nullable(finite),
    outOfOrder: count,
    dupAcks: count,
    zeroWindows: count,
    lostSegments: count,
  }),
  flows: v.object({ open: count, total: count, tcp: count, udp: count, other: count }),
  talkers: list(
    v.object({
      address: text,
      name: v.nullable(text),
      packets: count,
      bytesSent: count,
      bytesReceived: count,
      local: v.boolean(),
    }),
  ),
  conversations: list(v.object({ a: text, b: text, packets: count, bytes: count })),
  recentPackets: list(packetRowSchema),
};

export const snapshotSchema = v.object({
  run: text,
  sequence: count,
  state: v.picklist(['idle', 'authorising', 'capturing', 'reading', 'stopping', 'finished', 'failed']),
  failure: v.nullable(v.object({ code: v.picklist(failureCodes), message: v.string(), hint: v.string() })),
  source: v.nullable(sourceSchema),
  clockUs: v.nullable(finite),
  firstUs: v.nullable(finite),
  ...partFigures,
  series: seriesSchema,
  captureLoss: v.object({
    received: v.nullable(count),
    droppedByKernel: v.nullable(count),
    shedByHelper: v.nullable(count),
  }),
  live: v.exactOptional(liveSchema),
  limits: list(v.object({ name: text, limit: v.number(), hits: count })),
  notes: list(v.object({ name: text, count })),
  markers: v.exactOptional(list(v.object({ timeUs: finite, kind: v.picklist(markerKinds), text }))),
  decryption: v.exactOptional(v.object({ connections: count })),
}) satisfies v.GenericSchema<unknown, Snapshot>;

const silencedSchema = v.object({ line: count, reason: text, findings: count }) satisfies v.GenericSchema<
  unknown,
  SilencedCount
>;

const problemSchema = v.object({
  line: count,
  column: count,
  kind: v.picklist(['wrong', 'expired']),
  what: text,
  todo: text,
}) satisfies v.GenericSchema<unknown, ExclusionProblem>;

const findingsFields = { ids: list(text), findings: list(findingSchema), silenced: list(silencedSchema) };
export const eventSchema = v.variant('type', [
  v.object({ type: v.literal('ready'), version: count, pid: count }),
  v.object({ type: v.literal('snapshot'), snapshot: snapshotSchema }),
  v.object({ type: v.literal('findings'), run: text, ...findingsFields }),
  v.object({ type: v.literal('sortProgress'), run: text, part: v.pipe(v.number(), v.minValue(0), v.maxValue(1)) }),
  v.object({ type: v.literal('filterSearch'), run: text, search: searchSchema }),
  v.object({ type: v.literal('whatIfProgress'), run: text, packets: count, totalPackets: count }),
  v.object({ type: v.literal('progress'), run: text, readBytes: count, totalBytes: count, packets: count }),
  v.object({ type: v.literal('fileChanged'), run: text }),
  v.object({ type: v.literal('log'), level: v.picklist(['info', 'warn', 'error']), message: v.string() }),
]) satisfies v.GenericSchema<unknown, AnalyzerEvent>;

const none = v.record(v.string(), v.never());

/** What a request of each type is answered with. */
export const replySchemas: { [T in AnalyzerRequestType]: v.GenericSchema<unknown, AnalyzerReplies[T]> } = {
  listInterfaces: list(interfaceSchema),
  doctor: v.object({
    verdict: v.picklist(['ready', 'asks', 'blocked']),
    summary: text,
    command: v.nullable(text),
    checks: list(v.object({ name: text, state: v.picklist(['ok', 'note', 'problem']), found: text })),
  }),
  validateFilter: v.variant('verdict', [
    v.object({ verdict: v.literal('valid') }),
    v.object({ verdict: v.literal('invalid'), message: v.string() }),
    v.object({ verdict: v.literal('unknown') }),
  ]),
  startCapture: v.object({ interface: text }),
  openFile: v.object({ sizeBytes: count }),
  stop: none,
  getPackets: v.object({
    rows: list(packetRowSchema),
    matched: count,
    complete: v.boolean(),
    search: v.exactOptional(searchSchema),
  }),
  getPacketsByNumber: v.object({ rows: list(packetRowSchema) }),
  getFlows: v.object({ rows: list(flowRowSchema), total: count }),
  completeFilter: v.object({
    fault: v.nullable(v.object({ message: v.string(), position: count, end: count })),
    from: count,
    to: count,
    completions: list(v.object({ text: v.string(), detail: v.string(), kind: v.picklist(completionKinds) })),
  }),
  dissect: packetTreeSchema,
  findPacket: v.object({ found: v.nullable(v.object({ number: count, position: count })) }),
  getTable: v.object({
    rows: list(v.object({ cells: list(v.nullable(v.union([text, finite]))), filter: text, packet: v.nullable(count) })),
    matched: count,
    total: count,
    leftOut: count,
  }),
  getOverview: v.object({ ...partFigures, series: v.nullable(seriesSchema), complete: v.boolean() }),
  addKeyLog: v.object({ connections: count }),
  exportProgram: v.object({ bytes: count, rows: count, unknown: count, others: count }),
  addMarker: none,
  followStream: v.object({
    title: text,
    text: longText,
    turns: v.pipe(v.array(v.object({ firstLine: count, endLine: count, fromA: v.boolean() })), v.maxLength(maxTurns)),
    cut: v.boolean(),
  }),
  getBody: v.object({
    name: text,
    contentType: text,
    text: longText,
    readable: v.boolean(),
    lengthBytes: count,
    notes: list(text),
  }),
  saveBody: v.object({ bytes: count, rows: count }),
  getCurl: v.object({ command: longText }),
  export: v.object({ bytes: count, rows: count, summary: v.exactOptional(longText) }),
  exportEvidence: v.object({ bytes: count, rows: count }),
  clearFindings: none,
  setExclusions: v.object({ problems: list(list(problemSchema)) }),
  whatIf: v.object({
    added: list(findingSchema),
    removed: list(findingSchema),
    changed: list(v.object({ before: findingSchema, after: findingSchema })),
    kept: count,
    packets: count,
    complete: v.boolean(),
  }),
  cancelWhatIf: none,
  cancelSort: none,
  searchPackets: none,
};

const errorSchema = v.object({
  code: v.picklist([...failureCodes, 'BAD_REQUEST', 'TIMEOUT']),
  message: v.string(),
  hint: v.string(),
}) satisfies v.GenericSchema<unknown, AnalyzerError>;

const envelopeSchema = v.union([
  v.strictObject({ event: v.unknown() }),
  v.strictObject({ id: count, error: errorSchema }),
  v.strictObject({ id: count, ok: v.unknown() }),
]);

export type AnalyzerMessage =
  | { kind: 'event'; event: AnalyzerEvent }
  | { kind: 'reply'; id: number; ok: unknown }
  | { kind: 'failure'; id: number; error: AnalyzerError }
  | { kind: 'invalid'; reason: string };

/** Takes a message of the analyzer apart. A reply's content is checked by {@link parseReply}, which knows the request. */
export function parseAnalyzerMessage(value: unknown): AnalyzerMessage {
  const envelope = v.safeParse(envelopeSchema, value);
  if (!envelope.success) return { kind: 'invalid', reason: reasonOf(envelope.issues) };
  const message = envelope.output;
  if ('error' in message) return { kind: 'failure', id: message.id, error: message.error };
  if ('ok' in message) return { kind: 'reply', id: message.id, ok: message.ok };
  const event = v.safeParse(eventSchema, message.event);
  return event.success ? { kind: 'event', event: event.output } : { kind: 'invalid', reason: reasonOf(event.issues) };
}

/** Checks the content of a reply to a request of type `type`. */
export function parseReply<T extends AnalyzerRequestType>(
  type: T,
  value: unknown,
): { ok: true; reply: AnalyzerReplies[T] } | { ok: false; reason: string } {
  const schema: v.GenericSchema<unknown, AnalyzerReplies[T]> = replySchemas[type];
  const parsed = v.safeParse(schema, value);
  return parsed.success ? { ok: true, reply: parsed.output } : { ok: false, reason: reasonOf(parsed.issues) };
}

function reasonOf(issues: readonly v.BaseIssue<unknown>[]): string {
  const [issue] = issues;
  return issue === undefined ? 'unknown' : `${v.getDotPath(issue) ?? 'message'}: ${issue.message}`.slice(0, 300);
}
