import { CaptureFault } from '../protocol/captureFault';
import type { CaptureFailure } from '../protocol/snapshot';

/** Why a capture did not start or did not go on, as the extension host is told. */
export class CaptureError extends CaptureFault {
  override readonly name = 'CaptureError';

  static from(failure: CaptureFailure): CaptureError {
    return new CaptureError(failure.code, failure.message, failure.hint);
  }

  toFailure(): CaptureFailure {
    return { code: this.code, message: this.message, hint: this.hint };
  }
}
