import assert from 'node:assert/strict';
import type { Detector, MessageEvent } from '../../../../src/core/detectors/detector';
import { packetKinds } from '../../../../src/core/detectors/packetKinds';
import type { ApplicationMessage } from '../../../../src/core/decode/application';
import type { ProtocolName } from '../../../../src/core/decode/protocols';
import { decodePacket } from '../../../../src/core/decode/decodePacket';
import { PacketView } from '../../../../src/core/decode/packetView';
import { DetectorSet } from '../../../../src/core/engine/detectorSet';
import { FlowTable } from '../../../../src/core/flows/flowTable';
import { Flow, flowEvents } from '../../../../src/core/flows/flow';
import { arpFrame, echoFrame, packetsAt, tcpFrame, udpFrame } from '../../../support/packets';

/** Collects the numbers of the packets that it gets. */
class Listener implements Detector {
  readonly limits = [];
  readonly packets: number[] = [];
  readonly messages: string[] = [];
  readonly packetKinds?: number;
  readonly packetEvents?: number;
  readonly packetProtocols?: readonly (ProtocolName | null)[];
  readonly messageKinds?: readonly ApplicationMessage['kind'][];
  readonly packetPorts?: Iterable<number>;
  readonly packetsOfOpener?: boolean;
  readonly packetFirstByte?: number;
  readonly flowMark?: number;
  readonly endsOfKept?: boolean;
  ended = 0;

  constructor(wanted: Partial<Omit<Detector, 'limits'>>) {
    Object.assign(this, wanted);
  }

  message({ message }: MessageEvent): void {
    this.messages.push(message.kind);
  }

  packet(view: PacketView): void {
    this.packets.push(view.number);
  }

