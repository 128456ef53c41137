import type { Evidence, Finding, FindingStage, FlowReference, Severity } from '../../protocol/finding';
import type { Flow } from '../flows/flow';
import type { Host } from '../flows/host';
import { engineLimits } from '../limits';
import { asksNeighbor, contactKey, hasPort, isCrafted, portKey } from './contact';
import type { Contact, ContactOutcome, ProbeKind } from './contact';
import { scannerRatio } from './scanLikelihood';
import { coversRange } from './scanRange';
import { ServiceProbing } from './serviceProbing';
import type { ScanLikelihood } from './scanLikelihood';
import type { ScanSource } from './scanSource';
import { scanTitle } from './scanWords';
import { count, list, mostCommon, span } from './words';

export const portScanRuleId = 'port-scan';

/** The rule's numbers; what each means is in its table. */
export type PortScanNumber =
  | 'verticalPorts'
  | 'burstPorts'
  | 'horizontalHosts'
  | 'windowSeconds'
  | 'scatteredFactor'
  | 'slowContacts'
  | 'tellingContacts'
  | 'tellingPorts'
  | 'seriousContacts';
export type PortScanNumbers = Readonly<Record<PortScanNumber, number>>;

/** Services that programs try on many hosts by themselves, so that silence may be a broken network. */
const everydayPorts = new Set([53, 80, 123, 443, 853]);
/** Above 1023, services that sweeps look for: databases, remote desktops, proxies, container and cluster interfaces. */
const soughtPorts = new Set([
  1433, 1521, 2222, 2375, 2376, 3128, 3306, 3389, 5432, 5555, 5900, 5985, 6379, 8000, 8080, 8443, 8888, 9200, 11211,
  27017,
]);

const kindNames: Record<ProbeKind, string> = {
  syn: 'TCP SYN',
  fin: 'TCP FIN',
  null: 'TCP NULL',
  xmas: 'TCP Xmas',
  ack: 'TCP ACK',
  maimon: 'TCP FIN/ACK (Maimon)',
  udp: 'UDP',
  echo: 'ICMP echo',
  arp: 'ARP',
  neighbor: 'Neighbor Discovery',
};

/** One scan by one source, from the contact that crossed a threshold on: everything the finding says. */
export class ScanIncident {
  readonly id: string;
  lastUs: number;
  dirty = true;
  #firstUs: number;
  #contacts = 0;
  #scattered = false;
  #mostAtOnce = 0;
  readonly #verticalTargets = new Set<Host>();
  readonly #horizontalPorts = new Set<number>();
  /** Contacts counted already, by target and port; bounded. */
  readonly #seen = new Set<number>();
  readonly #targets = new Set<Host>();
  readonly #ports = new Set<number>();
  readonly #openPorts = new Set<number>();
  readonly #sourcePorts = new Set<number>();
  readonly #packets: number[] = [];
  readonly #flows: FlowReference[] = [];
  readonly #outcomes: Record<ContactOutcome, number> = { reset: 0, unanswered: 0, unreachable: 0, 'half-open': 0 };
  readonly #kinds = new Map<ProbeKind, number>();
  /** Highest likelihood ratio; 0 when the scan was found by counting alone. */
  likelihood = 0;
  /** Enough ports of one target within a second. */
  burst = false;
  /** Connections followed to ports whose handshakes were reset half-way. */
  returned = false;
  #slowFailures = 0;
  #mostPortsAtOnce = 0;
  #mostHostsAtOnce = 0;
  #telling = 0;
  readonly #probing = new ServiceProbing();

  constructor(
    readonly source: Host,
    first: Contact,
    readonly thresholds: PortScanNumbers,
  ) {
    this.#firstUs = first.timeUs;
    this.lastUs = first.timeUs;
    this.id = `${portScanRuleId}|${source.text}|${Math.floor(first.timeUs)}`;
  }

  /** Whether a contact is one more of the scan that is known. */
  covers(contact: Contact): boolean {
    return this.#scattered || this.#verticalTargets.has(contact.target) || this.#horizontalPorts.has(portKey(contact));
  }

