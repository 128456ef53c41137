import { pcapFileHeader, pcapRecord } from '../../src/core/pcap/pcapWriter';
import { PcapngWriter } from '../../src/core/pcap/pcapngWriter';
import { concatBytes } from '../../src/core/bytes/concatBytes';
import type { RawPacket } from '../../src/core/pcap/rawPacket';

/**
 * Everything a test needs to make packets: frames with right lengths and checksums, payloads, packets and capture
 * files. Deterministic.
 *
 *     rawPacket(tcpFrame({ source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 80, flags: 'S' }))
 *     rawPacket(udpFrame({ …, destinationPort: 53 }, dnsMessage({ id: 1, questions: [{ name: 'a.test', type: 'A' }] })), { seconds: 5 })
 */
export {
  arp,
  ethernet,
  etherTypes,
  flagBits,
  hexBytes,
  icmp,
  icmpv6,
  internetChecksum,
  ipBytes,
  ipProtocols,
  ipv4,
  ipv6,
  ipv6Extension,
  ipv6Fragment,
  macBytes,
  macForIp,
  tcp,
  textBytes,
  udp,
} from '../../scripts/samples/frames';
export {
  arpFrame,
  echoFrame,
  icmpFrame,
  ipFrame,
  ipPacket,
  portUnreachableFrame,
  tcpFrame,
  udpFrame,
} from '../../scripts/samples/wholeFrames';
export {
  dnsMessage,
  dnsName,
  filler,
  httpRequest,
  httpResponse,
  tlsClientHello,
  tlsRecord,
  tlsServerHello,
} from '../../scripts/samples/payloads';
export { concatBytes };

/** 2023-11-14T22:13:20Z: the time of a packet that names none. */
export const defaultSeconds = 1_700_000_000;

/** A packet of its own bytes; number 1, link type 1 (Ethernet) and an uncut length when not given. */
export function rawPacket(bytes: Uint8Array, options: Partial<Omit<RawPacket, 'bytes'>> = {}): RawPacket {
  return {
    number: options.number ?? 1,
    seconds: options.seconds ?? defaultSeconds,
    nanoseconds: options.nanoseconds ?? 0,
    originalLength: options.originalLength ?? bytes.length,
    bytes,
    linkType: options.linkType ?? 1,
    interfaceIndex: options.interfaceIndex ?? 0,
  };
}

/**
 * Packets numbered from 1 with times counted from `defaultSeconds`: `[[0, frame], [0.25, frame]]`, times in seconds,
 * rounded to nanoseconds.
 */
export function packetsAt(frames: readonly (readonly [atSeconds: number, frame: Uint8Array])[]): RawPacket[] {
  return frames.map(([atSeconds, frame], index) => {
    const nanoseconds = Math.round(atSeconds * 1e9);
    return rawPacket(frame, {
      number: index + 1,
      seconds: defaultSeconds + Math.floor(nanoseconds / 1e9),
      nanoseconds: nanoseconds % 1e9,
    });
  });
}

/** A pcap file of the packets, link type of the first one. */
export function pcapFile(packets: readonly RawPacket[], options: { nanoseconds?: boolean } = {}): Uint8Array {
  const nanoseconds = options.nanoseconds ?? false;
  return concatBytes([
    pcapFileHeader({ linkType: packets[0]?.linkType ?? 1, snapLengthBytes: 262_144, nanoseconds }),
    ...packets.map((packet) => pcapRecord(packet, nanoseconds)),
  ]);
}

/** A pcapng file of the packets: one section, an interface for each new link type. */
export function pcapngFile(packets: readonly RawPacket[]): Uint8Array {
  const writer = new PcapngWriter();
  return concatBytes([writer.header(), ...packets.map((packet) => writer.packet(packet))]);
}
