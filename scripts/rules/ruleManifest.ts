import type { Rule, RuleNumber } from '../../src/core/detectors/rule';
import { ruleDescriptionKey, ruleTextKey } from '../l10n/ruleTexts';
import { modelRule } from '../../src/protocol/finding';

/** Title of the part of the settings that is generated whole. */
const rulesTitle = 'Rules';
const disabledRules = 'networkTraffic.disabledRules';

type Property = Record<string, unknown>;

interface ConfigurationPart {
  title: string;
  order: number;
  properties: Record<string, Property>;
}

/** As much of package.json as is changed here. */
export interface Manifest {
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  contributes: { configuration: ConfigurationPart[] };
}

/** Key of the setting of a rule's number. */
export function settingKey(rule: string, number: string): string {
  return `networkTraffic.rules.${rule}.${number}`;
}

/** `manifest` with the settings of `rules` in place of those it had: one for each number, and the list of rules. */
export function withRuleSettings<T extends Manifest>(manifest: T, rules: readonly Rule[]): T {
  const changed = structuredClone(manifest);
  const { configuration } = changed.contributes;
  const properties: Record<string, Property> = {};

  for (const rule of rules) {
    for (const [key, number] of Object.entries(rule.numbers)) {
      properties[settingKey(rule.id, key)] = propertyOf(rule, key, number);
    }
  }
  const ofRules = (key: string): boolean => key.startsWith('networkTraffic.rules.');
  // Its title may stand in the texts of the manifest.
  const at = configuration.findIndex((each) => each.title === rulesTitle || Object.keys(each.properties).some(ofRules));
  const part: ConfigurationPart = { title: configuration[at]?.title ?? rulesTitle, order: 4, properties };
  if (at < 0) configuration.push(part);
  else configuration[at] = part;
  for (const { properties: known } of configuration) {
    const items = known[disabledRules]?.['items'];
    if (typeof items === 'object' && items !== null) {
      Object.assign(items, {
        enum: rules.map(({ id }) => id),
        markdownEnumDescriptions: rules.map(({ id }) => `%${ruleDescriptionKey(id)}%`),
      });
    }
  }
  const { untrustedWorkspaces } = changed.capabilities;
  untrustedWorkspaces.restrictedConfigurations = [
    ...untrustedWorkspaces.restrictedConfigurations.filter((key) => !key.startsWith('networkTraffic.rules.')),
    ...Object.keys(properties),
  ];
  return changed;
}

/** The JSON schema of exclusions with the identifiers of `rules`. */
export function withRuleNames(schema: object, rules: readonly Rule[]): object {
  const changed = structuredClone(schema) as {
    properties: { exclusions: { items: { properties: { rule: { enum: string[] } } } } };
  };
  changed.properties.exclusions.items.properties.rule.enum = [...rules.map(({ id }) => id), modelRule];
  return changed;
}

function propertyOf(rule: Rule, key: string, number: RuleNumber): Property {
  const { integer, minimum, maximum } = number;
  return {
    markdownDescription: `%${ruleTextKey(rule.id, key)}%`,
    type: [integer ? 'integer' : 'number', 'null'],
    default: null,
    minimum,
    maximum,
    scope: 'window',
  };
}
