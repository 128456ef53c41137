import type { PacketField, PacketTree } from '../../protocol/packetTree';
import { uint16, uint8 } from '../bytes/integers';
import type { ApplicationMessage } from '../decode/application';
import { maxLayers, type PacketView } from '../decode/packetView';
import { packetTimeSeconds, type RawPacket } from '../pcap/rawPacket';
import { dissectGeneve, dissectNtp, dissectQuic, dissectVxlan } from './datagramFields';
import { dissectDhcp } from './dhcpFields';
import { Dissection, type DissectContext, type Step } from './dissection';
import { dissectDns } from './dnsFields';
import { FieldBudget, FieldScribe, note } from './fieldScribe';
import { dissectHttp, dissectLines } from './httpFields';
import { dissectIcmp, dissectIcmpv6 } from './icmpFields';
import {
  dissectAuthentication,
  dissectGre,
  dissectIpv4,
  dissectIpv6,
  dissectIpv6Extension,
  dissectIpv6Fragment,
} from './internetFields';
import { dissectArp, dissectEthernet, dissectLink, dissectLlc, dissectMpls, dissectVlan } from './linkFields';
import { dissectTls } from './tlsFields';
import { dissectTcp, dissectUdp } from './transportFields';

/** Nothing known beside the packet. */
export const noContext: DissectContext = {
  firstSeconds: null,
  previousSeconds: null,
  sequenceBase: null,
  acknowledgmentBase: null,
  comments: [],
};

/**
 * Every field of one packet, with its place in the bytes. `view` and `application` must hold this packet. The bytes of
 * the tree are copies. Never throws; what is damaged has a note, what is not known shows as bytes, and past
 * `limits.dissectedFields` nothing is added.
 */
export function dissectPacket(
  packet: RawPacket,
  view: PacketView,
  application: ApplicationMessage | null,
  context: DissectContext = noContext,
): PacketTree {
  const budget = new FieldBudget();
  const fields: PacketField[] = [];
  const bytes = packet.bytes.slice();
  const sources = [{ name: 'Packet', bytes }];
  const scribe = new FieldScribe(bytes, 0, fields, budget);
  const at = new Dissection(scribe, view, application, context);
  frameFields(scribe, packet, view, context);
  let ended = walk(at, { space: 'link', number: packet.linkType, offset: 0, end: bytes.length });
  if (view.reassembled) {
    const whole = view.bytes.slice();
    sources.push({ name: 'Reassembled datagram', bytes: whole });
    at.scribe = new FieldScribe(whole, 1, fields, budget);
    at.partial = false;
    const start = at.addressOffset + 2 * at.addressLength;
    ended = walk(at, {
      space: 'ipProtocol',
      number: view.ipProtocol,
      offset: reassembledStart(view, start),
      end: whole.length,
    });
  }
  undecoded(at, ended);
  return {
    number: packet.number,
    sources,
    fields,
    comments: [...context.comments],
    complete: budget.counter.hits === 0,
    by: 'own',
  };
}

/** Where the payload of a reassembled datagram begins: the decoder knows it by the transport header. */
function reassembledStart(view: PacketView, fallback: number): number {
  return view.transportOffset >= 0 ? view.transportOffset : view.payloadOffset >= 0 ? view.payloadOffset : fallback;
}

function frameFields(scribe: FieldScribe, packet: RawPacket, view: PacketView, context: DissectContext): void {
  const seconds = packetTimeSeconds(packet);
  const frame = scribe.add(
    null,
    'frame',
    'Frame',
    0,
    packet.bytes.length,
    `${packet.number}, ${packet.originalLength} bytes`,
  );
  const add = (name: string, label: string, value: string, raw: PacketField['raw']): PacketField =>
    scribe.add(frame, name, label, 0, 0, value, raw);
  add('frame.number', 'Number', String(packet.number), packet.number);
  const fraction = String(packet.nanoseconds).padStart(9, '0');
  add('frame.time_epoch', 'Seconds since 1970', `${packet.seconds}.${fraction}`, `${packet.seconds}.${fraction}`);
  if (context.previousSeconds !== null) {
    const delta = seconds - context.previousSeconds;
    add('frame.time_delta', 'Time since previous packet', `${delta.toFixed(6)} s`, Number(delta.toFixed(6)));
  }
  if (context.firstSeconds !== null) {
    const relative = seconds - context.firstSeconds;
    add('frame.time_relative', 'Time since first packet', `${relative.toFixed(6)} s`, Number(relative.toFixed(6)));
  }
  add('frame.len', 'Length on the wire', `${packet.originalLength} bytes`, packet.originalLength);
  const captured = add('frame.cap_len', 'Captured length', `${packet.bytes.length} bytes`, packet.bytes.length);
  if (packet.bytes.length < packet.originalLength) note(captured, 'the capture kept a part of the packet only');
  add('frame.interface_id', 'Interface', String(packet.interfaceIndex), packet.interfaceIndex);
  add('', 'Link type', String(packet.linkType), null);
  add('frame.protocols', 'Protocols', view.layers.join(':'), view.layers.join(':'));
  for (const oddity of view.notes) note(frame, oddity.replaceAll('-', ' '));
  for (const comment of context.comments) add('frame.comment', 'Comment', comment, comment);
}

/** Where the walk ended with bytes that no protocol has read; null when there are none. */
function walk(at: Dissection, first: Step): Step | null {
  let step: Step | null = first;
  // A header takes at least a byte or changes the table, but a hostile packet can nest without end.
  for (let count = 0; step !== null && count < 4 * maxLayers; count++) {
    if (step.parent !== undefined) {
      at.parent = step.parent;
      at.partial = true;
    }
    if (step.space === 'rest') break;
    if (at.parent === null && at.names.length >= maxLayers) return null;
    step = next(at, step);
  }
  if (at.parent !== null && step !== null && step.space === 'rest') {
    if (step.offset < step.end) at.scribe.octets(at.parent, '', 'Data', step.offset, step.end - step.offset);
    return null;
  }
  return step;
}

