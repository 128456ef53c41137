// Builds the capture binding (`cap`) for each Node that may run the capture helper, into dist/native:
//   node scripts/native.mjs                        for this Node, and for that of tools/vscode-host when it is there
//   node scripts/native.mjs --electron 34.5.1      for the Electron of a desktop VS Code; downloads Electron's headers
//   node scripts/native.mjs --published FOLDER     as it was published, without patches/, for this Node, into a folder (tests)
// Built in copies under .tsbuild/native, with patches/ applied there, so node_modules stays as it was installed. Needs no network where the headers
// of the Node are installed with it (include/node beside bin/node) or are in node-gyp's cache.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { endAllOnSignal, run } from './lib/children.mjs';
import { nodeBinary } from '../tools/vscode-host/paths.mjs';
import { findNpm, findProgram } from './lib/programs.mjs';
import { inRoot } from './lib/root.mjs';
import { writeHelperHashes } from './helperHashes.mjs';

const electronHeaders = 'https://electronjs.org/headers';
const buildTimeoutMs = 10 * 60_000;
const aptCommand = 'sudo apt-get install -y --no-install-recommends libpcap-dev g++ make python3';

/** Something that a person can repair: shown without a stack. */
class NativeError extends Error {}

const log = (text) => console.log(`[native] ${text}`);
const versionOf = (name) => JSON.parse(readFileSync(inRoot('node_modules', name, 'package.json'), 'utf8')).version;
const sha256 = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

/**
 * @typedef {{ label: string, node: string, abi: string | null, gypOptions: string[] }} Target `node` runs node-gyp;
 *   `abi` is null while it is known only to the headers.
 */

/** The folder with the headers of a Node that lies in `<prefix>/bin/node`, or null. */
function headersOf(prefix, version) {
  const header = path.join(prefix, 'include/node/node_version.h');
  if (!existsSync(header)) return null;
  const text = readFileSync(header, 'utf8');
  const number = (name) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1];
  return `${number('MAJOR')}.${number('MINOR')}.${number('PATCH')}` === version ? prefix : null;
}

/** @returns {Promise<Target>} */
async function nodeTarget(label, node) {
  const { code, output } = await run(node, ['-p', '`${process.versions.node} ${process.versions.modules}`'], {
    quiet: true,
  });
  if (code !== 0) throw new NativeError(`${node} does not run: ${output}`);
  const [version, abi] = output.trim().split(' ');
  const headers = headersOf(path.resolve(path.dirname(realpathSync(node)), '..'), version);
  return { label, node, abi, gypOptions: headers === null ? [] : [`--nodedir=${headers}`] };
}

/** @returns {Promise<Target[]>} */
async function targets(electronVersion) {
  if (electronVersion !== null) {
    const gypOptions = [`--target=${electronVersion}`, `--dist-url=${electronHeaders}`, `--arch=${process.arch}`];
    return [{ label: `Electron ${electronVersion}`, node: process.execPath, abi: null, gypOptions }];
  }
  const list = [await nodeTarget(`Node ${process.versions.node}`, process.execPath)];
  if (process.platform === 'linux' && existsSync(nodeBinary())) {
    const workbench = await nodeTarget('the Node of tools/vscode-host', nodeBinary());
    if (workbench.abi !== list[0].abi) list.push(workbench);
  }
  return list;
}

function findNodeGyp() {
  const npm = findNpm();
  const npmScript = npm === null ? null : (npm.args[0] ?? realpathSync(npm.command));
  const candidates = [
    inRoot('node_modules/node-gyp/bin/node-gyp.js'),
    ...(npmScript === null ? [] : [path.resolve(path.dirname(npmScript), '../node_modules/node-gyp/bin/node-gyp.js')]),
    '/usr/share/nodejs/node-gyp/bin/node-gyp.js',
  ];
  const found = candidates.find((file) => existsSync(file));
  if (found === undefined)
    throw new NativeError('node-gyp was not found. It comes with npm: install npm, then try again.');
  return found;
}

/** What a compiler would stumble over, in one command for the person who has to repair it. */
function checkPrerequisites() {
  if (!existsSync(inRoot('node_modules/cap/src/binding.cc')) || !existsSync(inRoot('node_modules/nan/nan.h'))) {
    throw new NativeError('The package "cap" is not installed. Type: npm ci --ignore-scripts');
  }
  if (process.platform === 'win32') return;
  const missing = ['make', 'python3'].filter((name) => findProgram(name) === null);
  if (['g++', 'c++', 'clang++'].every((name) => findProgram(name) === null)) missing.unshift('a C++ compiler');
  if (missing.length > 0)
    throw new NativeError(`Not installed: ${missing.join(', ')}. Type:\n\n  ${repairCommand()}\n`);
}

const repairCommand = () => (process.platform === 'darwin' ? 'xcode-select --install' : aptCommand);

const bindingName = (abi) => `cap-${process.platform}-${process.arch}-abi${abi}.node`;
const patchFile = () => inRoot('patches', `cap+${versionOf('cap')}.patch`);
const stampOf = (file) =>
  `cap ${versionOf('cap')}, patch ${sha256(patchFile())}, nan ${versionOf('nan')}, sha256 ${sha256(file)}\n`;
