import type { AnalyzerError } from '../protocol/analyzerMessages';

/** A file could not be read or written, or is no capture; says which file, why, and what to do. */
export class FileError extends Error implements AnalyzerError {
  constructor(
    readonly code: 'FILE_UNREADABLE' | 'NOT_A_CAPTURE',
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENOSPC: 'no space left on the disk',
  EROFS: 'the disk is read-only',
  EMFILE: 'too many open files',
};

/** Turns a system error into a FileError; a FileError passes unchanged. */
export function fileErrorFrom(error: unknown, path: string): FileError {
  if (error instanceof FileError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
  const reason =
    (code === null ? undefined : reasons[code]) ?? (error instanceof Error ? error.message : String(error));
  return new FileError('FILE_UNREADABLE', `${path}: ${reason}.`, 'Check the path and its permissions, then try again.');
}
