// What the capture helper was when it was built: compared right before the helper is started as root.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Writes `helper-hashes.json`: SHA-256 of the helper and of every binding that it may load, by path within `dist`.
 *
 * @param {string} dist
 */
export function writeHelperHashes(dist) {
  const helper = 'capture-helper.js';
  if (!existsSync(path.join(dist, helper))) return;
  const native = path.join(dist, 'native');
  const bindings = existsSync(native) ? readdirSync(native).filter((name) => name.endsWith('.node')) : [];
  const hashes = Object.fromEntries(
    [helper, ...bindings.sort().map((name) => `native/${name}`)].map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(path.join(dist, name)))
        .digest('hex'),
    ]),
  );
  const file = path.join(dist, 'helper-hashes.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(hashes, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}
