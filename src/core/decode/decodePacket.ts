import { packetTimeUs, type RawPacket } from '../pcap/rawPacket';
import { uint8 } from '../bytes/integers';
import type { FragmentReassembler } from '../reassembly/ipFragments';
import { DecodeCursor } from './decodeCursor';
import { decodeEtherType } from './etherTypes';
import { decodeEthernet, decodeLinkLayer, decodeLlc, decodePpp } from './linkLayer';
import type { PacketView } from './packetView';
import { decodeIpProtocol } from './transportLayer';

const cursor = new DecodeCursor();

/**
 * Resets `view` and fills it from the outermost header to the transport: layers, addresses, ports, payload bounds.
 * Never throws and allocates nothing; odd or cut input ends decoding with a name in `view.notes`, and what was read
 * before it stays. `view.bytes` is `packet.bytes` itself, valid as long as that is.
 *
 * With `fragments`, the fragments of an IP datagram are kept there and show as such, and the packet that completes it
 * shows what all of them carry (`view.reassembled`). Without, a first fragment shows what it holds.
 */
export function decodePacket(view: PacketView, packet: RawPacket, fragments: FragmentReassembler | null = null): void {
  const { bytes } = packet;
  view.reset(bytes, packet.number, packetTimeUs(packet), packet.originalLength, packet.linkType);
  cursor.offset = 0;
  cursor.fragments = fragments;
  cursor.end = bytes.length;
  cursor.wireEnd = Math.max(bytes.length, packet.originalLength);
  decodeLinkLayer(view, cursor, packet.linkType);
  // Ends: every step adds a layer or stops, and `pushLayer` stops at `maxLayers`; the `ip` step is followed by one.
  while (cursor.space !== 'done') {
    switch (cursor.space) {
      case 'etherType':
        decodeEtherType(view, cursor);
        break;
      case 'ipProtocol':
        decodeIpProtocol(view, cursor);
        break;
      case 'ethernet':
        decodeEthernet(view, cursor);
        break;
      case 'llc':
        decodeLlc(view, cursor);
        break;
      case 'pppProtocol':
        decodePpp(view, cursor);
        break;
      case 'linkType':
        decodeLinkLayer(view, cursor, cursor.number);
        break;
      case 'ip':
        forwardByVersion(view, cursor);
        break;
    }
  }
}

/** Where nothing names the protocol, the first nibble tells IPv4 from IPv6. */
function forwardByVersion(view: PacketView, at: DecodeCursor): void {
  const version = at.available > 0 ? uint8(view.bytes, at.offset) >> 4 : 0;
  if (version === 4) return at.forward('etherType', 0x0800, at.offset);
  if (version === 6) return at.forward('etherType', 0x86dd, at.offset);
  at.stop();
}
