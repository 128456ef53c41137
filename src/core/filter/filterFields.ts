import type { ApplicationMessage } from '../decode/application';
import { type PacketView, tcpFlags } from '../decode/packetView';
import { packetTimeSeconds, type RawPacket } from '../pcap/rawPacket';

/** What a compiled filter looks at; one instance a filter, refilled for each packet. */
export interface FilterContext {
  view: PacketView;
  application: ApplicationMessage | null;
  packet: RawPacket;
  /** Time that `frame.time_relative` counts from; null before the first packet. */
  firstTimeSeconds: number | null;
}

/** `ipv4`, `ipv6` and `mac` values are offsets into `view.bytes`; booleans are 0 and 1. */
export type FieldType = 'number' | 'boolean' | 'string' | 'ipv4' | 'ipv6' | 'mac';

export type ValueTest = (value: number | string) => boolean;

export interface FilterField {
  type: FieldType;
  /** True when the test holds for one of the field's values; false when the packet does not have the field. */
  some(context: FilterContext, test: ValueTest): boolean;
}

/** A field with at most one value; the reader gives null when the packet does not have it. */
function single(type: FieldType, read: (context: FilterContext) => number | string | null): FilterField {
  return {
    type,
    some(context, test) {
      const value = read(context);
      return value !== null && test(value);
    },
  };
}

function pair(
  type: FieldType,
  first: (context: FilterContext) => number | null,
  second: (context: FilterContext) => number | null,
): FilterField {
  return {
    type,
    some(context, test) {
      const one = first(context);
      if (one !== null && test(one)) return true;
      const other = second(context);
      return other !== null && test(other);
    },
  };
}

function list(type: FieldType, read: (context: FilterContext) => readonly (number | string)[]): FilterField {
  return { type, some: (context, test) => read(context).some(test) };
}

const present = (value: number): number | null => (value >= 0 ? value : null);
const bit = (value: boolean): number => (value ? 1 : 0);

type Reader = (context: FilterContext) => number | null;

const sourceMac: Reader = ({ view }) => present(view.sourceMacOffset);
const destinationMac: Reader = ({ view }) => present(view.destinationMacOffset);
const sourceAddress =
  (length: number): Reader =>
  ({ view }) =>
    view.addressLength === length ? view.sourceAddressOffset : null;
const destinationAddress =
  (length: number): Reader =>
  ({ view }) =>
    view.addressLength === length ? view.destinationAddressOffset : null;
const sourcePort =
  (protocol: number): Reader =>
  ({ view }) =>
    view.ipProtocol === protocol ? present(view.sourcePort) : null;
const destinationPort =
  (protocol: number): Reader =>
  ({ view }) =>
    view.ipProtocol === protocol ? present(view.destinationPort) : null;

function tcp(read: (view: PacketView) => number): Reader {
  return ({ view }) => (view.ipProtocol === 6 && view.transportOffset >= 0 ? read(view) : null);
}

function flag(mask: number): FilterField {
  return single(
    'boolean',
    tcp((view) => bit((view.tcpFlags & mask) !== 0)),
  );
}

function icmp(protocol: number, read: (view: PacketView) => number): FilterField {
  return single('number', ({ view }) => (view.ipProtocol === protocol ? present(read(view)) : null));
}

/** Reads a message of one kind; null for any other. */
function message<Kind extends ApplicationMessage['kind']>(
  type: FieldType,
  kind: Kind,
  read: (application: Extract<ApplicationMessage, { kind: Kind }>) => number | string | null,
): FilterField {
  return single(type, ({ application }) =>
    application !== null && application.kind === kind
      ? read(application as Extract<ApplicationMessage, { kind: Kind }>)
      : null,
  );
}

function handshakeTypes(application: ApplicationMessage | null): readonly number[] {
  if (application?.kind === 'tls-client-hello') return [1];
  if (application?.kind === 'tls-server-hello') return [2];
  return application?.kind === 'tls-record' ? application.handshakeTypes.filter((type) => type !== null) : [];
}

function contentTypes(application: ApplicationMessage | null): readonly number[] {
  if (application?.kind === 'tls-record') return application.contentTypes;
  return handshakeTypes(application).length > 0 ? [22] : [];
}

function applicationProtocols(application: ApplicationMessage | null): readonly string[] {
  if (application?.kind === 'tls-client-hello') return application.alpn;
  return application?.kind === 'tls-server-hello' && application.alpn !== null ? [application.alpn] : [];
}

const contentLength = ({ application }: FilterContext): number | null =>
  application?.kind === 'http-request' || application?.kind === 'http-response' ? application.contentLength : null;

