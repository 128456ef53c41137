/** States of a capture that is as busy as a view has to bear: every list at its limit, every row another one each time. */
import type { Finding } from '../../../src/protocol/finding';
import type { Snapshot } from '../../../src/protocol/snapshot';
import { fixtureFinding, fixturePacket, fixtureSeries, fixtureSnapshot } from './fixtures';

/** As many as the engine sends at most. */
const buckets = 300;
const rows = 50;
const recentPackets = 100;
const findingsHeld = 200;
const packetsPerSecond = 50_000;
const statesPerSecond = 10;

const findings = Array.from({ length: findingsHeld }, (_, index) => fixtureFinding(index, index % 3 ? 'low' : 'high'));
const base = fixtureSnapshot('live', { series: fixtureSeries(buckets, 'live') });

const moved = (values: Float64Array, by: number): Float64Array =>
  Float64Array.from(values, (_, index) => values[(index + by) % values.length] ?? NaN);

/** The state after `step` tenths of a second of 50,000 packets each second. */
export function busyState(step: number): { snapshot: Snapshot; findings: Finding[] } {
  const packets = (step * packetsPerSecond) / statesPerSecond + 1_000_000;
  const seconds = Math.floor(step / statesPerSecond);
  const { series } = base;
  const snapshot: Snapshot = {
    ...base,
    sequence: step,
    packets,
    capturedBytes: packets * 640,
    originalBytes: packets * 640,
    clockUs: (base.clockUs ?? 0) + step * 100_000,
    protocols: base.protocols.map((row, index) => ({ ...row, packets: packets >> index, bytes: packets * 640 })),
    series: {
      ...series,
      startUs: series.startUs + seconds * 1e6,
      packets: moved(series.packets, seconds),
      bytesIn: moved(series.bytesIn, seconds),
      bytesOut: moved(series.bytesOut, seconds),
      bytesOther: moved(series.bytesOther, seconds),
      latencyP50Ms: moved(series.latencyP50Ms, seconds),
      latencyP95Ms: moved(series.latencyP95Ms, seconds),
      retransmittedSegments: moved(series.retransmittedSegments, seconds),
      captureLost: moved(series.captureLost, seconds),
    },
    talkers: Array.from({ length: rows }, (_, index) => ({
      address: `203.0.113.${1 + ((index + (step >> 3)) % 200)}`,
      name: index % 3 === 0 ? null : `cdn-${index}.example.org`,
      packets: packets - index * 100,
      bytesSent: packets * 300 - index,
      bytesReceived: packets * 40 - index,
      local: index === 0,
    })),
    conversations: Array.from({ length: rows }, (_, index) => ({
      a: '10.20.0.15',
      b: `203.0.113.${1 + ((index + (step >> 3)) % 200)}`,
      packets: packets - index * 100,
      bytes: packets * 340 - index,
    })),
    recentPackets: Array.from({ length: recentPackets }, (_, index) => fixturePacket(packets - recentPackets + index)),
  };
  return {
    snapshot,
    findings: findings.map((finding, index) => (index === 0 ? { ...finding, count: finding.count + step } : finding)),
  };
}
