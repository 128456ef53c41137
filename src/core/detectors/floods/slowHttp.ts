import type { Finding } from '../../../protocol/finding';
import type { HttpRequest } from '../../decode/http';
import type { PacketView } from '../../decode/packetView';
import { flowEvents } from '../../flows/flow';
import type { Flow } from '../../flows/flow';
import type { FlowTable } from '../../flows/flowTable';
import { LimitCounter, engineLimits } from '../../limits';
import { BoundedTable } from '../boundedTable';
import type { Detector, MessageEvent } from '../detector';
import { flowMarks } from '../flowMarks';
import { packetKinds } from '../packetKinds';
import { IncidentTable } from '../incidentTable';
import type { Rule } from '../rule';
import { SlowHttpIncident, slowRuleId, slowWords } from './slowHttpIncident';
import type { SlowKind } from './slowHttpIncident';
import { SlowExchange } from './slowExchange';

export type SlowHttpNumber = 'connections' | 'patienceSeconds' | 'minimumRate';

const quietUs = 120e6;

/** Slow HTTP: connections kept open by heads, bodies or reading that never get done (CAPEC-469). */
export const slowHttp: Rule<SlowHttpNumber> = {
  id: slowRuleId,
  title: 'Slow HTTP',
  description:
    'Many connections to one web server at a time on which the head of a request does not end, its body trickles in, or the ' +
    'client hardly reads the answer.',
  threats: ['dos', 'ddos'],
  mitre: ['T1499.002'],
  sources: [
    'CAPEC-469: HTTP DoS',
    'R. Hansen: Slowloris HTTP DoS, 2009; S. Shekyan: slowhttptest, 2011',
    'Apache HTTP Server, mod_reqtimeout: RequestReadTimeout',
  ],
  numbers: {
    connections: {
      label: 'Connections of one client that drag at a time; of several clients together twice as many',
      unit: 'connections',
      minimum: 2,
      maximum: 100_000,
      integer: true,
      presets: { low: 50, medium: 20, high: 10 },
      source: 'Three times what a browser opens to one server (6); slowhttptest opens 50 unless told otherwise',
    },
    patienceSeconds: {
      label: 'Time that the head of a request, or a transfer below the least rate, may take',
      unit: 's',
      minimum: 1,
      maximum: 300,
      integer: true,
      presets: { low: 20, medium: 5, high: 5 },
      source: 'A quarter of the 20 s that mod_reqtimeout allows: what is judged here is many connections, not one',
    },
    minimumRate: {
      label: 'Rate below which a body or the reading of an answer drags',
      unit: 'bytes/s',
      minimum: 1,
      maximum: 1_000_000,
      integer: true,
      presets: { low: 500, medium: 500, high: 1000 },
      source: 'mod_reqtimeout (MinRate=500)',
    },
  },
  create: (numbers) => new SlowHttpDetector(numbers),
};

class SlowHttpDetector implements Detector {
  readonly packetKinds = packetKinds.tcpPayload;
  readonly packetProtocols = ['http'] as const;
  readonly packetsOfOpener = true;
  readonly packetEvents = flowEvents.established;
  readonly messageKinds = ['http-request', 'http-response'] as const;
  readonly flowMark = flowMarks.slowHttp;
  readonly endsOfKept = true;
  readonly limits: readonly LimitCounter[];
  readonly #numbers: Readonly<Record<SlowHttpNumber, number>>;
  readonly #exchanges: BoundedTable<number, SlowExchange>;
  readonly #incidents: IncidentTable<SlowHttpIncident>;

