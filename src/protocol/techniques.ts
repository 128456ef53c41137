/** Names of the MITRE ATT&CK techniques that findings name (Enterprise matrix, attack.mitre.org). */
const names: Readonly<Record<string, string>> = {
  T1018: 'Remote System Discovery',
  T1040: 'Network Sniffing',
  T1041: 'Exfiltration Over C2 Channel',
  T1046: 'Network Service Discovery',
  T1048: 'Exfiltration Over Alternative Protocol',
  'T1048.003': 'Exfiltration Over Unencrypted Non-C2 Protocol',
  T1059: 'Command and Scripting Interpreter',
  'T1059.007': 'JavaScript',
  T1071: 'Application Layer Protocol',
  'T1071.001': 'Web Protocols',
  'T1071.004': 'DNS',
  T1095: 'Non-Application Layer Protocol',
  T1105: 'Ingress Tool Transfer',
  T1110: 'Brute Force',
  'T1110.001': 'Password Guessing',
  'T1110.003': 'Password Spraying',
  T1190: 'Exploit Public-Facing Application',
  T1498: 'Network Denial of Service',
  'T1498.001': 'Direct Network Flood',
  'T1498.002': 'Reflection Amplification',
  T1499: 'Endpoint Denial of Service',
  'T1499.001': 'OS Exhaustion Flood',
  'T1499.002': 'Service Exhaustion Flood',
  T1552: 'Unsecured Credentials',
  T1557: 'Adversary-in-the-Middle',
  'T1557.002': 'ARP Cache Poisoning',
  'T1557.003': 'DHCP Spoofing',
  T1567: 'Exfiltration Over Web Service',
  'T1568.002': 'Domain Generation Algorithms',
  T1571: 'Non-Standard Port',
  T1572: 'Protocol Tunneling',
  T1595: 'Active Scanning',
  'T1595.002': 'Vulnerability Scanning',
};

/** A technique with its name: "T1046 Network Service Discovery"; the bare identifier when it is not in the table. */
export function techniqueText(id: string): string {
  const name = names[id];
  const parent = names[id.split('.')[0] ?? ''];
  if (name === undefined) return id;
  return id.includes('.') && parent !== undefined ? `${id} ${parent}: ${name}` : `${id} ${name}`;
}

/** Whether the table knows the technique. */
export function isKnownTechnique(id: string): boolean {
  return names[id] !== undefined;
}

/** Page about a technique; null for what is no identifier of one. */
export function techniqueUrl(id: string): string | null {
  const match = /^(T\d{4})(?:\.(\d{3}))?$/.exec(id);
  if (match === null) return null;
  return `https://attack.mitre.org/techniques/${match[1]}/${match[2] === undefined ? '' : `${match[2]}/`}`;
}