function next(at: Dissection, step: Step): Step | null {
  const { offset, end } = step;
  switch (step.space) {
    case 'link':
      return step.number === 1 ? dissectEthernet(at, offset, end) : dissectLink(at, step);
    case 'llc':
      return dissectLlc(at, offset, end);
    case 'ip': {
      const version = offset < end ? uint8(at.bytes, offset) >> 4 : 0;
      if (version === 4) return dissectIpv4(at, offset, end);
      if (version === 6) return dissectIpv6(at, offset, end);
      return { ...step, space: 'rest' };
    }
    case 'etherType':
      return etherType(at, step);
    case 'ipProtocol':
      return ipProtocol(at, step);
    case 'payload':
      return payload(at, step);
    case 'rest':
      return step;
  }
}

function etherType(at: Dissection, step: Step): Step | null {
  const { offset, end } = step;
  switch (step.number) {
    case 0x0800:
      return dissectIpv4(at, offset, end);
    case 0x86dd:
      return dissectIpv6(at, offset, end);
    case 0x0806:
      return dissectArp(at, offset, end);
    case 0x8100:
      return dissectVlan(at, 'vlan', offset, end);
    case 0x88a8:
      return dissectVlan(at, 'ieee8021ad', offset, end);
    case 0x8847:
    case 0x8848:
      return dissectMpls(at, offset, end);
    default:
      return { ...step, space: 'rest' };
  }
}

function ipProtocol(at: Dissection, step: Step): Step | null {
  const { offset, end } = step;
  switch (step.number) {
    case 6:
      return dissectTcp(at, offset, end);
    case 17:
      return dissectUdp(at, offset, end);
    case 1:
      return dissectIcmp(at, offset, end);
    case 58:
      return dissectIcmpv6(at, offset, end);
    case 0:
      return dissectIpv6Extension(at, 'ipv6.hopopts', offset, end);
    case 43:
      return dissectIpv6Extension(at, 'ipv6.routing', offset, end);
    case 60:
      return dissectIpv6Extension(at, 'ipv6.dstopts', offset, end);
    case 44:
      return dissectIpv6Fragment(at, offset, end);
    case 51:
      return dissectAuthentication(at, offset, end);
    case 47:
      return dissectGre(at, offset, end);
    case 4:
      return { ...step, space: 'etherType', number: 0x0800 };
    case 41:
      return { ...step, space: 'etherType', number: 0x86dd };
    case 137:
      return { ...step, space: 'etherType', number: 0x8847 };
    default:
      return { ...step, space: 'rest' };
  }
}

/** What TCP or UDP carries: the decoder has recognised it, or a tunnel has its port. */
function payload(at: Dissection, step: Step): Step | null {
  const { view, application, names } = at;
  const { offset, end } = step;
  const rest: Step = { ...step, space: 'rest' };
  if (at.parent !== null) return rest;
  const layer = view.layers[names.length];
  if (layer === 'vxlan') return dissectVxlan(at, offset, end);
  if (layer === 'geneve') return dissectGeneve(at, offset, end);
  if (application === null || offset !== view.payloadOffset || layer === undefined) return rest;
  switch (application.kind) {
    case 'dns': {
      const framed =
        step.number === 6 &&
        uint16(at.bytes, offset) >= 12 &&
        end - offset >= 14 &&
        uint16(at.bytes, offset) <= end - offset - 2;
      dissectDns(
        at,
        application.transport,
        framed ? offset + 2 : offset,
        framed ? offset + 2 + uint16(at.bytes, offset) : end,
        framed,
      );
      return null;
    }
    case 'http-request':
    case 'http-response':
    case 'http-body':
      dissectHttp(at, layer === 'ssdp' ? 'ssdp' : 'http', offset, end, application.kind === 'http-body');
      return null;
    case 'tls-client-hello':
    case 'tls-server-hello':
    case 'tls-record':
      dissectTls(at, offset, end);
      return null;
    case 'dhcp':
      dissectDhcp(at, offset, end);
      return null;
    case 'ntp':
      dissectNtp(at, offset, end);
      return null;
    case 'quic':
      dissectQuic(at, offset, end);
      return null;
    case 'ssh-banner':
      dissectLines(at, 'ssh', 'SSH Protocol', offset, end);
      return null;
    case 'line-command':
    case 'line-reply':
      dissectLines(at, application.protocol, application.protocol.toUpperCase(), offset, end);
      return null;
    case 'ssh-new-keys':
      return rest;
  }
}

/** Protocols that the decoder knows by name only, and what nobody reads, as bytes. */
function undecoded(at: Dissection, ended: Step | null): void {
  const { view, names, scribe } = at;
  const offset = ended?.offset ?? at.bytes.length;
  const end = Math.max(offset, ended?.end ?? offset);
  const known = names.every((name, index) => view.layers[index] === name);
  const named = known ? view.layers.slice(names.length).filter((name) => name !== 'data') : [];
  for (const name of named) scribe.add(null, name, name.toUpperCase(), offset, end - offset);
  if (end <= offset) return;
  const data = scribe.add(null, 'data', 'Data', offset, end - offset, `${end - offset} bytes`);
  scribe.octets(data, 'data.data', 'Bytes', offset, end - offset);
  scribe.add(data, 'data.len', 'Length', offset, 0, String(end - offset), end - offset);
}
