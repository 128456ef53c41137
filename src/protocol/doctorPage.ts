import type { DoctorReport } from './doctor';

/** The page that says what stands between this machine and a capture: extension ⇄ webview. */
export interface DoctorPageState {
  type: 'doctor';
  sequence: number;
  /** Null while it is examined for the first time. */
  report: DoctorReport | null;
  examining: boolean;
  /** Why it could not be examined. */
  error: string | null;
  /** False in an untrusted workspace: nothing is examined and no capture can be started. */
  trusted: boolean;
}

export type FromDoctorPage =
  | { type: 'ready' }
  | { type: 'drawn'; sequence: number }
  | { type: 'again' }
  | { type: 'copyCommand' }
  /** Types the command into a terminal; the person presses Enter. */
  | { type: 'toTerminal' }
  | { type: 'startCapture' }
  | { type: 'trust' }
  | { type: 'showLog' };
