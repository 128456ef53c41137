import { PacketView } from '../../../../src/core/decode/packetView';
import { ConversationNames } from '../../../../src/core/naming/conversationNames';
import { nameDatagram } from '../../../../src/core/naming/datagramNames';
import type { HttpTally } from '../../../../src/core/naming/payload';
import { nameSegment } from '../../../../src/core/naming/segmentNames';

/** What one side sends; without `sequence`, what follows what it sent before. */
export interface Segment {
  bytes: Uint8Array;
  fromA?: boolean;
  keepAlive?: boolean;
  sequence?: number;
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);
export const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
export const a = (value: string): Segment => ({ bytes: text(value) });
export const b = (value: string): Segment => ({ bytes: text(value), fromA: false });

function viewOf(payload: Uint8Array, sourcePort: number, destinationPort: number): PacketView {
  const view = new PacketView();
  view.bytes = payload;
  view.sourcePort = sourcePort;
  view.destinationPort = destinationPort;
  view.payloadOffset = 0;
  view.payloadLength = payload.length;
  view.payloadWireLength = payload.length;
  view.tcpFlags = 0x10;
  return view;
}

/** The names that each segment gets, as one line. */
export function names(port: number, segments: readonly Segment[], tally: HttpTally | null = null): string[] {
  const conversation = new ConversationNames();
  const next = { a: 1, b: 1 };
  return segments.map(({ bytes: payload, fromA = true, keepAlive = false, sequence }) => {
    const view = viewOf(payload, fromA ? 40_000 : port, fromA ? port : 40_000);
    const side = fromA ? 'a' : 'b';
    view.tcpSequence = sequence ?? next[side];
    next[side] = view.tcpSequence + payload.length;
    nameSegment(view, conversation, { fromA, again: false, keepAlive, serverPort: port }, null, tally);
    return view.layers.join(' ');
  });
}

/** The names that a datagram gets, as one line. */
export function datagram(port: number, payload: Uint8Array, conversation = new ConversationNames()): string {
  const view = viewOf(payload, 40_000, port);
  nameDatagram(view, conversation, true);
  return view.layers.join(' ');
}
