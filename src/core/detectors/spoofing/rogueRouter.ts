import { formatIpAddress } from '../../decode/addresses';
import type { Finding, Severity } from '../../../protocol/finding';
import type { PacketView } from '../../decode/packetView';
import { uint16, uint8 } from '../../bytes/integers';
import { LimitCounter, engineLimits } from '../../limits';
import type { Detector } from '../detector';
import { packetKinds } from '../packetKinds';
import { Incident } from '../incident';
import type { FindingWords } from '../incident';
import { IncidentTable } from '../incidentTable';
import type { Rule } from '../rule';
import { count, list } from '../words';
import { isSharedMac, macAt, macText } from './arpClaims';

const ruleId = 'rogue-router';
const routerAdvertisement = 134;
const headerLength = 16;
const prefixOption = 3;
const maxOptions = 32;
const maxPrefixes = 16;

type Numbers = Readonly<Record<'routers' | 'quietSeconds', number>>;

interface Router {
  readonly address: string;
  readonly firstUs: number;
  readonly macs: number[];
  readonly prefixes: Set<string>;
  high: boolean;
}

class RouterIncident extends Incident {
  /** Advertisements in the name of a router from another hardware address. */
  forged = 0;
  /** The forged ones that say the router is none any more. */
  removals = 0;
  router: Router | null = null;
  readonly others = new Set<string>();
  otherPrefixes = false;
}

/**
 * Router advertisements (RFC 4861 section 4.2) of somebody who is not the router: the same router address from two hardware
 * addresses, above all to say that the router is gone; a second router with prefixes of its own that wants to be preferred;
 * many routers at once. Two routers that go on side by side are ordinary.
 */
class RogueRouterDetector implements Detector {
  readonly packetKinds = packetKinds.icmp;
  readonly limits: readonly LimitCounter[];
  readonly #numbers: Numbers;
  readonly #routers = new Map<string, Router>();
  readonly #routerLimit = new LimitCounter(`${ruleId}: routers`, engineLimits.incidents);
  readonly #table: IncidentTable<RouterIncident>;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
    this.#table = new IncidentTable(ruleId, numbers.quietSeconds * 1e6, (incident) => this.#words(incident));
    this.limits = [this.#routerLimit, this.#table.limit];
  }

  packet(view: PacketView): void {
    if (view.icmpType !== routerAdvertisement || view.addressLength !== 16 || view.transportOffset < 0) return;
    const { bytes, transportOffset: at, timeUs } = view;
    if (view.sourceMacOffset < 0 || at + headerLength > bytes.length || view.timeToLive !== 255) return;
    const address = formatIpAddress(bytes, view.sourceAddressOffset, 16);
    const mac = macAt(bytes, view.sourceMacOffset);
    if (isSharedMac(mac)) return;
    const router = this.#router(address, timeUs);
    if (router === null) return;
    const lifetime = uint16(bytes, at + 6);
    const prefixes = readPrefixes(bytes, at + headerLength);
    router.high ||= (uint8(bytes, at + 5) & 0x18) === 0x08 && lifetime > 0;
    for (const prefix of prefixes) if (router.prefixes.size < maxPrefixes) router.prefixes.add(prefix);
    if (!router.macs.includes(mac) && router.macs.length < 8) router.macs.push(mac);
    if (router.macs.length > 1) this.#forged(view, router, mac, lifetime);
    else if (this.#routers.size > 1) this.#second(view, router);
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
    this.#routers.clear();
    this.#table.clear();
  }

  #router(address: string, timeUs: number): Router | null {
    const known = this.#routers.get(address);
    if (known !== undefined) return known;
    if (this.#routers.size >= this.#routerLimit.limit) {
      this.#routerLimit.hits++;
      return null;
    }
    const made: Router = { address, firstUs: timeUs, macs: [], prefixes: new Set(), high: false };
    this.#routers.set(address, made);
    return made;
  }

