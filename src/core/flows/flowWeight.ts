import type { Flow } from './flow';

/** A flow with its two hosts and its conversation. */
export const bareFlowBytes = 1000;
const directionsBytes = 1000;
const meterBytes = 750;
const streamsBytes = 1500;
const namingBytes = 600;
const quicBytes = 4096;
const waitingQueryBytes = 50;
/** What a buffer takes beside its bytes. */
const bufferBytes = 250;

/**
 * About how many bytes of memory an open flow takes, of which the single packet of a flood has the least and a connection that
 * is read the most: objects as measured in heap snapshots of Node 20, and what is held of unfinished messages.
 */
export function flowWeightBytes(flow: Flow): number {
  let bytes = bareFlowBytes;
  if (flow.aToB !== null) bytes += directionsBytes;
  if (flow.meter !== null) bytes += meterBytes;
  if (flow.streams !== null) bytes += streamsBytes;
  if (flow.quic !== null) bytes += quicBytes;
  if (flow.dnsQueries !== null) bytes += flow.dnsQueries.size * waitingQueryBytes;
  const { naming } = flow;
  if (naming === null) return bytes;
  bytes += namingBytes;
  if (naming.aToB !== null) bytes += bufferBytes + naming.aToB.bytes.length;
  if (naming.bToA !== null) bytes += bufferBytes + naming.bToA.bytes.length;
  if (naming.mail !== null) bytes += bufferBytes + naming.mail.length;
  if (naming.http !== null) {
    bytes += bufferBytes + (naming.http.openBody(true)?.body.length ?? 0);
    bytes += naming.http.openBody(false)?.body.length ?? 0;
  }
  return bytes;
}
