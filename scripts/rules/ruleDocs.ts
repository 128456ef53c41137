import type { Rule } from '../../src/core/detectors/rule';

/** Sections that a person writes, in this order; the rest of a rule's page is generated from its table. */
export const writtenSections = ['Method', 'What speaks against it', 'What to do next'] as const;
export type WrittenSection = (typeof writtenSections)[number];

/** Stands in a section that is still to be written. */
export const unwritten = '(to be written)';

/** The page of a rule: `written` are the texts of the sections that a person wrote. */
export function rulePage(rule: Rule, written: Readonly<Partial<Record<WrittenSection, string>>>): string {
  const section = (name: WrittenSection): string => `## ${name}\n\n${(written[name] ?? '') || unwritten}\n`;
  return [
    `# ${rule.title} (\`${rule.id}\`)\n`,
    `${rule.description}\n`,
    `Threats: ${rule.threats.map((threat) => `\`${threat}\``).join(', ')}.${mitre(rule)}\n`,
    section('Method'),
    `## Sources\n\n${rule.sources.map((source) => `- ${source}`).join('\n')}\n`,
    `## Thresholds\n\n${thresholds(rule)}\n`,
    section('What speaks against it'),
    section('What to do next'),
    `## How to silence it\n\n${silencing(rule)}\n`,
  ].join('\n');
}

/** The sections of a page that a person wrote. */
export function writtenOf(page: string): Partial<Record<WrittenSection, string>> {
  const written: Partial<Record<WrittenSection, string>> = {};
  for (const part of page.split(/^## /m).slice(1)) {
    const [heading = '', ...lines] = part.split('\n');
    const name = writtenSections.find((section) => section === heading.trim());
    const text = lines.join('\n').trim();
    if (name !== undefined && text !== unwritten) written[name] = text;
  }
  return written;
}

/** The list of all rules. */
export function rulesPage(rules: readonly Rule[]): string {
  const rows = rules.map(({ id, title, description }) => `- [${title}](rules/${id}.md) (\`${id}\`): ${description}`);
  return [
    '# Rules\n',
    'What the rules find, by which published method, from which limits on, and how each is silenced. Each number is a ' +
      'setting, `networkTraffic.rules.<rule>.<number>`; an empty one is as `networkTraffic.sensitivity` says. On the command ' +
      'line: `--sensitivity`, `--set <rule>.<number>=<value>`; `node dist/cli.js rules` prints them all.\n',
    'A finding is about one incident and grows with it; repeats are told at 1, 2, 5, 10, 20, 50, … events. A scan, then guessing or a ' +
      'web attack, then a shell, an upload or, after logins, a long session between the same two hosts are stages of one attack: all three become ' +
      'one finding, of two the later one tells both, and the severity goes up by a step. A finding that exclusions silence is no ' +
      'stage, and is counted.\n',
    `${rows.join('\n')}\n`,
    'Beside the rules there is [the model](rules/model.md) (`model`), which says what known attack a flow resembles.\n',
  ].join('\n');
}

function mitre({ mitre: ids }: Rule): string {
  if (ids.length === 0) return '';
  const links = ids.map((id) => `[${id}](https://attack.mitre.org/techniques/${id.replace('.', '/')}/)`);
  return ` MITRE ATT&CK: ${links.join(', ')}.`;
}

function thresholds({ numbers }: Rule): string {
  const rows = Object.entries(numbers).map(([key, { label, unit, presets, minimum, maximum, source }]) =>
    [`\`${key}\``, label, unit, presets.low, presets.medium, presets.high, `${minimum} to ${maximum}`, source].map(
      cell,
    ),
  );
  const head = ['Number', 'What it limits', 'Unit', 'Low', 'Medium', 'High', 'Range', 'Medium is from'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function cell(value: string | number): string {
  return String(value).replaceAll('|', '\\|');
}

function silencing({ id }: Rule): string {
  return [
    'One source or target: *Silence Finding…* in the menu of the finding, or an entry in `.network-traffic/exclusions.json`',
    '(`--exclusions FILE` on the command line):\n',
    '```json',
    `{ "rule": "${id}", "source": "192.0.2.7", "target": "192.0.2.0/24", "reason": "why this is harmless", "expires": "2030-01-31" }`,
    '```\n',
    `All of it: add \`${id}\` to the setting \`networkTraffic.disabledRules\`, or \`--disable ${id}\`. Less of it: the numbers above.`,
  ].join('\n');
}
