import type { Host } from '../flows/host';
import { engineLimits } from '../limits';
import { contactKey, hasPort, isCrafted, portKey, targetStep } from './contact';
import type { Contact } from './contact';
import type { ScanLikelihood } from './scanLikelihood';
import type { ScanIncident } from './scanIncident';

/** A scanner that hears nothing asks again within a second or two; a program that waits for a service takes longer. */
const againUs = 2e6;

/** Distinct ports of one target that were tried within the window. */
export interface TargetCount {
  failed: number;
  /** Tries that no ordinary program makes: crafted segments, handshakes reset half-way. */
  telling: number;
  all: number;
}

/**
 * What one source tried in vain within the window: each target and port once, however often it was tried. Counts are kept up
 * to date, so that a threshold is a comparison.
 */
export class ScanSource {
  incident: ScanIncident | null = null;
  /** Made with the second failure: most sources never have one. */
  likelihood: ScanLikelihood | null = null;
  lastUs: number;
  /** Its searches for neighbours are those of a router. */
  router = false;
  /** Distinct contacts in the window that failed, ports of hosts only. */
  failed = 0;
  /** Contacts that were tried again while they were in the window. */
  repeats = 0;
  /** No contact is older than this, so that most calls of `expire` need not look. */
  #oldestUs = Number.NEGATIVE_INFINITY;
  /** Of the newest entry of the map. */
  #newestUs = Number.NEGATIVE_INFINITY;
  /** False when a contact came that is older than the one before it: clocks are set back, and answers take longer than others. */
  #ordered = true;
  /** Only contact so far; most sources (a flood's above all) never have a second, so they get no maps. */
  #first: Contact | null;
  #contacts: Map<number, Contact> | null = null;
  #targets: Map<Host, TargetCount> | null = null;
  /** Hosts that failed, by port. */
  #ports: Map<number, number> | null = null;
  #openPorts: Set<number> | null = null;
  #used: Set<number> | null = null;
  #returned: Set<number> | null = null;

  constructor(first: Contact) {
    this.#first = first;
    this.lastUs = first.timeUs;
  }

  /** Distinct contacts in the window. */
  get size(): number {
    return this.#contacts?.size ?? (this.#first === null ? 0 : 1);
  }

  /** Distinct targets and ports that this source exchanged data with since it is watched, bounded. */
  get used(): number {
    return this.#used?.size ?? 0;
  }

  /** Remembers a failed or half-open contact; true when its target and port were not in the window yet. */
  add(contact: Contact): boolean {
    this.lastUs = Math.max(this.lastUs, contact.timeUs);
    const key = contactKey(contact);
    if (this.#contacts === null) {
      const first = this.#first;
      if (first !== null && contactKey(first) === key) {
        first.timeUs = contact.timeUs;
        return false;
      }
      this.#contacts = new Map();
      this.#targets = new Map();
      this.#ports = new Map();
      if (first !== null) this.#insert(contactKey(first), first);
      this.#first = null;
    }
    const known = this.#contacts.get(key);
    if (known === undefined) {
      this.#insert(key, contact);
      return true;
    }
    if (contact.timeUs - known.timeUs >= againUs) this.repeats++;
    // Moves to the end: the map stays in the order of time.
    this.#contacts.delete(key);
    known.timeUs = contact.timeUs;
    this.#append(key, known);
    if (known.outcome !== contact.outcome) {
      this.#countContact(known, -1);
      known.outcome = contact.outcome;
      this.#countContact(known, 1);
    }
    return false;
  }