  /** The scan goes everywhere: all contacts of the window join. */
  extendToAll(watched: ScanSource): void {
    this.#scattered = true;
    for (const contact of watched.contacts()) this.add(contact, watched);
  }

  /** Found by the likelihood ratio: covers the target or port that most contacts were of, else all. */
  extendByLikelihood(likelihood: ScanLikelihood, watched: ScanSource): void {
    this.likelihood = Math.max(this.likelihood, likelihood.ratio);
    this.#slowFailures = Math.max(this.#slowFailures, likelihood.failures);
    const { contacts } = likelihood;
    const target = mostCommon(contacts.map((contact) => contact.target));
    const port = mostCommon(contacts.map((contact) => portKey(contact)));
    if (target !== null) this.#verticalTargets.add(target);
    else if (port !== null) this.#horizontalPorts.add(port);
    else this.#scattered = true;
    for (const contact of contacts) if (this.covers(contact)) this.add(contact, watched);
    for (const contact of watched.contacts()) if (this.covers(contact)) this.add(contact, watched);
  }

  /** The scan covers this target, too: the contacts of the window join. */
  extendToTarget(target: Host, watched: ScanSource): void {
    this.#verticalTargets.add(target);
    for (const contact of watched.contacts()) if (contact.target === target) this.add(contact, watched);
  }

  /** The scan covers the port of `like` on all hosts, too: the contacts of the window join. */
  extendToPort(like: Contact, watched: ScanSource): void {
    const port = portKey(like);
    this.#horizontalPorts.add(port);
    for (const contact of watched.contacts()) if (portKey(contact) === port) this.add(contact, watched);
  }

