import * as v from 'valibot';
import { completionKinds } from '../../protocol/displayFilter';
import type {
  AnalyzerError,
  AnalyzerEvent,
  AnalyzerReplies,
  AnalyzerRequestType,
} from '../../protocol/analyzerMessages';
import { exclusionProblemSchema, findingSchema, silencedSchema } from './findingSchema';
import { packetTreeSchema } from './packetTreeSchema';
import { flowRowSchema, interfaceSchema, packetRowSchema } from './rowSchemas';
import { count, finite, list, longText, text } from './schemaParts';
import { searchSchema } from './searchSchema';
import { failureCodes, partFigures, seriesSchema, snapshotSchema } from './snapshotSchema';

/** Turns of a conversation. */
const maxTurns = 4_000_000;

const findingsFields = { ids: list(text), findings: list(findingSchema), silenced: list(silencedSchema) };
const eventSchema = v.variant('type', [
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
const replySchemas: { [T in AnalyzerRequestType]: v.GenericSchema<unknown, AnalyzerReplies[T]> } = {
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
    rows: list(
      v.object({
        cells: list(v.nullable(v.union([text, finite]))),
        filter: text,
        packet: v.nullable(count),
        ahead: v.exactOptional(count),
      }),
    ),
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
  setExclusions: v.object({ problems: list(list(exclusionProblemSchema)) }),
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
