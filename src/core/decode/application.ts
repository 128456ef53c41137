import { decodeDhcp, type DhcpMessage } from './dhcp';
import { decodeDns, type DnsMessage, looksLikeDns, couldBeDns } from './dns';
import { uint16 } from '../bytes/integers';
import { pushLayer } from './decodeCursor';
import { decodeHttp, type HttpBody, type HttpRequest, type HttpResponse } from './http';
import type { LineCommand, LineReply } from './lineProtocols';
import { decodeNtp, type NtpMessage } from './ntp';
import type { PacketView } from './packetView';
import type { ProtocolName } from './protocols';
import { decodeQuic, type QuicPacket } from './quic';
import { decodeSshBanner, type SshBanner, type SshNewKeys } from './ssh';
import { decodeTls, type TlsClientHello, type TlsRecord, type TlsServerHello } from './tls';

/** What the decoder recognised in a transport payload; `kind` tells which. */
export type ApplicationMessage =
  | DnsMessage
  | HttpRequest
  | HttpResponse
  | HttpBody
  | TlsClientHello
  | TlsServerHello
  | TlsRecord
  | SshBanner
  | SshNewKeys
  | LineCommand
  | LineReply
  | DhcpMessage
  | NtpMessage
  | QuicPacket;

const dnsPort = 53;
const mdnsPort = 5353;
const llmnrPort = 5355;
const ssdpPort = 1900;
const ntpPort = 123;
const dhcpServerPort = 67;
const dhcpClientPort = 68;
/** NetBIOS names have the layout of DNS with types of their own (RFC 1002 section 4.2). */
const netbiosNamePort = 137;

/**
 * Recognises the application protocol of the view's payload, by its bytes first and by its well-known port where the
 * bytes leave it open, and adds its layer. Looks at this one packet only: a segment that continues a message of an
 * earlier one is not recognised. Null when there is no payload or nothing known in it; never throws.
 */
export function decodeApplication(view: PacketView): ApplicationMessage | null {
  if (view.payloadLength === 0 || view.sourcePort < 0) return null;
  const message = view.ipProtocol === 6 ? decodeOverTcp(view) : decodeOverUdp(view);
  if (message !== null) pushLayer(view, layerOf(message, view));
  return message;
}

function decodeOverTcp(view: PacketView): ApplicationMessage | null {
  const { bytes, payloadOffset } = view;
  const end = payloadOffset + view.payloadLength;
  const first = bytes[payloadOffset] ?? 0;
  if (hasPort(view, dnsPort)) {
    const message = decodeDnsOverTcp(view, end);
    if (message !== null) return message;
  }
  if (first >= 20 && first <= 24) return decodeTls(bytes, payloadOffset, end);
  const text = decodeHttp(bytes, payloadOffset, end) ?? decodeSshBanner(bytes, payloadOffset, end);
  if (text !== null) return text;
  const framed = first < 2 && uint16(bytes, payloadOffset) + 2 === view.payloadLength;
  return framed && looksLikeDns(bytes, payloadOffset + 2, end) ? decodeDns(bytes, payloadOffset + 2, end, 'dns') : null;
}

/** RFC 1035 section 4.2.2: a length of two bytes comes first; some stacks send it in a segment of its own. */
function decodeDnsOverTcp(view: PacketView, end: number): DnsMessage | null {
  const { bytes, payloadOffset } = view;
  const length = uint16(bytes, payloadOffset);
  const start = payloadOffset + 2;
  if (length >= 12 && start + 12 <= end && couldBeDns(bytes, start, end)) {
    return decodeDns(bytes, start, Math.min(end, start + length), 'dns');
  }
  return looksLikeDns(bytes, payloadOffset, end) ? decodeDns(bytes, payloadOffset, end, 'dns') : null;
}

function decodeOverUdp(view: PacketView): ApplicationMessage | null {
  const { bytes, payloadOffset } = view;
  const end = payloadOffset + view.payloadLength;
  if (hasPort(view, dnsPort)) return decodeDns(bytes, payloadOffset, end, 'dns');
  if (hasPort(view, mdnsPort)) return decodeDns(bytes, payloadOffset, end, 'mdns');
  if (hasPort(view, llmnrPort)) return decodeDns(bytes, payloadOffset, end, 'llmnr');
  if (hasPort(view, ntpPort)) {
    const ntp = decodeNtp(bytes, payloadOffset, end);
    if (ntp !== null) return ntp;
  }
  const dhcp = decodeDhcp(bytes, payloadOffset, end, hasPort(view, dhcpServerPort) || hasPort(view, dhcpClientPort));
  if (dhcp !== null) return dhcp;
  const quic = decodeQuic(bytes, payloadOffset, end);
  if (quic !== null) return quic;
  if (hasPort(view, ssdpPort)) return decodeHttp(bytes, payloadOffset, end);
  if (hasPort(view, netbiosNamePort)) return null;
  return looksLikeDns(bytes, payloadOffset, end) ? decodeDns(bytes, payloadOffset, end, 'dns') : null;
}

function hasPort(view: PacketView, port: number): boolean {
  return view.destinationPort === port || view.sourcePort === port;
}

function layerOf(message: ApplicationMessage, view: PacketView): ProtocolName {
  switch (message.kind) {
    case 'dns':
      return message.transport;
    case 'http-request':
    case 'http-response':
    case 'http-body':
      return view.ipProtocol === 6 ? 'http' : 'ssdp';
    case 'tls-client-hello':
    case 'tls-server-hello':
    case 'tls-record':
      return 'tls';
    case 'ssh-banner':
    case 'ssh-new-keys':
      return 'ssh';
    case 'line-command':
    case 'line-reply':
      return message.protocol;
    case 'dhcp':
    case 'ntp':
    case 'quic':
      return message.kind;
  }
}
