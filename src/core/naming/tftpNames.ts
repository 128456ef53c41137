import { uint16, uint32 } from '../bytes/integers';
import type { PacketView } from '../decode/packetView';
import { engineLimits } from '../limits';

const tftpPort = 69;

/** Ports of clients that asked for a file, each with the pair of hosts: RFC 1350 section 4 lets the server answer from any port. */
export class TftpTransfers {
  readonly #clients = new Set<number>();

  /** Whether the datagram belongs to a transfer; a request begins one. */
  takes(view: PacketView): boolean {
    if (view.destinationPort === tftpPort) {
      const request = uint16(view.bytes, view.payloadOffset);
      // RRQ and WRQ.
      if (request !== 1 && request !== 2) return false;
      if (this.#clients.size >= engineLimits.expectedDataPorts) this.#clients.clear();
      this.#clients.add(keyOf(view, view.sourcePort));
      return true;
    }
    if (this.#clients.size === 0) return false;
    return this.#clients.has(keyOf(view, view.sourcePort)) || this.#clients.has(keyOf(view, view.destinationPort));
  }
}

/** A block of the file (RFC 1350 section 5, DATA) is data inside. */
export function nameTransfer(view: PacketView): void {
  view.layers.push('tftp');
  if (uint16(view.bytes, view.payloadOffset) === 3 && view.payloadWireLength > 4) view.layers.push('data');
}

/** The pair of hosts by the exclusive or of its addresses: the same for both directions. */
function keyOf(view: PacketView, port: number): number {
  const { bytes, addressLength, sourceAddressOffset, destinationAddressOffset } = view;
  const last = addressLength - 4;
  const pair = uint32(bytes, sourceAddressOffset + last) ^ uint32(bytes, destinationAddressOffset + last);
  return (pair >>> 0) * 2 ** 16 + port;
}
