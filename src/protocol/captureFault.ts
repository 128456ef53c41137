import type { CaptureErrorCode } from './captureWire';

/** Why a capture did not start or did not go on, with one of the wire's codes; `hint` says what to do and may be empty. */
export class CaptureFault extends Error {
  constructor(
    readonly code: CaptureErrorCode,
    message: string,
    readonly hint = '',
  ) {
    super(message);
    this.name = 'CaptureFault';
  }
}
