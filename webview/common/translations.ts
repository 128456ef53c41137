/** First import of every page: texts at the top of a module are made when it is loaded. The page carries them as data. */
import { useTranslations } from '../../src/protocol/l10n';

const isBundle = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');

try {
  const bundle: unknown = JSON.parse(document.getElementById('translations')?.textContent ?? '{}');
  if (isBundle(bundle)) useTranslations(bundle);
} catch {
  // Without them the page is English.
}
