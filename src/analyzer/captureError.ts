import type { CaptureErrorCode } from '../protocol/captureWire';
import type { CaptureFailure } from '../protocol/snapshot';

/** Why a capture did not start or did not go on; `hint` says what to do about it and may be empty. */
export class CaptureError extends Error {
  constructor(
    readonly code: CaptureErrorCode,
    message: string,
    readonly hint = '',
  ) {
    super(message);
    this.name = 'CaptureError';
  }

  static from(failure: CaptureFailure): CaptureError {
    return new CaptureError(failure.code, failure.message, failure.hint);
  }

  toFailure(): CaptureFailure {
    return { code: this.code, message: this.message, hint: this.hint };
  }
}
