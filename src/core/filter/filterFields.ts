import { dhcpFields, ntpFields, stunFields } from './fields/datagramFields';
import { dnsFields } from './fields/dnsFields';
import { frameFields } from './fields/frameFields';
import { httpFields } from './fields/httpFields';
import { icmpFields, ipFields } from './fields/ipFields';
import { lineFields } from './fields/lineFields';
import { linkFields } from './fields/linkFields';
import { mqttFields, smb2Fields, sshFields } from './fields/sessionFields';
import { quicFields, tlsFields } from './fields/tlsFields';
import { tcpFields, udpFields } from './fields/transportFields';
import type { FilterField } from './filterField';

/** All fields that filters can name, spelled as Wireshark spells them, from the outermost protocol in. */
export const allFilterFields: readonly FilterField[] = [
  ...frameFields,
  ...linkFields,
  ...ipFields,
  ...icmpFields,
  ...tcpFields,
  ...udpFields,
  ...dnsFields,
  ...httpFields,
  ...tlsFields,
  ...quicFields,
  ...dhcpFields,
  ...ntpFields,
  ...stunFields,
  ...sshFields,
  ...lineFields,
  ...mqttFields,
  ...smb2Fields,
];

/** Wireshark's older names of protocols, which people still type. */
export const oldNames: ReadonlyMap<string, string> = new Map([
  ['ssl', 'tls'],
  ['bootp', 'dhcp'],
]);

const byName = new Map(allFilterFields.map((field) => [field.name, field]));

/** The field of that name, also where it begins with an older name of its protocol. */
export function fieldNamed(name: string): FilterField | null {
  const dot = name.indexOf('.');
  const protocol = oldNames.get(name.slice(0, dot));
  return byName.get(dot > 0 && protocol !== undefined ? protocol + name.slice(dot) : name) ?? null;
}
