import * as v from 'valibot';
import type { Percentiles } from '../../protocol/capture';
import { captureErrorCodes } from '../../protocol/captureWire';
import type { LiveFigures } from '../../protocol/liveCapture';
import { modelStates, stopCauses } from '../../protocol/liveCapture';
import { markerKinds } from '../../protocol/markers';
import type { Series, Snapshot } from '../../protocol/snapshot';
import { packetRowSchema } from './rowSchemas';
import { count, finite, list, text } from './schemaParts';

const maxBuckets = 4096;

/** Values may be NaN. Copied, because what arrives is a view of a whole receive buffer, which would go on to webviews with it. */
const values = v.pipe(
  v.instance(Float64Array),
  v.check((array) => array.length <= maxBuckets, 'too many buckets'),
  v.transform((array) => array.slice()),
);

export const seriesSchema = v.object({
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
  model: v.object({
    state: v.picklist(modelStates),
    scoredFlows: count,
    behindMs: count,
    mostWaiting: count,
    mostBehindMs: count,
  }),
  stoppedBy: v.nullable(v.picklist(stopCauses)),
}) satisfies v.GenericSchema<unknown, LiveFigures>;

/** Codes that a run may fail with. */
export const failureCodes = [...captureErrorCodes, 'FILE_UNREADABLE', 'NOT_A_CAPTURE'] as const;

/** What is told of all packets, and of a part of them. */
export const partFigures = {
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
