import type { Evidence, Finding, Severity } from '../../../protocol/finding';
import { startsWithAscii } from '../../decode/text';
import { uint32 } from '../../bytes/integers';
import type { PacketView } from '../../decode/packetView';
import { flowEvents, grownFrom } from '../../flows/flow';
import type { Flow } from '../../flows/flow';
import type { FlowTable } from '../../flows/flowTable';
import type { Host } from '../../flows/host';
import { LimitCounter, engineLimits } from '../../limits';
import { BoundedTable } from '../boundedTable';
import type { Detector } from '../detector';
import { Incident } from '../incident';
import type { FindingWords } from '../incident';
import { IncidentTable } from '../incidentTable';
import { flowMarks } from '../flowMarks';
import { LinkNeighbours } from '../linkNeighbours';
import { packetKinds } from '../packetKinds';
import { addressPortKey } from '../recordKeys';
import { rounded, span } from '../words';
import { isPrivate, isRealName, isSameNetwork, isServicePort } from './network';

export const uploadRuleId = 'data-upload';
const tcp = 6;
const dnsPort = 53;

/** Smaller flows are not added up: requests of a browser. */
const flowBytes = 16_384;
/** An open flow is looked at again after this much more, as it is at first. */
const stepBytes = grownFrom;
/** Packets with data at the beginning of a flow that tell what it is for. */
const tellingPackets = 4;
const suspectPoints = 4;
/** Slips' shipped limit, config/slips.yaml. */
const hugeBytes = 500e6;
/** Less than this goes by HTTP and TLS to local servers and devices by their address all day: forms, pictures, firmware. */
const namelessBytes = 2e6;
const manyServers = 5;
/** Ports whose protocols are recognised by their bytes: something else there hides. */
const recognisedPorts = new Set([21, 22, 25, 53, 80, 110, 143, 443, 465, 587, 993, 995, 8000, 8080, 8443, 8888]);
/** Times what the host sends to all others together: what is usual for it. */
const dominance = 5;
const stunCookie = 0x2112a442;
const iperfCookieLength = 37;

export type UploadNumbers = Readonly<Record<'kilobytes' | 'ratio' | 'windowSeconds', number>>;

/** What a client sent to one port of a server within the window. */
interface Transfer {
  readonly client: Host;
  readonly server: Host;
  readonly port: number;
  readonly transport: number;
  firstUs: number;
  up: number;
  down: number;
  flows: number;
  known: string | null;
  named: boolean;
  serverName: string | null;
  /** The capture holds the bytes, so that a protocol could have been recognised. */
  readable: boolean;
}

interface OpenFlow {
  transfer: Transfer;
  up: number;
  down: number;
}

interface Client {
  total: number;
  readonly servers: Set<number>;
}

class UploadIncident extends Incident {
  constructor(
    subject: string,
    readonly transfer: Transfer,
    readonly others: () => number,
    readonly clients: () => number,
    readonly servers: () => number,
  ) {
    super(uploadRuleId, subject, transfer.firstUs);
  }
}

/**
 * Much more sent than received, to somebody outside who is no service that is known: data that leaves. What is much is a floor
 * and what the host sends to all others; backups and cloud storage send more, but by protocols and names that are known, so
 * they stay below medium.
 */
export class UploadDetector implements Detector {
  readonly packetKinds =
    packetKinds.tcpPayload | packetKinds.udp | packetKinds.icmp | packetKinds.arp | packetKinds.other;
  readonly packetEvents = flowEvents.grown;
  readonly flowMark = flowMarks.upload;
  readonly limits: readonly LimitCounter[];
  readonly #numbers: UploadNumbers;
  readonly #floor: number;
  readonly #transfers: BoundedTable<string, { transfer: Transfer | null }>;
  readonly #clients: BoundedTable<string, Client>;
  readonly #audience: BoundedTable<number | string, Set<number>>;
  readonly #open = new Map<number, OpenFlow>();
  readonly #openLimit = new LimitCounter(`${uploadRuleId}: open uploads`, engineLimits.openUploads);
  /** Pairs with a measuring program, a media session or FTP between them: what goes over other ports belongs to that. */
  readonly #explained = new Map<string, string>();
  readonly #explainedLimit = new LimitCounter(`${uploadRuleId}: explained pairs`, engineLimits.openUploads);
  readonly #neighbours = new LinkNeighbours(uploadRuleId);
  readonly #table: IncidentTable<UploadIncident>;

