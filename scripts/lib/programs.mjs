import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';

/** Absolute path of a program on the PATH, or null. */
export function findProgram(name, searchPath = process.env.PATH ?? '') {
  const extensions = process.platform === 'win32' ? (process.env.PATHEXT ?? '.EXE;.CMD').split(';') : [''];
  // Ordinary users of Debian have no sbin on their PATH, although `ip` and `tcpdump` may be there.
  const more = process.platform === 'win32' ? [] : ['/usr/sbin', '/sbin'];
  for (const directory of [...searchPath.split(path.delimiter), ...more]) {
    if (!path.isAbsolute(directory)) continue;
    for (const extension of extensions) {
      const file = path.join(directory, name + extension);
      try {
        if (!statSync(file).isFile()) continue;
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not here.
      }
    }
  }
  return null;
}

/** The Chromium that drives the browser tests: `CHROMIUM_PATH`, else the one that is installed, else null. */
export function findChromium() {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen !== undefined && chosen !== '') return existsSync(chosen) ? chosen : null;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
    const found = findProgram(name);
    if (found !== null) return found;
  }
  return null;
}

/**
 * How to start npm without a shell: the npm that runs us, else the one beside this Node, else the one on the PATH.
 *
 * @returns {{ command: string, args: string[] } | null}
 */
export function findNpm() {
  const beside = path.dirname(process.execPath);
  const scripts = [
    process.env.npm_execpath,
    path.join(beside, 'node_modules/npm/bin/npm-cli.js'),
    path.join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
  ];
  for (const script of scripts) {
    if (script?.endsWith('npm-cli.js') && existsSync(script)) return { command: process.execPath, args: [script] };
  }
  const program = process.platform === 'win32' ? null : findProgram('npm');
  return program === null ? null : { command: program, args: [] };
}

/**
 * The environment without what `npm run` adds of the project that it runs in: an npm started with it in another folder
 * would take that for its own configuration.
 */
export function environmentWithoutNpm(environment = process.env) {
  const foreign =
    /^npm_(package|lifecycle|command|execpath|node_execpath)(_|$)|^npm_config_(local_prefix|prefix|global_prefix|ignore_scripts|omit|include|noproxy)$|^INIT_CWD$/i;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !foreign.test(name)));
}
