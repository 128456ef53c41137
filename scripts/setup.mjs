// Brings a checkout to where the extension runs: `node scripts/setup.mjs [start|test]`. What is there already is kept.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setUpWorkbench } from '../tools/vscode-host/setup.mjs';
import { endAllOnSignal, run } from './lib/children.mjs';
import { installCommand, installPackages, missingPackages } from './lib/debianPackages.mjs';
import { findCode } from './lib/desktop.mjs';
import { installDependencies } from './lib/npmInstall.mjs';
import { findProgram } from './lib/programs.mjs';
import { inRoot, nodeTooOld } from './lib/root.mjs';

/** A person can do something about it: shown without a stack. */
export class SetupError extends Error {}

const log = (text) => console.log(`[setup] ${text}`);
// tsx would leave a cache in the temporary folder.
const env = { ...process.env, TSX_DISABLE_CACHE: '1' };
const node = (...args) => run(process.execPath, args, { cwd: inRoot(), env, quiet: true });

/** The served workbench is for Linux: for tests always, for a person where there is no desktop VS Code. */
export const wantsWorkbench = (purpose) => process.platform === 'linux' && (purpose === 'test' || findCode() === null);

/**
 * @param {{ purpose: 'start' | 'test', workbench: boolean }} options `workbench`: the served VS Code is wanted too.
 * @returns {Promise<void>} rejects with SetupError
 */
export async function setUp({ purpose, workbench }) {
  const tooOld = nodeTooOld();
  if (tooOld !== null) throw new SetupError(tooOld);
  if (process.platform === 'linux') await installSystemPackages(purpose);
  await installDependencies(log);
  if (workbench) await setUpWorkbench({ log });
  await buildCaptureBinding(purpose);
  log('building the extension');
  const built = await node('esbuild.mjs');
  if (built.code !== 0) throw new SetupError(`the build failed:\n${built.output}`);
  await generateSamples();
}

async function installSystemPackages(purpose) {
  const missing = missingPackages(purpose);
  if (missing.length === 0) return;
  const { ok, reason } = await installPackages(missing, log);
  if (ok) return;
  const what = missing.map((m) => `  ${m.package}: ${m.why}`).join('\n');
  const text = `some system packages are missing, and could not be installed: ${reason}\n${what}\n${findProgram('sudo') === null ? 'Type this as root' : 'Type this'}, then try again:\n\n  ${installCommand(missing)}\n`;
  if (purpose === 'test') throw new SetupError(text);
  log(`${text}Going on without them.`);
}

/** Without it live capture needs tcpdump or dumpcap: `npm start` goes on, `npm test` on Linux does not. */
async function buildCaptureBinding(purpose) {
  const { code, output } = await node('scripts/native.mjs');
  if (code === 0) return;
  if (purpose === 'test' && process.platform === 'linux') {
    throw new SetupError(`the capture binding could not be built:\n${output}`);
  }
  const missing = process.platform === 'linux' ? missingPackages('start') : [];
  const remedy =
    missing.length > 0 ? `\nTo build it, type this and start again:\n\n  ${installCommand(missing)}\n` : '';
  log(
    `live capture needs an installed tcpdump or dumpcap, as the capture library could not be built; capture files can be analyzed.\n${output}${remedy}`,
  );
}

async function generateSamples() {
  const sources = inRoot('scripts/samples');
  const hash = createHash('sha256');
  for (const name of readdirSync(sources).sort()) {
    if (name.endsWith('.ts')) hash.update(readFileSync(path.join(sources, name)));
  }
  const key = hash.digest('hex');
  const stamp = inRoot('.tsbuild/samples.stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key && existsSync(inRoot('samples/README.md'))) return;
  log('generating the sample captures');
  const { code, output } = await node('--import', 'tsx', 'scripts/samples/generate.ts', 'samples');
  if (code !== 0) throw new SetupError(`the sample captures could not be generated:\n${output}`);
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, key);
}

if (process.argv[1] === import.meta.filename) {
  endAllOnSignal();
  const purpose = process.argv[2] === 'test' ? 'test' : 'start';
  try {
    await setUp({ purpose, workbench: wantsWorkbench(purpose) });
    log('done');
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : error);
    process.exitCode = 1;
  }
}
