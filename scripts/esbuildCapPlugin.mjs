// Bundles `cap` without its binary: the binary is picked at run time by the ABI of whichever Node runs the helper.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { writeHelperHashes } from './helperHashes.mjs';

/** @param {string} root project folder @returns {import('esbuild').Plugin} */
export function capPlugin(root) {
  return {
    name: 'cap-binding',
    setup(build) {
      build.onResolve({ filter: /^cap$/ }, () => {
        if (existsSync(path.join(root, 'node_modules/cap/package.json'))) return undefined;
        return { path: 'cap', namespace: 'cap-missing' };
      });
      build.onLoad({ filter: /.*/, namespace: 'cap-missing' }, () => ({
        contents: `throw Object.assign(new Error('the optional dependency "cap" was not installed when this was built'), { code: 'MODULE_NOT_FOUND' });`,
      }));
      build.onResolve({ filter: /build\/Release\/cap\.node$/ }, () => ({ path: 'cap.node', namespace: 'cap-native' }));
      build.onLoad({ filter: /.*/, namespace: 'cap-native' }, () => ({
        resolveDir: root,
        contents: `
          const path = require('node:path');
          const file = path.join(__dirname, 'native', \`cap-\${process.platform}-\${process.arch}-abi\${process.versions.modules}.node\`);
          const loaded = { exports: {} };
          process.dlopen(loaded, file);
          module.exports = loaded.exports;`,
      }));
      // The helper may run as root and parses no packet, so it does not even carry a parser.
      build.onResolve({ filter: /^\.\/Decoders$/ }, () => ({ path: 'decoders', namespace: 'cap-decoders' }));
      build.onLoad({ filter: /.*/, namespace: 'cap-decoders' }, () => ({ contents: 'module.exports = {};' }));
      build.onEnd((result) => {
        const outfile = build.initialOptions.outfile;
        if (result.errors.length === 0 && outfile !== undefined)
          writeHelperHashes(path.join(root, path.dirname(outfile)));
      });
    },
  };
}
