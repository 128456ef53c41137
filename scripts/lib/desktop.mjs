import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { settingsForEveryone } from '../../tools/vscode-host/host.mjs';
import { run, whenEnded } from './children.mjs';
import { findProgram } from './programs.mjs';

/** The `code` command of a desktop VS Code, or null. */
export const findCode = () => findProgram('code');

/**
 * The program behind the `code` command, or null where the layout is another one (snap, a remote terminal). Started
 * itself it stays in our process group; `code` lets go of what it starts.
 */
export function programBehind(code) {
  const launcher = realpathSync(code);
  const installed = path.resolve(path.dirname(launcher), '..');
  const candidates = {
    linux: [path.join(installed, 'code')],
    darwin: ['Code', 'Electron'].map((name) => path.resolve(installed, '../../MacOS', name)),
    win32: [path.join(installed, 'Code.exe')],
  };
  const isFound = (file) => existsSync(file) && realpathSync(file) !== launcher;
  return (candidates[process.platform] ?? []).find(isFound) ?? null;
}

/**
 * Opens a window of the desktop's VS Code with the extension under development, on a profile of its own, and waits
 * until it is closed.
 *
 * @param {{ code: string, extension: string, folder: string }} options
 * @returns {Promise<number>} exit code
 */
export async function openDesktop({ code, extension, folder }) {
  const profile = mkdtempSync(path.join(tmpdir(), 'nta-code-'));
  const remove = () => rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  const keepNoMore = whenEnded(remove);
  mkdirSync(path.join(profile, 'User'));
  writeFileSync(path.join(profile, 'User/settings.json'), JSON.stringify(settingsForEveryone, null, 2));
  const args = [
    `--extensionDevelopmentPath=${extension}`,
    `--user-data-dir=${profile}`,
    `--extensions-dir=${path.join(profile, 'extensions')}`,
    '--new-window',
    folder,
  ];
  const program = programBehind(code);
  try {
    if (program !== null) {
      const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
      return (await run(program, [...asRoot, ...args])).code;
    }
    // On Windows `code` is a .cmd file, which only a shell can start.
    const [command, ...words] = process.platform === 'win32' ? ['cmd.exe', '/d', '/c', code] : [code];
    return (await run(command, [...words, '--wait', ...args])).code;
  } finally {
    keepNoMore();
    remove();
  }
}
