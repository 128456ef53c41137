// Builds every bundle of the product from one table. Flags: --watch, --production, --tests (adds the in-host suite).
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { capPlugin } from './scripts/esbuildCapPlugin.mjs';
import { copyOnnxRuntime, onnxPlugin } from './scripts/esbuildOnnxPlugin.mjs';

const root = import.meta.dirname;
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');

/** Runs in the extension host and its children: the Node of the oldest supported VS Code (1.100: Electron 34, Node 20). */
const node = { platform: 'node', format: 'cjs', target: 'node20' };
const browser = { platform: 'browser', format: 'iife', target: 'es2022' };

const bundles = [
  { name: 'extension', entry: 'src/extension/extension.ts', ...node, external: ['vscode'] },
  { name: 'analyzer', entry: 'src/analyzer/main.ts', ...node, plugins: [onnxPlugin()] },
  { name: 'cli', entry: 'src/analyzer/cli.ts', ...node, plugins: [onnxPlugin()] },
  { name: 'interface-lister', entry: 'src/analyzer/interfaceLister.ts', ...node, plugins: [capPlugin(root)] },
  { name: 'train', entry: 'ml/train.ts', ...node },
  { name: 'train-worker', entry: 'ml/boost/worker.ts', ...node },
  { name: 'capture-helper', entry: 'src/capture-helper/main.ts', ...node, plugins: [capPlugin(root)] },
  { name: 'askpass', entry: 'src/extension/elevation/askpassMain.ts', ...node },
  { name: 'webview/dashboard', entry: 'webview/dashboard/main.ts', ...browser },
  { name: 'webview/capture-editor', entry: 'webview/capture-editor/main.ts', ...browser },
  { name: 'webview/doctor', entry: 'webview/doctor/main.ts', ...browser },
  { name: 'webview/what-if', entry: 'webview/what-if/main.ts', ...browser },
  { name: 'webview/finding', entry: 'webview/finding/main.ts', ...browser },
  ...(production
    ? []
    : [{ name: 'test/host/index', entry: 'test/host/index.ts', ...node, external: ['vscode', 'mocha'] }]),
];

mkdirSync(path.join(root, 'dist/meta'), { recursive: true });

const options = bundles.map(({ name, entry, plugins = [], ...rest }) => ({
  absWorkingDir: root,
  entryPoints: [entry],
  outfile: `dist/${name}.js`,
  bundle: true,
  metafile: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: production ? 'eof' : 'none',
  logLevel: 'warning',
  define: { productVersion: JSON.stringify(version) },
  ...rest,
  plugins: [...plugins, metafileWriter(name)],
}));

/** The layer test reads these: which source reached which bundle. */
function metafileWriter(name) {
  return {
    name: 'metafile-writer',
    setup(build) {
      build.onEnd((result) => {
        if (result.metafile === undefined) return;
        writeFileSync(
          path.join(root, 'dist/meta', `${name.replaceAll('/', '-')}.json`),
          JSON.stringify(result.metafile),
        );
      });
    },
  };
}

function copyScripts() {
  // The models run beside the bundles.
  const models = path.join(root, 'ml/models');
  if (existsSync(models)) cpSync(models, path.join(root, 'dist/models'), { recursive: true });
  copyFileSync(path.join(root, 'ml/MODEL_CARD.md'), path.join(root, 'dist/models/MODEL_CARD.md'));
  copyOnnxRuntime(root);
  const askpass = path.join(root, 'src/extension/elevation/askpass.sh');
  copyFileSync(askpass, path.join(root, 'dist/askpass.sh'));
  chmodSync(path.join(root, 'dist/askpass.sh'), 0o755);
}

if (watch) {
  for (const o of options) {
    const context = await esbuild.context({
      ...o,
      plugins: [
        ...o.plugins,
        {
          name: 'problem-matcher',
          setup(build) {
            build.onStart(() => console.log('[watch] build started'));
            build.onEnd((result) => {
              for (const { text, location } of result.errors) {
                console.error(`✘ [ERROR] ${text}`);
                if (location) console.error(`    ${location.file}:${location.line}:${location.column}:`);
              }
              copyScripts();
              console.log('[watch] build finished');
            });
          },
        },
      ],
    });
    await context.watch();
  }
} else {
  try {
    await Promise.all(options.map((o) => esbuild.build(o)));
    copyScripts();
  } catch {
    // esbuild has already said what is wrong and where.
    process.exitCode = 1;
  }
}
