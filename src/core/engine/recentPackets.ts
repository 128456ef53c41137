import type { PacketRow } from '../../protocol/capture';
import type { ApplicationMessage } from '../decode/application';
import { decodeApplication } from '../decode/application';
import { decodePacket } from '../decode/decodePacket';
import { describePacket } from '../decode/describe';
import { PacketView } from '../decode/packetView';
import { engineLimits } from '../limits';
import { type RawPacket, withoutComments } from '../pcap/rawPacket';

interface Slot {
  packet: RawPacket;
  memory: Uint8Array;
  length: number;
  row: PacketRow | null;
}

/** Copies of the newest packets, described only when somebody looks. */
export class RecentPackets {
  readonly #slots: Slot[] = [];
  #next = 0;
  readonly #view = new PacketView();

  /** @param view the packet decoded; one that is a fragment or completes a datagram is described now, as it needs the others */
  add(packet: RawPacket, view: PacketView, application: ApplicationMessage | null): void {
    let slot = this.#slots[this.#next];
    if (slot === undefined) {
      const memory = new Uint8Array(engineLimits.recentPacketBytes);
      slot = { packet: withoutComments(packet), memory, length: 0, row: null };
      this.#slots[this.#next] = slot;
    }
    this.#next = (this.#next + 1) % engineLimits.recentPackets;
    const { bytes } = packet;
    const length = Math.min(bytes.length, slot.memory.length);
    slot.memory.set(length === bytes.length ? bytes : bytes.subarray(0, length));
    const copy = slot.packet;
    copy.number = packet.number;
    copy.seconds = packet.seconds;
    copy.nanoseconds = packet.nanoseconds;
    copy.originalLength = packet.originalLength;
    copy.linkType = packet.linkType;
    copy.interfaceIndex = packet.interfaceIndex;
    slot.length = length;
    slot.row = view.fragmentHeld || view.reassembled ? describePacket(view, application, packet) : null;
  }

  /** Oldest first. */
  rows(): PacketRow[] {
    const rows: PacketRow[] = [];
    for (let i = 0; i < this.#slots.length; i++) {
      const slot = this.#slots[(this.#next + i) % this.#slots.length];
      if (slot === undefined) continue;
      if (slot.row === null) {
        slot.packet.bytes = slot.memory.subarray(0, slot.length);
        slot.row = this.#describe(slot.packet);
      }
      rows.push(slot.row);
    }
    return rows;
  }

  #describe(packet: RawPacket): PacketRow {
    decodePacket(this.#view, packet);
    return describePacket(this.#view, decodeApplication(this.#view), packet);
  }
}
