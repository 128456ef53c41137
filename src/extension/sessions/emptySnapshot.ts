import type { Percentiles } from '../../protocol/capture';
import type { RunFailure, RunState, Snapshot } from '../../protocol/snapshot';

/** What is known of a run before its analyzer has said anything. */
export function emptySnapshot(run: string, state: RunState, failure: RunFailure | null = null): Snapshot {
  const percentiles: Percentiles = { count: 0, p50: null, p95: null, p99: null };
  const values = (): Float64Array => new Float64Array(0);
  return {
    run,
    sequence: 0,
    state,
    failure,
    source: null,
    clockUs: null,
    firstUs: null,
    packets: 0,
    capturedBytes: 0,
    originalBytes: 0,
    protocols: [],
    series: {
      bucketMs: 1000,
      startUs: 0,
      packets: values(),
      bytesIn: values(),
      bytesOut: values(),
      bytesOther: values(),
      latencyP50Ms: values(),
      latencyP95Ms: values(),
      retransmittedSegments: values(),
      captureLost: values(),
    },
    latency: { tcpHandshakeMs: percentiles, dnsMs: percentiles, httpMs: percentiles },
    loss: {
      tcpRetransmittedSegments: 0,
      tcpRetransmissionPercent: null,
      outOfOrder: 0,
      dupAcks: 0,
      zeroWindows: 0,
      lostSegments: 0,
    },
    captureLoss: { received: null, droppedByKernel: null, shedByHelper: null },
    flows: { open: 0, total: 0, tcp: 0, udp: 0, other: 0 },
    talkers: [],
    conversations: [],
    recentPackets: [],
    limits: [],
    notes: [],
  };
}