  constructor(numbers: UploadNumbers) {
    this.#numbers = numbers;
    this.#floor = numbers.kilobytes * 1000;
    const limit = new LimitCounter(`${uploadRuleId}: transfers`, engineLimits.uploadPairs);
    const clients = new LimitCounter(`${uploadRuleId}: clients`, engineLimits.uploadPairs);
    const audience = new LimitCounter(`${uploadRuleId}: servers`, engineLimits.uploadPairs);
    this.#transfers = new BoundedTable<string, { transfer: Transfer | null }>(limit, () => ({ transfer: null }));
    this.#clients = new BoundedTable<string, Client>(clients, () => ({ total: 0, servers: new Set() }));
    this.#audience = new BoundedTable<number | string, Set<number>>(audience, () => new Set());
    this.#table = new IncidentTable(uploadRuleId, numbers.windowSeconds * 1e6, (incident) => this.#words(incident));
    this.limits = [
      limit,
      clients,
      audience,
      this.#openLimit,
      this.#explainedLimit,
      this.#neighbours.limit,
      this.#table.limit,
    ];
  }

  packet(view: PacketView, table: FlowTable): void {
    const { flow } = table;
    if (view.arpOpcode >= 0) this.#neighbours.learn(view);
    if (flow === null || view.payloadWireLength === 0) return;
    if (flow.payloadPackets <= tellingPackets) this.#explain(view, flow);
    else if ((flow.dismissed & this.flowMark) === 0) flow.dismiss(this.flowMark);
    if ((table.events & flowEvents.grown) === 0) return;
    const open = this.#open.get(flow.serial);
    if (open === undefined) this.#begin(view, flow);
    else this.#account(open, flow, view.timeUs, view.number);
  }

  flowEnded(flow: Flow): void {
    const open = (flow.kept & this.flowMark) === 0 ? undefined : this.#open.get(flow.serial);
    if (open !== undefined) {
      this.#open.delete(flow.serial);
      this.#account(open, flow, flow.endUs, 0);
    } else if (flow.payloadBytesAToB >= flowBytes && isJudged(flow)) {
      const transfer = this.#transfer(flow);
      transfer.flows++;
      this.#account({ transfer, up: 0, down: 0 }, flow, flow.endUs, flow.firstPacket);
    } else if (flow.payloadPackets > 0 && flow.packetsBToA > 0) {
      noteHost(this.#audience.get(addressPortKey(flow.b, flow.bPort)), flow.a);
    }
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
    this.#transfers.clear();
    this.#clients.clear();
    this.#audience.clear();
    this.#open.clear();
    this.#explained.clear();
    this.#neighbours.clear();
    this.#table.clear();
  }

  /** Programs that send much on purpose and say who they are at the beginning. */
  #explain(view: PacketView, flow: Flow): void {
    const { bytes, payloadOffset, payloadLength } = view;
    let what = '';
    if (flow.ipProtocol === tcp) {
      if (payloadLength === iperfCookieLength && isIperfCookie(bytes, payloadOffset)) what = 'iperf3';
      else if (flow.spoken === 'ftp') what = 'FTP';
      else if (startsWithAscii(bytes, payloadOffset, payloadOffset + payloadLength, '\x13BitTorrent protocol')) {
        what = 'BitTorrent';
      }
    } else if (payloadLength >= 20 && uint32(bytes, payloadOffset + 4) === stunCookie) {
      what = 'a media session (STUN)';
    }
    if (what === '') return;
    const key = `${flow.a.text}>${flow.b.text}`;
    if (this.#explained.size >= this.#explainedLimit.limit) this.#explainedLimit.hits++;
    else this.#explained.set(key, what);
  }

  #explanation(client: Host, server: Host): string | null {
    const known = this.#explained.get(`${client.text}>${server.text}`);
    // In the active mode of FTP the server opens the connection that it sends a file on (RFC 959 section 3.2).
    const turned = this.#explained.get(`${server.text}>${client.text}`);
    return known ?? (turned === 'FTP' ? turned : null);
  }

