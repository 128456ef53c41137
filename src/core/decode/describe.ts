import type { PacketRow } from '../../protocol/capture';
import { packetTimeSeconds, type RawPacket } from '../pcap/rawPacket';
import { formatIpAddress, formatMac } from './addresses';
import type { ApplicationMessage } from './application';
import { describeApplication } from './describeApplication';
import { describeNetwork, noBase, type SequenceBase } from './describeNetwork';
import type { PacketView } from './packetView';
import { printableText } from './text';

/** Longest `info`; a cut is shown by an ellipsis. */
const maxInfoLength = 512;
const maxCommentLength = 2048;

/**
 * Summary columns in tshark's manner. `view` must hold this packet, after `decodeApplication` where that is wanted.
 * Source and destination are IP addresses, MAC addresses where there is no IP (ARP too), empty where neither is known.
 * With `bases`, sequence numbers are relative to them.
 */
export function describePacket(
  view: PacketView,
  application: ApplicationMessage | null,
  packet: RawPacket,
  bases: SequenceBase = noBase,
): PacketRow {
  const info = application === null ? describeNetwork(view, bases) : describeApplication(application, view);
  const comments = packetComments(packet);
  return {
    number: packet.number,
    time: packetTimeSeconds(packet),
    source: addressText(view, view.sourceAddressOffset, view.sourceMacOffset),
    destination: addressText(view, view.destinationAddressOffset, view.destinationMacOffset),
    sourcePort: view.sourcePort >= 0 ? view.sourcePort : null,
    destinationPort: view.destinationPort >= 0 ? view.destinationPort : null,
    protocol: protocolShown(view.layers),
    length: packet.originalLength,
    info: cut(info),
    ...(comments.length > 0 ? { comment: cut(comments.join(' / ')) } : {}),
  };
}

/** Comments that a pcapng file has for the packet. */
export function packetComments(packet: RawPacket): string[] {
  return (packet.comments?.() ?? []).map((bytes) => printableText(bytes, 0, bytes.length, maxCommentLength));
}

function cut(text: string): string {
  return text.length > maxInfoLength ? `${text.slice(0, maxInfoLength - 1)}…` : text;
}

/** The innermost protocol; `data` says only that nobody knows the rest. */
function protocolShown(layers: readonly string[]): string {
  const last = layers[layers.length - 1] ?? 'unknown';
  return last === 'data' && layers.length > 1 ? (layers[layers.length - 2] ?? last) : last;
}

function addressText(view: PacketView, addressOffset: number, macOffset: number): string {
  if (view.addressLength === 4 || view.addressLength === 16) {
    return formatIpAddress(view.bytes, addressOffset, view.addressLength);
  }
  return macOffset >= 0 ? formatMac(view.bytes, macOffset) : '';
}
