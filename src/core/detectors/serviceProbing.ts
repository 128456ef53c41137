import type { FindingStage } from '../../protocol/finding';
import type { Host } from '../flows/host';
import { engineLimits } from '../limits';
import { targetStep } from './contact';
import { count, list } from './words';

/** A prober takes what a scan found; who comes back later than this does something else. */
const soonUs = 30e6;
/** Longest wait of one probe: nmap gives each 5 to 7.5 s (service scan, nmap-service-probes `totalwaitms`), and has several. */
const longestUs = 60e6;
/** A greeting or an answer; who takes more uses the service. */
const mostBytes = 65_536;
/** One connection may be anything, and many to one port alone are for what is behind it. */
const leastProbes = 2;
const mostOfOnePort = 20;

/** A connection with a port that a scan found open. */
export interface Probe {
  target: Host;
  port: number;
  startUs: number;
  endUs: number;
  bytes: number;
}

/**
 * Short connections of a scanner with ports that its scan found open, right after it: asking services what they are (Lyon: Nmap
 * Network Scanning, chapter 7). Belongs to the scan as its second stage.
 */
export class ServiceProbing {
  firstUs = 0;
  lastUs = 0;
  probes = 0;
  readonly #ports = new Map<number, Host>();

  /** `scanUs`: when the scan made its last contact. True when the connection is a probe. */
  note({ target, port, startUs, endUs, bytes }: Probe, scanUs: number): boolean {
    const soon = startUs - Math.max(scanUs, this.lastUs) <= soonUs;
    if (!soon || endUs - startUs > longestUs || bytes > mostBytes) return false;
    if (this.probes === 0 || startUs < this.firstUs) this.firstUs = startUs;
    this.lastUs = Math.max(this.lastUs, endUs);
    this.probes++;
    if (this.#ports.size < engineLimits.findingPorts) this.#ports.set(target.id * targetStep + port, target);
    return true;
  }

  get told(): boolean {
    return this.probes >= leastProbes && (this.#ports.size > 1 || this.probes <= mostOfOnePort);
  }

  /** "4 open ports (21, 22, 80, 443) in 9 connections". */
  get words(): string {
    const ports = [...new Set([...this.#ports.keys()].map((key) => key % targetStep))].sort((x, y) => x - y);
    return `${count(ports.length, 'open port')} (${list(ports)}) in ${count(this.probes, 'connection')}`;
  }

  stage(rule: string, source: Host): FindingStage {
    return {
      rule,
      threat: 'port-scan',
      title: `Service probing of ${this.words} by ${source.text}`,
      firstSeen: this.firstUs / 1e6,
      lastSeen: this.lastUs / 1e6,
    };
  }
}
