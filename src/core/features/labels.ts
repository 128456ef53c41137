import type { Threat } from '../../protocol/finding';

/** Classes of flows under the canonical names of CICIDS2017; `Infiltration - Portscan` is in the improved rows only. */
export const flowClasses = [
  'BENIGN',
  'Bot',
  'DDoS',
  'DoS GoldenEye',
  'DoS Hulk',
  'DoS Slowhttptest',
  'DoS slowloris',
  'FTP-Patator',
  'Heartbleed',
  'Infiltration',
  'Infiltration - Portscan',
  'PortScan',
  'SSH-Patator',
  'Web Attack - Brute Force',
  'Web Attack - Sql Injection',
  'Web Attack - XSS',
] as const;
export type FlowClass = (typeof flowClasses)[number];

export const flowFamilies = [
  'BENIGN',
  'DDoS',
  'DoS',
  'PortScan',
  'BruteForce',
  'WebAttack',
  'Bot',
  'Infiltration',
] as const;
export type FlowFamily = (typeof flowFamilies)[number];

interface ClassFacts {
  readonly family: FlowFamily;
  readonly threat: Threat | null;
  readonly mitre: readonly string[];
}

/** Family, threat and MITRE ATT&CK techniques of each class. */
export const classFacts: Readonly<Record<FlowClass, ClassFacts>> = {
  BENIGN: { family: 'BENIGN', threat: null, mitre: [] },
  Bot: { family: 'Bot', threat: 'botnet', mitre: ['T1071.001'] },
  DDoS: { family: 'DDoS', threat: 'ddos', mitre: ['T1498.001'] },
  'DoS GoldenEye': { family: 'DoS', threat: 'dos', mitre: ['T1499.002'] },
  'DoS Hulk': { family: 'DoS', threat: 'dos', mitre: ['T1499.002'] },
  'DoS Slowhttptest': { family: 'DoS', threat: 'dos', mitre: ['T1499.002'] },
  'DoS slowloris': { family: 'DoS', threat: 'dos', mitre: ['T1499.002'] },
  'FTP-Patator': { family: 'BruteForce', threat: 'brute-force', mitre: ['T1110.001'] },
  Heartbleed: { family: 'DoS', threat: 'heartbleed', mitre: ['T1190'] },
  Infiltration: { family: 'Infiltration', threat: 'infiltration', mitre: ['T1105', 'T1041'] },
  'Infiltration - Portscan': { family: 'PortScan', threat: 'port-scan', mitre: ['T1046'] },
  PortScan: { family: 'PortScan', threat: 'port-scan', mitre: ['T1046'] },
  'SSH-Patator': { family: 'BruteForce', threat: 'brute-force', mitre: ['T1110.001'] },
  'Web Attack - Brute Force': { family: 'WebAttack', threat: 'brute-force', mitre: ['T1110.001'] },
  'Web Attack - Sql Injection': { family: 'WebAttack', threat: 'web-attack', mitre: ['T1190'] },
  'Web Attack - XSS': { family: 'WebAttack', threat: 'web-attack', mitre: ['T1059.007'] },
};

/** Spellings of the improved rows, of CSE-CIC-IDS2018 and of common samples, by their letters and digits only. */
const spellings: Readonly<Record<string, FlowClass>> = {
  normal: 'BENIGN',
  normaltraffic: 'BENIGN',
  botnet: 'Bot',
  bots: 'Bot',
  ddosattackhoic: 'DDoS',
  ddosattackloicudp: 'DDoS',
  ddosattacksloichttp: 'DDoS',
  dosattackshulk: 'DoS Hulk',
  dosattacksgoldeneye: 'DoS GoldenEye',
  dosattacksslowhttptest: 'DoS Slowhttptest',
  dosattacksslowloris: 'DoS slowloris',
  ftpbruteforce: 'FTP-Patator',
  sshbruteforce: 'SSH-Patator',
  infilteration: 'Infiltration',
  portscanning: 'PortScan',
  sqlinjection: 'Web Attack - Sql Injection',
  bruteforceweb: 'Web Attack - Brute Force',
  bruteforcexss: 'Web Attack - XSS',
};

/** Labels that name a family without a class. */
const familySpellings: Readonly<Record<string, FlowFamily>> = {
  dos: 'DoS',
  ddos: 'DDoS',
  bruteforce: 'BruteForce',
  webattack: 'WebAttack',
  webattacks: 'WebAttack',
};

const key = (label: string): string => label.toLowerCase().replace(/[^a-z0-9]/g, '');
const byKey = new Map<string, FlowClass>([
  ...flowClasses.map((name): [string, FlowClass] => [key(name), name]),
  ...Object.entries(spellings),
]);

/**
 * The class that a label names, whatever dash or replacement character stands in `Web Attack – XSS` (the official files
 * hold byte 0x96 of Windows-1252 there). Null for one that names none.
 */
export function classOfLabel(label: string): FlowClass | null {
  return byKey.get(key(label)) ?? null;
}

/** The family that a label names, as a class or by itself; null for none. */
export function familyOfLabel(label: string): FlowFamily | null {
  const name = classOfLabel(label);
  return name === null ? (familySpellings[key(label)] ?? null) : classFacts[name].family;
}
