import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CaptureError } from './captureError';

/** SHA-256 in hex by path within the directory of the bundles. */
type HelperHashes = ReadonlyMap<string, string>;

const remembered = new Map<string, HelperHashes | null>();

/**
 * Reads `helper-hashes.json` of the build, once a process: what is changed on disk later is a mismatch, even when the
 * list was changed with it.
 */
export function rememberHelper(distDirectory: string): void {
  if (!remembered.has(distDirectory)) remembered.set(distDirectory, readHashes(distDirectory));
}

/**
 * Checks that the helper and every binding that it may load are those of the build. Done right before a start as
 * root; a writer that is faster than the start is not stopped by it.
 * @throws CaptureError INTERNAL
 */
export function verifyHelper(distDirectory: string): void {
  rememberHelper(distDirectory);
  const hashes = remembered.get(distDirectory) ?? null;
  if (hashes === null) throw refused('the list of its checksums, helper-hashes.json, is missing or damaged');
  for (const [name, hash] of hashes) {
    if (hashOf(path.join(distDirectory, name)) !== hash) throw refused(`${name} is not the file that was built`);
  }
  for (const name of listDirectory(path.join(distDirectory, 'native'))) {
    if (name.endsWith('.node') && !hashes.has(`native/${name}`))
      throw refused(`native/${name} was not there when it was built`);
  }
}

function refused(reason: string): CaptureError {
  return new CaptureError(
    'INTERNAL',
    `The capture helper was not started as administrator: ${reason}.`,
    'Install the extension again (in a checkout: npm run build), then reload the window.',
  );
}

function readHashes(distDirectory: string): HelperHashes | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path.join(distDirectory, 'helper-hashes.json'), 'utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    const hashes = new Map<string, string>();
    for (const [name, hash] of Object.entries(value)) {
      if (typeof hash !== 'string' || !/^[\w.-]+(\/[\w.-]+)?$/.test(name)) return null;
      hashes.set(name, hash);
    }
    return hashes.has('capture-helper.js') ? hashes : null;
  } catch {
    return null;
  }
}

function hashOf(file: string): string | null {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return null;
  }
}

function listDirectory(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
