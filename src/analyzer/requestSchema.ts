import path from 'node:path';
import * as v from 'valibot';
import type { ToAnalyzer } from '../protocol/analyzerMessages';
import { exportKinds } from '../protocol/analyzerMessages';
import { searchModes } from '../protocol/filterSearch';
import { findKinds, maxFindLength } from '../protocol/packetFind';
import { isFieldName, maxFieldColumns } from '../protocol/packetLayout';
import { isSortColumn } from '../protocol/packetSort';
import { maxRules, sensitivities } from '../protocol/ruleSettings';
import { maxBufferBytes, maxSnapLengthBytes, minBufferBytes, minSnapLengthBytes } from '../protocol/captureGuards';
import { captureBackendChoices } from '../protocol/captureWire';
import { severities } from '../protocol/finding';
import { markerKinds } from '../protocol/markers';
import { bodyParts, streamForms } from '../protocol/streams';
import { maxPartFilterLength } from '../protocol/partOverview';
import { maxSearchLength, tableNames } from '../protocol/tables';
import type { TimeRange } from '../protocol/timeRange';
import { isTimeRange } from '../protocol/timeRange';

import { isSshHost } from '../protocol/sshHost';

/** Longest text that any request carries; libpcap filters and paths are far below. */
const maxTextLength = 8192;

/** Of one file; the rules for its content are the core's. */
const maxExclusionsLength = 4_000_000;

const text = v.pipe(v.string(), v.maxLength(maxTextLength));
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const within = (minimum: number, maximum: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(minimum), v.maxValue(maximum));

const ruleId = v.pipe(v.string(), v.maxLength(100));
const rules = v.object({
  sensitivity: v.picklist(sensitivities),
  // Which rules and numbers there are, and their ranges, is for the rule table to say.
  numbers: bounded(v.record(ruleId, bounded(v.record(ruleId, v.pipe(v.number(), v.finite()))))),
  disabled: v.pipe(v.array(ruleId), v.maxLength(maxRules)),
});

const requestPlace = { packet: count, ahead: v.exactOptional(count) };

/** Of one debug run: its program and what was attached to. */
const maxProcesses = 256;

/** One process each. */
const maxCaptureInterfaces = 16;

const sort = v.object({
  column: v.pipe(text, v.check(isSortColumn, 'is no column')),
  descending: v.boolean(),
  version: count,
});
const limit = v.nullable(within(1, Number.MAX_SAFE_INTEGER));
const stop = v.object({
  afterSeconds: limit,
  afterPackets: limit,
  afterBytes: limit,
  onFinding: v.nullable(v.picklist(severities)),
});

