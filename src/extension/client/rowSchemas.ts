import * as v from 'valibot';
import type { FlowRow, InterfaceInfo, PacketRow } from '../../protocol/capture';
import { count, finite, list, longText, text } from './schemaParts';

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
