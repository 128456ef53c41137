import type { Flow } from '../../flows/flow';
import type { Host } from '../../flows/host';
import { Incident } from '../incident';
import type { FindingWords } from '../incident';
import { count, span } from '../words';
import { plain } from './floodIncident';
import type { SlowExchange } from './slowExchange';

export const slowRuleId = 'slow-http';

/** What does not get done. */
export type SlowKind = 'head' | 'body' | 'reading' | 'silent';

const titles: Record<SlowKind, (where: string, who: string) => string> = {
  head: (where, who) => `Slow HTTP heads (Slowloris): ${where} by ${who}`,
  body: (where, who) => `Slow HTTP bodies (R.U.D.Y.): ${where} by ${who}`,
  reading: (where, who) => `Slow reading of HTTP answers: ${where} by ${who}`,
  silent: (where, who) => `Connections held without a request: ${where} by ${who}`,
};

/** One slow attack on one server. */
export class SlowHttpIncident extends Incident {
  mostAtOnce = 0;
  mostOfOne = 0;
  readonly kinds: Record<SlowKind, number> = { head: 0, body: 0, reading: 0, silent: 0 };

  constructor(
    readonly server: Host,
    readonly port: number,
    timeUs: number,
  ) {
    super(slowRuleId, `${server.text}:${port}`, timeUs);
    this.addTarget(server.text);
    this.addPort(port);
  }

  /** So many connections drag at the same time, so many of one client. */
  see(atOnce: number, ofOne: number): void {
    this.mostAtOnce = Math.max(this.mostAtOnce, atOnce);
    this.mostOfOne = Math.max(this.mostOfOne, ofOne);
    this.touch();
  }

  drag(exchange: SlowExchange, flow: Flow, kind: SlowKind): void {
    this.addSource(flow.a.text);
    if (exchange.told) {
      this.note(flow.endUs, 0, null, 0);
      return;
    }
    exchange.told = true;
    this.kinds[kind]++;
    this.note(flow.startUs, exchange.firstPacket, flow);
    this.note(flow.endUs, 0, null, 0);
  }

  get kind(): SlowKind {
    const { head, body, reading, silent } = this.kinds;
    const most = Math.max(head, body, reading, silent);
    return most === head ? 'head' : most === body ? 'body' : most === reading ? 'reading' : 'silent';
  }
}

export function slowWords(
  incident: SlowHttpIncident,
  numbers: Readonly<Record<'connections' | 'patienceSeconds' | 'minimumRate', number>>,
): FindingWords {
  const { connections, patienceSeconds, minimumRate } = numbers;
  const sources = [...incident.sources];
  const several = sources.length >= 3;
  const who = sources.length === 1 ? (sources[0] ?? '') : count(sources.length, 'source');
  const where = `${incident.server.text} port ${incident.port}`;
  const window = `${patienceSeconds} s`;
  const larger = Math.log10(Math.max(1, incident.mostAtOnce / connections));
  return {
    threat: several ? 'ddos' : 'dos',
    severity: incident.mostAtOnce >= 5 * connections ? 'high' : 'medium',
    confidence: Math.round(Math.min(0.95, 0.7 + 0.25 * larger) * 100) / 100,
    title: titles[incident.kind](where, who),
    summary:
      `${who} kept up to ${count(incident.mostAtOnce, 'connection')} to ${where} busy at a time, ` +
      `${incident.count} in all within ${span(Math.max(1e-3, incident.seconds))}.`,
    evidence: [
      {
        name: 'connections of one client that drag at a time',
        observed: incident.mostOfOne,
        threshold: connections,
        unit: 'connections',
        window,
      },
      {
        name: 'connections of all clients that drag at a time',
        observed: incident.mostAtOnce,
        threshold: 2 * connections,
        unit: 'connections',
        window,
      },
      plain('heads that did not end', incident.kinds.head, 'connections'),
      plain(`bodies below ${minimumRate} bytes/s`, incident.kinds.body, 'connections'),
      plain(`answers read below ${minimumRate} bytes/s, with the window closed`, incident.kinds.reading, 'connections'),
      plain('connections on which nothing was asked (two count as one)', incident.kinds.silent, 'connections'),
    ],
    against:
      incident.mostAtOnce < 2 * connections
        ? ['A proxy in front of many clients on a bad line, or a program that forgets its connections, looks alike.']
        : [],
    next: [
      'See whether the server still takes connections.',
      'Set time-outs for heads and bodies and a least rate (mod_reqtimeout, client_header_timeout of nginx), and limit the ' +
        'connections of one client.',
      'Block the sources; put a proxy in front that takes requests whole before it passes them on.',
    ],
    mitre: ['T1499.002'],
  };
}