  constructor(numbers: Readonly<Record<SlowHttpNumber, number>>) {
    this.#numbers = numbers;
    const limit = new LimitCounter(`${slowRuleId}: connections`, engineLimits.slowConnections);
    this.#exchanges = new BoundedTable<number, SlowExchange>(limit, () => new SlowExchange());
    this.#incidents = new IncidentTable(slowRuleId, quietUs, (incident) => slowWords(incident, numbers));
    this.limits = [limit, this.#incidents.limit];
  }

  message({ message, flow, fromA, timeUs, packetNumber, layer }: MessageEvent): void {
    // Of what was decrypted, the lengths are not those of the flow.
    if (layer !== 'http' || flow.spoken !== 'http') return;
    if (message.kind === 'http-request' && fromA) {
      this.#request(message, flow, timeUs, packetNumber);
    } else if (message.kind === 'http-response' && !fromA) {
      const exchange = this.#exchanges.get(flow.serial);
      if (message.status === 101) exchange?.leave();
      else if (message.status >= 200) exchange?.answered(flow, timeUs, message.contentLength);
    }
  }

  packet(view: PacketView, table: FlowTable): void {
    const { flow } = table;
    if (flow === null || !table.fromA) return;
    if ((table.events & flowEvents.established) !== 0 && webPorts.has(flow.bPort)) {
      this.#exchange(flow).opened(flow, view.number, view.timeUs);
    }
    if (flow.spoken !== 'http' || view.payloadWireLength === 0) return;
    const exchange = this.#exchange(flow);
    if (exchange.flow !== flow || exchange.silent) exchange.begin(flow, view.timeUs, view.number);
    else if (exchange.headAt === view.number) exchange.headPacket(view);
    // What comes next is read off the flow.
    flow.dismiss(this.flowMark);
  }

  flowEnded(flow: Flow): void {
    this.#exchanges.delete(flow.serial);
  }

  advance(nowUs: number): void {
    this.#judge(nowUs);
    this.#incidents.advance(nowUs);
  }

  finish(): void {
    this.#incidents.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#incidents.collect(put);
  }

  clear(): void {
    this.#exchanges.clear();
    this.#incidents.clear();
  }

  #request(request: HttpRequest, flow: Flow, timeUs: number, packetNumber: number): void {
    const exchange = this.#exchange(flow);
    if (request.method === 'CONNECT') return exchange.leave();
    if (!request.headWhole) return exchange.headCut(flow, timeUs, packetNumber, request.method);
    const length = request.chunked ? Number.POSITIVE_INFINITY : (request.contentLength ?? 0);
    exchange.headDone(flow, timeUs, packetNumber, length);
    // Something of the body may have come along with the head.
    if (length > 0 && (flow.dismissed & this.flowMark) !== 0) {
      flow.dismissed &= ~this.flowMark;
      flow.audience = 0;
    }
  }

  #exchange(flow: Flow): SlowExchange {
    flow.kept |= this.flowMark;
    return this.#exchanges.use(flow.serial);
  }

  #judge(nowUs: number): void {
    if (this.#exchanges.size < this.#numbers.connections) return;
    const services = new Map<string, [SlowExchange, SlowKind][]>();
    const patienceUs = this.#numbers.patienceSeconds * 1e6;
    this.#exchanges.sweep((exchange) => {
      const { flow } = exchange;
      if (flow === null || !exchange.going) return true;
      const kind = exchange.drags(nowUs, patienceUs, this.#numbers.minimumRate);
      if (kind === null) return false;
      const service = `${flow.b.text}:${flow.bPort}`;
      const dragging = services.get(service);
      if (dragging === undefined) services.set(service, [[exchange, kind]]);
      else dragging.push([exchange, kind]);
      return false;
    });
    for (const [service, dragging] of services) this.#judgeService(service, dragging);
  }

  #judgeService(service: string, dragging: readonly [SlowExchange, SlowKind][]): void {
    const bySource = new Map<string, number>();
    let all = 0;
    for (const [{ flow }, kind] of dragging) {
      const source = flow?.a.text ?? '';
      const weight = kind === 'silent' ? silentWeight : 1;
      all += weight;
      bySource.set(source, (bySource.get(source) ?? 0) + weight);
    }
    const most = Math.max(...bySource.values());
    const { connections } = this.#numbers;
    const first = dragging[0]?.[0].flow ?? null;
    if (first === null || (most < connections && all < 2 * connections)) return;
    const nowUs = Math.max(...dragging.map(([{ flow }]) => flow?.endUs ?? 0));
    const incident = this.#incidents.open(service, nowUs, () => new SlowHttpIncident(first.b, first.bPort, nowUs));
    if (incident === null) return;
    incident.see(Math.floor(all), Math.floor(most));
    for (const [exchange, kind] of dragging) {
      const { flow } = exchange;
      if (flow === null || (bySource.get(flow.a.text) ?? 0) * 10 < most) continue;
      incident.drag(exchange, flow, kind);
    }
  }
}

/** Ports whose servers wait for a request: who connects and asks for nothing keeps them waiting. */
const webPorts = new Set([80, 443, 3000, 3128, 5000, 8000, 8008, 8080, 8081, 8443, 8888]);

/** Browsers open connections ahead of need, one or two to a server; behind one address there may be many of them. */
const silentWeight = 0.5;