  #forged(view: PacketView, router: Router, mac: number, lifetime: number): void {
    const incident = this.#open(router.address, view.timeUs, router);
    if (incident === null) return;
    incident.forged++;
    if (lifetime === 0) incident.removals++;
    incident.others.add(macText(mac));
    incident.note(view.timeUs, view.number);
  }

  #second(view: PacketView, router: Router): void {
    const [first] = this.#routers.values();
    if (first === undefined || first === router) return;
    const own = [...router.prefixes].filter((prefix) => !first.prefixes.has(prefix));
    if (own.length === 0) return;
    // One finding for all: a flood of routers is one incident.
    const incident = this.#open('second router', view.timeUs, router);
    if (incident === null) return;
    incident.otherPrefixes = true;
    if (incident.others.size < engineLimits.findingTargets) incident.others.add(router.address);
    incident.addSource(router.address);
    incident.addTarget(first.address);
    if (router.high) incident.router = router;
    incident.note(view.timeUs, view.number);
  }

  #open(subject: string, timeUs: number, router: Router): RouterIncident | null {
    return this.#table.open(subject, timeUs, () => {
      const made = new RouterIncident(ruleId, subject, timeUs);
      made.router = router;
      return made;
    });
  }

  #words(incident: RouterIncident): FindingWords {
    const { router, forged, removals, others } = incident;
    const address = router?.address ?? '';
    const many = others.size >= this.#numbers.routers;
    const isForged = forged > 0;
    let severity: Severity = isForged || router?.high === true || many ? 'medium' : 'low';
    if (removals > 0 || (many && !isForged)) severity = 'high';
    if (isForged) {
      for (const mac of others) incident.addSource(mac);
      incident.addTarget(address);
    }
    const title = isForged
      ? `Router ${address} is announced by two hardware addresses`
      : many
        ? `${others.size} IPv6 routers announced beside the first`
        : `Second IPv6 router ${[...others].slice(0, 2).join(', ')}`;
    return {
      threat: 'spoofing',
      severity,
      confidence: severity === 'high' ? 0.9 : severity === 'medium' ? 0.7 : 0.3,
      title,
      summary: isForged
        ? `${count(forged, 'advertisement')} in the name of ${address} came after a second hardware address had used it; ${removals} of them say that it is no router any more.`
        : `${list(others, 3)} announce prefixes of their own beside the router that was there first.`,
      evidence: [
        {
          name: 'routers beside the first',
          observed: isForged ? 0 : others.size,
          threshold: this.#numbers.routers,
          unit: 'routers',
          window: null,
        },
        plain('advertisements after a second hardware address', forged, 'packets'),
        plain('of those with a lifetime of 0', removals, 'packets'),
        plain('hardware addresses', (router?.macs ?? []).map(macText).join(', '), ''),
        plain('prefixes', list(router?.prefixes ?? [], 6), ''),
        plain('asks to be preferred', router?.high === true ? 'yes' : 'no', ''),
      ],
      against: isForged
        ? ['A router whose hardware was replaced, or a pair that shares an address, looks the same for a moment.']
        : severity === 'low'
          ? ['Two routers on one link are ordinary, for two providers for instance.']
          : ['A machine that shares its connection announces itself like this by mistake.'],
      next: ['Find the device with the hardware address in the switch.', 'Turn on RA guard (RFC 6105) in the switch.'],
      // Adversary-in-the-Middle.
      mitre: ['T1557'],
    };
  }
}

function plain(name: string, observed: number | string, unit: string): FindingWords['evidence'][number] {
  return { name, observed, threshold: null, unit, window: null };
}

/** Prefixes in the options (RFC 4861 section 4.6.2). */
function readPrefixes(bytes: Uint8Array, start: number): string[] {
  const prefixes: string[] = [];
  let at = start;
  for (let index = 0; index < maxOptions && at + 2 <= bytes.length; index++) {
    const length = uint8(bytes, at + 1) * 8;
    if (length === 0 || at + length > bytes.length) break;
    if (uint8(bytes, at) === prefixOption && length >= 32) {
      prefixes.push(`${formatIpAddress(bytes, at + 16, 16)}/${uint8(bytes, at + 2)}`);
    }
    at += length;
  }
  return prefixes;
}

export const rogueRouterRule: Rule<keyof Numbers> = {
  id: ruleId,
  title: 'False IPv6 router',
  description:
    'IPv6 router advertisements in the name of a router from a second hardware address, from a second router that wants to be preferred, or from many at once.',
  threats: ['spoofing'],
  mitre: ['T1557'],
  sources: [
    'RFC 6104: Rogue IPv6 Router Advertisement Problem Statement',
    'RFC 4191: preference of routers',
    'THC-IPv6: kill_router6, fake_router6, flood_router6; NDPMon: wrong router, flags and prefixes',
  ],
  numbers: {
    routers: {
      label: 'Routers beside the first that are a flood',
      unit: 'routers',
      minimum: 2,
      maximum: 10_000,
      integer: true,
      presets: { low: 20, medium: 5, high: 3 },
      source: 'own choice: a link has one or two routers, flood_router6 makes hundreds a second',
    },
    quietSeconds: {
      label: 'Quiet time after which the next advertisement begins a new finding',
      unit: 's',
      minimum: 10,
      maximum: 86_400,
      integer: true,
      presets: { low: 1800, medium: 1800, high: 1800 },
      source: 'RFC 4861 section 6.2.1: routers repeat themselves after at most 1800 s',
    },
  },
  create: (numbers) => new RogueRouterDetector(numbers),
};
