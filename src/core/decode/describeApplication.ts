import { hexByte } from './addresses';
import type { ApplicationMessage } from './application';
import type { DhcpMessage } from './dhcp';
import type { DnsMessage } from './dns';
import { dnsResponseCodeName } from './dnsTypes';
import type { PacketView } from './packetView';
import type { TlsRecord } from './tls';
import { tlsContentTypeNames, tlsHandshakeTypeNames } from './tlsTypeNames';

const maxAnswersShown = 8;
const maxTextShown = 200;

/** One line about a message in tshark's words. */
export function describeApplication(message: ApplicationMessage, view: PacketView): string {
  switch (message.kind) {
    case 'dns':
      return describeDns(message);
    case 'http-request':
      return `${message.method} ${clip(message.target)} ${message.version}`.trimEnd();
    case 'http-body':
      return `${message.request.method} ${clip(message.request.target)}, body`;
    case 'http-response':
      return `${message.version} ${message.status} ${message.reason}${contentTypeText(message.contentType)}`;
    case 'tls-client-hello':
      return message.serverName === null ? 'Client Hello' : `Client Hello (SNI=${clip(message.serverName)})`;
    case 'tls-server-hello':
      return 'Server Hello';
    case 'tls-record':
      return describeRecords(message);
    case 'ssh-banner':
      return `${sshSide(view)}Protocol (SSH-${message.version}-${clip(message.software)})`;
    case 'ssh-new-keys':
      return `${sshSide(view)}New Keys`;
    case 'line-command':
      return `Request: ${clip(message.verb)}`;
    case 'line-reply':
      return `Response: ${message.code === 0 ? message.status : message.code} ${clip(message.text)}`;
    case 'dhcp':
      return describeDhcp(message);
    case 'ntp':
      return `NTP Version ${message.version}, ${ntpModes[message.mode] ?? 'reserved'}`;
    case 'quic':
      return `${quicTypes[message.packetType]}, DCID=${message.destinationConnectionId || '—'}`;
  }
}

/** The side that speaks, known where the server's port is. */
function sshSide(view: PacketView): string {
  if (view.destinationPort === sshPort) return 'Client: ';
  return view.sourcePort === sshPort ? 'Server: ' : '';
}

const sshPort = 22;

const ntpModes = [
  'reserved',
  'symmetric active',
  'symmetric passive',
  'client',
  'server',
  'broadcast',
  'control',
  'private',
];

const quicTypes = {
  initial: 'Initial',
  '0-rtt': '0-RTT',
  handshake: 'Handshake',
  retry: 'Retry',
  'version-negotiation': 'Version Negotiation',
};

function describeDns(message: DnsMessage): string {
  const name = dnsOperations[message.opcode] ?? `Unknown operation (${message.opcode})`;
  const question = message.questions.map((entry) => ` ${entry.typeName} ${clip(entry.name)}`).join(',');
  const id = `0x${hexByte(message.id >> 8)}${hexByte(message.id)}`;
  if (!message.response) return `${name} ${id}${question}`;
  const failure = message.responseCode === 0 ? '' : ` ${dnsResponseCodeName(message.responseCode)}`;
  const answers = message.answers
    .slice(0, maxAnswersShown)
    .map((answer) => ` ${answer.typeName} ${clip(answer.data)}`)
    .join('');
  const more = message.answers.length > maxAnswersShown ? ' …' : '';
  return `${name} response ${id}${failure}${question}${answers}${more}`;
}

/** IANA DNS OpCodes. */
const dnsOperations: Record<number, string> = {
  0: 'Standard query',
  1: 'Inverse query',
  2: 'Server status request',
  4: 'Zone change notification',
  5: 'Dynamic update',
  6: 'DNS Stateful operations',
};

function contentTypeText(contentType: string | null): string {
  return contentType === null ? '' : `  (${clip(contentType)})`;
}

function describeRecords(record: TlsRecord): string {
  const names = record.contentTypes.map((type, index) => {
    if (type === 22) return tlsHandshakeTypeNames[record.handshakeTypes[index] ?? -1] ?? 'Encrypted Handshake Message';
    if (type === 21 && record.alert !== null) return describeAlert(record.alert);
    return tlsContentTypeNames[type] ?? `Content type ${type}`;
  });
  return names.filter((name, index) => name !== names[index - 1]).join(', ');
}

function describeAlert(alert: { level: number; description: number }): string {
  return `Alert (Level: ${alert.level === 2 ? 'Fatal' : 'Warning'}, Description: ${alert.description})`;
}

function describeDhcp(message: DhcpMessage): string {
  const id = message.transactionId.toString(16);
  if (message.messageType === null)
    return `Boot ${message.operation === 1 ? 'Request' : 'Reply'} - Transaction ID 0x${id}`;
  return `DHCP ${message.messageType.padEnd(8)} - Transaction ID 0x${id}`;
}

function clip(text: string): string {
  return text.length > maxTextShown ? `${text.slice(0, maxTextShown - 1)}…` : text;
}
