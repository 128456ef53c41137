import type { PacketField } from '../../protocol/packetTree';
import { uint8 } from '../bytes/integers';
import { formatIpAddress } from '../decode/addresses';
import type { Dissection } from './dissection';
import { note } from './fieldScribe';

const messageTypes = ['', 'Discover', 'Offer', 'Request', 'Decline', 'ACK', 'NAK', 'Release', 'Inform'];
const cookieOffset = 236;

type OptionKind = 'address' | 'addresses' | 'text' | 'seconds' | 'octets';

/** RFC 2132: name of the value in Wireshark, label, how it reads. */
const optionTable: Readonly<Record<number, readonly [string, string, OptionKind]>> = {
  1: ['dhcp.option.subnet_mask', 'Subnet mask', 'address'],
  3: ['dhcp.option.router', 'Router', 'addresses'],
  6: ['dhcp.option.domain_name_server', 'Domain name server', 'addresses'],
  12: ['dhcp.option.hostname', 'Host name', 'text'],
  15: ['dhcp.option.domain_name', 'Domain name', 'text'],
  28: ['dhcp.option.broadcast_address', 'Broadcast address', 'address'],
  42: ['dhcp.option.ntp_server', 'NTP server', 'addresses'],
  50: ['dhcp.option.requested_ip_address', 'Requested IP address', 'address'],
  51: ['dhcp.option.ip_address_lease_time', 'Lease time', 'seconds'],
  54: ['dhcp.option.dhcp_server_id', 'Server identifier', 'address'],
  55: ['', 'Parameter request list', 'octets'],
  56: ['dhcp.option.message', 'Message', 'text'],
  58: ['dhcp.option.renewal_time_value', 'Renewal time', 'seconds'],
  59: ['dhcp.option.rebinding_time_value', 'Rebinding time', 'seconds'],
  60: ['dhcp.option.vendor_class_id', 'Vendor class', 'text'],
  61: ['', 'Client identifier', 'octets'],
};

/** RFC 2131 section 2. */
export function dissectDhcp(at: Dissection, offset: number, end: number): void {
  const { scribe, bytes } = at;
  const dhcp = at.protocol('dhcp', 'Dynamic Host Configuration Protocol', offset, end - offset);
  if (at.isCut(dhcp, offset, end, cookieOffset)) return;
  scribe.number(dhcp, 'dhcp.type', 'Message type', offset, 1, { names: { 1: 'Boot Request', 2: 'Boot Reply' } });
  scribe.number(dhcp, 'dhcp.hw.type', 'Hardware type', offset + 1, 1, { hex: true });
  scribe.number(dhcp, 'dhcp.hw.len', 'Hardware address length', offset + 2, 1);
  scribe.number(dhcp, 'dhcp.hops', 'Hops', offset + 3, 1);
  scribe.number(dhcp, 'dhcp.id', 'Transaction ID', offset + 4, 4, { hex: true });
  scribe.number(dhcp, 'dhcp.secs', 'Seconds elapsed', offset + 8, 2);
  const flags = scribe.number(dhcp, 'dhcp.flags', 'Flags', offset + 10, 2, { hex: true });
  scribe.flag(flags, 'dhcp.flags.bc', 'Broadcast', offset + 10, 2, 0x8000);
  scribe.address(dhcp, 'dhcp.ip.client', 'Client IP address', offset + 12, 4);
  scribe.address(dhcp, 'dhcp.ip.your', 'Your (client) IP address', offset + 16, 4);
  scribe.address(dhcp, 'dhcp.ip.server', 'Next server IP address', offset + 20, 4);
  scribe.address(dhcp, 'dhcp.ip.relay', 'Relay agent IP address', offset + 24, 4);
  if (uint8(bytes, offset + 2) === 6) scribe.mac(dhcp, 'dhcp.hw.mac_addr', 'Client MAC address', offset + 28);
  if (end - offset < cookieOffset + 4) return;
  const cookie = scribe.address(dhcp, 'dhcp.cookie', 'Magic cookie', offset + cookieOffset, 4);
  if (scribe.unsigned(offset + cookieOffset, 4) !== 0x63825363) return note(cookie, 'is not that of DHCP');
  let place = offset + cookieOffset + 4;
  while (place < end) {
    const type = uint8(bytes, place);
    const simple = type === 0 || type === 255;
    const length = simple ? 1 : place + 1 < end ? 2 + uint8(bytes, place + 1) : end - place + 1;
    const label =
      type === 255
        ? 'End'
        : type === 0
          ? 'Padding'
          : (optionTable[type]?.[1] ?? (type === 53 ? 'DHCP message type' : `Option ${type}`));
    const option = scribe.add(dhcp, 'dhcp.option.type', label, place, length, '', type);
    if (type === 255) return;
    if (place + length > end) return note(option, 'its length does not fit');
    if (!simple) {
      scribe.number(option, 'dhcp.option.length', 'Length', place + 1, 1);
      optionValue(at, dhcp, option, type, place + 2, length - 2);
    }
    place += length;
  }
}

function optionValue(
  at: Dissection,
  dhcp: PacketField,
  option: PacketField,
  type: number,
  offset: number,
  length: number,
): void {
  const { scribe, bytes } = at;
  if (type === 53 && length === 1) {
    option.value = scribe.number(option, 'dhcp.option.dhcp', 'Message', offset, 1, { names: messageTypes }).value;
    dhcp.value = messageTypes[uint8(bytes, offset)] ?? '';
    return;
  }
  const [name, label, kind] = optionTable[type] ?? ['', 'Value', 'octets'];
  if ((kind === 'address' || kind === 'addresses') && length >= 4) {
    const list: string[] = [];
    for (let place = offset; place + 4 <= offset + length; place += 4) {
      scribe.address(option, name, label, place, 4);
      list.push(formatIpAddress(bytes, place, 4));
    }
    option.value = list.join(', ');
  } else if (kind === 'text') option.value = scribe.text(option, name, label, offset, length).value;
  else if (kind === 'seconds' && length === 4) {
    option.value = scribe.number(option, name, label, offset, 4, { unit: 'second' }).value;
  } else if (length > 0) option.value = scribe.octets(option, '', label, offset, length).value;
}
