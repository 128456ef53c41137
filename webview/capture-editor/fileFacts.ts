/** Facts about the open capture file: pure, so that they can be read in a test. */
import type { FileSource, Snapshot } from '../../src/protocol/snapshot';
import { formatBytes, formatCount, formatDateTime, formatSpan, plural, safeText } from '../common/format';
import { captureSpanMs } from '../common/tileModels';
import type { BannerModel, FactModel } from '../common/statusModel';

const linkTypeNames: Record<number, string> = {
  0: 'Loopback (NULL)',
  1: 'Ethernet',
  9: 'PPP',
  12: 'Raw IP',
  101: 'Raw IP',
  105: 'IEEE 802.11',
  108: 'Loopback (LOOP)',
  113: 'Linux cooked',
  127: 'IEEE 802.11 radiotap',
  228: 'Raw IPv4',
  229: 'Raw IPv6',
  276: 'Linux cooked v2',
};

export function linkTypeLabel(linkType: number): string {
  return linkTypeNames[linkType] ?? `link type ${linkType}`;
}

export function fileFacts(source: FileSource, snapshot: Snapshot): FactModel[] {
  const facts: FactModel[] = [];
  const fact = (id: string, text: string, title: string): void => {
    facts.push({ id, text, title, warning: false });
  };
  if (source.format !== '') fact('format', safeText(source.format, 40), 'Format of the file');
  if (source.linkTypes.length > 0)
    fact('linkTypes', source.linkTypes.slice(0, 6).map(linkTypeLabel).join(', '), 'Link type of the packets');
  fact('size', formatBytes(source.sizeBytes), `${formatCount(source.sizeBytes)} bytes`);
  const { decryption } = snapshot;
  if (decryption !== undefined) {
    const text = `keys of ${plural(decryption.connections, 'TLS connection')}`;
    fact('keys', text, 'Their content is in followed streams, bodies and the HTTP tab; keys stay in memory');
  }
  if (snapshot.firstUs !== null && snapshot.clockUs !== null) {
    const first = formatDateTime(snapshot.firstUs / 1000);
    fact(
      'span',
      `${first}, ${formatSpan(captureSpanMs(snapshot))}`,
      `From ${first} to ${formatDateTime(snapshot.clockUs / 1000)}`,
    );
  }
  return facts;
}

/** Damage is a warning and no failure: what came before it was read. */
export function damageBanner(source: FileSource, snapshot: Snapshot): BannerModel | null {
  if (!source.damage) return null;
  return {
    kind: 'warning',
    title: 'This file is damaged',
    text: `${safeText(source.damage.reason, 300)} (at byte ${formatCount(source.damage.offset)}). Everything before it was read: ${plural(snapshot.packets, 'packet')}.`,
    code: '',
    actions: [],
  };
}

/** Reading was stopped by hand: the numbers are those of the part that was read. */
export function partBanner(source: FileSource, snapshot: Snapshot): BannerModel | null {
  if (snapshot.state !== 'finished' || source.readBytes >= source.sizeBytes) return null;
  return {
    kind: 'info',
    title: 'Only a part of this file was read',
    text: `Reading was stopped after ${formatBytes(source.readBytes)} of ${formatBytes(source.sizeBytes)}. Open the file again to read all of it.`,
    code: '',
    actions: [],
  };
}
