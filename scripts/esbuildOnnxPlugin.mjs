// Bundles ONNX Runtime's JavaScript; its binary, which no bundler takes, is loaded from beside the bundle.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';

const platformFolder = `bin/napi-v6/${process.platform}/${process.arch}`;

/** Folder beside the bundles that holds the binary. */
const folderName = 'onnxruntime';

/** @returns {import('esbuild').Plugin} */
export function onnxPlugin() {
  return {
    name: 'onnxruntime-binding',
    setup(build) {
      build.onLoad({ filter: /[\\/]onnxruntime-node[\\/]dist[\\/]binding\.js$/ }, ({ path: file }) => {
        const source = readFileSync(file, 'utf8');
        const wanted = /require\(`\.\.\/bin\/napi-v\d+\/[^`]*onnxruntime_binding\.node`\)/;
        if (!wanted.test(source))
          throw new Error(`${file} does not load its binary as scripts/esbuildOnnxPlugin.mjs expects`);
        const contents = source.replace(
          wanted,
          `(() => {
            const loaded = { exports: {} };
            process.dlopen(loaded, require('node:path').join(__dirname, '${folderName}', 'onnxruntime_binding.node'));
            return loaded.exports;
          })()`,
        );
        return { contents, loader: 'js' };
      });
    },
  };
}

/**
 * Copies ONNX Runtime's binary for this platform to `dist`. Where the package has none (Alpine, Intel Mac), nothing is
 * copied, and the product evaluates its models by itself.
 *
 * @param {string} root project folder
 */
export function copyOnnxRuntime(root) {
  const from = path.join(root, 'node_modules/onnxruntime-node', platformFolder);
  if (!existsSync(from)) return;
  const to = path.join(root, 'dist', folderName);
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    const [source, copy] = [path.join(from, name), path.join(to, name)];
    // 46 MB: not at each build.
    if (existsSync(copy) && statSync(copy).size === statSync(source).size) continue;
    // A new file, not a change of the old one: a running analyzer may have that mapped.
    copyFileSync(source, `${copy}.new`);
    renameSync(`${copy}.new`, copy);
  }
}
