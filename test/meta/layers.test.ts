import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');
const metaFolder = path.join(root, 'dist/meta');

/** Which folders and packages may reach each bundle; the invariants of ARCHITECTURE.md as the bundler saw them. */
const allowed: Record<string, RegExp> = {
  extension: /^(src\/(extension|protocol)\/|node_modules\/valibot\/)/,
  analyzer:
    /^(src\/(analyzer|core|protocol)\/|node_modules\/(valibot|tldts|@noble\/(ciphers|hashes)|onnxruntime-(node|common))\/)/,
  cli: /^(src\/(analyzer|core|protocol)\/|node_modules\/(valibot|tldts|@noble\/(ciphers|hashes)|onnxruntime-(node|common))\/)/,
  train: /^(ml\/|src\/(analyzer|core|protocol)\/|node_modules\/(tldts|@noble\/(ciphers|hashes))\/)/,
  'train-worker': /^ml\/(boost|random)/,
  'interface-lister':
    /^(src\/(analyzer\/interfaceLister\.ts|protocol\/)|node_modules\/cap\/|cap-(native|missing|decoders):)/,
  'capture-helper': /^(src\/(capture-helper|protocol)\/|node_modules\/cap\/|cap-(native|missing|decoders):)/,
  askpass: /^src\/(extension\/elevation|protocol)\//,
  'webview-dashboard':
    /^(webview\/|src\/protocol\/|node_modules\/(chart\.js|@kurkle\/color|valibot|@vscode\/webview-ui-toolkit|@microsoft\/fast-[a-z-]+|exenv-es6|tabbable|tslib)\/)/,
  'webview-finding':
    /^(webview\/|src\/protocol\/|node_modules\/(@vscode\/webview-ui-toolkit|@microsoft\/fast-[a-z-]+|exenv-es6|tabbable|tslib)\/)/,
  'webview-doctor':
    /^(webview\/|src\/protocol\/|node_modules\/(@vscode\/webview-ui-toolkit|@microsoft\/fast-[a-z-]+|exenv-es6|tabbable|tslib)\/)/,
  'webview-what-if':
    /^(webview\/|src\/protocol\/|node_modules\/(@vscode\/webview-ui-toolkit|@microsoft\/fast-[a-z-]+|exenv-es6|tabbable|tslib)\/)/,
  'webview-capture-editor':
    /^(webview\/|src\/protocol\/|node_modules\/(chart\.js|@kurkle\/color|valibot|@vscode\/webview-ui-toolkit|@microsoft\/fast-[a-z-]+|exenv-es6|tabbable|tslib)\/)/,
};

function inputsOf(bundle: string): string[] {
  const meta: unknown = JSON.parse(readFileSync(path.join(metaFolder, `${bundle}.json`), 'utf8'));
  assert.ok(typeof meta === 'object' && meta !== null && 'inputs' in meta);
  // Packages may lie beside the checkout, behind a link.
  return Object.keys(meta.inputs as object).map((input) => input.replace(/^\.\.\/.*?(?=node_modules\/)/, ''));
}

describe('bundles hold only the layers they may (dist/meta)', () => {
  it('every product bundle is in the table', () => {
    const built = readdirSync(metaFolder)
      .map((f) => f.replace(/\.json$/, ''))
      .filter((f) => !f.startsWith('test-'));
    assert.deepEqual(built.sort(), Object.keys(allowed).sort());
  });

  for (const [bundle, pattern] of Object.entries(allowed)) {
    it(bundle, () => {
      const strangers = inputsOf(bundle).filter((input) => !pattern.test(input));
      assert.deepEqual(strangers, []);
    });
  }

  it('only src/analyzer/onnxRuntime.ts loads ONNX Runtime, since it has to be told first to send nothing', () => {
    const loads = /(?<!import type [^;]*)(from|require\(|(?<!typeof )import\()\s*'onnxruntime-node'/;
    const found = ['src', 'ml', 'test', 'scripts']
      .flatMap((folder) =>
        readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
      )
      .filter((name) => /\.(ts|mjs)$/.test(name) && loads.test(readFileSync(path.join(root, name), 'utf8')));
    assert.deepEqual(found, ['src/analyzer/onnxRuntime.ts']);
  });

  it('the helper is small enough to be read in one sitting: at most 600 lines', () => {
    const folder = path.join(root, 'src/capture-helper');
    const lines = readdirSync(folder)
      .filter((f) => f.endsWith('.ts') && !f.endsWith('.d.ts'))
      .reduce((sum, f) => sum + readFileSync(path.join(folder, f), 'utf8').split('\n').length, 0);
    assert.ok(lines <= 600, `${lines} lines`);
  });
});
