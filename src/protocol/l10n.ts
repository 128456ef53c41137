/**
 * Words for a person in the language of the editor. English is the key; what has no translation stays English. The same
 * in the extension and in its pages, so this knows neither: each entry hands over the translations before anything else.
 */

let translations: Readonly<Record<string, string>> = {};
let language = 'en-US';

/** Takes over what `l10n/bundle.l10n.<language>.json` holds; nothing for English. Call before a text is asked for. */
export function useTranslations(bundle: Readonly<Record<string, string>> | undefined): void {
  translations = bundle ?? {};
}

/** What {@link useTranslations} took over: each English text with its translation; empty for English. */
export function knownTexts(): Readonly<Record<string, string>> {
  return translations;
}

/** The language of the editor as a tag of BCP 47; one that cannot be used is passed over. */
export function useLanguage(tag: string): void {
  try {
    language = Intl.getCanonicalLocales(tag)[0] ?? language;
  } catch {
    // Stays as it is.
  }
}

/** For `Intl`: numbers and times in the person's language. */
export function numberLanguage(): string {
  return language;
}

/**
 * A text, with `{0}`, `{1}` … replaced by `args`. `message` is a literal wherever it can be: `npm run l10n` collects it.
 * A text that is not known is returned as it is, so that names from a table can be passed as well.
 */
export function t(message: string, ...args: readonly (string | number)[]): string {
  const text = Object.hasOwn(translations, message) ? (translations[message] ?? message) : message;
  if (args.length === 0) return text;
  return text.replace(/\{(\d+)\}/g, (whole, index: string) => {
    const value = args[Number(index)];
    return value === undefined ? whole : String(value);
  });
}
