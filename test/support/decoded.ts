import assert from 'node:assert/strict';
import { type ApplicationMessage, decodeApplication } from '../../src/core/decode/application';
import { decodePacket } from '../../src/core/decode/decodePacket';
import { describePacket } from '../../src/core/decode/describe';
import { maxLayers, PacketView } from '../../src/core/decode/packetView';
import { allProtocolNames } from '../../src/core/decode/protocols';
import type { RawPacket } from '../../src/core/pcap/rawPacket';
import type { FragmentReassembler } from '../../src/core/reassembly/ipFragments';
import type { PacketRow } from '../../src/protocol/capture';
import { rawPacket } from './packets';

export interface Decoded {
  packet: RawPacket;
  view: PacketView;
  application: ApplicationMessage | null;
  row: PacketRow;
}

/** Everything the decoder says about one packet, in a view of its own. Bytes alone are an Ethernet frame. */
export function decoded(packet: RawPacket | Uint8Array, fragments: FragmentReassembler | null = null): Decoded {
  const raw = packet instanceof Uint8Array ? rawPacket(packet) : packet;
  const view = new PacketView();
  decodePacket(view, raw, fragments);
  const application = decodeApplication(view);
  return { packet: raw, view, application, row: describePacket(view, application, raw) };
}

const names = allProtocolNames;

/** What must hold for every packet, however broken. */
export function assertSound({ packet, view, row }: Decoded): void {
  const { length } = view.reassembled ? view.bytes : packet.bytes;
  assert.ok(view.layers.length <= maxLayers);
  assert.ok([...view.layers, ...view.quotedLayers].every((layer) => names.has(layer)));
  assert.ok(view.payloadLength >= 0 && view.payloadWireLength >= view.payloadLength);
  if (view.payloadLength > 0) assert.ok(view.payloadOffset >= 0 && view.payloadOffset + view.payloadLength <= length);
  if (view.addressLength > 0) assert.ok(view.destinationAddressOffset + view.addressLength <= length);
  if (view.transportOffset >= 0) assert.ok(view.transportOffset + 8 <= length);
  if (view.tcpValid) assert.ok(view.transportOffset + 20 <= length && view.payloadOffset >= view.transportOffset + 20);
  if (view.icmpQuotedOffset >= 0) assert.ok(view.icmpQuotedOffset + 20 <= length);
  assert.ok(row.info.length <= 512);
  assert.doesNotMatch(row.info, /[\u0000-\u001f\u007f-\u009f]/);
}
