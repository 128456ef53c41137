import type { FlowClass } from '../../src/core/features/labels';

/** One attack of a lab capture, as its `truth.json` tells it. */
export interface LabEvent {
  category: string;
  subtype: string;
  attackers: string[];
  victims: { ip: string; proto: string; ports: string }[];
  start: number;
  end: number;
  tools?: number[];
}

export interface LabTruth {
  scenario: string;
  class: 'benign' | 'attack' | 'mixed';
  category: string;
  events: LabEvent[];
  /** `name` where the program alone does not tell tools apart. */
  tools: { command: string; name?: string }[];
}

/** The class that flows of an attack are taught as; null for attacks that single flows do not show. */
export function classOfEvent(event: LabEvent): FlowClass | null {
  const { category, subtype } = event;
  switch (category) {
    case 'port_scan':
      return 'PortScan';
    case 'host_sweep':
      // An echo request of a sweep is that of any ping.
      return subtype.startsWith('tcp') ? 'PortScan' : null;
    case 'brute_force':
      if (subtype.startsWith('ssh')) return 'SSH-Patator';
      return subtype.startsWith('ftp') ? 'FTP-Patator' : 'Web Attack - Brute Force';
    case 'slow_dos':
      return subtype === 'slowloris' ? 'DoS slowloris' : 'DoS Slowhttptest';
    case 'dos':
      return subtype === 'http_flood' ? 'DoS Hulk' : null;
    case 'ddos':
      return subtype === 'http_flood' ? 'DDoS' : null;
    case 'sqli':
      return 'Web Attack - Sql Injection';
    case 'xss':
      return 'Web Attack - XSS';
    case 'beacon':
      return 'Bot';
    case 'reverse_shell':
      return 'Infiltration';
    default:
      // Floods of single packets, tunnels and uploads: rules over time windows tell them, one flow does not.
      return null;
  }
}

/** Name of the program of an attack, for splits by tool. */
export function toolOfEvent(truth: LabTruth, event: LabEvent): string {
  const tool = truth.tools[event.tools?.[0] ?? -1];
  if (tool?.name !== undefined) return tool.name;
  const command = tool?.command ?? event.subtype;
  const name = command.split(/\s+/)[0]?.split('/').at(-1) ?? '';
  return /^(bash|python3|tail|ncat)$/.test(name) ? `${event.category} script` : name;
}

/** Whether a flow between two addresses at a time belongs to an attack. */
export function matches(event: LabEvent, flow: { a: string; b: string; transport: string; startS: number }): boolean {
  const slackS = 2;
  if (flow.startS < event.start - slackS || flow.startS > event.end + slackS) return false;
  return event.victims.some(({ ip, proto }) => {
    // A refused UDP probe is answered by ICMP.
    const carried = proto === flow.transport || (proto === 'udp' && flow.transport === 'icmp');
    const between = (x: string, y: string): boolean => within(x, ip) && event.attackers.some((a) => within(y, a));
    return carried && (between(flow.b, flow.a) || between(flow.a, flow.b));
  });
}

/** Whether an address is the given one or in the given network; `(random, false)` stands for any. */
function within(address: string, range: string): boolean {
  if (range.startsWith('(')) return true;
  const [network = '', bits] = range.split('/');
  if (bits === undefined || address.includes(':')) return address === network;
  const word = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(word(address) / size) === Math.floor(word(network) / size);
}
