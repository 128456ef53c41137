import { readFileSync } from 'node:fs';
import { rules } from '../core/detectors/registry';
import { expiredExclusions, parseExclusions } from '../core/findings/exclusions';
import type { Exclusion, ParsedExclusions } from '../core/findings/exclusions';
import { problemText } from '../protocol/exclusions';
import { modelRule } from '../protocol/finding';
import { CommandError } from './commandError';

/** The exclusions in a text, with everything in it that has no effect. */
export function exclusionsOf(text: string, nowMs: number): ParsedExclusions {
  const { exclusions, problems } = parseExclusions(text, [...rules.map(({ id }) => id), modelRule]);
  return { exclusions, problems: [...problems, ...expiredExclusions(exclusions, nowMs)] };
}

/**
 * The exclusions in a file, for the command line; what in it has no effect goes to stderr, line by line.
 * @throws CommandError when nothing in it can be used because it cannot be read or is no JSON.
 */
export function readExclusions(file: string): Exclusion[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`The exclusions in ${file} cannot be read (${code ?? 'unknown reason'}).`);
  }
  const { exclusions, problems } = exclusionsOf(text, Date.now());
  const [first] = problems;
  if (exclusions.length === 0 && first?.kind === 'wrong') throw new CommandError(`${file}, ${problemText(first)}`);
  for (const problem of problems) process.stderr.write(`${file}, ${problemText(problem)}\n`);
  return exclusions;
}
