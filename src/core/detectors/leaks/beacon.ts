import type { Evidence, Finding, Severity } from '../../../protocol/finding';
import { transportName } from '../../flows/flow';
import type { PacketView } from '../../decode/packetView';
import type { Flow } from '../../flows/flow';
import type { Host } from '../../flows/host';
import { LimitCounter, engineLimits } from '../../limits';
import { BoundedTable } from '../boundedTable';
import type { Detector, MessageEvent } from '../detector';
import { Incident } from '../incident';
import type { FindingWords } from '../incident';
import { IncidentTable } from '../incidentTable';
import { LinkNeighbours } from '../linkNeighbours';
import { packetKinds } from '../packetKinds';
import { serviceKey } from '../recordKeys';
import { count, rounded, span } from '../words';
import { BeaconPeers } from './beaconPeers';
import { beaconScore } from './beaconScore';
import type { BeaconScore } from './beaconScore';
import { isPrivate, isRealName, isSameNetwork, isServicePort } from './network';

export const beaconRuleId = 'beacon';

/** Programs ask these by the clock, everywhere: time, names, addresses, management. */
const regularPorts = new Set([53, 67, 68, 123, 137, 138, 161, 162, 179, 514, 546, 547, 1900, 3702, 5353, 5355]);
const regularApplications = new Set(['dns', 'mdns', 'llmnr', 'ntp', 'dhcp', 'ssdp']);
/** These carry no name of the server, so that its absence says nothing. */
const namelessApplications = new Set(['ssh', 'smtp', 'imap', 'pop', 'ftp', 'mqtt', 'rdp', 'smb', 'smb2', 'modbus']);
/** Points of what surrounds the contacts from which on regular ones are of medium severity. */
const suspectPoints = 4;
const smallBytes = 4096;
/** Who sends more than this each time transfers something, which is another rule's. */
const transferBytes = 32_768;
const manyPeers = 3;
/** Judged again when there are this many times the contacts: each time costs a sort of all of them. */
const judgedGrowth = 1.1;
const quietUs = 24 * 3600e6;
/**
 * Few contacts look regular by chance: of eight at random (exponential intervals) one series in seven has less jitter than the
 * limit, and one in thirty less than this share of it.
 */
const fewContacts = 16;
const fewShare = 0.57;

export type BeaconNumbers = Readonly<Record<'contacts' | 'scorePercent' | 'jitterPercent' | 'minimumSeconds', number>>;

interface Contacts {
  readonly client: Host;
  readonly server: Host;
  readonly port: number;
  readonly transport: number;
  /** Time in microseconds, bytes sent and number of the first packet of each, in the order of time. */
  rows: number[];
  total: number;
  judgedAt: number;
  bytesDown: number;
  named: boolean;
  nameless: boolean;
  serverName: string | null;
  application: string | null;
}

class BeaconIncident extends Incident {
  constructor(
    subject: string,
    firstUs: number,
    readonly contacts: Contacts,
  ) {
    super(beaconRuleId, subject, firstUs);
  }
}

/**
 * Regular contacts of one host with one service, by the four parts of RITA's score: intervals, sizes, how much of the capture
 * they cover, how evenly. Software is regular too, so what is told with medium severity has to be odd besides: outside the own
 * network, without a name, on a port of no service, by this host alone.
 */
export class BeaconDetector implements Detector {
  readonly packetKinds = packetKinds.arp;
  readonly messageKinds = ['http-request'] as const;
  readonly limits: readonly LimitCounter[];
  readonly #numbers: BeaconNumbers;
  readonly #contacts: BoundedTable<number, { contacts: Contacts | null }>;
  /** Counted when words are asked for: a capture has many services and few regular contacts. */
  #peers: BeaconPeers | null = null;
  readonly #table: IncidentTable<BeaconIncident>;
  readonly #neighbours = new LinkNeighbours(beaconRuleId);
  #firstUs = Number.POSITIVE_INFINITY;
  #lastUs = 0;

