import type { Finding, Severity } from '../../../protocol/finding';
import type { DhcpMessage } from '../../decode/dhcp';
import { LimitCounter, engineLimits } from '../../limits';
import type { Detector, MessageEvent } from '../detector';
import { Incident } from '../incident';
import type { FindingWords } from '../incident';
import { IncidentTable } from '../incidentTable';
import type { Rule } from '../rule';
import { count, list } from '../words';

const ruleId = 'rogue-dhcp';
const answers = new Set(['Offer', 'ACK']);

type Numbers = Readonly<Record<'answers' | 'quietSeconds', number>>;

/** What a server gives out. */
interface Server {
  readonly address: string;
  readonly firstUs: number;
  routers: string;
  nameServers: string;
}

/** Who answered a request first. */
interface Asked {
  readonly server: Server;
  readonly packet: number;
  readonly timeUs: number;
}

class RogueIncident extends Incident {
  /** Requests that both answered. */
  raced = 0;
  different = 0;
  first: Server | null = null;
  server: Server | null = null;
}

/**
 * A second DHCP server that answers the same request (RFC 2131 section 3.1 lets a client take either), above all one that
 * gives another router or name server: whoever is that router or name server reads along. Two servers that give the same are
 * a pair on purpose.
 */
class RogueDhcpDetector implements Detector {
  readonly messageKinds = ['dhcp'] as const;
  readonly limits: readonly LimitCounter[];
  readonly #numbers: Numbers;
  readonly #servers = new Map<string, Server>();
  readonly #serverLimit = new LimitCounter(`${ruleId}: servers`, engineLimits.incidents);
  /** By client and transaction, newest last. */
  readonly #asked = new Map<string, Asked>();
  readonly #askedLimit = new LimitCounter(`${ruleId}: requests`, engineLimits.dhcpRequests);
  readonly #table: IncidentTable<RogueIncident>;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
    this.#table = new IncidentTable(ruleId, numbers.quietSeconds * 1e6, (incident) => this.#words(incident));
    this.limits = [this.#serverLimit, this.#askedLimit, this.#table.limit];
  }

  message(event: MessageEvent): void {
    const { message, flow, fromA } = event;
    if (message.kind !== 'dhcp' || message.operation !== 2 || !answers.has(message.messageType ?? '')) return;
    const address = message.serverIdentifier ?? (fromA ? flow.a : flow.b).text;
    const server = this.#server(address, event.timeUs, message);
    if (server === null) return;
    const key = `${message.clientMac ?? ''} ${message.transactionId}`;
    const asked = this.#asked.get(key);
    if (asked === undefined) {
      if (this.#asked.size >= this.#askedLimit.limit) this.#forgetOldest();
      this.#asked.set(key, { server, packet: event.packetNumber, timeUs: event.timeUs });
      return;
    }
    if (asked.server !== server) this.#race(event, message, asked, server);
  }

  advance(nowUs: number): void {
    this.#table.advance(nowUs);
  }

  finish(): void {
    this.#table.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#table.collect(put);
  }

  clear(): void {
    this.#servers.clear();
    this.#asked.clear();
    this.#table.clear();
  }

  #server(address: string, timeUs: number, message: DhcpMessage): Server | null {
    const routers = message.routers.join(', ');
    const nameServers = message.nameServers.join(', ');
    const known = this.#servers.get(address);
    if (known !== undefined) {
      if (routers !== '') known.routers = routers;
      if (nameServers !== '') known.nameServers = nameServers;
      return known;
    }
    if (this.#servers.size >= this.#serverLimit.limit) {
      this.#serverLimit.hits++;
      return null;
    }
    const made = { address, firstUs: timeUs, routers, nameServers };
    this.#servers.set(address, made);
    return made;
  }

