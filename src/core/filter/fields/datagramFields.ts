import { uint16, uint32, uint8 } from '../../bytes/integers';
import { printableText } from '../../decode/text';
import type { FilterField } from '../filterField';
import type { Message } from '../filterSubject';
import { MessageFields } from './define';
import { ipv4At, macAt } from './reading';

/** A message whose fields stand at fixed places from `start` on. */
interface Fixed {
  bytes: Uint8Array;
  start: number;
  end: number;
}

const atLeast =
  (length: number) =>
  ({ bytes, start, end }: Message): Fixed | null =>
    end - start < length ? null : { bytes, start, end };

/** RFC 2131 section 2; options begin behind the magic cookie. */
const dhcp = new MessageFields<Fixed>(['dhcp'], atLeast(236));
const maxOptions = 128;

function optionOf({ bytes, start, end }: Fixed, code: number): { start: number; length: number } | null {
  let at = start + 240;
  for (let count = 0; count < maxOptions && at + 2 <= end; count++) {
    const option = uint8(bytes, at);
    if (option === 255) return null;
    if (option === 0) {
      at++;
      continue;
    }
    const length = uint8(bytes, at + 1);
    if (at + 2 + length > end) return null;
    if (option === code) return { start: at + 2, length };
    at += 2 + length;
  }
  return null;
}

const address =
  (offset: number) =>
  ({ bytes, start }: Fixed): number =>
    ipv4At(bytes, start + offset);

const optionAddress =
  (code: number) =>
  (content: Fixed): number | null => {
    const option = optionOf(content, code);
    return option === null || option.length < 4 ? null : ipv4At(content.bytes, option.start);
  };

function optionText(code: number): (content: Fixed) => string | null {
  return (content) => {
    const option = optionOf(content, code);
    if (option === null) return null;
    // RFC 2132 section 2: senders may end a text with NUL.
    let end = option.start + option.length;
    while (end > option.start && content.bytes[end - 1] === 0) end--;
    return printableText(content.bytes, option.start, end, 255);
  };
}

const messageTypes = {
  names: { Discover: 1, Offer: 2, Request: 3, Decline: 4, ACK: 5, NAK: 6, Release: 7, Inform: 8 },
};
const ipv4 = { type: 'ipv4' } as const;

export const dhcpFields: readonly FilterField[] = [
  dhcp.numbers('dhcp.type', 'Operation: 1 request, 2 reply', ({ bytes, start }) => uint8(bytes, start)),
  dhcp.numbers('dhcp.id', 'Number that joins request and reply', ({ bytes, start }) => uint32(bytes, start + 4)),
  dhcp.numbers('dhcp.ip.client', 'Address that the client has', address(12), ipv4),
  dhcp.numbers('dhcp.ip.your', 'Address that the client gets', address(16), ipv4),
  dhcp.numbers('dhcp.ip.server', 'Next server', address(20), ipv4),
  dhcp.numbers('dhcp.ip.relay', 'Relay', address(24), ipv4),
  dhcp.numbers(
    'dhcp.hw.mac_addr',
    'Hardware address of the client',
    ({ bytes, start }) => (uint8(bytes, start + 2) === 6 ? macAt(bytes, start + 28) : null),
    { type: 'mac' },
  ),
  dhcp.numbers(
    'dhcp.option.dhcp',
    'Type of the message',
    (content) => {
      const option = optionOf(content, 53);
      return option === null || option.length < 1 ? null : uint8(content.bytes, option.start);
    },
    messageTypes,
  ),
  dhcp.texts('dhcp.option.hostname', 'Host name of the client', optionText(12)),
  dhcp.texts('dhcp.option.vendor_class_id', 'Kind of client', optionText(60)),
  dhcp.texts('dhcp.option.domain_name', 'Domain of the client', optionText(15)),
  dhcp.numbers('dhcp.option.requested_ip_address', 'Address that the client asks for', optionAddress(50), ipv4),
  dhcp.numbers('dhcp.option.dhcp_server_id', 'Server that answers', optionAddress(54), ipv4),
  dhcp.numbers('dhcp.option.router', 'First router that is given', optionAddress(3), ipv4),
];

/** RFC 5905 section 7.3. */
const ntp = new MessageFields<Fixed>(['ntp'], atLeast(1));
const timed = ({ bytes, start, end }: Fixed, offset: number): number | null =>
  (uint8(bytes, start) & 7) < 6 && end - start >= 48 ? uint8(bytes, start + offset) : null;

export const ntpFields: readonly FilterField[] = [
  ntp.numbers('ntp.flags', 'Leap indicator, version and mode', ({ bytes, start }) => uint8(bytes, start)),
  ntp.numbers('ntp.flags.li', 'Leap indicator', ({ bytes, start }) => uint8(bytes, start) >> 6),
  ntp.numbers('ntp.flags.vn', 'Version', ({ bytes, start }) => (uint8(bytes, start) >> 3) & 7),
  ntp.numbers('ntp.flags.mode', 'Mode', ({ bytes, start }) => uint8(bytes, start) & 7, {
    names: { symmetric: 1, client: 3, server: 4, broadcast: 5, control: 6, private: 7 },
  }),
  ntp.numbers('ntp.stratum', 'Distance from a clock', (content) => timed(content, 1)),
  ntp.numbers('ntp.ppoll', 'Polling interval, power of 2', (content) => timed(content, 2)),
];

/** RFC 8489 section 5; the bits of class and method are interleaved and stay where they are, as in Wireshark. */
const stun = new MessageFields<Fixed>(['stun'], (message) => {
  const content = atLeast(20)(message);
  if (content === null) return null;
  if (message.overTcp && uint32(content.bytes, content.start + 6) === 0x2112a442) content.start += 2;
  return uint16(content.bytes, content.start) < 0x4000 ? content : null;
});

export const stunFields: readonly FilterField[] = [
  stun.numbers('stun.type', 'Message type', ({ bytes, start }) => uint16(bytes, start)),
  stun.numbers('stun.type.class', 'Class', ({ bytes, start }) => (uint16(bytes, start) & 0x0110) >> 4, {
    names: { request: 0, indication: 1, success: 16, error: 17 },
  }),
  stun.numbers('stun.type.method', 'Method', ({ bytes, start }) => uint16(bytes, start) & 0x3eef, {
    names: { binding: 1, allocate: 3, refresh: 4 },
  }),
  stun.numbers('stun.length', 'Bytes of attributes', ({ bytes, start }) => uint16(bytes, start + 2)),
  stun.bytes('stun.cookie', 'bytes', 'Magic cookie', ({ bytes, start }) => [bytes.subarray(start + 4, start + 8)]),
  stun.bytes('stun.id', 'bytes', 'Transaction identifier', ({ bytes, start }) => [
    bytes.subarray(start + 8, start + 20),
  ]),
];
