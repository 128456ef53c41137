import type { Finding } from '../../protocol/finding';
import type { PacketView } from '../decode/packetView';
import { flowEvents } from '../flows/flow';
import type { Flow } from '../flows/flow';
import type { FlowEndReason, FlowTable } from '../flows/flowTable';
import type { Host } from '../flows/host';
import { LimitCounter, engineLimits } from '../limits';
import { ArpTracker } from './arpTracker';
import { NeighborTracker } from './neighborTracker';
import { hasPort } from './contact';
import type { Contact, ProbeKind } from './contact';
import { ContactTracker, contactEvents, contactOf } from './contactTracker';
import { CutShortContacts } from './cutShortContacts';
import type { Detector } from './detector';
import { packetKinds } from './packetKinds';
import { ScanLikelihood, scannerRatio } from './scanLikelihood';
import { ScanIncident } from './scanIncident';
import type { PortScanNumbers } from './scanIncident';
import { ScanSource } from './scanSource';

const tcp = 6;
/** Open ports that somebody found without a connection and then connected to: one may be chance. */
const returnedPorts = 2;
const forgottenAtOnce = 500;
const sweepUs = 10e6;
const burstUs = 1e6;

/**
 * Port scans by failed contacts: many ports of one target (vertical) or one port of many targets (horizontal) within the
 * window; ICMP echo, ARP and Neighbor Discovery count like a port, so a search for hosts is found as well. Ten times as many contacts are a scan
 * wherever they go, as scans of large networks in random order do. Many tries of one port, a SYN flood, count once. One finding
 * for each scan of a source; when a source does both, or scans several targets, that is the same finding. A source that was
 * quiet for a whole window begins a new one.
 */