  #begin(view: PacketView, flow: Flow): void {
    if (!isJudged(flow)) return;
    if (this.#open.size >= this.#openLimit.limit) {
      this.#openLimit.hits++;
      return;
    }
    const transfer = this.#transfer(flow);
    transfer.flows++;
    transfer.readable ||= view.payloadLength === view.payloadWireLength;
    const open = { transfer, up: 0, down: 0 };
    this.#open.set(flow.serial, open);
    flow.kept |= this.flowMark;
    this.#account(open, flow, view.timeUs, view.number);
  }

  #transfer(flow: Flow): Transfer {
    const key = `${flow.a.text}>${flow.b.text}:${flow.bPort}/${flow.ipProtocol}`;
    const slot = this.#transfers.use(key);
    const known = slot.transfer;
    if (known !== null && flow.startUs - known.firstUs < this.#numbers.windowSeconds * 1e6) return known;
    const made: Transfer = {
      client: flow.a,
      server: flow.b,
      port: flow.bPort,
      transport: flow.ipProtocol,
      firstUs: flow.startUs,
      up: 0,
      down: 0,
      flows: 0,
      known: null,
      named: false,
      serverName: null,
      readable: false,
    };
    slot.transfer = made;
    return made;
  }

  #account(open: OpenFlow, flow: Flow, timeUs: number, packet: number): void {
    const { transfer } = open;
    const up = flow.payloadBytesAToB - open.up;
    open.up += up;
    transfer.up += up;
    transfer.down += flow.payloadBytesBToA - open.down;
    open.down = flow.payloadBytesBToA;
    flow.grownAtBytes = open.up + stepBytes;
    transfer.known ??= flow.spoken ?? flow.application;
    transfer.named ||= isRealName(flow.serverName);
    transfer.serverName ??= flow.serverName;
    const client = this.#clients.use(flow.a.text);
    client.total += up;
    if (!isServicePort(flow.bPort)) noteHost(client.servers, flow.b);
    noteHost(this.#audience.use(addressPortKey(flow.b, flow.bPort)), flow.a);
    this.#judge(transfer, flow, timeUs, packet);
  }

  #judge(transfer: Transfer, flow: Flow, timeUs: number, packet: number): void {
    if (transfer.up < this.#floor || transfer.up < this.#numbers.ratio * transfer.down) return;
    const { client, server, port } = transfer;
    const subject = `${client.text}>${server.text}:${port}`;
    const incident = this.#table.open(subject, timeUs, () => {
      const made = new UploadIncident(
        subject,
        transfer,
        () => Math.max(0, (this.#clients.get(client.text)?.total ?? 0) - transfer.up),
        () => this.#audience.get(addressPortKey(server, port))?.size ?? 1,
        () => this.#clients.get(client.text)?.servers.size ?? 1,
      );
      // Who gets the data is behind it; whose data it is suffers it.
      made.addSource(server.text);
      made.addTarget(client.text);
      made.addPort(port);
      made.note(transfer.firstUs, flow.firstPacket, flow, 0);
      return made;
    });
    if (incident === null) return;
    incident.note(timeUs, packet, flow, 0);
    incident.count = transfer.flows;
  }

  #words(incident: UploadIncident): FindingWords | null {
    const { transfer } = incident;
    const { client, server, port, up, down } = transfer;
    const explained = this.#explanation(client, server);
    const { points, signs, against } = surroundings(
      incident,
      explained,
      this.#neighbours.areNeighbours(client, server),
    );
    // What is odd in one or two ways is what everybody's programs do.
    if (points < suspectPoints - 1) return null;
    const severity: Severity = points < suspectPoints ? 'low' : up >= hugeBytes ? 'high' : 'medium';
    const where = `${server.text}:${port}`;
    const evidence: Evidence[] = [
      {
        name: 'sent',
        observed: rounded(up / 1000),
        threshold: this.#numbers.kilobytes,
        unit: 'kB',
        window: `${this.#numbers.windowSeconds} s`,
      },
      {
        name: 'sent for each byte received',
        observed: rounded(up / Math.max(1, down)),
        threshold: this.#numbers.ratio,
        unit: '×',
        window: null,
      },
      { name: 'odd besides', observed: points, threshold: suspectPoints, unit: 'points', window: null },
      plain('odd in words', signs.join(', ') || 'nothing', ''),
      plain('sent to all others', rounded(incident.others() / 1000), 'kB'),
      plain('protocol', transfer.known ?? 'unknown', ''),
      plain('server name', transfer.serverName ?? 'none', ''),
      plain('rate', rounded(up / 1000 / Math.max(1, incident.seconds)), 'kB/s'),
    ];
    return {
      threat: 'exfiltration',
      severity,
      confidence: Math.round(Math.min(0.9, 0.25 + 0.11 * points) * 100) / 100,
      title: `${rounded(up / 1e6)} MB sent from ${client.text} to ${where}`,
      summary: `${client.text} sent ${rounded(up / 1e6)} MB to ${where} in ${span(incident.seconds)} and got ${rounded(down / 1000)} kB back: ${signs.join(', ')}.`,
      evidence,
      against,
      next: [
        `Find the program on ${client.text} that sent it, and which files it read.`,
        `Find out who runs ${server.text}.`,
        'When it is a backup, exclude the server with a reason.',
      ],
      // Exfiltration Over Alternative Protocol; Exfiltration Over Web Service is T1567.
      mitre: transfer.known === 'http' || transfer.known === 'tls' ? ['T1041', 'T1567'] : ['T1048', 'T1041'],
    };
  }
}