  constructor(numbers: BeaconNumbers) {
    this.#numbers = numbers;
    const limit = new LimitCounter(`${beaconRuleId}: services of clients`, engineLimits.beaconPairs);
    this.#contacts = new BoundedTable<number, { contacts: Contacts | null }>(limit, () => ({ contacts: null }));
    this.#table = new IncidentTable(beaconRuleId, quietUs, (incident) => this.#words(incident));
    this.limits = [limit, this.#neighbours.limit, this.#table.limit];
  }

  packet(view: PacketView): void {
    this.#neighbours.learn(view);
  }

  message(event: MessageEvent): void {
    const { message, flow } = event;
    if (message.kind !== 'http-request' || !event.fromA) return;
    // The first request is the flow itself; the ones that follow it on the same connection are contacts as well.
    if (event.timeUs - flow.startUs < this.#numbers.minimumSeconds * 1e6) return;
    this.#add(flow, event.timeUs, message.target.length + (message.contentLength ?? 0), 0, event.packetNumber);
  }

  flowEnded(flow: Flow): void {
    if (flow.payloadPackets === 0 || flow.packetsBToA === 0 || flow.payloadBytesAToB === 0) return;
    if (flow.ipProtocol === 6 ? !flow.synSeen : flow.ipProtocol !== 17) return;
    this.#add(flow, flow.startUs, flow.payloadBytesAToB, flow.payloadBytesBToA, flow.firstPacket);
  }

  advance(nowUs: number): void {
    if (nowUs < this.#firstUs) this.#firstUs = nowUs;
    if (nowUs > this.#lastUs) this.#lastUs = nowUs;
    this.#peers = null;
    this.#table.advance(nowUs);
  }

  finish(): void {
    this.#peers = null;
    this.#table.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#peers = null;
    this.#table.collect(put);
    this.#peers = null;
  }

  clear(): void {
    this.#contacts.clear();
    this.#peers = null;
    this.#neighbours.clear();
    this.#table.clear();
  }

  #add(flow: Flow, timeUs: number, bytesUp: number, bytesDown: number, packet: number): void {
    const { a: client, b: server, bPort: port, application } = flow;
    if (regularPorts.has(port) || client === server || server.isGroup || client.isGroup) return;
    if (regularApplications.has(application ?? '') || (!isPrivate(client) && isPrivate(server))) return;
    const slot = this.#contacts.use(serviceKey(client, server, port, flow.ipProtocol));
    const contacts = (slot.contacts ??= contactsOf(flow));
    // Another's with the same key, once in a long while.
    if (contacts.port !== port || contacts.server.word0 !== server.word0 || contacts.client.word0 !== client.word0)
      return;
    contacts.application ??= flow.spoken ?? application;
    contacts.serverName ??= flow.serverName;
    contacts.named ||= isRealName(flow.serverName);
    contacts.nameless ||= namelessApplications.has(flow.spoken ?? application ?? '');
    contacts.bytesDown += bytesDown;
    contacts.total++;
    insert(contacts, timeUs, bytesUp, packet);
    this.#judge(contacts, flow, timeUs, packet);
  }

  #countPeers(): BeaconPeers {
    const peers = new BeaconPeers();
    this.#contacts.each(({ contacts }) => {
      if (contacts !== null) peers.add(contacts.client, contacts.server, contacts.port);
    });
    return peers;
  }

