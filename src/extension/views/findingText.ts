import { techniqueText } from '../../protocol/techniques';
import type { Evidence, Finding, FlowReference, Severity } from '../../protocol/finding';
import { numberLanguage, t } from '../../protocol/l10n';

export const severityTitles: Record<Severity, string> = {
  critical: t('Critical'),
  high: t('High'),
  medium: t('Medium'),
  low: t('Low'),
  info: t('Information'),
};

const numberFormat = new Intl.NumberFormat(numberLanguage(), { maximumFractionDigits: 2 });
/** Made once: a format made anew for each time costs more than all else that the tree of a long capture does. */
const timeFormat = new Intl.DateTimeFormat(/^en\b/.test(numberLanguage()) ? 'en-GB' : numberLanguage(), {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

/** Text of the wire is anyone's: control characters and the characters that turn text around are shown as `�`. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

/** "40 ports in 300 s (limit 15)". */
export function evidenceText(evidence: Evidence): string {
  const unit = evidence.unit === '' ? '' : ` ${plain(evidence.unit)}`;
  const window = evidence.window === null ? '' : t(' in {0}', plain(evidence.window));
  const limit = evidence.threshold === null ? '' : t(' (limit {0})', valueText(evidence.threshold));
  return `${valueText(evidence.observed)}${unit}${window}${limit}`;
}

/** "10.0.0.7 → 10.0.0.2 and 3 more". */
export function subjectText(finding: Finding): string {
  const ends = [endText(finding.sources), endText(finding.targets)].filter((end) => end !== '');
  return ends.join(' → ');
}

/** Local time with the zone, of seconds since 1970. */
export function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return t('unknown time');
  return timeFormat.format(date);
}

/** "packets 12, 13, 14 and 37 more". Empty when there are none. */
export function packetNumbersText(numbers: readonly number[], maxShown: number): string {
  if (numbers.length === 0) return '';
  const more = numbers.length - maxShown;
  return numbers.slice(0, maxShown).join(', ') + (more > 0 ? t(' and {0} more', more) : '');
}

/** A finding as a document to read: Markdown that shows no markup of its own content. `helpUri`: page about its rule. */
export function findingDocument(finding: Finding, source: string, helpUri: string): string {
  const lines = [
    `# ${escapeMarkdown(finding.title)}`,
    '',
    escapeMarkdown(finding.summary),
    '',
    `## ${t('Facts')}`,
    '',
    ...facts(finding, source).map(([name, value]) => `- **${name}:** ${escapeMarkdown(value)}`),
    '',
    ...section(
      t('Stages'),
      finding.stages.map((stage) => `${timeText(stage.firstSeen)}, ${stage.rule}: ${stage.title}`),
    ),
    `## ${t('Evidence')}`,
    '',
    ...orNothing(finding.evidence.map((e) => `- ${escapeMarkdown(plain(e.name))}: ${escapeMarkdown(evidenceText(e))}`)),
    '',
    `## ${t('What speaks against it')}`,
    '',
    ...orNothing(finding.against.map((text) => `- ${escapeMarkdown(text)}`)),
    '',
    ...section(t('What to do next'), finding.next),
    ...section(t('Flows that show it'), finding.flows.map(flowText)),
    `## ${t('How to silence it')}`,
    '',
    t(
      'Right-click it in the tree, Silence Finding…: that writes an entry with your reason into .network-traffic/exclusions.json of the workspace. Method, limits and what else there is to set:',
    ),
    '',
    plain(helpUri),
    '',
    `## ${t('Packets that show it')}`,
    '',
    finding.packets.length === 0 ? t('None kept.') : packetNumbersText(finding.packets, 200),
    '',
  ];
  return lines.join('\n');
}

/** A numbered list below a heading; nothing when it is empty. */
function section(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  return [`## ${title}`, '', ...items.map((item, i) => `${i + 1}. ${escapeMarkdown(item)}`), ''];
}

/** "tcp 10.0.0.7:51000 → 10.0.0.2:22, 01/02/2026, …". */
export function flowText({ transport, a, aPort, b, bPort, start }: FlowReference): string {
  const end = (address: string, port: number | null): string =>
    port === null
      ? plain(address)
      : address.includes(':')
        ? `[${plain(address)}]:${port}`
        : `${plain(address)}:${port}`;
  return `${plain(transport)} ${end(a, aPort)} → ${end(b, bPort)}, ${timeText(start)}`;
}

function facts(finding: Finding, source: string): [string, string][] {
  const all: [string, string][] = [
    [t('Severity'), severityTitles[finding.severity]],
    [t('Confidence'), `${Math.round(finding.confidence * 100)} %`],
    [t('Kind'), finding.threat],
    [t('Found by'), `${finding.detector} ${finding.rule}`],
    [t('From'), finding.sources.join(', ')],
    [t('To'), finding.targets.join(', ')],
    [t('Ports'), packetNumbersText(finding.ports, 50)],
    [t('First seen'), timeText(finding.firstSeen)],
    [t('Last seen'), timeText(finding.lastSeen)],
    [t('Events'), numberFormat.format(finding.count)],
    ['MITRE ATT&CK', finding.mitre.map(techniqueText).join(', ')],
    [t('Seen in'), source],
  ];
  return all.filter(([, value]) => value !== '');
}

/**
 * Makes text show as itself in Markdown, whatever it holds: no emphasis, code, link, image, HTML, entity or formula, and
 * nothing that a line begins with. Parentheses and the like mean nothing without those and stay readable.
 */
export function escapeMarkdown(text: string): string {
  return plain(text)
    .replace(/[\\`*_[\]<>&~$|]/g, '\\$&')
    .replace(/^\s*([#+=-])/, '\\$1')
    .replace(/^\s*(\d+)([.)])(?=\s)/, '$1\\$2');
}

function orNothing(lines: string[]): string[] {
  return lines.length === 0 ? [t('Nothing.')] : lines;
}

function endText(addresses: readonly string[]): string {
  const [first, ...others] = addresses;
  if (first === undefined) return '';
  return plain(first) + (others.length > 0 ? t(' and {0} more', others.length) : '');
}

function valueText(value: number | string): string {
  return typeof value === 'number' ? numberFormat.format(value) : plain(value);
}