  add(contact: Contact, watched: ScanSource): void {
    this.dirty = true;
    if (contact.timeUs > this.lastUs) this.lastUs = contact.timeUs;
    if (contact.timeUs < this.#firstUs) this.#firstUs = contact.timeUs;
    if (this.#verticalTargets.has(contact.target)) {
      this.#mostPortsAtOnce = Math.max(this.#mostPortsAtOnce, watched.target(contact.target).failed);
    }
    if (this.#horizontalPorts.has(portKey(contact))) {
      this.#mostHostsAtOnce = Math.max(this.#mostHostsAtOnce, watched.hostsOnPort(contact));
    }
    if (this.#scattered) this.#mostAtOnce = Math.max(this.#mostAtOnce, watched.failed);
    const key = contactKey(contact);
    if (this.#seen.size >= engineLimits.incidentContacts || this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#contacts++;
    this.#outcomes[contact.outcome]++;
    this.#kinds.set(contact.kind, (this.#kinds.get(contact.kind) ?? 0) + 1);
    if (contact.outcome === 'half-open' || isCrafted(contact.kind)) this.#telling++;
    if (contact.outcome === 'half-open') this.#openPorts.add(contact.port);
    if (hasPort(contact.kind)) this.#ports.add(contact.port);
    this.#targets.add(contact.target);
    this.#sourcePorts.add(contact.sourcePort);
    if (this.#packets.length < engineLimits.findingPackets) this.#packets.push(contact.packet);
    if (this.#flows.length < engineLimits.findingFlows && !asksNeighbor(contact.kind))
      this.#flows.push(flowOf(contact));
  }

  /** A connection with a scanned target that has ended. */
  noteSession(flow: Flow): void {
    if (!this.#targets.has(flow.b)) return;
    const { b: target, bPort: port, startUs, endUs } = flow;
    const bytes = flow.payloadBytesAToB + flow.payloadBytesBToA;
    if (this.#probing.note({ target, port, startUs, endUs, bytes }, this.lastUs)) this.dirty = true;
  }

  noteProbeAnswered(): void {
    // Beyond the limit, or tried otherwise before, a contact was not counted as unanswered.
    if (this.#outcomes.unanswered === 0) return;
    this.#outcomes.reset++;
    this.#outcomes.unanswered--;
    this.dirty = true;
  }

  finding(watched: ScanSource): Finding {
    for (const open of watched.openPortsOf(this.#targets)) this.#openPorts.add(open);
    const sources = [this.source.text];
    const type = this.#typeName();
    const ports = [...this.#ports].sort((x, y) => x - y);
    const hosts = this.#targets.size;
    const firstTarget = this.#targets.values().next().value?.text ?? '';
    const by = this.source.text;
    const title = scanTitle(type, { hosts, target: firstTarget, ports }, by);
    const full = this.#seen.size >= engineLimits.incidentContacts;
    const atLeast = (counted: string): string => (full ? `at least ${counted}` : counted);
    const onHosts = hosts === 1 ? firstTarget : count(hosts, 'host');
    const onPorts = atLeast(count(ports.length, 'port'));
    const tried =
      ports.length === 0
        ? `${by} asked for ${atLeast(onHosts)}`
        : hosts === 1
          ? `${by} tried ${onPorts} of ${onHosts}`
          : `${by} tried ${onPorts} on ${onHosts}`;
    const found = ports.length === 0 ? '' : `, ${count(this.#openPorts.size, 'open port')} found`;
    const seconds = Math.max((this.lastUs - this.#firstUs) / 1e6, 1e-6);
    const probing = this.#probing.told ? this.#probing : null;
    return {
      id: this.id,
      rule: portScanRuleId,
      threat: 'port-scan',
      detector: 'rule',
      severity: this.#severity(watched),
      confidence: this.#confidence(watched),
      title,
      summary:
        `${tried} in ${span(seconds)}: ` +
        `${this.#outcomes.reset} refused, ${this.#outcomes.unanswered} not answered, ` +
        `${this.#outcomes.unreachable} unreachable${found}.` +
        (probing === null ? '' : ` Then it asked ${probing.words} what they are.`),
      sources,
      targets: [...this.#targets].slice(0, engineLimits.findingTargets).map((target) => target.text),
      ports: ports.slice(0, engineLimits.findingPorts),
      firstSeen: this.#firstUs / 1e6,
      lastSeen: this.lastUs / 1e6,
      count: this.#contacts,
      evidence: this.#evidence(type, seconds),
      against: this.#against(watched),
      packets: [...this.#packets].sort((x, y) => x - y),
      // Network Service Discovery; Remote System Discovery.
      mitre: [...(ports.length > 0 ? ['T1046'] : []), ...(hosts > 1 ? ['T1018'] : [])],
      flows: [...this.#flows],
      next: this.#next(watched),
      stages: probing === null ? [] : [this.#stage(title), probing.stage(portScanRuleId, this.source)],
    };
  }

  #stage(title: string): FindingStage {
    const [firstSeen, lastSeen] = [this.#firstUs / 1e6, this.lastUs / 1e6];
    return { rule: portScanRuleId, threat: 'port-scan', title, firstSeen, lastSeen };
  }

  #evidence(type: string, seconds: number): Evidence[] {
    const window = `${this.thresholds.windowSeconds} s`;
    const plain = (name: string, observed: number | string, unit: string): Evidence => ({
      name,
      observed,
      threshold: null,
      unit,
      window: null,
    });
    const evidence: Evidence[] = [];
    if (this.#verticalTargets.size > 0) {
      const burst = this.burst && this.#mostPortsAtOnce < this.thresholds.verticalPorts;
      evidence.push({
        name: 'distinct failed ports of one target',
        observed: this.#mostPortsAtOnce,
        threshold: burst ? this.thresholds.burstPorts : this.thresholds.verticalPorts,
        unit: 'ports',
        window: burst ? '1 s' : window,
      });
    }
    if (this.#horizontalPorts.size > 0) {
      evidence.push({
        name: this.#ports.size === 0 ? 'distinct hosts that did not answer' : 'distinct hosts that failed on one port',
        observed: this.#mostHostsAtOnce,
        threshold: this.thresholds.horizontalHosts,
        unit: 'hosts',
        window,
      });
    }
    if (this.#scattered) {
      evidence.push({
        name: 'distinct failed contacts of one source',
        observed: this.#mostAtOnce,
        threshold: this.thresholds.scatteredFactor * this.thresholds.horizontalHosts,
        unit: 'contacts',
        window,
      });
    }
    if (this.likelihood > 0) {
      evidence.push(
        {
          name: 'likelihood ratio that the source is a scanner (sequential hypothesis test)',
          observed: Math.round(this.likelihood),
          threshold: Math.round(scannerRatio),
          unit: '',
          window: null,
        },
        {
          name: 'failed first contacts',
          observed: this.#slowFailures,
          threshold: this.thresholds.slowContacts,
          unit: 'contacts',
          window: 'a run that 1800 s of silence end',
        },
      );
    }
    if (this.#telling > 0) {
      evidence.push({
        name: 'contacts that only a scanner makes (no ACK flag, or reset half-way through the handshake)',
        observed: this.#telling,
        threshold: this.thresholds.tellingContacts,
        unit: 'contacts',
        window,
      });
    }
    evidence.push(
      plain('scan type', type, ''),
      plain('answered by RST', this.#outcomes.reset, 'contacts'),
      plain('not answered', this.#outcomes.unanswered, 'contacts'),
      plain('answered by ICMP unreachable', this.#outcomes.unreachable, 'contacts'),
      plain('open ports found', this.#openPorts.size === 0 ? 0 : list([...this.#openPorts].sort((x, y) => x - y)), ''),
      ...(this.#probing.told
        ? [plain('connections that ask open ports what they are', this.#probing.probes, 'connections')]
        : []),
      plain('rate', Math.round((this.#contacts / Math.max(seconds, 1)) * 10) / 10, 'contacts/s'),
    );
    return evidence;
  }

  #against(watched: ScanSource): string[] {
    const against: string[] = [];
    if (watched.used > 0) {
      against.push(
        `${this.source.text} also exchanged data with ${count(watched.used, 'port')}, as a monitoring system would.`,
      );
    }
    if (this.#onlySilence() && this.#ports.size > 0) {
      against.push('No contact was refused: a broken route, a firewall or a host that is down looks the same.');
    }
    if (this.#everydayOnly()) {
      against.push('Browsers, resolvers and other programs try this port on many hosts by themselves.');
    }
    if (this.#waitsForServices(watched)) {
      against.push('It tries the same ports over and over, as a monitor or a program that waits for services does.');
    }
    if (this.#peerToPeer(watched)) {
      against.push('Peer-to-peer programs try many peers that are gone.');
    }
    if (watched.router) {
      against.push(`${this.source.text} is a router: it asks for what others try to reach, and looks for devices.`);
    } else if (this.#seeksNeighbors()) {
      against.push(
        `A router asks by ${this.#kinds.has('arp') ? 'ARP' : 'Neighbor Discovery'} for every address that somebody else tries to reach.`,
      );
    }
    if (this.source.local) against.push('The source is this machine: perhaps somebody here ran the scan on purpose.');
    return against;
  }

  #next(watched: ScanSource): string[] {
    const { text, local } = this.source;
    return [
      local
        ? `Find out which program of this machine did it, and whether somebody ran it on purpose.`
        : `Find out who uses ${text} and whether a scan from there was agreed on.`,
      this.#openPorts.size > 0
        ? `Look at what was said on the open ports (${list([...this.#openPorts].sort((x, y) => x - y))}) after the scan.`
        : 'See whether anything listens on the ports that were tried, and whether it has to be reachable from there.',
      watched.used > 0
        ? `When ${text} is a monitoring system or a scanner of your own, add an exclusion for it.`
        : `Block ${text} at the firewall when nobody answers for it.`,
    ];
  }

  /** Below medium: what ordinary software also does. */
  #severity(watched: ScanSource): Severity {
    const size = Math.max(this.#mostPortsAtOnce, this.#mostHostsAtOnce);
    const slow = this.likelihood > 0;
    const few =
      !slow &&
      !this.burst &&
      size < this.thresholds.verticalPorts &&
      this.#horizontalPorts.size === 0 &&
      !this.#scattered;
    if (few) return this.returned || this.#oneSourcePort() ? 'medium' : 'low';
    if (this.#telling === 0 && watched.used >= this.#contacts) return 'low';
    const range = coversRange(this.#targets, this.thresholds.horizontalHosts);
    if (this.#telling === 0 && this.#onlySilence() && this.#everydayOnly() && !this.#oneSourcePort() && !range)
      return 'low';
    if (this.#peerToPeer(watched) || this.#waitsForServices(watched)) return 'low';
    // A machine that lost its network tries all it knows.
    if (slow && this.#scattered && this.#telling === 0 && this.#onlySilence() && !this.#oneSourcePort()) return 'low';
    if (this.#ports.size === 0) return this.#looksHurried(range && !watched.router) ? 'medium' : 'low';
    return this.#contacts >= this.thresholds.seriousContacts ? 'high' : 'medium';
  }

  /** A whole range, or faster than monitoring asks; a router asks by ARP for what others try to reach, now and then. */
  #looksHurried(range: boolean): boolean {
    const perSecond = this.#contacts / Math.max(1, (this.lastUs - this.#firstUs) / 1e6);
    if (!this.#seeksNeighbors()) return range || perSecond >= 5;
    return (range && perSecond >= 2) || (this.#contacts >= this.thresholds.seriousContacts && perSecond >= 10);
  }

  /** Dynamic ports of many hosts by ordinary connections, beside others that worked. */
  #peerToPeer(watched: ScanSource): boolean {
    if (this.#verticalTargets.size > 0 || watched.used === 0 || this.#ports.size === 0 || this.#oneSourcePort())
      return false;
    if (this.#scattered) return true;
    for (const port of this.#ports) if (port < 1024 || soughtPorts.has(port)) return false;
    return true;
  }

  /** Few contacts, found by the sequential test alone, each of them again and again. */
  #waitsForServices(watched: ScanSource): boolean {
    const counted = Math.max(this.#mostPortsAtOnce, this.#mostHostsAtOnce);
    return (
      counted < this.thresholds.verticalPorts &&
      !this.burst &&
      this.#telling === 0 &&
      watched.repeats >= 2 * this.#contacts
    );
  }

  #confidence(watched: ScanSource): number {
    let confidence = 0.6 + Math.min(0.25, 0.1 * Math.log10(Math.max(1, this.#contacts / 10)));
    if (this.#telling > 0 || this.#oneSourcePort()) confidence += 0.12;
    if (this.#onlySilence()) confidence -= 0.1;
    if (watched.used >= this.#contacts) confidence -= 0.2;
    return Math.round(Math.min(0.98, Math.max(0.2, confidence)) * 100) / 100;
  }

  #onlySilence(): boolean {
    return this.#outcomes.reset === 0 && this.#outcomes.unreachable === 0 && this.#outcomes['half-open'] === 0;
  }

  #seeksNeighbors(): boolean {
    return this.#kinds.has('arp') || this.#kinds.has('neighbor');
  }

  #everydayOnly(): boolean {
    for (const port of this.#ports) if (!everydayPorts.has(port)) return false;
    return this.#ports.size > 0;
  }

  /** Raw scanners send from one port; an operating system gives each connection its own. */
  #oneSourcePort(): boolean {
    return this.#ports.size > 0 && this.#contacts >= 3 && this.#sourcePorts.size <= Math.max(2, this.#contacts / 3);
  }

  #typeName(): string {
    const kinds = [...this.#kinds].sort(([, x], [, y]) => y - x);
    const main = kinds[0]?.[0] ?? 'syn';
    if (kinds.length > 1 && (kinds[0]?.[1] ?? 0) < 0.6 * this.#contacts) {
      return kinds.every(([kind]) => kind !== 'udp' && hasPort(kind)) ? 'TCP mixed' : 'Mixed';
    }
    if (main !== 'syn') return kindNames[main];
    const raw = this.#outcomes['half-open'] > 0 || this.#oneSourcePort();
    return raw ? kindNames.syn : 'TCP connect';
  }
}

function flowOf({ kind, source, sourcePort, target, port, timeUs }: Contact): FlowReference {
  const transport = kind === 'udp' ? 'udp' : hasPort(kind) ? 'tcp' : source.addressLength === 4 ? 'icmp' : 'icmpv6';
  const ports = hasPort(kind) ? { aPort: sourcePort, bPort: port } : { aPort: null, bPort: null };
  return { transport, a: source.text, b: target.text, ...ports, start: timeUs / 1e6 };
}