const request = v.variant('type', [
  v.object({ type: v.literal('listInterfaces') }),
  v.object({ type: v.literal('doctor') }),
  v.object({ type: v.literal('validateFilter'), filter: text }),
  v.object({
    type: v.literal('startCapture'),
    run: text,
    backend: v.picklist(captureBackendChoices),
    remote: v.nullable(v.pipe(text, v.check(isSshHost, 'is no destination of ssh'))),
    interfaces: v.pipe(v.array(text), v.maxLength(maxCaptureInterfaces)),
    filter: text,
    snapLengthBytes: within(minSnapLengthBytes, maxSnapLengthBytes),
    promiscuous: v.boolean(),
    bufferBytes: within(minBufferBytes, maxBufferBytes),
    elevation: v.object({
      methods: v.pipe(v.array(v.picklist(['sudo -n', 'pkexec', 'sudo -A'])), v.maxLength(8)),
      askpass: v.nullable(v.object({ program: text, environment: v.record(text, text) })),
    }),
    rules,
    spoolDirectory: text,
    spoolLimitBytes: within(1024 * 1024, 1024 * 1024 * 1024 * 1024),
    spoolFiles: within(2, 1000),
    stop,
  }),
  v.object({
    type: v.literal('openFile'),
    run: text,
    path: text,
    rules,
    growing: v.exactOptional(v.boolean()),
  }),
  v.object({ type: v.literal('stop') }),
  v.object({
    type: v.literal('getPackets'),
    from: count,
    count,
    filter: text,
    fields: v.exactOptional(v.pipe(v.array(v.pipe(v.string(), v.check(isFieldName))), v.maxLength(maxFieldColumns))),
    sort: v.exactOptional(sort),
    search: v.exactOptional(v.picklist(searchModes)),
  }),
  v.object({ type: v.literal('cancelSort') }),
  v.object({ type: v.literal('searchPackets'), filter: text, go: v.boolean() }),
  v.object({
    type: v.literal('findPacket'),
    kind: v.picklist(findKinds),
    text: v.pipe(v.string(), v.maxLength(maxFindLength)),
    from: count,
    backwards: v.boolean(),
    filter: text,
    sort: v.exactOptional(sort),
  }),
  v.object({ type: v.literal('getPacketsByNumber'), numbers: v.pipe(v.array(count), v.maxLength(1000)) }),
  v.object({ type: v.literal('getFlows'), from: count, count }),
  v.object({ type: v.literal('completeFilter'), filter: text, caret: count }),
  v.object({
    type: v.literal('dissect'),
    number: count,
    tshark: v.exactOptional(v.pipe(text, v.check(path.isAbsolute, 'is no absolute path'))),
  }),
  v.object({
    type: v.literal('getTable'),
    table: v.picklist(tableNames),
    from: count,
    count,
    sort: v.nullable(v.object({ column: text, descending: v.boolean() })),
    search: v.pipe(v.string(), v.maxLength(maxSearchLength)),
    range: v.nullable(v.custom<TimeRange>(isTimeRange)),
  }),
  v.object({
    type: v.literal('getOverview'),
    filter: v.pipe(v.string(), v.maxLength(maxPartFilterLength)),
    range: v.nullable(v.custom<TimeRange>(isTimeRange)),
  }),
  v.object({ type: v.literal('addKeyLog'), path: text }),
  v.object({
    type: v.literal('exportProgram'),
    processes: v.pipe(v.array(within(1, 0x7fffffff)), v.maxLength(maxProcesses)),
    path: text,
  }),
  v.object({ type: v.literal('addMarker'), kind: v.picklist(markerKinds), text }),
  v.object({
    type: v.literal('followStream'),
    target: v.object({ packet: v.nullable(count), filter: text }),
    form: v.picklist(streamForms),
  }),
  v.object({ type: v.literal('getBody'), ...requestPlace, part: v.picklist(bodyParts) }),
  v.object({ type: v.literal('saveBody'), ...requestPlace, part: v.picklist(bodyParts), path: text }),
  v.object({ type: v.literal('getCurl'), ...requestPlace }),
  v.object({
    type: v.literal('export'),
    kind: v.picklist(exportKinds),
    path: text,
    filter: text,
  }),
  v.object({
    type: v.literal('exportEvidence'),
    path: text,
    title: text,
    comment: v.pipe(v.string(), v.maxLength(100_000)),
    packets: v.pipe(v.array(count), v.maxLength(100_000)),
    flows: v.pipe(
      v.array(
        v.object({
          transport: text,
          a: text,
          aPort: v.nullable(count),
          b: text,
          bPort: v.nullable(count),
          start: v.pipe(v.number(), v.finite()),
        }),
      ),
      v.maxLength(1000),
    ),
  }),
  v.object({ type: v.literal('clearFindings') }),
  v.object({
    type: v.literal('setExclusions'),
    texts: v.pipe(v.array(v.pipe(v.string(), v.maxLength(maxExclusionsLength))), v.maxLength(100)),
  }),
  v.object({ type: v.literal('whatIf'), rules }),
  v.object({ type: v.literal('cancelWhatIf') }),
]);

function bounded<T>(schema: v.GenericSchema<unknown, Record<string, T>>) {
  return v.pipe(
    schema,
    v.check((record) => Object.keys(record).length <= maxRules, 'too many entries'),
  );
}

const message = v.object({ id: count, request });

/** Checks a message from the extension host. Returns the message, or in words what is wrong with it. */
export function parseRequest(value: unknown): { ok: true; message: ToAnalyzer } | { ok: false; reason: string } {
  const result = v.safeParse(message, value);
  if (result.success) return { ok: true, message: result.output };
  const issue = result.issues[0];
  return { ok: false, reason: `${v.getDotPath(issue) ?? 'message'}: ${issue.message}` };
}
