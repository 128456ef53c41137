/** Packets as the analyzer takes them apart, for the pages of the preview. */
import { treeOfPdml } from '../../../src/analyzer/pdml';
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

/** The same packet as tshark tells it: markup in the words, a warning, a field that our filters do not know. */
export function fixtureTsharkTree(number: number): PacketTree {
  const own = fixtureTree(number);
  const pdml = `<packet><proto name="frame" showname="Frame 1: 60 bytes" size="60" pos="0"></proto>
    <proto name="ip" showname="Internet Protocol Version 4, Src: 10.20.0.15" size="20" pos="14">
      <field name="ip.ttl" showname="Time to Live: 64" size="1" pos="22" show="64" value="40"/>
      <field name="ip.geoip.country" showname="Country: &lt;img src=x onerror=alert(1)&gt;" size="0" pos="0" show="x"/>
      <field name="_ws.expert" showname="Expert Info (Warning/Sequence): out of order" size="0" pos="0"/>
    </proto></packet>`;
  return treeOfPdml(pdml, { number, bytes: own.sources[0]?.bytes ?? new Uint8Array(0), comments: [] }) ?? own;
}