  #race(event: MessageEvent, message: DhcpMessage, asked: Asked, server: Server): void {
    // The one that was there first is taken for the right one.
    const [first, later] = asked.server.firstUs <= server.firstUs ? [asked.server, server] : [server, asked.server];
    const incident = this.#table.open(later.address, event.timeUs, () => {
      const made = new RogueIncident(ruleId, later.address, asked.timeUs);
      made.addSource(later.address);
      made.addPort(67);
      return made;
    });
    if (incident === null) return;
    incident.first = first;
    incident.server = later;
    incident.raced++;
    if (first.routers !== later.routers || first.nameServers !== later.nameServers) incident.different++;
    incident.addTarget(message.yourAddress ?? first.address);
    incident.note(event.timeUs, asked.packet, null, 0);
    incident.note(event.timeUs, event.packetNumber, event.flow);
  }

  #forgetOldest(): void {
    let forgotten = 0;
    for (const key of this.#asked.keys()) {
      this.#asked.delete(key);
      if (++forgotten >= this.#askedLimit.limit / 8) break;
    }
    this.#askedLimit.hits += forgotten;
  }

  #words(incident: RogueIncident): FindingWords | null {
    const { server, first } = incident;
    if (server === null || first === null || incident.raced < this.#numbers.answers) return null;
    const differs = incident.different > 0;
    const severity: Severity = !differs ? 'low' : incident.different > 2 ? 'high' : 'medium';
    return {
      threat: 'spoofing',
      severity,
      confidence: differs ? 0.8 : 0.3,
      title: `Second DHCP server ${server.address} beside ${first.address}`,
      summary:
        `${server.address} answered ${count(incident.raced, 'DHCP request')} that ${first.address} answered as well; ` +
        (differs
          ? `it gives router ${server.routers || 'none'} and DNS ${server.nameServers || 'none'}.`
          : 'both give the same.'),
      evidence: [
        {
          name: 'requests that two servers answered',
          observed: incident.raced,
          threshold: this.#numbers.answers,
          unit: 'requests',
          window: null,
        },
        plain('router, name servers of the first', `${first.routers || 'none'}; ${first.nameServers || 'none'}`),
        plain('router, name servers of the second', `${server.routers || 'none'}; ${server.nameServers || 'none'}`),
        plain('servers seen', list(this.#servers.keys(), 8)),
      ],
      against: differs
        ? ['Which of the two is the right one, the capture cannot tell: the one that was seen first is taken for it.']
        : ['Both give the same router and name servers, as a pair of servers set up on purpose does.'],
      next: [
        `Find the device with the address ${server.address}: a router plugged in the wrong way round, or an attack.`,
        'Turn on DHCP snooping in the switch, so that only the right port may answer.',
      ],
      // Adversary-in-the-Middle: DHCP Spoofing.
      mitre: ['T1557.003'],
    };
  }
}

function plain(
  name: string,
  observed: string,
): { name: string; observed: string; threshold: null; unit: string; window: null } {
  return { name, observed, threshold: null, unit: '', window: null };
}

export const rogueDhcpRule: Rule<keyof Numbers> = {
  id: ruleId,
  title: 'Second DHCP server',
  description:
    'Two DHCP servers answer the same request. When they give different routers or name servers, one of them is set up wrongly or on purpose to read along.',
  threats: ['spoofing'],
  mitre: ['T1557.003'],
  sources: [
    'RFC 2131 section 3.1: any server may offer, and the client chooses',
    'RFC 3118 section 1: threats by rogue servers',
    'dhcp_probe, Snort and switches with DHCP snooping: any server that is not known',
  ],
  numbers: {
    answers: {
      label: 'Requests that both answered',
      unit: 'requests',
      minimum: 1,
      maximum: 1000,
      integer: true,
      presets: { low: 3, medium: 1, high: 1 },
      source: 'one such answer is enough to take a client over (RFC 2131 section 3.1)',
    },
    quietSeconds: {
      label: 'Quiet time after which the next answer begins a new finding',
      unit: 's',
      minimum: 10,
      maximum: 604_800,
      integer: true,
      presets: { low: 86_400, medium: 86_400, high: 86_400 },
      source: 'usual time of a lease',
    },
  },
  create: (numbers) => new RogueDhcpDetector(numbers),
};