  #judge(contacts: Contacts, flow: Flow, timeUs: number, packet: number): void {
    const { total, rows } = contacts;
    // No incident was opened for fewer.
    if (total < this.#numbers.contacts) return;
    const key = `${flow.a.text}>${flow.b.text}:${flow.bPort}/${flow.ipProtocol}`;
    const known = this.#table.get(key);
    if (known !== undefined) {
      known.note(timeUs, packet, flow);
      return;
    }
    if (total < judgedGrowth * contacts.judgedAt) return;
    contacts.judgedAt = total;
    if (!this.#isRegular(this.#score(contacts), total)) return;
    const incident = this.#table.open(key, timeUs, () => new BeaconIncident(key, rows[0] ?? timeUs, contacts));
    if (incident === null) return;
    // Whoever is called is behind it; whoever calls suffers it.
    incident.addSource(contacts.server.text);
    incident.addTarget(contacts.client.text);
    incident.addPort(contacts.port);
    for (let at = 0; at < rows.length; at += stride) incident.note(rows[at] ?? 0, rows[at + 2] ?? 0);
    incident.addFlow(flow);
  }

  #score({ rows }: Contacts): BeaconScore {
    const timesUs = columnOf(rows, 0);
    const last = Math.max(this.#lastUs, timesUs[timesUs.length - 1] ?? 0);
    const first = Math.min(this.#firstUs, timesUs[0] ?? last);
    return beaconScore(timesUs, columnOf(rows, 1), last - first);
  }

  #isRegular({ score, intervalSeconds, jitter }: BeaconScore, contacts: number): boolean {
    const { scorePercent, jitterPercent, minimumSeconds } = this.#numbers;
    const share = contacts < fewContacts ? fewShare : 1;
    return score >= scorePercent / 100 && jitter <= (share * jitterPercent) / 100 && intervalSeconds >= minimumSeconds;
  }

  #words(incident: BeaconIncident): FindingWords | null {
    const { contacts } = incident;
    const score = this.#score(contacts);
    if (!this.#isRegular(score, contacts.total)) return null;
    const { client, server, port } = contacts;
    this.#peers ??= this.#countPeers();
    const clients = this.#peers.clientsOf(server, port);
    const services = this.#peers.servicesOf(client, port);
    const { points, signs, against } = surroundings(
      contacts,
      clients,
      services,
      this.#neighbours.areNeighbours(client, server),
    );
    const severity: Severity = points >= suspectPoints ? 'medium' : 'low';
    const where = `${server.text}:${port}`;
    return {
      threat: 'botnet',
      severity,
      confidence: Math.round(Math.min(0.9, 0.1 + 0.5 * score.score + 0.06 * Math.max(0, points)) * 100) / 100,
      title: `${client.text} calls ${where} regularly`,
      summary:
        `${client.text} made ${count(contacts.total, 'contact')} with ${where} over ${span(incident.seconds)}, ` +
        `one every ${rounded(score.intervalSeconds)} s with ${Math.round(100 * score.jitter)} % jitter.`,
      evidence: this.#evidence(contacts, score, points, signs),
      against,
      next: [
        `Find the program on ${client.text} that connects to ${where}.`,
        `Find out who runs ${server.text}, and read what is sent when it is not encrypted.`,
        'When it is a monitor or an update, exclude the service with a reason.',
      ],
      // Application Layer Protocol; Non-Standard Port.
      mitre: isServicePort(port) ? ['T1071'] : ['T1071', 'T1571'],
    };
  }

  #evidence(contacts: Contacts, score: BeaconScore, points: number, signs: string[]): Evidence[] {
    const percent = (name: string, value: number): Evidence => ({
      name,
      observed: Math.round(100 * value),
      threshold: null,
      unit: '%',
      window: null,
    });
    const needs = Math.round(contacts.total * score.intervalSeconds);
    return [
      {
        name: 'contacts',
        observed: contacts.total,
        threshold: this.#numbers.contacts,
        unit: 'contacts',
        window: `${needs} s`,
      },
      { ...percent('score', score.score), threshold: this.#numbers.scorePercent },
      {
        ...percent('jitter', score.jitter),
        threshold: Math.round((contacts.total < fewContacts ? fewShare : 1) * this.#numbers.jitterPercent),
      },
      percent('regular intervals', score.timestamps),
      percent('equal sizes', score.sizes),
      percent('part of the capture covered', score.duration),
      percent('evenly spread', score.histogram),
      { name: 'odd besides', observed: points, threshold: suspectPoints, unit: 'points', window: null },
      { name: 'odd in words', observed: signs.join(', ') || 'nothing', threshold: null, unit: '', window: null },
      {
        name: 'protocol',
        observed: contacts.application ?? 'unknown',
        threshold: null,
        unit: transportName(contacts.transport),
        window: null,
      },
      { name: 'server name', observed: contacts.serverName ?? 'none', threshold: null, unit: '', window: null },
    ];
  }
}

const noRows: number[] = [];

function contactsOf({ a, b, bPort, ipProtocol }: Flow): Contacts {
  return {
    client: a,
    server: b,
    port: bPort,
    transport: ipProtocol,
    rows: noRows,
    total: 0,
    judgedAt: 0,
    bytesDown: 0,
    named: false,
    nameless: false,
    serverName: null,
    application: null,
  };
}

/** What makes regular contacts suspect, and what speaks for ordinary software. */
function surroundings(
  contacts: Contacts,
  clients: number,
  services: number,
  neighbours: boolean,
): { points: number; signs: string[]; against: string[] } {
  const signs: string[] = [];
  const against: string[] = [];
  let points = 0;
  if (!contacts.named && !contacts.nameless) {
    points += 2;
    signs.push('no name of the server');
  } else if (contacts.named) {
    against.push(`The server is called by its name, ${contacts.serverName ?? ''}, as services are.`);
  }
  if (!isServicePort(contacts.port)) {
    points++;
    signs.push('port of no service');
  }
  if (contacts.bytesDown <= smallBytes * contacts.total) {
    points++;
    signs.push('small answers');
  }
  if (clients === 1) {
    points++;
    signs.push('no other client');
  } else if (clients >= manyPeers) {
    points -= 2;
    against.push(`${clients} clients use the service.`);
  }
  if (services >= manyPeers) {
    points -= 2;
    against.push(`The client asks ${services} servers on this port, as a monitor does.`);
  }
  if (mean(columnOf(contacts.rows, 1)) > transferBytes) {
    points = Math.min(points, suspectPoints - 1);
    against.push('Much is sent each time, as by a backup in parts.');
  }
  if (neighbours || isSameNetwork(contacts.client, contacts.server)) {
    points = Math.min(points, suspectPoints - 1);
    against.push('Both are in one network: health checks and pollers are regular by nature.');
  }
  return { points, signs, against };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** BeaconNumbers of one contact in `rows`. */
const stride = 3;

function columnOf(rows: readonly number[], column: number): number[] {
  const values: number[] = [];
  for (let at = column; at < rows.length; at += stride) values.push(rows[at] ?? 0);
  return values;
}

/** Keeps the contacts in the order of time: flows end in another order than they began. */
function insert(contacts: Contacts, timeUs: number, size: number, packet: number): void {
  const { rows } = contacts;
  if (rows.length === 0) {
    // With room for no more than these: of most there is one.
    contacts.rows = [timeUs, size, packet];
    return;
  }
  rows.push(timeUs, size, packet);
  let at = rows.length - stride;
  for (; at > 0 && (rows[at - stride] ?? 0) > timeUs; at -= stride) rows.copyWithin(at, at - stride, at);
  rows[at] = timeUs;
  rows[at + 1] = size;
  rows[at + 2] = packet;
  const { length } = rows;
  if (length > stride * engineLimits.beaconContacts) rows.splice(0, stride * Math.floor(length / stride / 2));
}