  /** Takes back a contact that did not fail after all; true when it was there. */
  retract(contact: Contact): boolean {
    const key = contactKey(contact);
    if (this.#contacts === null) {
      if (this.#first === null || contactKey(this.#first) !== key) return false;
      this.#first = null;
      return true;
    }
    const known = this.#contacts.get(key);
    if (known === undefined) return false;
    this.#remove(key, known);
    return true;
  }

  /** An RST came for a contact that counted as unanswered; true when it is known. */
  answer(contact: Contact): boolean {
    const key = contactKey(contact);
    const first = this.#first;
    const known = this.#contacts?.get(key) ?? (first !== null && contactKey(first) === key ? first : undefined);
    if (known?.outcome !== 'unanswered') return false;
    known.outcome = 'reset';
    return true;
  }

  noteOpen(target: Host, port: number): void {
    this.#openPorts ??= new Set();
    if (this.#openPorts.size < engineLimits.findingPorts) this.#openPorts.add(target.id * targetStep + port);
    if (this.incident !== null) this.incident.dirty = true;
  }

  noteUsed(target: Host, port: number): void {
    this.#used ??= new Set();
    if (this.#used.size < engineLimits.findingPorts) this.#used.add(target.id * targetStep + port);
    if (this.incident !== null) this.incident.dirty = true;
  }

  /** A connection went to a port whose handshake was reset half-way before: that contact; null when there was none. */
  returnTo(target: Host, port: number): Contact | null {
    const key = target.id * targetStep + port;
    const first = this.#first;
    const known = this.#contacts?.get(key) ?? (first !== null && contactKey(first) === key ? first : null);
    if (known?.outcome !== 'half-open') return null;
    this.#returned ??= new Set();
    if (this.#returned.size < engineLimits.findingPorts) this.#returned.add(key);
    return known;
  }

  /** To how many such ports of a target. */
  returns(target: Host): number {
    let ports = 0;
    for (const key of this.#returned ?? []) if (Math.floor(key / targetStep) === target.id) ports++;
    return ports;
  }

  /** Ports of `targets` that this source completed a handshake with. */
  *openPortsOf(targets: ReadonlySet<Host>): Generator<number> {
    if (this.#openPorts === null) return;
    const ids = new Set([...targets].map((target) => target.id));
    for (const key of this.#openPorts) if (ids.has(Math.floor(key / targetStep))) yield key % targetStep;
  }

  /** Forgets contacts before `cutoffUs`; returns how many. */
  expire(cutoffUs: number): number {
    if (this.#contacts === null) {
      if (this.#first === null || this.#first.timeUs >= cutoffUs) return 0;
      this.#first = null;
      return 1;
    }
    if (cutoffUs <= this.#oldestUs) return 0;
    let expired = 0;
    let oldestUs = Number.POSITIVE_INFINITY;
    let newestUs = Number.NEGATIVE_INFINITY;
    let ordered = true;
    for (const [key, contact] of this.#contacts) {
      if (contact.timeUs < cutoffUs) {
        this.#remove(key, contact);
        expired++;
        continue;
      }
      oldestUs = Math.min(oldestUs, contact.timeUs);
      if (this.#ordered) break;
      ordered &&= contact.timeUs >= newestUs;
      newestUs = contact.timeUs;
    }
    this.#oldestUs = oldestUs;
    if (!this.#ordered || this.#contacts.size === 0) this.#newestUs = newestUs;
    this.#ordered ||= ordered;
    return expired;
  }

  /** Forgets the oldest contacts, to keep within a limit; returns how many. */
  dropOldest(count: number): number {
    let dropped = 0;
    for (const [key, contact] of this.#contacts ?? []) {
      if (dropped >= count) break;
      this.#remove(key, contact);
      dropped++;
    }
    return dropped;
  }

  target(target: Host): TargetCount {
    return this.#targets?.get(target) ?? { failed: 0, telling: 0, all: 0 };
  }

  /** Distinct hosts that failed on the port of `contact`. */
  hostsOnPort(contact: Contact): number {
    return this.#ports?.get(portKey(contact)) ?? 0;
  }

  contacts(): Iterable<Contact> {
    if (this.#contacts !== null) return this.#contacts.values();
    return this.#first === null ? [] : [this.#first];
  }

  #insert(key: number, contact: Contact): void {
    this.#append(key, contact);
    this.#countContact(contact, 1);
  }

  #append(key: number, contact: Contact): void {
    const { timeUs } = contact;
    this.#contacts?.set(key, contact);
    if (timeUs < this.#newestUs) this.#ordered = false;
    if (timeUs < this.#oldestUs) this.#oldestUs = timeUs;
    this.#newestUs = timeUs;
  }

  #remove(key: number, contact: Contact): void {
    this.#contacts?.delete(key);
    this.#countContact(contact, -1);
  }

  #countContact(contact: Contact, by: number): void {
    const failed = contact.outcome === 'half-open' ? 0 : by;
    const failedPorts = hasPort(contact.kind) ? failed : 0;
    this.failed += failedPorts;
    const telling = contact.outcome === 'half-open' || isCrafted(contact.kind) ? by : 0;
    const count = this.#targets?.get(contact.target);
    if (count === undefined) {
      if (by > 0) this.#targets?.set(contact.target, { failed: failedPorts, telling, all: by });
    } else {
      count.failed += failedPorts;
      count.telling += telling;
      count.all += by;
      if (count.all <= 0) this.#targets?.delete(contact.target);
    }
    // An ACK out of nowhere comes from a connection older than the capture, too: a machine that wakes up sends many.
    if (failed === 0 || contact.kind === 'ack' || contact.kind === 'maimon') return;
    const port = portKey(contact);
    const hosts = (this.#ports?.get(port) ?? 0) + failed;
    if (hosts <= 0) this.#ports?.delete(port);
    else this.#ports?.set(port, hosts);
  }
}
