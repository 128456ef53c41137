import { existsSync, readFileSync } from 'node:fs';
import { inRoot } from './root.mjs';
import { environmentWithoutNpm, findNpm } from './programs.mjs';
import { run } from './children.mjs';

/** Optional for npm, so that the extension installs without libpcap; not optional for whoever builds it. */
const alwaysWanted = new Set(['node_modules/cap']);

/** True when node_modules holds what package-lock.json says, whoever installed it. */
export function isInstalled() {
  const hidden = inRoot('node_modules/.package-lock.json');
  if (!existsSync(hidden)) return false;
  const packages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const have = packages(hidden);
  return Object.entries(packages(inRoot('package-lock.json'))).every(([where, wanted]) => {
    if (where === '') return true;
    if (have[where] === undefined) return wanted.optional === true && !alwaysWanted.has(where);
    return have[where].version === wanted.version && existsSync(inRoot(where));
  });
}

/**
 * `npm ci` when needed, without any install script: none of them is needed to build, and the one of `cap` would fail
 * where libpcap's headers are missing (scripts/native.mjs builds it instead).
 */
export async function installDependencies(log) {
  if (isInstalled()) return;
  const npm = findNpm();
  if (npm === null) throw new Error('npm was not found. It comes with Node: install Node again, with npm.');
  log('installing npm packages');
  const args = [...npm.args, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { code, output } = await run(npm.command, args, { cwd: inRoot(), env: environmentWithoutNpm(), quiet: true });
  if (code !== 0) throw new Error(`npm ci failed:\n${output.slice(-6000)}`);
}
