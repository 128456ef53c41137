import { existsSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

/** A sample capture of the product; `npm test` makes them before the suites run. */
export function samplePath(name: string): string {
  const file = path.join(root, 'samples', name);
  if (!existsSync(file))
    throw new Error(`${file} is missing: run node --import tsx scripts/samples/generate.ts samples`);
  return file;
}

/** Path below ../shared/data, or null (with the reason printed) where the folder is absent. */
export function sharedDataPath(name: string): string | null {
  const file = path.join(root, '../shared/data', name);
  if (existsSync(file)) return file;
  console.log(`      skipped: no test material at ../shared/data/${name}`);
  return null;
}
