/** File below the extension's storage that says which of the models beside it is used. */
export const modelChoiceName = 'choice.json';

/**
 * The folder that the text of a choice names, below `root` (without a separator at its end); null when it names none. A
 * choice never leads out of `root`.
 */
export function parseModelChoice(text: string, root: string): string | null {
  try {
    const choice = JSON.parse(text) as { model?: unknown } | null;
    const name = choice?.model;
    return typeof name === 'string' && /^[\w-]{1,80}$/.test(name) ? `${root}/${name}` : null;
  } catch {
    return null;
  }
}
