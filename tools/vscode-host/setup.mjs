// Installs the workbench into this folder: nothing to do when it is there already. Linux only, any Node >= 20.19.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from '../../scripts/lib/children.mjs';
import { environmentWithoutNpm, findNpm } from '../../scripts/lib/programs.mjs';
import { nodePackage, vscodeFolder } from './paths.mjs';

const folder = import.meta.dirname;
const stamp = path.join(folder, 'node_modules/.ready');
/**
 * code-server ships these two as source. Without spdlog every output channel stays empty; without native-watchdog the
 * log fills with a stack trace. Its other native modules are prebuilt for Linux, or no flow of ours needs them.
 */
const nativeModules = ['@vscode/spdlog', '@vscode/native-watchdog'];

const key = () =>
  createHash('sha256')
    .update(readFileSync(path.join(folder, 'package-lock.json')))
    .update(nativeModules.join())
    .digest('hex');

export const isWorkbenchReady = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === key();

/**
 * @param {{ log: (text: string) => void }} options
 * @returns {Promise<{ logsWork: boolean }>} `logsWork` is false where the native modules could not be compiled: the
 *   workbench runs, but its output channels stay empty.
 */
export async function setUpWorkbench({ log }) {
  if (isWorkbenchReady()) return { logsWork: true };
  const npm = findNpm();
  if (npm === null) throw new Error('npm was not found. It comes with Node: install Node again, with npm.');

  const environment = environmentWithoutNpm();
  const runNpm = async (cwd, args, env = environment) => {
    const all = [...npm.args, ...args, '--no-audit', '--no-fund'];
    const { code, output } = await run(npm.command, all, { cwd, env, quiet: true });
    return { ok: code === 0, output, command: `npm ${args.join(' ')} (in ${cwd})` };
  };
  const must = async (...args) => {
    const { ok, output, command } = await runNpm(...args);
    if (!ok) throw new Error(`${command} failed:\n${output}`);
  };

  log('installing the VS Code workbench into tools/vscode-host (about 800 MB, once; 1 to 2 minutes)');
  await must(folder, ['ci', '--ignore-scripts']);
  if (!existsSync(nodePackage())) {
    throw new Error(`the workbench has no Node for ${process.platform} ${process.arch}: ${nodePackage()} is missing`);
  }
  await must(vscodeFolder, ['install', '--omit=dev', '--ignore-scripts', '--no-save']);

  log('compiling the two native modules of the workbench');
  const built = await runNpm(vscodeFolder, ['rebuild', '--ignore-scripts=false', ...nativeModules], {
    ...environment,
    PATH: `${path.join(nodePackage(), 'bin')}${path.delimiter}${environment.PATH}`,
    // The headers that this Node was packaged with: nothing is downloaded.
    npm_config_nodedir: nodePackage(),
  });
  if (!built.ok) {
    log(`they could not be compiled, so its output channels will stay empty:\n${built.output.slice(-2000)}`);
    return { logsWork: false };
  }
  writeFileSync(stamp, key());
  return { logsWork: true };
}
