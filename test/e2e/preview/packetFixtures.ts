/** Packets as the analyzer takes them apart, for the pages of the preview. */
import { decodeApplication } from '../../../src/core/decode/application';
import { decodePacket } from '../../../src/core/decode/decodePacket';
import { PacketView } from '../../../src/core/decode/packetView';
import { dissectPacket, noContext } from '../../../src/core/dissect/dissect';
import type { PacketTree } from '../../../src/protocol/packetTree';
import { httpRequest, rawPacket, tcpFrame, tlsClientHello } from '../../support/packets';

const ends = { source: '10.20.0.15', destination: '198.51.100.7', sourcePort: 40122, sequence: 4242 };

/** Odd numbers are a TLS hello, even ones a request over HTTP with a wrong checksum and markup in it. */
export function fixtureTree(number: number): PacketTree {
  const frame =
    number % 2 === 1
      ? tcpFrame({ ...ends, destinationPort: 443, flags: 'PA' }, tlsClientHello('shop.example'))
      : tcpFrame(
          { ...ends, destinationPort: 80, flags: 'PA' },
          httpRequest('GET', '/<img src=x>', 'shop.example', { 'User-Agent': 'curl/8.5.0', Accept: '*/*' }),
        );
  if (number % 2 === 0) frame[24] = (frame[24] ?? 0) ^ 0x55;
  const packet = rawPacket(frame, { number });
  const view = new PacketView();
  decodePacket(view, packet);
  const context = { ...noContext, firstSeconds: packet.seconds - 1, sequenceBase: 4000, acknowledgmentBase: 0 };
  const comments = number % 2 === 0 ? ['seen by the gateway'] : [];
  return dissectPacket(packet, view, decodeApplication(view), { ...context, comments });
}
