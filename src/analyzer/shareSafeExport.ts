import { randomBytes } from 'node:crypto';
import type { PacketRow } from '../protocol/capture';
import { decodePacket } from '../core/decode/decodePacket';
import { describePacket } from '../core/decode/describe';
import { PacketView } from '../core/decode/packetView';
import { scramblerKeyBytes } from '../core/export/addressScrambler';
import { ShareSafe } from '../core/export/shareSafe';
import { linkTypeName } from '../core/pcap/linkTypes';
import { pcapFileHeader, pcapRecord } from '../core/pcap/pcapWriter';
import { PcapngWriter } from '../core/pcap/pcapngWriter';
import type { BlockFile, ExportSource } from './exporter';

/** Packets shown in the summary as they were written. */
const shownPackets = 25;

/**
 * Writes the packets that match, made safe to share: pcap, or pcapng for several link types. The key is random and is gone
 * afterwards. Returns how many packets, and in words what remains in the file. @throws FilterError, FileError
 */
export async function writeShareSafe(
  source: Pick<ExportSource, 'packets' | 'linkTypes' | 'nanoseconds' | 'snapLengthBytes'>,
  out: BlockFile,
  filter: string,
  pcapng: boolean = source.linkTypes.length > 1,
): Promise<{ rows: number; summary: string }> {
  const safe = new ShareSafe(randomBytes(scramblerKeyBytes));
  const writer = new PcapngWriter();
  const view = new PacketView();
  const shown: PacketRow[] = [];
  let rows = 0;
  out.bytes(
    pcapng
      ? writer.header()
      : pcapFileHeader({
          linkType: source.linkTypes[0] ?? 1,
          snapLengthBytes: source.snapLengthBytes,
          nanoseconds: source.nanoseconds,
        }),
  );
  await source.packets.each(filter, ({ packet }) => {
    const copy = safe.packet(packet);
    if (copy === null) return;
    rows += 1;
    out.bytes(pcapng ? writer.packet(copy) : pcapRecord(copy, source.nanoseconds));
    if (shown.length >= shownPackets) return;
    decodePacket(view, copy);
    shown.push({ ...describePacket(view, null, copy), number: rows });
  });
  return { rows, summary: summaryOf(safe, rows, shown) };
}

function summaryOf(safe: ShareSafe, rows: number, shown: readonly PacketRow[]): string {
  const { ipv4, ipv6, mac } = safe.addresses.counts;
  const leftOut = [...safe.leftOut].map(([linkType, count]) => `${count} of ${linkTypeName(linkType)}`);
  const lines = shown.map(
    ({ number, time, source, destination, protocol, length, info }) =>
      `${String(number).padStart(4)}  ${time.toFixed(6)}  ${source} → ${destination}  ${protocol}  ${length}  ${info}`,
  );
  return [
    'Share-safe copy: what is in it',
    '',
    `${rows} packets, ${safe.keptBytes} bytes of headers. ${safe.cutBytes} bytes were cut off: payload, and every header that is not known.`,
    `Replaced everywhere, also in ARP and in packets quoted by ICMP: ${ipv4} IPv4, ${ipv6} IPv6 and ${mac} hardware addresses.`,
    'Addresses of one network stay in one network (Crypto-PAn); the key was random, was used for this file alone and is gone.',
    ...(leftOut.length === 0 ? [] : [`Left out, as their headers are not known: ${leftOut.join(', ')}.`]),
    '',
    'What still tells something: times, lengths on the wire, ports, TCP flags, options, sequence numbers and timestamps, TTLs, IP',
    'identifications, VLAN numbers, ICMP types; which address spoke with which; loopback, broadcast and well-known group addresses.',
    'Checksums are right for the headers and zeros in place of what was cut: the original ones would tell of it.',
    '',
    `The first ${shown.length} packets as they are in the file:`,
    '',
    ...lines,
    '',
  ].join('\n');
}
