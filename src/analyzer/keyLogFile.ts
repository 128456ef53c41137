import { open } from 'node:fs/promises';
import type { KeyLog } from '../core/streams/keyLog';
import { fileErrorFrom } from './fileError';

/** Some 180,000 connections; what stands behind is not read. */
const maxKeyLogBytes = 64 * 1024 * 1024;

/** Takes the secrets of a key log file. Nothing of its content gets into an error. @throws FileError */
export async function readKeyLog(path: string, keyLog: KeyLog): Promise<void> {
  try {
    const handle = await open(path, 'r');
    try {
      const parts: Uint8Array[] = [];
      for (let bytes = 0; bytes < maxKeyLogBytes;) {
        const { bytesRead, buffer } = await handle.read(new Uint8Array(65_536), 0, 65_536);
        if (bytesRead === 0) break;
        parts.push(buffer.subarray(0, bytesRead));
        bytes += bytesRead;
      }
      keyLog.add(Buffer.concat(parts));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileErrorFrom(error, path);
  }
}
