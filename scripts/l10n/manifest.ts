/** Texts of the manifest that people read, as keys of package.nls.json. What language models read stays English. */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Texts = Record<string, string>;

const shown = new Set([
  'title',
  'category',
  'name',
  'label',
  'contextualTitle',
  'contents',
  'displayName',
  'userDescription',
  'description',
  'markdownDescription',
  'accessibilityHelpContent',
  'altText',
]);
const sections = new Set([
  'commands',
  'submenus',
  'viewsContainers',
  'views',
  'viewsWelcome',
  'walkthroughs',
  'customEditors',
  'configuration',
  'languageModelTools',
]);
/** For no person. */
const written = new Set(['inputSchema', 'modelDescription']);
const isKey = (text: string): boolean => /^%[\w.-]+%$/.test(text);

/** The manifest with keys in place of texts, and the texts; what already is a key stays. */
export function withKeys(manifest: Json, known: Texts): { manifest: Json; texts: Texts } {
  const texts: Texts = {};
  const byText = new Map<string, string>();
  const keyOf = (text: string, path: readonly string[]): string => {
    if (isKey(text)) {
      const key = text.slice(1, -1);
      texts[key] = known[key] ?? '';
      return text;
    }
    const same = byText.get(text);
    if (same !== undefined && path.at(-1) === 'category') return `%${same}%`;
    const key = path.at(-1) === 'category' ? 'category' : path.join('.');
    byText.set(text, key);
    texts[key] = text;
    return `%${key}%`;
  };
  const walk = (value: Json, path: readonly string[]): Json => {
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, nameOf(item) ?? String(index)]));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]): [string, Json] => {
        if (written.has(key)) return [key, item];
        if (key === 'name' && path[0] === 'languageModelTools') return [key, item];
        if (typeof item === 'string' && shown.has(key)) return [key, keyOf(item, [...path, key])];
        if (key === 'enumDescriptions' || key === 'markdownEnumDescriptions')
          return [key, (item as string[]).map((text, index) => keyOf(text, [...path, key, String(index)]))];
        return [key, walk(item, [...path, shortOf(key)])];
      }),
    );
  };
  const root = manifest as { [key: string]: Json };
  const contributes = root['contributes'] as { [key: string]: Json };
  const capabilities = root['capabilities'] as { [key: string]: Json };
  return {
    manifest: {
      ...root,
      capabilities: walk(capabilities, ['capabilities']),
      contributes: Object.fromEntries(
        Object.entries(contributes).map(([key, value]) => [key, sections.has(key) ? walk(value, [key]) : value]),
      ),
    },
    texts,
  };
}

const shortOf = (key: string): string => key.replace(/^networkTraffic\./, '');

/** What an entry of a list is called, so that its key does not move when another is put before it. */
function nameOf(item: Json): string | null {
  if (item === null || typeof item !== 'object' || Array.isArray(item)) return null;
  for (const key of ['command', 'id', 'viewType', 'name', 'view']) {
    const name = item[key];
    if (key === 'view') break;
    if (typeof name === 'string' && !isKey(name)) return shortOf(name);
  }
  return null;
}

/** The manifest as a person sees it. */
export function localized(value: unknown, texts: Texts): unknown {
  if (typeof value === 'string') return isKey(value) ? (texts[value.slice(1, -1)] ?? value) : value;
  if (Array.isArray(value)) return value.map((item) => localized(item, texts));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, localized(item, texts)]));
}
