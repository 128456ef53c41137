// Makes the package that is installed into VS Code: `node scripts/package.mjs [--out FILE]`. For this platform, as it
// holds the capture binding that was compiled here.
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { endAllOnSignal, run } from './lib/children.mjs';
import { inRoot, readManifest } from './lib/root.mjs';

/** Names of https://code.visualstudio.com/api/working-with-extensions/publishing-extension#platformspecific-extensions */
export const target = () => `${process.platform}-${process.arch === 'arm' ? 'armhf' : process.arch}`;

/**
 * @param {{ out?: string }} [options] file to write; `NAME-TARGET-VERSION.vsix` in the checkout when left out.
 * @returns {Promise<string>} absolute path of the package
 */
export async function makePackage({ out } = {}) {
  const { name, version } = readManifest();
  const file = path.resolve(out ?? inRoot(`${name}-${target()}-${version}.vsix`));
  mkdirSync(path.dirname(file), { recursive: true });
  rmSync(file, { force: true });
  const node = async (...args) => {
    const { code, output } = await run(process.execPath, args, { cwd: inRoot(), quiet: true });
    if (code !== 0) throw new Error(`${args.join(' ')} failed:\n${output}`);
    return output;
  };
  // The manifest's `vscode:prepublish` builds, its `vsce` says that no dependency is packed. The repository has no public
  // address, so links and pictures of the README stay relative: they are in the package.
  const vsce = ['node_modules/@vscode/vsce/vsce', 'package', '--target', target()];
  console.log(await node(...vsce, '--no-rewrite-relative-links', '--out', file));
  return file;
}

if (process.argv[1] === import.meta.filename) {
  endAllOnSignal();
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  try {
    console.log(await makePackage(values));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