export class PortScanDetector implements Detector {
  readonly packetKinds = packetKinds.tcpCrafted | packetKinds.icmp | packetKinds.arp;
  readonly packetEvents = contactEvents;
  readonly limits: readonly LimitCounter[];
  readonly #thresholds: PortScanNumbers;
  readonly #windowUs: number;
  readonly #tracker: ContactTracker;
  readonly #arp: ArpTracker;
  readonly #neighbors: NeighborTracker;
  readonly #sourceLimit = new LimitCounter('port scan: sources', engineLimits.scanSources);
  readonly #contactLimit = new LimitCounter('port scan: failed contacts', engineLimits.scanContacts);
  readonly #perSourceLimit = new LimitCounter(
    'port scan: failed contacts of one source',
    engineLimits.scanContactsPerSource,
  );
  readonly #incidentLimit = new LimitCounter('port scan: open incidents', engineLimits.incidents);
  /** Sources with one contact, apart from the rest: a flood with forged sources must not push out a scanner. */
  readonly #single = new Map<Host, ScanSource>();
  readonly #several = new Map<Host, ScanSource>();
  readonly #open = new Set<ScanSource>();
  #contactCount = 0;
  #nextSweepUs = 0;
  #nowUs = 0;
  #ended: Finding[] = [];
  readonly #cut = new CutShortContacts(this.#sourceLimit);

  constructor(thresholds: PortScanNumbers) {
    this.#thresholds = thresholds;
    this.#windowUs = this.#thresholds.windowSeconds * 1e6;
    this.#tracker = new ContactTracker({
      failed: (contact) => this.#failed(contact),
      cutShort: (flow, kind) => this.#cutShort(flow, kind),
      retracted: (contact) => this.#retracted(contact),
      connected: (source, target, port) => {
        const watched = this.#known(source);
        watched?.noteOpen(target, port);
        watched?.likelihood?.succeeded(target, port);
      },
      used: (flow) => this.#used(flow),
      unused: (flow) => this.#unused(flow),
      probeAnswered: (contact) => this.#probeAnswered(contact),
    });
    this.#arp = new ArpTracker((contact) => this.#failed(contact));
    this.#neighbors = new NeighborTracker((contact) => this.#failed(contact));
    this.limits = [
      this.#tracker.limit,
      this.#arp.requests.limit,
      this.#arp.routers.limit,
      this.#neighbors.requests.limit,
      this.#neighbors.routerLimit,
      this.#sourceLimit,
      this.#contactLimit,
      this.#perSourceLimit,
      this.#incidentLimit,
    ];
  }

  packet(view: PacketView, table: FlowTable): void {
    this.#nowUs = view.timeUs;
    this.#tracker.packet(view, table);
    this.#tracker.advance(view.timeUs);
    if (view.arpOpcode >= 0) this.#arp.packet(view, table);
    else if (view.ipProtocol === 58) this.#neighbors.packet(view, table);
    else if ((table.events & flowEvents.opened) !== 0 && view.addressLength === 4) this.#arp.routers.flowOpened(view);
    this.#arp.requests.advance(view.timeUs);
    this.#neighbors.requests.advance(view.timeUs);
    if (view.timeUs >= this.#nextSweepUs || view.timeUs < this.#nextSweepUs - 2 * sweepUs) this.#sweep(view.timeUs);
  }

  flowEnded(flow: Flow, reason: FlowEndReason, nowUs: number): void {
    if (flow.scanMark === 0) return;
    // The time of the newest packet is that before a silence; a flow that ends of idleness waited long enough.
    this.#tracker.flowEnded(flow, reason === 'idle' ? Number.POSITIVE_INFINITY : Math.max(nowUs, this.#nowUs));
  }

  advance(nowUs: number): void {
    this.#nowUs = Math.max(this.#nowUs, nowUs);
    this.#tracker.advance(nowUs);
    this.#arp.requests.advance(nowUs);
    this.#neighbors.requests.advance(nowUs);
    this.#sweep(nowUs);
  }

  finish(nowUs: number): void {
    this.#nowUs = Math.max(this.#nowUs, nowUs);
    this.#tracker.finish(this.#nowUs);
    this.#arp.requests.finish(this.#nowUs);
    this.#neighbors.requests.finish(this.#nowUs);
    this.#cut.clear();
  }

  collect(put: (finding: Finding) => void): void {
    for (const finding of this.#ended) put(finding);
    this.#ended = [];
    for (const watched of this.#open) {
      const { incident } = watched;
      if (incident?.dirty !== true) continue;
      incident.dirty = false;
      put(incident.finding(watched));
    }
  }

  clear(): void {
    this.#single.clear();
    this.#several.clear();
    this.#open.clear();
    this.#cut.clear();
    this.#ended = [];
    this.#contactCount = 0;
  }

  #failed(contact: Contact): void {
    const watched = this.#watch(contact);
    if (watched === null) return;
    watched.router ||=
      (contact.kind === 'arp' && this.#arp.routers.isRouter(contact.source)) ||
      (contact.kind === 'neighbor' && this.#neighbors.isRouter(contact.source));
    likelihoodOf(watched).failed(contact);
    this.#contactCount -= watched.expire(contact.timeUs - this.#windowUs);
    if (watched.add(contact)) this.#contactCount++;
    if (watched.size > 1) this.#single.delete(contact.source);
    this.#several.delete(contact.source);
    if (watched.size > 1) this.#several.set(contact.source, watched);
    else this.#single.set(contact.source, watched);
    if (watched.size > this.#perSourceLimit.limit) {
      const dropped = watched.dropOldest(forgottenAtOnce);
      this.#contactCount -= dropped;
      this.#perSourceLimit.hits += dropped;
    }
    while (this.#contactCount > this.#contactLimit.limit) {
      const forgotten = this.#forgetOldest(contact.source);
      if (forgotten === 0) break;
      this.#contactLimit.hits += forgotten;
    }
    this.#judge(contact, watched);
  }

  /** Too early to call it a failure by itself, but the rest of a scan that is known shows, and a burst does. */
  #cutShort(flow: Flow, kind: ProbeKind): void {
    // A flood with forged sources ends like this by the million.
    if (this.#open.size > 0) {
      const contact = contactOf(flow, kind, 'unanswered');
      if (this.#known(flow.a)?.incident?.covers(contact) === true) {
        this.#failed(contact);
        return;
      }
    }
    if (!hasPort(kind)) return;
    for (const contact of this.#cut.add(flow, this.#thresholds.burstPorts) ?? []) this.#failed(contact);
  }

  /** The record of a known source; a new one is made with this contact, and then null is returned. */
  #watch(contact: Contact): ScanSource | null {
    const known = this.#known(contact.source);
    if (known !== undefined) return known;
    if (this.#single.size + this.#several.size >= this.#sourceLimit.limit) {
      this.#sourceLimit.hits += this.#forgetOldest(contact.source);
    }
    const watched = new ScanSource(contact);
    contact.source.scanned = true;
    this.#single.set(contact.source, watched);
    this.#contactCount++;
    this.#judge(contact, watched);
    return null;
  }

  #judge(contact: Contact, watched: ScanSource): void {
    const { incident } = watched;
    if (incident?.covers(contact) === true) {
      incident.add(contact, watched);
      return;
    }
    const target = watched.target(contact.target);
    const { scatteredFactor, tellingContacts, tellingPorts } = this.#thresholds;
    const burst = this.#isBurst(contact, watched, target.failed);
    const vertical =
      burst ||
      target.failed >= this.#thresholds.verticalPorts ||
      (target.telling >= tellingContacts && target.all >= tellingPorts) ||
      (this.#thresholds.verticalPorts === 1 && contact.outcome !== 'half-open' && hasPort(contact.kind));
    const horizontal =
      watched.hostsOnPort(contact) >= this.#thresholds.horizontalHosts ||
      (this.#thresholds.horizontalHosts === 1 && contact.outcome !== 'half-open');
    const scattered = watched.failed >= scatteredFactor * this.#thresholds.horizontalHosts;
    const slow = this.#isSlowScan(watched);
    if (!vertical && !horizontal && !scattered && !slow) return;
    const scan = this.#incidentOf(contact, watched);
    if (scan === null) return;
    scan.burst ||= burst;
    if (vertical) scan.extendToTarget(contact.target, watched);
    if (horizontal) scan.extendToPort(contact, watched);
    if (scattered) scan.extendToAll(watched);
    if (slow && watched.likelihood !== null) scan.extendByLikelihood(watched.likelihood, watched);
  }

  /** The open incident of a source, or a new one; null when there are too many. */
  #incidentOf(contact: Contact, watched: ScanSource): ScanIncident | null {
    if (watched.incident !== null) return watched.incident;
    if (this.#open.size >= this.#incidentLimit.limit) {
      this.#incidentLimit.hits++;
      return null;
    }
    watched.incident = new ScanIncident(contact.source, contact, this.#thresholds);
    this.#open.add(watched);
    return watched.incident;
  }

  /** Enough ports of the contact's target within a second of it. */
  #isBurst({ target, timeUs, kind }: Contact, watched: ScanSource, failed: number): boolean {
    const { burstPorts, verticalPorts } = this.#thresholds;
    if (failed < burstPorts || failed >= verticalPorts || !hasPort(kind)) return false;
    let ports = 0;
    for (const other of watched.contacts()) {
      if (other.target === target && other.outcome !== 'half-open' && Math.abs(other.timeUs - timeUs) <= burstUs)
        ports++;
    }
    return ports >= burstPorts;
  }

  /** By the likelihood ratio, and enough contacts for a finding. */
  #isSlowScan({ likelihood }: ScanSource): boolean {
    if (likelihood === null || likelihood.ratio <= scannerRatio) return false;
    const { slowContacts } = this.#thresholds;
    // Ports that were found open and not used count, as long as most were not open.
    const { failures, unused } = likelihood;
    return failures + Math.min(unused, failures / 2) >= slowContacts;
  }

  #probeAnswered(contact: Contact): void {
    const watched = this.#known(contact.source);
    if (watched?.answer(contact) === true && watched.incident?.covers(contact) === true) {
      watched.incident.noteProbeAnswered();
    }
  }

  #used(flow: Flow): void {
    const watched = this.#known(flow.a);
    if (watched === undefined) return;
    if (flow.ipProtocol === tcp) {
      this.#returned(flow, watched);
      watched.incident?.noteSession(flow);
    }
    if (flow.payloadBytesAToB > 0) watched.noteUsed(flow.b, flow.bPort);
  }

  #unused(flow: Flow): void {
    const watched = this.#known(flow.a);
    if (watched === undefined) return;
    this.#returned(flow, watched);
    const likelihood = likelihoodOf(watched);
    likelihood.closedUnused(flow.b, flow.bPort);
    const newest = likelihood.contacts[likelihood.contacts.length - 1];
    if (newest !== undefined && this.#isSlowScan(watched)) this.#judge(newest, watched);
  }

  /** Somebody who reset handshakes half-way comes back to these ports with whole connections: a scan, then what it was for. */
  #returned({ b: target, bPort: port }: Flow, watched: ScanSource): void {
    const contact = watched.returnTo(target, port);
    if (contact === null || watched.returns(target) < returnedPorts) return;
    const scan = this.#incidentOf(contact, watched);
    if (scan === null) return;
    scan.returned = true;
    scan.extendToTarget(target, watched);
  }

  #retracted(contact: Contact): void {
    const watched = this.#known(contact.source);
    if (watched?.retract(contact) === true) this.#contactCount--;
    watched?.likelihood?.retracted(contact);
  }

  #known(source: Host): ScanSource | undefined {
    return source.scanned ? (this.#several.get(source) ?? this.#single.get(source)) : undefined;
  }

  /** Ends incidents and forgets sources that were quiet for a window. */
  #sweep(nowUs: number): void {
    this.#nextSweepUs = nowUs + sweepUs;
    const cutoffUs = nowUs - this.#windowUs;
    for (const watched of this.#open) {
      const slow = watched.incident?.likelihood !== 0 && watched.likelihood?.isIdle(nowUs) === false;
      if (watched.lastUs < cutoffUs && !slow) this.#endIncident(watched);
    }
    for (const sources of [this.#single, this.#several]) {
      for (const [source, watched] of sources) {
        if (watched.lastUs >= cutoffUs) break;
        // A slow scan makes a contact now and then.
        const likelihood = likelihoodOf(watched);
        if (likelihood.ratio > 1 && !likelihood.isIdle(nowUs)) {
          this.#contactCount -= watched.expire(cutoffUs);
          continue;
        }
        this.#contactCount -= watched.size;
        sources.delete(source);
      }
    }
  }

  #endIncident(watched: ScanSource): void {
    if (watched.incident?.dirty === true) this.#ended.push(watched.incident.finding(watched));
    watched.incident = null;
    this.#open.delete(watched);
  }

  /**
   * Makes room: sources with one contact go first, then those that were quiet longest. Several at a time, since finding the
   * first entry of a map takes longer the more were deleted before it. Returns how many went.
   */
  #forgetOldest(except: Host): number {
    const sources = this.#single.size > forgottenAtOnce ? this.#single : this.#several;
    let forgotten = 0;
    for (const [source, watched] of sources) {
      if (source === except) continue;
      sources.delete(source);
      this.#contactCount -= watched.size;
      this.#endIncident(watched);
      forgotten++;
      if (forgotten >= forgottenAtOnce || sources === this.#several) break;
    }
    return forgotten;
  }
}

/** Made when it is needed, of what is known so far. */
function likelihoodOf(watched: ScanSource): ScanLikelihood {
  if (watched.likelihood === null) {
    watched.likelihood = new ScanLikelihood();
    for (const contact of watched.contacts()) watched.likelihood.failed(contact);
  }
  return watched.likelihood;
}
