import type { Host } from '../flows/host';
import { contactKey, hasPort, targetStep } from './contact';
import type { Contact } from './contact';

/** Jung et al., section 4: chance that a first contact of somebody harmless, and of a scanner, succeeds. */
const harmlessSucceeds = 0.8;
const scannerSucceeds = 0.2;
/** Wanted: this share of scanners found, this share of harmless sources suspected. */
const detection = 0.99;
const falseAlarm = 0.01;
/** Zeek's trw-impl forgets a source after half an hour. */
const idleUs = 1800e6;
/** First contacts remembered of one source. */
const maxContacts = 64;

/** The likelihood ratio above which a source is a scanner, 99. */
export const scannerRatio = detection / falseAlarm;
const harmlessRatio = (1 - detection) / (1 - falseAlarm);

/**
 * Sequential hypothesis test of one source (Threshold Random Walk: Jung, Paxson, Berger, Balakrishnan, IEEE S&P 2004): each first
 * contact that fails makes it four times as likely that the source is a scanner, each that succeeds a quarter as likely. It needs
 * no window, so it finds scans however slow.
 */
export class ScanLikelihood {
  lastUs = 0;
  failures = 0;
  /** First contacts that reached a port and then said nothing: no failures, but no use of it either. */
  unused = 0;
  #ratio = 1;
  readonly #seen = new Set<number>();
  readonly #unused = new Set<number>();
  readonly #contacts: Contact[] = [];

  /** Above `scannerRatio` the source is a scanner. */
  get ratio(): number {
    return this.#ratio;
  }

  /** Failed first contacts, the first ones. */
  get contacts(): readonly Contact[] {
    return this.#contacts;
  }

  failed(contact: Contact): void {
    const { kind, outcome } = contact;
    // Silence over UDP says nothing, a handshake reset half-way did reach a port, and the rest asks for no port.
    if (outcome === 'half-open' || (kind === 'udp' && outcome === 'unanswered')) return;
    if (!hasPort(kind) || kind === 'ack' || kind === 'maimon') return;
    this.#forget(contact.timeUs);
    if (!this.#isFirst(contactKey(contact))) return;
    this.lastUs = contact.timeUs;
    this.failures++;
    this.#walk((1 - scannerSucceeds) / (1 - harmlessSucceeds));
    if (this.#contacts.length < maxContacts) this.#contacts.push({ ...contact });
  }

  succeeded(target: Host, port: number): void {
    if (this.#isFirst(target.id * targetStep + port)) this.#walk(scannerSucceeds / harmlessSucceeds);
  }

  /** The connection that succeeded was closed without a byte. */
  closedUnused(target: Host, port: number): void {
    const key = target.id * targetStep + port;
    if (this.#unused.has(key) || this.#unused.size >= maxContacts) return;
    this.#unused.add(key);
    this.unused++;
  }

  /** The contact was answered after all. */
  retracted(contact: Contact): void {
    const index = this.#contacts.findIndex((other) => contactKey(other) === contactKey(contact));
    if (index < 0) return;
    this.#contacts.splice(index, 1);
    this.failures--;
    const step = (1 - scannerSucceeds) / (1 - harmlessSucceeds);
    this.#walk(1 / step);
    this.#walk(1 / step);
  }

  isIdle(nowUs: number): boolean {
    return nowUs - this.lastUs > idleUs;
  }

  #isFirst(key: number): boolean {
    if (this.#seen.has(key)) return false;
    if (this.#seen.size < 4 * maxContacts) this.#seen.add(key);
    return true;
  }

  /** Bounded above, so that a long scan that ends is forgotten by a few successes as a short one is. */
  #walk(step: number): void {
    this.#ratio = Math.min(this.#ratio * step, 4 * scannerRatio);
    // Found harmless: the test begins anew.
    if (this.#ratio < harmlessRatio) this.#clear();
  }

  #forget(nowUs: number): void {
    if (this.failures > 0 && this.isIdle(nowUs)) this.#clear();
  }

  #clear(): void {
    this.#ratio = 1;
    this.failures = 0;
    this.unused = 0;
    this.#unused.clear();
    this.#seen.clear();
    this.#contacts.length = 0;
  }
}
