import { formatIpAddress, formatMac } from './addresses';
import { uint32, uint8 } from '../bytes/integers';
import { printableText } from './text';

export interface DhcpMessage {
  kind: 'dhcp';
  /** 1 request, 2 reply. */
  operation: number;
  /** RFC 2132 section 9.6: `Discover`, `Offer`, `Request`, …; null for BOOTP. */
  messageType: string | null;
  transactionId: number;
  clientMac: string | null;
  /** Address given in this message, null for none. */
  yourAddress: string | null;
  hostName: string | null;
  /** RFC 2132 sections 9.7, 3.5, 3.8: who answers, and the routers and name servers that it gives; empty for none. */
  serverIdentifier: string | null;
  routers: string[];
  nameServers: string[];
}

const messageTypes = ['Discover', 'Offer', 'Request', 'Decline', 'ACK', 'NAK', 'Release', 'Inform'];
const magicCookie = 0x63825363;
const optionsOffset = 240;
/** Up to the client's hardware address. */
const fixedLength = 34;
const maxOptions = 128;

/**
 * DHCP (RFC 2131 section 2), known by its magic cookie. On its own ports (`expected`) also BOOTP without one and
 * messages that the capture cut, from their fixed first bytes on.
 */
export function decodeDhcp(bytes: Uint8Array, start: number, end: number, expected: boolean): DhcpMessage | null {
  const hasOptions = end - start >= optionsOffset && uint32(bytes, start + 236) === magicCookie;
  if (!hasOptions && (!expected || end - start < fixedLength)) return null;
  const operation = uint8(bytes, start);
  if (operation !== 1 && operation !== 2) return null;
  const message: DhcpMessage = {
    kind: 'dhcp',
    operation,
    messageType: null,
    transactionId: uint32(bytes, start + 4),
    clientMac: uint8(bytes, start + 2) === 6 ? formatMac(bytes, start + 28) : null,
    yourAddress: uint32(bytes, start + 16) === 0 ? null : formatIpAddress(bytes, start + 16, 4),
    hostName: null,
    serverIdentifier: null,
    routers: [],
    nameServers: [],
  };
  if (!hasOptions) return message;
  let offset = start + optionsOffset;
  for (let count = 0; count < maxOptions && offset + 1 < end; count++) {
    const option = uint8(bytes, offset);
    if (option === 255) break;
    if (option === 0) {
      offset += 1;
      continue;
    }
    const length = uint8(bytes, offset + 1);
    if (offset + 2 + length > end) break;
    if (option === 53 && length === 1) message.messageType = messageTypes[uint8(bytes, offset + 2) - 1] ?? null;
    if (option === 54 && length === 4) message.serverIdentifier = formatIpAddress(bytes, offset + 2, 4);
    if (option === 3) message.routers = addresses(bytes, offset + 2, length);
    if (option === 6) message.nameServers = addresses(bytes, offset + 2, length);
    if (option === 12) message.hostName = printableText(bytes, offset + 2, offset + 2 + length, 64);
    offset += 2 + length;
  }
  return message;
}

const maxAddresses = 8;

function addresses(bytes: Uint8Array, start: number, length: number): string[] {
  const list: string[] = [];
  for (let at = start; at + 4 <= start + length && list.length < maxAddresses; at += 4) {
    list.push(formatIpAddress(bytes, at, 4));
  }
  return list;
}
