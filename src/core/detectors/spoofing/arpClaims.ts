import { LimitCounter, engineLimits } from '../../limits';

/** One hardware address that said an IPv4 address was its own. */
export interface Claim {
  readonly mac: number;
  firstUs: number;
  lastUs: number;
  count: number;
}

/** All claims of one IPv4 address, bounded. */
export interface ClaimedAddress {
  readonly address: number;
  readonly claims: Claim[];
  /** Of the newest claim. */
  mac: number;
  /** How often the claim went back to a hardware address that had it before. */
  returns: number;
  /** Last time somebody asked for it; below zero when nobody did. */
  askedUs: number;
}

/** More claimants of one address than there can honestly be. */
const maxClaims = 8;

/** Which hardware addresses claim which IPv4 addresses (RFC 826), bounded. */
export class ArpClaims {
  readonly limit = new LimitCounter('arp-spoofing: addresses', engineLimits.arpAddresses);
  readonly #addresses = new Map<number, ClaimedAddress>();

  get(address: number): ClaimedAddress | undefined {
    return this.#addresses.get(address);
  }

  asked(address: number, timeUs: number): void {
    const known = this.#record(address);
    if (known !== null) known.askedUs = timeUs;
  }

  /** Notes a claim; the record of the address, null when there is no room. `changed` tells whether another had it before. */
  claim(address: number, mac: number, timeUs: number): { record: ClaimedAddress; changed: boolean } | null {
    const record = this.#record(address);
    if (record === null) return null;
    const changed = record.mac >= 0 && record.mac !== mac;
    const known = record.claims.find((each) => each.mac === mac);
    if (known === undefined) {
      if (record.claims.length < maxClaims) {
        record.claims.push({ mac, firstUs: timeUs, lastUs: timeUs, count: 1 });
      }
    } else {
      known.lastUs = timeUs;
      known.count++;
      if (changed) record.returns++;
    }
    record.mac = mac;
    return { record, changed };
  }

  clear(): void {
    this.#addresses.clear();
  }

  #record(address: number): ClaimedAddress | null {
    const known = this.#addresses.get(address);
    if (known !== undefined) return known;
    if (this.#addresses.size >= this.limit.limit) {
      this.limit.hits++;
      return null;
    }
    const made = { address, claims: [], mac: -1, returns: 0, askedUs: Number.NEGATIVE_INFINITY };
    this.#addresses.set(address, made);
    return made;
  }
}

/** Groups of routers share an address by design: VRRP and CARP (RFC 9568 section 7.3), HSRP (RFC 2281 section 5). */
export function isSharedMac(mac: number): boolean {
  const prefix = Math.floor(mac / 256);
  return (
    prefix === 0x00005e0001 ||
    prefix === 0x00005e0002 ||
    prefix === 0x00000c07ac ||
    Math.floor(prefix / 16) === 0x00000c9ff
  );
}

export function macAt(bytes: Uint8Array, offset: number): number {
  let mac = 0;
  for (let index = 0; index < 6; index++) mac = mac * 256 + (bytes[offset + index] ?? 0);
  return mac;
}

export function macText(mac: number): string {
  const hex = mac.toString(16).padStart(12, '0');
  return hex.replace(/(..)(?=.)/g, '$1:');
}

export function addressText(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}