/** Wireshark's fields that filters can name. Of nested IP headers the innermost counts. */
export const filterFields: ReadonlyMap<string, FilterField> = new Map<string, FilterField>([
  ['frame.number', single('number', ({ packet }) => packet.number)],
  ['frame.len', single('number', ({ packet }) => packet.originalLength)],
  ['frame.cap_len', single('number', ({ packet }) => packet.bytes.length)],
  ['frame.time_epoch', single('number', ({ packet }) => packetTimeSeconds(packet))],
  [
    'frame.time_relative',
    single('number', ({ packet, firstTimeSeconds }) => packetTimeSeconds(packet) - (firstTimeSeconds ?? 0)),
  ],
  ['frame.interface_id', single('number', ({ packet }) => packet.interfaceIndex)],
  ['frame.protocols', single('string', ({ view }) => view.layers.join(':'))],
  ['eth.addr', pair('mac', sourceMac, destinationMac)],
  ['eth.src', single('mac', sourceMac)],
  ['eth.dst', single('mac', destinationMac)],
  ['vlan.id', single('number', ({ view }) => present(view.vlanId))],
  ['ip.addr', pair('ipv4', sourceAddress(4), destinationAddress(4))],
  ['ip.src', single('ipv4', sourceAddress(4))],
  ['ip.dst', single('ipv4', destinationAddress(4))],
  ['ip.proto', single('number', ({ view }) => (view.addressLength === 4 ? view.ipProtocol : null))],
  ['ip.ttl', single('number', ({ view }) => (view.addressLength === 4 ? view.timeToLive : null))],
  ['ipv6.addr', pair('ipv6', sourceAddress(16), destinationAddress(16))],
  ['ipv6.src', single('ipv6', sourceAddress(16))],
  ['ipv6.dst', single('ipv6', destinationAddress(16))],
  ['ipv6.hlim', single('number', ({ view }) => (view.addressLength === 16 ? view.timeToLive : null))],
  ['tcp.port', pair('number', sourcePort(6), destinationPort(6))],
  ['tcp.srcport', single('number', sourcePort(6))],
  ['tcp.dstport', single('number', destinationPort(6))],
  ['udp.port', pair('number', sourcePort(17), destinationPort(17))],
  ['udp.srcport', single('number', sourcePort(17))],
  ['udp.dstport', single('number', destinationPort(17))],
  [
    'udp.length',
    single('number', ({ view }) =>
      view.ipProtocol === 17 && view.transportOffset >= 0
        ? ((view.bytes[view.transportOffset + 4] ?? 0) << 8) | (view.bytes[view.transportOffset + 5] ?? 0)
        : null,
    ),
  ],
  [
    'tcp.flags',
    single(
      'number',
      tcp((view) => view.tcpFlags),
    ),
  ],
  ['tcp.flags.fin', flag(tcpFlags.fin)],
  ['tcp.flags.syn', flag(tcpFlags.syn)],
  ['tcp.flags.reset', flag(tcpFlags.rst)],
  ['tcp.flags.push', flag(tcpFlags.psh)],
  ['tcp.flags.ack', flag(tcpFlags.ack)],
  ['tcp.flags.urg', flag(tcpFlags.urg)],
  ['tcp.flags.ece', flag(tcpFlags.ece)],
  ['tcp.flags.cwr', flag(tcpFlags.cwr)],
  [
    'tcp.len',
    single(
      'number',
      tcp((view) => view.payloadWireLength),
    ),
  ],
  [
    'tcp.seq_raw',
    single(
      'number',
      tcp((view) => view.tcpSequence),
    ),
  ],
  [
    'tcp.ack_raw',
    single(
      'number',
      tcp((view) => view.tcpAcknowledgment),
    ),
  ],
  [
    'tcp.window_size_value',
    single(
      'number',
      tcp((view) => view.tcpWindow),
    ),
  ],
  ['icmp.type', icmp(1, (view) => view.icmpType)],
  ['icmp.code', icmp(1, (view) => view.icmpCode)],
  ['icmpv6.type', icmp(58, (view) => view.icmpType)],
  ['icmpv6.code', icmp(58, (view) => view.icmpCode)],
  ['arp.opcode', single('number', ({ view }) => present(view.arpOpcode))],
  ['arp.src.proto_ipv4', single('ipv4', ({ view }) => present(view.arpSenderAddressOffset))],
  ['arp.dst.proto_ipv4', single('ipv4', ({ view }) => present(view.arpTargetAddressOffset))],
  ['arp.src.hw_mac', single('mac', ({ view }) => present(view.arpSenderMacOffset))],
  ['dns.id', message('number', 'dns', (dns) => dns.id)],
  ['dns.flags.response', message('boolean', 'dns', (dns) => bit(dns.response))],
  ['dns.flags.opcode', message('number', 'dns', (dns) => dns.opcode)],
  ['dns.flags.rcode', message('number', 'dns', (dns) => (dns.response ? dns.responseCode : null))],
  [
    'dns.qry.name',
    list('string', ({ application }) =>
      application?.kind === 'dns' ? application.questions.map((question) => question.name) : [],
    ),
  ],
  [
    'dns.qry.type',
    list('number', ({ application }) =>
      application?.kind === 'dns' ? application.questions.map((question) => question.type) : [],
    ),
  ],
  ['http.request', message('boolean', 'http-request', () => 1)],
  ['http.request.method', message('string', 'http-request', (http) => http.method)],
  ['http.request.uri', message('string', 'http-request', (http) => http.target)],
  ['http.host', message('string', 'http-request', (http) => http.host)],
  ['http.user_agent', message('string', 'http-request', (http) => http.userAgent)],
  ['http.response', message('boolean', 'http-response', () => 1)],
  ['http.response.code', message('number', 'http-response', (http) => http.status)],
  ['http.content_type', message('string', 'http-response', (http) => http.contentType)],
  ['http.content_length', single('number', contentLength)],
  ['tls.record.content_type', list('number', ({ application }) => contentTypes(application))],
  ['tls.handshake.type', list('number', ({ application }) => handshakeTypes(application))],
  ['tls.handshake.extensions_server_name', message('string', 'tls-client-hello', (tls) => tls.serverName)],
  ['tls.handshake.extensions_alpn_str', list('string', ({ application }) => applicationProtocols(application))],
  ['ssh.protocol', message('string', 'ssh-banner', (ssh) => `SSH-${ssh.version}-${ssh.software}`)],
]);
