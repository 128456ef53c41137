/** Between the names of several interfaces that were chosen together. */
const separator = ', ';

/** One helper process each. */
export const maxInterfaces = 16;

/** Names of interfaces as one text, as the dashboard shows them; null for none. */
export function joinInterfaces(names: readonly string[]): string | null {
  return names.length === 0 ? null : names.join(separator);
}

/** The way back; a name that is known as it stands is one interface. */
export function splitInterfaces(text: string | null, known: readonly { name: string }[]): string[] {
  if (text === null || text === '') return [];
  if (known.some((info) => info.name === text)) return [text];
  return [...new Set(text.split(separator).filter((name) => name !== ''))];
}
