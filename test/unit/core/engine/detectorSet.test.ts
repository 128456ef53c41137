import assert from 'node:assert/strict';
import type { Detector } from '../../../../src/core/detectors/detector';
import { packetKinds } from '../../../../src/core/detectors/packetKinds';
import { decodePacket } from '../../../../src/core/decode/decodePacket';
import { PacketView } from '../../../../src/core/decode/packetView';
import { DetectorSet } from '../../../../src/core/engine/detectorSet';
import { FlowTable } from '../../../../src/core/flows/flowTable';
import { arpFrame, echoFrame, packetsAt, tcpFrame, udpFrame } from '../../../support/packets';

/** Collects the numbers of the packets that it gets. */
class Listener implements Detector {
  readonly limits = [];
  readonly packets: number[] = [];
  readonly packetKinds?: number;

  constructor(wanted: number | null) {
    if (wanted !== null) this.packetKinds = wanted;
  }

  packet(view: PacketView): void {
    this.packets.push(view.number);
  }

  advance(): void {
    // Needs no time.
  }

  finish(): void {
    // Keeps nothing open.
  }

  collect(): void {
    // Tells nothing.
  }

  clear(): void {
    // Keeps nothing.
  }
}

describe('DetectorSet', () => {
  it('gives each detector the packets of the kinds that it asks for, and all to those that do not ask', () => {
    const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 80 };
    const frames = [
      tcpFrame({ ...ends, flags: 'S' }),
      tcpFrame({ ...ends, flags: 'A' }, new Uint8Array(5)),
      udpFrame(ends, new Uint8Array(5)),
      udpFrame(ends, new Uint8Array(5)),
      echoFrame({ source: '10.0.0.1', destination: '10.0.0.2', reply: false, identifier: 1, sequence: 1 }),
      arpFrame({ operation: 'request', senderAddress: '10.0.0.1', targetAddress: '10.0.0.2' }),
      new Uint8Array(20),
    ];
    const { opened, tcpPayload, tcpBare, udp, icmp, arp, other } = packetKinds;
    const expected: [number | null, number[]][] = [
      [null, [1, 2, 3, 4, 5, 6, 7]],
      [tcpBare, [1]],
      [tcpPayload, [2]],
      [udp, [3, 4]],
      [icmp | arp, [5, 6]],
      [other, [7]],
      [opened, [1, 3, 5]],
      [opened | arp, [1, 3, 5, 6]],
      [0, []],
    ];
    const listeners = expected.map(([wanted]) => new Listener(wanted));
    const set = new DetectorSet(listeners);
    const table = new FlowTable({ localAddresses: [], onEnd: () => undefined });
    const view = new PacketView();
    for (const packet of packetsAt(frames.map((frame, i): [number, Uint8Array] => [i, frame]))) {
      decodePacket(view, packet);
      table.add(view);
      set.packet(view, table);
    }
    for (const [index, [wanted, packets]] of expected.entries()) {
      assert.deepEqual(listeners[index]?.packets, packets, `kinds ${String(wanted)}`);
    }
  });
});
