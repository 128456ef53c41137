import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseModelChoice } from '../protocol/modelChoice';

/** Word before the path of the file that names the model to use. */
const option = '--model-choice';

/** Folder of the model that the person chose, read anew for each run; null for the shipped one. */
export function chosenModels(words: readonly string[] = process.argv): string | null {
  const at = words.indexOf(option);
  const file = at < 0 ? undefined : words[at + 1];
  if (file === undefined) return null;
  try {
    return parseModelChoice(readFileSync(file, 'utf8'), path.dirname(file));
  } catch {
    return null;
  }
}