  flowEnded(): void {
    this.ended++;
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
    const { tcpPayload, tcpBare, tcpSyn, udp, icmp, arp, other } = packetKinds;
    const packetEvents = flowEvents.opened;
    const expected: [ConstructorParameters<typeof Listener>[0], number[]][] = [
      [{}, [1, 2, 3, 4, 5, 6, 7]],
      [{ packetKinds: tcpBare }, [1]],
      [{ packetKinds: tcpSyn }, [1]],
      [{ packetKinds: tcpPayload }, [2]],
      [{ packetKinds: udp }, [3, 4]],
      [{ packetKinds: icmp | arp }, [5, 6]],
      [{ packetKinds: other }, [7]],
      [{ packetKinds: 0, packetEvents }, [1, 3, 5]],
      [{ packetKinds: arp | tcpSyn, packetEvents }, [1, 3, 5, 6]],
      [{ packetEvents }, [1, 2, 3, 4, 5, 6, 7]],
      [{ packetKinds: 0 }, []],
    ];
    const listeners = expected.map(([wanted]) => new Listener(wanted));
    feed(listeners, frames);
    for (const [index, [wanted, packets]] of expected.entries()) {
      assert.deepEqual(listeners[index]?.packets, packets, JSON.stringify(wanted));
    }
  });

  it('gives each detector the packets of the protocols that it asks for', () => {
    const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 80 };
    const frames = [null, 'http', 'ssh'].map((_, i) => tcpFrame({ ...ends, sourcePort: 4000 + i, flags: 'A' }));
    const expected: [(ProtocolName | null)[] | null, number[]][] = [
      [null, [1, 2, 3]],
      [[null], [1]],
      [['http'], [2]],
      [
        ['http', null],
        [1, 2],
      ],
      [['tls'], []],
      [[], []],
    ];
    const listeners = expected.map(
      ([protocols]) => new Listener(protocols === null ? {} : { packetProtocols: protocols }),
    );
    const spoken = [null, 'http', 'ssh'];
    feed(listeners, frames, (flow, number) => (flow.spoken = spoken[number - 1] ?? null));
    for (const [index, [wanted, packets]] of expected.entries()) {
      assert.deepEqual(listeners[index]?.packets, packets, JSON.stringify(wanted));
    }
  });

  it('gives a detector no more packets of a flow that it dismissed, and the ends of those only that it keeps', () => {
    const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 80 };
    const frames = ['S', 'A', 'A', 'A'].map((flags) => tcpFrame({ ...ends, flags }));
    const [first, second, every] = [
      new Listener({ flowMark: 1, endsOfKept: true }),
      new Listener({ flowMark: 2, endsOfKept: true }),
      new Listener({}),
    ];
    const table = feed([first, second, every], frames, (flow, number) => {
      if (number === 2) flow.speak('http');
      if (number === 3) flow.dismiss(first.flowMark ?? 0);
      if (number === 4) flow.kept |= second.flowMark ?? 0;
    });
    table.finish();
    assert.deepEqual(
      [first.packets, second.packets, every.packets],
      [
        [1, 2],
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ],
    );
    assert.deepEqual([first.ended, second.ended, every.ended], [0, 1, 1]);
  });

  it('gives a detector the packets of one direction, of one first byte, of some ports', () => {
    const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 80 };
    const back = { source: '10.0.0.2', destination: '10.0.0.1', sourcePort: 80, destinationPort: 4000 };
    const frames = [
      tcpFrame({ ...ends, flags: 'S' }),
      tcpFrame({ ...back, flags: 'SA' }),
      tcpFrame({ ...ends, flags: 'A' }, new Uint8Array([24, 3])),
      tcpFrame({ ...back, flags: 'A' }, new Uint8Array([24, 3])),
      tcpFrame({ ...ends, flags: 'A' }, new Uint8Array([23, 3])),
      tcpFrame({ ...ends, sourcePort: 4001, destinationPort: 25, flags: 'S' }),
      tcpFrame({ ...ends, sourcePort: 4001, destinationPort: 25, flags: 'A' }, new Uint8Array([24, 3])),
    ];
    const { tcpPayload, tcpBare } = packetKinds;
    const expected: [Partial<Detector>, number[]][] = [
      [{ packetsOfOpener: true }, [1, 3, 5, 6, 7]],
      [{ packetKinds: tcpPayload, packetFirstByte: 24 }, [3, 4, 7]],
      [{ packetKinds: tcpPayload, packetFirstByte: 24, packetsOfOpener: true }, [3, 7]],
      [{ flowMark: 1, packetPorts: [25] }, [6, 7]],
      [{ flowMark: 2, packetPorts: [80, 8080], packetKinds: tcpBare }, [1, 2]],
      [{ flowMark: 4, packetPorts: [443] }, []],
    ];
    const listeners = expected.map(([wanted]) => new Listener(wanted));
    feed(listeners, frames);
    for (const [index, [wanted, packets]] of expected.entries()) {
      assert.deepEqual(listeners[index]?.packets, packets, JSON.stringify(wanted));
    }
  });

  it('gives a detector the events of a flow that it dismissed, and ARP in a tunnel', () => {
    const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 80 };
    const back = { source: '10.0.0.2', destination: '10.0.0.1', sourcePort: 80, destinationPort: 4000 };
    const frames = [
      tcpFrame({ ...ends, flags: 'S' }),
      tcpFrame({ ...ends, flags: 'A' }),
      tcpFrame({ ...back, flags: 'A' }),
      tcpFrame({ ...back, flags: 'A' }),
    ];
    const listener = new Listener({ flowMark: 1, packetEvents: flowEvents.answered });
    feed([listener], frames, (flow, number) => {
      if (number === 2) flow.dismiss(1);
    });
    assert.deepEqual(listener.packets, [1, 3]);
    const arp = new Listener({ flowMark: 1, packetKinds: packetKinds.arp });
    const set = new DetectorSet([arp]);
    const table = new FlowTable({ localAddresses: [], onEnd: () => undefined });
    const view = new PacketView();
    for (const packet of packetsAt([[0, udpFrame(ends, new Uint8Array(5))]])) {
      decodePacket(view, packet);
      view.arpOpcode = 1;
      table.add(view);
      table.flow?.dismiss(1);
      set.packet(view, table);
    }
    assert.deepEqual(arp.packets, [1]);
  });

  it('gives each detector the messages of the kinds that it asks for, and all to those that do not ask', () => {
    const listeners = [
      new Listener({}),
      new Listener({ messageKinds: ['ntp'] }),
      new Listener({ messageKinds: ['dns', 'ntp'] }),
    ];
    const set = new DetectorSet(listeners);
    const table = new FlowTable({ localAddresses: [], onEnd: () => undefined });
    const host = table.hosts.at(new Uint8Array([10, 0, 0, 1]), 0, 4);
    const flow = new Flow(host, host, table.conversations.between(host, host));
    const tell = (message: ApplicationMessage): void => set.message(flow, true, 0, 1, message, 'ntp');
    tell({ kind: 'ntp', version: 4, mode: 3, stratum: 0 });
    tell({ kind: 'ssh-new-keys' });
    assert.deepEqual(
      listeners.map(({ messages }) => messages),
      [['ntp', 'ssh-new-keys'], ['ntp'], ['ntp']],
    );
  });
});

function feed(
  detectors: readonly Detector[],
  frames: readonly Uint8Array[],
  onFlow: (flow: Flow, number: number) => void = () => undefined,
): FlowTable {
  const set = new DetectorSet(detectors);
  const table = new FlowTable({ localAddresses: [], onEnd: (flow, reason) => set.flowEnded(flow, reason) });
  const view = new PacketView();
  for (const packet of packetsAt(frames.map((frame, i): [number, Uint8Array] => [i, frame]))) {
    decodePacket(view, packet);
    table.add(view);
    if (table.flow !== null) onFlow(table.flow, packet.number);
    set.packet(view, table);
  }
  return table;
}
