import type { FlowRow, FlowTcpAnalysis } from '../../protocol/capture';
import type { TlsFingerprints } from '../decode/tlsFingerprint';
import { flowRow, flowStates } from '../flows/flow';
import type { Flow, ReportedPart } from '../flows/flow';
import type { FlowOwners } from '../flows/flowOwners';
import type { Host } from '../flows/host';
import { LimitCounter, engineLimits } from '../limits';

/** Flows of one array of numbers: a larger one would be copied as they grow, and touched in whole. */
const pageFlows = 1024;
/** Numbers of one flow, side by side in one array. */
const stride = 13;

interface Texts {
  application: string | null;
  serverName: string | null;
  fingerprints: TlsFingerprints | null;
  reported: ReportedPart | null;
  owners: FlowOwners | null;
  analysis: FlowTcpAnalysis | null;
  rtpJitterMs: number | null;
}

const noTexts: Texts = {
  application: null,
  serverName: null,
  fingerprints: null,
  reported: null,
  owners: null,
  analysis: null,
  rtpJitterMs: null,
};

/**
 * The flows that ended, in that order; at the limit the oldest is forgotten. Kept as plain numbers, so that a flow's object is
 * used again at once; rows are made of them only when somebody looks: in a flood of flows nobody ever does.
 */
export class EndedFlows {
  readonly limit: LimitCounter;
  readonly #pages: Float64Array[] = [];
  readonly #a: Host[] = [];
  readonly #b: Host[] = [];
  readonly #texts: Texts[] = [];
  /** Of flows of which only the application is known. */
  readonly #applications = new Map<string, Texts>();
  #oldest = 0;

  constructor(maxRows: number = engineLimits.endedFlowRows) {
    this.limit = new LimitCounter('rows of ended flows', maxRows);
  }

  get size(): number {
    return this.#a.length;
  }

  /** Takes what `flow` is now; the object is not needed afterwards. */
  add(flow: Flow): void {
    let at = this.#a.length;
    if (at >= this.limit.limit) {
      this.limit.hits++;
      at = this.#oldest;
      this.#oldest = (at + 1) % this.limit.limit;
    }
    const page = Math.floor(at / pageFlows);
    const numbers = (this.#pages[page] ??= new Float64Array(pageFlows * stride));
    const first = (at % pageFlows) * stride;
    numbers[first] = flow.ipProtocol;
    numbers[first + 1] = flow.aPort;
    numbers[first + 2] = flow.bPort;
    numbers[first + 3] = flow.startUs;
    numbers[first + 4] = flow.endUs;
    numbers[first + 5] = flow.packetsAToB;
    numbers[first + 6] = flow.packetsBToA;
    numbers[first + 7] = flow.bytesAToB;
    numbers[first + 8] = flow.bytesBToA;
    numbers[first + 9] = flow.payloadPackets;
    numbers[first + 10] = flow.tcpHandshakeMs;
    numbers[first + 11] = flow.retransmittedSegments;
    numbers[first + 12] = flowStates.indexOf(flow.state);
    this.#a[at] = flow.a;
    this.#b[at] = flow.b;
    const { application, serverName, fingerprints, reported, owners, analysis, rtpJitterMs } = flow;
    const named = serverName !== null || owners !== null || fingerprints !== null;
    const said = named || reported !== null || analysis !== null || rtpJitterMs !== null;
    if (said) this.#texts[at] = { application, serverName, fingerprints, reported, owners, analysis, rtpJitterMs };
    else this.#texts[at] = application === null ? noTexts : this.#textsOf(application);
    // What goes on after the active timeout is counted anew, as its other figures are.
    flow.analysis = null;
  }

  slice(from: number, count: number): FlowRow[] {
    const rows: FlowRow[] = [];
    for (let i = from; i < Math.min(this.size, from + count); i++) {
      const row = this.#row((this.#oldest + i) % this.size);
      if (row !== null) rows.push(row);
    }
    return rows;
  }

  #textsOf(application: string): Texts {
    let texts = this.#applications.get(application);
    if (texts === undefined) {
      texts = { ...noTexts, application };
      this.#applications.set(application, texts);
    }
    return texts;
  }

  #row(at: number): FlowRow | null {
    const a = this.#a[at];
    const b = this.#b[at];
    if (a === undefined || b === undefined) return null;
    const page = this.#pages[Math.floor(at / pageFlows)];
    const first = (at % pageFlows) * stride;
    const number = (index: number): number => page?.[first + index] ?? Number.NaN;
    return flowRow({
      a,
      b,
      ...(this.#texts[at] ?? noTexts),
      ipProtocol: number(0),
      aPort: number(1),
      bPort: number(2),
      startUs: number(3),
      endUs: number(4),
      packetsAToB: number(5),
      packetsBToA: number(6),
      bytesAToB: number(7),
      bytesBToA: number(8),
      payloadPackets: number(9),
      tcpHandshakeMs: number(10),
      retransmittedSegments: number(11),
      state: flowStates[number(12)] ?? 'active',
    });
  }
}