const stampFile = (abi) => inRoot('.tsbuild/native', `${bindingName(abi)}.stamp`);

function isUpToDate(abi) {
  const file = inRoot('dist/native', bindingName(abi));
  return existsSync(file) && existsSync(stampFile(abi)) && readFileSync(stampFile(abi), 'utf8') === stampOf(file);
}

/** @param {Target} target @param {string | null} publishedInto folder for a binding without patches; null: dist/native */
async function build(target, publishedInto = null) {
  checkPrerequisites();
  log(`building the capture binding for ${target.label}`);
  const name = `${target.label}${publishedInto === null ? '' : ' published'}`;
  const folder = inRoot('.tsbuild/native', name.replaceAll(/[^\w.]+/g, '-'));
  const source = path.join(folder, 'node_modules/cap');
  rmSync(folder, { recursive: true, force: true });
  const isSource = (from) => path.basename(from) !== 'build';
  cpSync(inRoot('node_modules/cap'), source, { recursive: true, filter: isSource });
  cpSync(inRoot('node_modules/nan'), path.join(folder, 'node_modules/nan'), { recursive: true });
  if (publishedInto === null) await applyPatch(folder);
  // What an npm that runs this script was told about headers is about another Node than the target.
  const foreign = /^(npm_config_(nodedir|target|runtime|disturl|dist_url)|path)$/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  env.PATH = `${path.dirname(target.node)}${path.delimiter}${process.env.PATH ?? ''}`;
  const { code, output } = await run(target.node, [findNodeGyp(), 'rebuild', ...target.gypOptions], {
    cwd: source,
    env,
    timeoutMs: buildTimeoutMs,
    quiet: true,
  });
  if (code !== 0) throw buildError(target, output);
  const abi = target.abi ?? abiOfHeaders(path.join(source, 'build/config.gypi'));
  const file = path.join(publishedInto ?? inRoot('dist/native'), bindingName(abi));
  mkdirSync(path.dirname(file), { recursive: true });
  // A new file, not a change of the old one: a running helper may have that mapped.
  copyFileSync(path.join(source, 'build/Release/cap.node'), `${file}.new`);
  renameSync(`${file}.new`, file);
  if (publishedInto === null) writeFileSync(stampFile(abi), stampOf(file));
  rmSync(folder, { recursive: true, force: true });
  log(`made ${path.relative(inRoot(), file)}`);
}

/** Puts our changes (patches/README.md) on the copy of `cap` in `folder`. */
async function applyPatch(folder) {
  const program = inRoot('node_modules/patch-package/index.js');
  if (!existsSync(program)) throw new NativeError('The package "patch-package" is not installed. Type: npm ci');
  // patch-package looks for both beside the node_modules that it changes.
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "native", "version": "0.0.0" }\n');
  mkdirSync(path.join(folder, 'patches'));
  copyFileSync(patchFile(), path.join(folder, 'patches', path.basename(patchFile())));
  const { code, output } = await run(process.execPath, [program, '--error-on-fail'], { cwd: folder, quiet: true });
  if (code !== 0) throw new NativeError(`${patchFile()} does not fit the package that is installed:\n${output}`);
}

function buildError(target, output) {
  if (/pcap\.h: No such file|pcap\.h' file not found|cannot find -lpcap/.test(output)) {
    return new NativeError(`libpcap's headers are not installed. Type:\n\n  ${repairCommand()}\n`);
  }
  if (
    /(getaddrinfo|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|response downloading|FetchError|network connectivity)/.test(
      output,
    )
  ) {
    const where = target.abi === null ? electronHeaders : 'https://nodejs.org/dist';
    return new NativeError(
      `The headers of ${target.label} could not be downloaded from ${where}.\n${output.slice(-1500)}`,
    );
  }
  return new NativeError(`node-gyp failed for ${target.label}:\n${output.slice(-4000)}`);
}

/** Electron has ABI numbers of its own; the headers say which. */
function abiOfHeaders(configFile) {
  const abi = /["']node_module_version["']:\s*(\d+)/.exec(readFileSync(configFile, 'utf8'))?.[1];
  if (abi === undefined) throw new NativeError(`${configFile} does not say which ABI it is for`);
  return abi;
}

function electronVersionOf(args) {
  const at = args.indexOf('--electron');
  if (at === -1 && args.length > 0) throw new NativeError(`unknown option ${args[0]}`);
  if (at === -1) return null;
  const version = args[at + 1] ?? '';
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new NativeError('--electron needs a version such as 34.5.1');
  return version;
}

endAllOnSignal();
try {
  const [option, folder] = process.argv.slice(2);
  if (option === '--published' && folder !== undefined) {
    await build(await nodeTarget(`Node ${process.versions.node}`, process.execPath), path.resolve(folder));
    process.exit();
  }
  for (const target of await targets(electronVersionOf(process.argv.slice(2)))) {
    if (target.abi !== null && isUpToDate(target.abi)) continue;
    await build(target);
  }
  writeHelperHashes(inRoot('dist'));
} catch (error) {
  console.error(error instanceof NativeError ? `[native] ${error.message}` : error);
  process.exitCode = 1;
}
