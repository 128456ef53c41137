import type { InterfaceInfo } from '../../protocol/capture';
import { numberLanguage, t } from '../../protocol/l10n';

/** One row of the interface picker. */
export interface InterfaceChoice {
  label: string;
  description: string;
  /** Null: the capture helper picks. */
  interface: string | null;
}

/** Addresses shown of one interface; a bridge can have dozens. */
const maxAddresses = 3;

const rateFormat = new Intl.NumberFormat(numberLanguage(), { maximumFractionDigits: 0 });

export const autoDetectChoice: InterfaceChoice = {
  label: t('$(wand) Auto-detect'),
  description: t('the interface of the default route, else the first that is up and has an address'),
  interface: null,
};

/**
 * What the interface picker shows. Interfaces keep the analyzer's order, so rows never jump. Without `all`, taps into the
 * system that are no interfaces of the network are left out; what is in `keep` stays.
 */
export function interfaceChoices(
  interfaces: readonly InterfaceInfo[],
  { all = true, keep = [] }: { all?: boolean; keep?: readonly string[] } = {},
): InterfaceChoice[] {
  const shown = interfaces.filter((info) => all || info.pseudo !== true || keep.includes(info.name));
  return [autoDetectChoice, ...shown.map(choiceOf)];
}

function choiceOf(info: InterfaceInfo): InterfaceChoice {
  const facts: string[] = [];
  if (info.addresses.length > 0) {
    const more = info.addresses.length - maxAddresses;
    facts.push(info.addresses.slice(0, maxAddresses).join(', ') + (more > 0 ? t(' and {0} more', more) : ''));
  } else if (info.description !== null && info.description !== '') {
    facts.push(info.description);
  }
  if (info.loopback) facts.push('loopback');
  if (info.defaultRoute === true) facts.push(t('default route'));
  if (info.up === false) facts.push('down');
  if (info.packetsPerSecond !== null) facts.push(t('{0} packets/s', rateFormat.format(info.packetsPerSecond)));
  return {
    label: `$(${info.loopback ? 'sync' : 'plug'}) ${escapeIcons(info.name)}`,
    description: escapeIcons(facts.join(' · ')),
    interface: info.name,
  };
}

/** `$(name)` in a text of the system must not become an icon. */
export function escapeIcons(text: string): string {
  return text.replaceAll('$(', '\\$(');
}