/** Only connections whose opening was seen have a direction, and only who is inside can lose data. */
function isJudged(flow: Flow): boolean {
  const { a, b } = flow;
  if (b.isGroup || a === b || (!isPrivate(a) && isPrivate(b))) return false;
  // Questions about names are the business of another rule.
  if (flow.bPort === dnsPort && (flow.ipProtocol !== tcp || flow.spoken === 'dns')) return false;
  if (flow.ipProtocol === tcp) return flow.synSeen && flow.packetsBToA > 0;
  // Answers to some of it: a flood and a stream for nobody get none.
  return flow.ipProtocol === 17 && flow.packetsBToA * 50 >= flow.packetsAToB;
}

function surroundings(
  incident: UploadIncident,
  explained: string | null,
  neighbours: boolean,
): { points: number; signs: string[]; against: string[] } {
  const { transfer } = incident;
  const { known, named, port, up } = transfer;
  const service = isServicePort(port);
  const signs: string[] = [];
  const against: string[] = [];
  let points = 0;
  const add = (by: number, sign: string): void => {
    points += by;
    signs.push(sign);
  };
  if (known === null && !service) add(2, 'no known protocol');
  else if (known === null && transfer.readable && recognisedPorts.has(port)) add(2, 'not the protocol of its port');
  if (!service) add(1, 'port of no service');
  if ((known === 'http' || known === 'tls') && !named && up >= namelessBytes) add(1, 'no name of the server');
  if (!neighbours && !isSameNetwork(transfer.client, transfer.server)) add(1, 'outside the network');
  else against.push('Both are in one network.');
  if (incident.clients() <= 1) add(1, 'no other client');
  else against.push(`${incident.clients()} clients use the service.`);
  if (up >= dominance * Math.max(1, incident.others())) add(1, 'most of what the host sends');
  if (service || known !== null) {
    against.push(`It goes by ${known ?? 'a service'} on port ${port}, as backups and cloud storage do.`);
  }
  if (named) against.push(`The server is called by its name, ${transfer.serverName ?? ''}.`);
  if (incident.servers() >= manyServers) {
    points -= 2;
    against.push('The host sends to many servers on ports of no service, as peer-to-peer programs do.');
  }
  if (explained !== null) {
    points = Math.min(points, suspectPoints - 2);
    against.push(`It belongs to ${explained} between the two.`);
  }
  if (transfer.transport !== tcp) {
    points--;
    against.push('Sound and pictures are sent over UDP like this.');
  }
  return { points, signs, against };
}

const maxHosts = 16;

function noteHost(hosts: Set<number> | undefined, host: Host): void {
  if (hosts !== undefined && hosts.size < maxHosts) hosts.add(host.id);
}

/** 36 characters of base32 and a zero (iperf3 src/iperf_util.c, make_cookie). */
function isIperfCookie(bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < iperfCookieLength - 1; index++) {
    const byte = bytes[start + index] ?? 0;
    if (!((byte >= 0x61 && byte <= 0x7a) || (byte >= 0x32 && byte <= 0x37))) return false;
  }
  return bytes[start + iperfCookieLength - 1] === 0;
}

function plain(name: string, observed: number | string, unit: string): Evidence {
  return { name, observed, threshold: null, unit, window: null };
}
