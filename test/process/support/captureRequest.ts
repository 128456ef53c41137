import type { StartCaptureRequest } from '../../../src/protocol/analyzerMessages';
import { noStopRules } from '../../../src/protocol/liveCapture';
import { defaultRuleSettings } from '../../../src/protocol/ruleSettings';

/** What the extension would ask for with its default settings and no password to ask for, but for the changes. */
export function captureRequest(
  changes: Partial<StartCaptureRequest> & Pick<StartCaptureRequest, 'interfaces' | 'spoolDirectory'>,
): StartCaptureRequest {
  return {
    type: 'startCapture',
    run: 'live',
    backend: 'auto',
    remote: null,
    filter: '',
    snapLengthBytes: 65_535,
    promiscuous: true,
    bufferBytes: 16 * 1024 * 1024,
    elevation: { methods: [], askpass: null },
    rules: defaultRuleSettings,
    spoolLimitBytes: 64 * 1024 * 1024,
    spoolFiles: 8,
    stop: noStopRules,
    ...changes,
  };
}
