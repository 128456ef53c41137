import { PacketView } from '../decode/packetView';
import type { ProtocolName } from '../decode/protocols';
import { packetTimeSeconds } from '../pcap/rawPacket';
import type { RawPacket } from '../pcap/rawPacket';
import type { PacketTracker } from './packetTracker';

/** Bytes that one protocol named, whole: a datagram, a record, a message put together from segments. */
export interface Message {
  protocol: ProtocolName;
  bytes: Uint8Array;
  start: number;
  end: number;
  overTcp: boolean;
  /** Towards the side that was called. */
  toServer: boolean;
  /** Its sender has said that ciphertext follows (ChangeCipherSpec of TLS). */
  cipherChanged: boolean;
  /** What a reader made of it, kept while the packet is asked about. */
  read: unknown;
}

const noPacket: RawPacket = {
  number: 0,
  seconds: 0,
  nanoseconds: 0,
  originalLength: 0,
  bytes: new Uint8Array(0),
  linkType: 0,
  interfaceIndex: 0,
};

/** What a compiled filter looks at; one instance a filter, refilled for each packet. */
export class FilterSubject {
  view = new PacketView();
  packet = noPacket;
  /** Time of the first packet, and of the one before this one; NaN before them. */
  firstTimeSeconds = Number.NaN;
  previousTimeSeconds = Number.NaN;
  timeSeconds = Number.NaN;

  /** @param tracker null when the filter asks for nothing beyond single packets */
  constructor(readonly tracker: PacketTracker | null) {}

  next(view: PacketView, packet: RawPacket): void {
    this.view = view;
    this.packet = packet;
    this.previousTimeSeconds = this.timeSeconds;
    this.timeSeconds = packetTimeSeconds(packet);
    if (Number.isNaN(this.firstTimeSeconds)) this.firstTimeSeconds = this.timeSeconds;
    this.tracker?.track(view);
  }

  /** Protocols of the packet, with those that its payload holds when the filter asks for any. */
  get layers(): readonly ProtocolName[] {
    return this.tracker === null ? this.view.layers : this.tracker.layers;
  }

  get messages(): readonly Message[] {
    return this.tracker === null ? noMessages : this.tracker.messages;
  }
}

const noMessages: readonly Message[] = [];

/** Values of the messages of some protocols in this packet. */
export function ofMessages<Read, Value>(
  protocols: readonly ProtocolName[],
  read: (message: Message) => Read | null,
  values: (content: Read) => readonly Value[],
): (subject: FilterSubject) => readonly Value[] {
  return ({ messages }) => {
    let found: readonly Value[] = [];
    for (const message of messages) {
      if (!protocols.includes(message.protocol)) continue;
      if (message.read === undefined) message.read = read(message);
      const content = message.read as Read | null;
      if (content === null) continue;
      const more = values(content);
      found = found.length === 0 ? more : [...found, ...more];
    }
    return found;
  };
}
