/** Facts about the open capture file: pure, so that they can be read in a test. */
import type { FileSource, Snapshot } from '../../src/protocol/snapshot';
import { formatBytes, formatCount, formatDateTime, formatSpan, plural, safeText } from '../common/format';
import { captureSpanMs } from '../common/tileModels';
import type { BannerModel, FactModel } from '../common/statusModel';
import { t } from '../../src/protocol/l10n';

const linkTypeNames: Record<number, string> = {
  0: t('Loopback (NULL)'),
  1: t('Ethernet'),
  9: 'PPP',
  12: t('Raw IP'),
  101: t('Raw IP'),
  105: 'IEEE 802.11',
  108: t('Loopback (LOOP)'),
  113: t('Linux cooked'),
  127: t('IEEE 802.11 radiotap'),
  228: t('Raw IPv4'),
  229: t('Raw IPv6'),
  276: t('Linux cooked v2'),
};

export function linkTypeLabel(linkType: number): string {
  return linkTypeNames[linkType] ?? t('link type {0}', linkType);
}

export function fileFacts(source: FileSource, snapshot: Snapshot): FactModel[] {
  const facts: FactModel[] = [];
  const fact = (id: string, text: string, title: string): void => {
    facts.push({ id, text, title, warning: false });
  };
  if (source.format !== '') fact('format', safeText(source.format, 40), t('Format of the file'));
  if (source.linkTypes.length > 0)
    fact('linkTypes', source.linkTypes.slice(0, 6).map(linkTypeLabel).join(', '), t('Link type of the packets'));
  fact('size', formatBytes(source.sizeBytes), t('{0} bytes', formatCount(source.sizeBytes)));
  const { decryption } = snapshot;
  if (decryption !== undefined) {
    const text = t('keys of {0}', plural(decryption.connections, 'TLS connection'));
    fact('keys', text, t('Their content is in followed streams, bodies and the HTTP tab; keys stay in memory'));
  }
  if (snapshot.firstUs !== null && snapshot.clockUs !== null) {
    const first = formatDateTime(snapshot.firstUs / 1000);
    fact(
      'span',
      `${first}, ${formatSpan(captureSpanMs(snapshot))}`,
      t('From {0} to {1}', first, formatDateTime(snapshot.clockUs / 1000)),
    );
  }
  return facts;
}

/** Damage is a warning and no failure: what came before it was read. */
export function damageBanner(source: FileSource, snapshot: Snapshot): BannerModel | null {
  if (!source.damage) return null;
  return {
    kind: 'warning',
    title: t('This file is damaged'),
    text: t(
      '{0} (at byte {1}). Everything before it was read: {2}.',
      safeText(source.damage.reason, 300),
      formatCount(source.damage.offset),
      plural(snapshot.packets, 'packet'),
    ),
    code: '',
    actions: [],
  };
}

/** Reading was stopped by hand: the numbers are those of the part that was read. */
export function partBanner(source: FileSource, snapshot: Snapshot): BannerModel | null {
  if (snapshot.state !== 'finished' || source.readBytes >= source.sizeBytes) return null;
  return {
    kind: 'info',
    title: t('Only a part of this file was read'),
    text: t(
      'Reading was stopped after {0} of {1}. Open the file again to read all of it.',
      formatBytes(source.readBytes),
      formatBytes(source.sizeBytes),
    ),
    code: '',
    actions: [],
  };
}
