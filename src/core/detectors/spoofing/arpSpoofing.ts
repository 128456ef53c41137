import type { Evidence, Finding, Severity } from '../../../protocol/finding';
import type { PacketView } from '../../decode/packetView';
import { flowEvents } from '../../flows/flow';
import type { FlowTable } from '../../flows/flowTable';
import { wordAt } from '../../flows/hash';
import { LimitCounter, engineLimits } from '../../limits';
import { BoundedTable } from '../boundedTable';
import type { Detector } from '../detector';
import { packetKinds } from '../packetKinds';
import { Incident } from '../incident';
import type { FindingWords } from '../incident';
import { IncidentTable } from '../incidentTable';
import { count, list, span } from '../words';
import { ArpClaims, addressText, isSharedMac, macAt, macText } from './arpClaims';
import type { ClaimedAddress } from './arpClaims';

export const arpSpoofingRuleId = 'arp-spoofing';
const request = 1;
const reply = 2;
/** A neighbour answers within milliseconds; systems ask again after one second, three times (RFC 4861 section 10 as Linux has it). */
const answerUs = 3e6;
/** A claim that is this old is no rival: addresses are lent anew. */
const rivalUs = 3600e6;
/** A deceived host uses the new way at once, or with its next connection. */
const hopChangeUs = 60e6;
const stormBucketUs = 100_000;
/** Who has an answer does not ask again so soon (RFC 4861 section 6.3.2 has 15 s at least, Linux keeps ARP to it). */
const freshUs = 10e6;
/** Routers that take over announce it ten times (keepalived, vrrp_garp_master_repeat twice). */
const announcements = 10;

export type ArpSpoofingNumbers = Readonly<Record<'unasked' | 'returns' | 'stormRequests' | 'quietSeconds', number>>;

/** What one hardware address claims of others' addresses. */
class Claimant extends Incident {
  /** Addresses that another had, and took. */
  readonly contested = new Set<number>();
  /** All addresses it claims. */
  readonly claimed = new Set<number>();
  readonly deceived = new Set<number>();
  readonly unaskedFor = new Map<number, number>();
  unasked = 0;
  returns = 0;
  mismatched = 0;
  /** Announcements, and questions whose answer it had, in the name of an address that it took. */
  insisted = 0;
  /** When it last asked whom in such a name. */
  readonly asks = new Map<number, number>();
  /** The address it had first without a rival: its own, most likely. */
  own = -1;
  storm = 0;
  /** Hosts that send what leaves their network to it now, and to another before. */
  readonly redirected = new Set<number>();
}

interface Sender {
  readonly claimed: Set<number>;
  own: number;
  bucket: number;
  requests: number;
  asked: number;
}

/** Tells hardware addresses apart in 32 bits, with which maps are several times as fast as with 48. */
function macKey(bytes: Uint8Array, offset: number): number {
  return wordAt(bytes, offset + 2) ^ Math.imul(wordAt(bytes, offset) >>> 16, 0x9e3779b1);
}

const maxClaimed = 64;
/** As many as eight bits number. */
const hopCells = 256;

/**
 * ARP has no proof (RFC 826), so that whoever claims an address gets its packets. A claim that changes once is a device that
 * was replaced. A man in the middle has to repeat it, because the true owner is still there: answers nobody asked for, an
 * address that goes to and fro between two hardware addresses, one hardware address with the addresses of two others.
 */
export class ArpSpoofingDetector implements Detector {
  readonly packetKinds = packetKinds.arp;
  readonly packetEvents = flowEvents.opened;
  readonly limits: readonly LimitCounter[];
  readonly #numbers: ArpSpoofingNumbers;
  readonly #claims = new ArpClaims();
  readonly #senders: BoundedTable<number, Sender>;
  readonly #table: IncidentTable<Claimant>;
  /** Hardware address that each sends to what leaves its network, both as `macKey`. */
  readonly #hops = new Map<number, number>();
  /** Part of `#hops`: those looked up of late, since most packets go the way of one before. */
  readonly #newestKeys = new Int32Array(hopCells);
  readonly #newestHops = new Int32Array(hopCells);
  /** Hardware addresses that an incident was opened of, so that most packets need no text of theirs. */
  readonly #suspects = new Set<number>();
  readonly #hopLimit = new LimitCounter(`${arpSpoofingRuleId}: next hops`, engineLimits.arpAddresses);

