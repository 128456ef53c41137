import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Folder of the checkout. */
export const root = path.resolve(import.meta.dirname, '../..');

/** Absolute path of something in the checkout. */
export const inRoot = (...parts) => path.join(root, ...parts);

/** Logs, results and screenshots of a test run. */
export const artefactsDirectory = inRoot('.artefacts');

const oldestNode = [20, 19, 0];

/** Null when the Node that runs this script is new enough, else one sentence that says what to do. */
export function nodeTooOld(version = process.versions.node) {
  const have = version.split('.').map(Number);
  for (const [i, need] of oldestNode.entries()) {
    if (have[i] > need) return null;
    if (have[i] < need) {
      return `Node ${oldestNode.join('.')} or newer is needed, this is Node ${version}. Get it from https://nodejs.org or a version manager, then try again.`;
    }
  }
  return null;
}

/** @returns {{ name: string, version: string, publisher: string, engines: { vscode: string } }} */
export const readManifest = () => JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