  constructor(numbers: ArpSpoofingNumbers) {
    this.#numbers = numbers;
    const limit = new LimitCounter(`${arpSpoofingRuleId}: hardware addresses`, engineLimits.arpAddresses);
    this.#senders = new BoundedTable(limit, () => ({
      claimed: new Set(),
      own: -1,
      bucket: -1,
      requests: 0,
      asked: -1,
    }));
    this.#table = new IncidentTable(arpSpoofingRuleId, numbers.quietSeconds * 1e6, (incident) => this.#words(incident));
    this.limits = [this.#claims.limit, limit, this.#table.limit, this.#hopLimit];
  }

  packet(view: PacketView, table: FlowTable): void {
    if (view.arpOpcode < 0) {
      if ((table.events & flowEvents.opened) !== 0 && view.addressLength === 4) this.#nextHop(view);
      return;
    }
    if (view.arpSenderAddressOffset < 0 || view.arpTargetAddressOffset < 0) return;
    if (view.arpSenderMacOffset < 0 || view.arpOpcode > reply) return;
    const { bytes, timeUs } = view;
    const address = wordAt(bytes, view.arpSenderAddressOffset) >>> 0;
    const target = wordAt(bytes, view.arpTargetAddressOffset) >>> 0;
    const mac = macAt(bytes, view.arpSenderMacOffset);
    // Probes (RFC 5227 section 2.1) claim nothing yet.
    if (mac === 0 || isSharedMac(mac)) return;
    if (view.arpOpcode === request && address !== target) {
      this.#claims.asked(target, timeUs);
      this.#storm(view, mac, target);
    }
    if (address === 0) return;
    const carrier = view.sourceMacOffset < 0 ? mac : macAt(bytes, view.sourceMacOffset);
    const poisoner = carrier === mac || !this.#suspects.has(carrier) ? undefined : this.#table.get(macText(carrier));
    if (poisoner !== undefined) {
      // A tool that stops puts the true addresses back in the name of their owners.
      poisoner.note(timeUs, view.number);
      return;
    }
    const claim = this.#claims.claim(address, mac, timeUs);
    if (claim === null) return;
    const sender = this.#senders.use(mac);
    if (sender.claimed.size < maxClaimed) sender.claimed.add(address);
    const { record } = claim;
    if (sender.own < 0 && !isTaker(record, mac) && view.arpOpcode === request) sender.own = address;
    const unasked = view.arpOpcode === reply && address !== target && timeUs - record.askedUs > answerUs;
    const rival = hasRival(record, mac, timeUs);
    const known = this.#suspects.has(mac) ? this.#table.get(macText(mac)) : undefined;
    if (known !== undefined && known.claimed.size < maxClaimed) known.claimed.add(address);
    if (!unasked && !claim.changed && !(known?.contested.has(address) === true && rival)) return;
    this.#note(view, record, mac, sender, { unasked, changed: claim.changed, rival, target });
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
    this.#claims.clear();
    this.#senders.clear();
    this.#hops.clear();
    this.#newestKeys.fill(0);
    this.#newestHops.fill(0);
    this.#table.clear();
    this.#suspects.clear();
  }

  #note(
    view: PacketView,
    record: ClaimedAddress,
    mac: number,
    sender: Sender,
    what: { unasked: boolean; changed: boolean; rival: boolean; target: number },
  ): void {
    const claimant = this.#open(mac, view.timeUs);
    if (claimant === null) return;
    const { address } = record;
    claimant.note(view.timeUs, view.number);
    claimant.own = sender.own;
    for (const each of sender.claimed) if (claimant.claimed.size < maxClaimed) claimant.claimed.add(each);
    if (what.rival && isTaker(record, mac)) claimant.contested.add(address);
    // The owner comes back as often; that is not its doing.
    if (what.changed && record.returns > 0 && isTaker(record, mac)) claimant.returns++;
    if (what.rival && isTaker(record, mac) && this.#isInsisting(view, claimant, address, what.target)) {
      claimant.insisted++;
      if (address !== what.target && claimant.deceived.size < maxClaimed) claimant.deceived.add(what.target);
    }
    if (what.unasked) {
      claimant.unasked++;
      claimant.unaskedFor.set(address, (claimant.unaskedFor.get(address) ?? 0) + 1);
      if (claimant.deceived.size < maxClaimed) claimant.deceived.add(what.target);
      if (view.sourceMacOffset >= 0 && macAt(view.bytes, view.sourceMacOffset) !== mac) claimant.mismatched++;
    }
  }

  /** An announcement, or a question that only repeats who claims to ask. */
  #isInsisting({ arpOpcode, timeUs }: PacketView, claimant: Claimant, address: number, target: number): boolean {
    if (address === target) return true;
    if (arpOpcode !== request) return false;
    const askedUs = claimant.asks.get(target) ?? Number.NEGATIVE_INFINITY;
    if (claimant.asks.size < maxClaimed) claimant.asks.set(target, timeUs);
    const answeredUs = Math.max(0, ...(this.#claims.get(target)?.claims.map(({ lastUs }) => lastUs) ?? []));
    return timeUs - askedUs < freshUs && answeredUs >= askedUs;
  }

  /** Who sends what leaves the network to another hardware address, right after that one claimed something unasked, is deceived. */
  #nextHop(view: PacketView): void {
    const { bytes, timeUs } = view;
    if (view.sourceMacOffset < 0 || view.destinationMacOffset < 0) return;
    const source = wordAt(bytes, view.sourceAddressOffset) >>> 0;
    const destination = wordAt(bytes, view.destinationAddressOffset) >>> 0;
    if (source >>> 8 === destination >>> 8 || destination >>> 28 >= 14 || source === 0) return;
    const key = macKey(bytes, view.sourceMacOffset);
    const hopKey = macKey(bytes, view.destinationMacOffset);
    const cell = Math.imul(key, 0x9e3779b1) >>> 24;
    if (key === this.#newestKeys[cell] && hopKey === this.#newestHops[cell]) return;
    this.#newestKeys[cell] = key;
    this.#newestHops[cell] = hopKey;
    const known = this.#hops.get(key);
    if (known === hopKey) return;
    const hop = macAt(bytes, view.destinationMacOffset);
    if (isSharedMac(hop)) return;
    if (known === undefined && this.#hops.size >= this.#hopLimit.limit) {
      this.#hopLimit.hits++;
      return;
    }
    this.#hops.set(key, hopKey);
    // Without anybody under suspicion the hop needs no text.
    const claimant = known === undefined || !this.#suspects.has(hop) ? undefined : this.#table.get(macText(hop));
    if (claimant === undefined || claimant.unasked === 0 || timeUs - claimant.lastUs > hopChangeUs) return;
    claimant.redirected.add(source);
    claimant.deceived.add(source);
    claimant.note(timeUs, view.number);
  }

  #storm(view: PacketView, mac: number, target: number): void {
    const sender = this.#senders.use(mac);
    const bucket = Math.floor(view.timeUs / stormBucketUs);
    // Many requests for different addresses are a search for hosts, which is another rule's.
    if (bucket !== sender.bucket || target !== sender.asked) {
      sender.bucket = bucket;
      sender.asked = target;
      sender.requests = 0;
    }
    if (++sender.requests < this.#numbers.stormRequests) return;
    const claimant = this.#open(mac, view.timeUs);
    if (claimant === null) return;
    claimant.storm = Math.max(claimant.storm, sender.requests);
    claimant.own = sender.own;
    if (claimant.deceived.size < maxClaimed) claimant.deceived.add(target);
    claimant.note(view.timeUs, view.number);
  }

  #open(mac: number, timeUs: number): Claimant | null {
    const subject = macText(mac);
    return this.#table.open(subject, timeUs, () => {
      if (this.#suspects.size >= engineLimits.arpAddresses) this.#forgetSuspects();
      this.#suspects.add(mac);
      return new Claimant(arpSpoofingRuleId, subject, timeUs);
    });
  }

  /** All that no incident is open of. */
  #forgetSuspects(): void {
    for (const mac of this.#suspects) if (this.#table.get(macText(mac)) === undefined) this.#suspects.delete(mac);
  }

  #words(claimant: Claimant): FindingWords | null {
    const severity = this.#severity(claimant);
    if (severity === null) return null;
    const mac = claimant.subject;
    const taken = [...claimant.contested].filter((address) => address !== claimant.own);
    const unasked = [...claimant.unaskedFor.keys()];
    const others = unasked.filter((address) => address !== claimant.own);
    const suspects = taken.length > 0 ? taken : others.length > 0 || claimant.redirected.size === 0 ? others : unasked;
    const who = claimant.own >= 0 && !suspects.includes(claimant.own) ? addressText(claimant.own) : mac;
    claimant.sources.clear();
    claimant.targets.clear();
    claimant.addSource(who);
    for (const address of [...suspects, ...claimant.deceived]) claimant.addTarget(addressText(address));
    const stormOnly = suspects.length === 0 && claimant.storm > 0;
    const named = list(suspects.map(addressText), 4);
    const title = stormOnly
      ? `ARP storm by ${who}`
      : severity === 'low'
        ? `${named || who} is claimed by another hardware address, ${mac}`
        : `ARP spoofing of ${named} by ${who}`;
    return {
      threat: stormOnly ? 'health' : 'spoofing',
      severity,
      confidence: severity === 'high' ? 0.95 : severity === 'medium' ? 0.8 : 0.4,
      title,
      summary: stormOnly
        ? `${who} asked for the same address ${claimant.storm} times within 100 ms.`
        : `${mac} claimed ${named || 'an address'} in ${count(claimant.count, 'ARP packet')} over ${span(claimant.seconds)}, ` +
          `${claimant.unasked} of them answers that nobody had asked for.`,
      evidence: this.#evidence(claimant, taken),
      against: againstOf(claimant, severity),
      next: [
        `Find the device with the hardware address ${mac} (switch tables, DHCP leases).`,
        'Compare with the hardware address that the true owner of the address has.',
        'Turn on dynamic ARP inspection in the switch, or set the entry of the gateway by hand until it is clear.',
      ],
      // Adversary-in-the-Middle: ARP Cache Poisoning.
      mitre: stormOnly ? [] : ['T1557.002'],
    };
  }

  #severity(claimant: Claimant): Severity | null {
    const { unasked, returns } = this.#numbers;
    const contested = [...claimant.contested].filter((address) => address !== claimant.own).length;
    const repeated = claimant.unasked >= unasked || claimant.returns >= returns;
    if (contested >= 2 && repeated) return 'high';
    if (contested >= 1 && repeated) return claimant.unasked >= 3 * unasked ? 'high' : 'medium';
    if (claimant.redirected.size > 0) return 'medium';
    const contestedStill = claimant.returns > 0 && claimant.insisted >= 2 * unasked;
    if (contested >= 1 && (claimant.insisted > announcements || contestedStill)) return 'medium';
    // The true owner was not heard, but no honest sender hides behind another address or answers for two unasked.
    if (claimant.unasked >= 2 * unasked && claimant.unaskedFor.size >= 2) return 'medium';
    if (claimant.unasked >= unasked && claimant.mismatched >= unasked) return 'medium';
    // Over and over for one address, by somebody who has another.
    const insisted = claimant.own < 0 ? 0 : mostFor(claimant.unaskedFor, claimant.own);
    if (insisted >= 3 * unasked) return 'medium';
    if (contested >= 1 || claimant.storm > 0) return 'low';
    return claimant.claimed.size >= 2 && claimant.unasked > 0 ? 'low' : null;
  }

  #evidence(claimant: Claimant, taken: readonly number[]): Evidence[] {
    const { unasked, returns, stormRequests, quietSeconds } = this.#numbers;
    const window = `until quiet for ${quietSeconds} s`;
    const plain = (name: string, observed: number | string, unit: string): Evidence => ({
      name,
      observed,
      threshold: null,
      unit,
      window: null,
    });
    const evidence: Evidence[] = [
      {
        name: 'answers that nobody asked for',
        observed: claimant.unasked,
        threshold: unasked,
        unit: 'answers',
        window,
      },
      {
        name: 'returns to a hardware address',
        observed: claimant.returns,
        threshold: returns,
        unit: 'times',
        window,
      },
      plain('announcements and needless questions in the name of an address it took', claimant.insisted, 'packets'),
      plain('addresses taken from another', taken.length === 0 ? 0 : list(taken.map(addressText), 8), ''),
      plain('hardware address', claimant.subject, ''),
      plain('all addresses it claims', list([...claimant.claimed].map(addressText), 8), ''),
      plain('hosts that changed their way out to it', claimant.redirected.size, 'hosts'),
      plain('answers in a frame of another sender', claimant.mismatched, 'answers'),
    ];
    for (const address of taken) {
      const record = this.#claims.get(address);
      if (record === undefined || evidence.length > 10) continue;
      const claims = record.claims.map((each) => `${macText(each.mac)} ${each.count}×`);
      evidence.push(plain(`who claimed ${addressText(address)}`, claims.join(', '), ''));
    }
    if (claimant.storm > 0) {
      evidence.push({
        name: 'requests for one address',
        observed: claimant.storm,
        threshold: stormRequests,
        unit: 'requests',
        window: '100 ms',
      });
    }
    return evidence;
  }
}

/** Most unasked answers for one address other than `own`. */
function mostFor(unaskedFor: ReadonlyMap<number, number>, own: number): number {
  let most = 0;
  for (const [address, times] of unaskedFor) if (address !== own) most = Math.max(most, times);
  return most;
}

/** Whether somebody else claimed the address not long ago. */
function hasRival(record: ClaimedAddress, mac: number, nowUs: number): boolean {
  return record.claims.some((claim) => claim.mac !== mac && nowUs - claim.lastUs < rivalUs);
}

/** Who had an address first is its owner, as far as the capture can say. */
function isTaker(record: ClaimedAddress, mac: number): boolean {
  return record.claims[0]?.mac !== mac;
}

function againstOf(claimant: Claimant, severity: Severity): string[] {
  const against: string[] = [];
  if (severity === 'low' && claimant.returns === 0 && claimant.contested.size > 0) {
    against.push('The address moved once, as at a failover, after a repair, or when it is lent to another device.');
  }
  if (claimant.contested.size === 0 && claimant.unasked > 0) {
    against.push('The capture does not show that anybody else has the address.');
  }
  if (claimant.claimed.size > 8) against.push('It answers for many addresses, as a router with proxy ARP does.');
  if (claimant.own < 0) against.push('Its own address is not known: it is named by its hardware address.');
  return against;
}
