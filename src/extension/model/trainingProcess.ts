import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { NetworkTrafficError } from '../errors';
import { t } from '../../protocol/l10n';

export const trainingModes = ['quick', 'medium', 'full'] as const;
export type TrainingMode = (typeof trainingModes)[number];

/** Heap of the training; its rows are outside of the heap, and bounded by the mode. */
const heapLimitMebibytes = 2048;

/** From the polite request to end to SIGKILL. */
const killAfterMs = 5000;

/** Below everything that a person waits for. */
const priority = 5;

/** Longest text of the training that is kept. */
const maxTextLength = 20_000;

export interface TrainingOptions {
  /** `dist/train.js`. */
  program: string;
  data: string;
  out: string;
  mode: TrainingMode;
  onProgress: (share: number, what: string) => void;
  /** Calls back when the person gives up. */
  onCancel: (cancel: () => void) => void;
}

/**
 * Trains in a process of its own, and resolves with what it says at its end, one line a model.
 * @throws NetworkTrafficError `CANCELLED`, or `BAD_REQUEST` with what the training said
 */
export async function train({ program, data, out, mode, onProgress, onCancel }: TrainingOptions): Promise<string> {
  const words = ['--data', data, '--out', out, '--progress', '--card', ...(mode === 'full' ? [] : [`--${mode}`])];
  let cancelled = false;
  const { code, text, problem } = await runTraining(program, words, onProgress, (end) => {
    onCancel(() => {
      cancelled = true;
      end();
    });
  });
  if (cancelled || code === 3) throw new NetworkTrafficError('CANCELLED', t('The training was cancelled.'));
  if (code !== 0) throw new NetworkTrafficError('BAD_REQUEST', problem === '' ? t('The training failed.') : problem);
  return text;
}

/** Says why a model cannot be used; null when it can. */
export async function checkModel(program: string, folder: string): Promise<string | null> {
  const { code, problem } = await runTraining(program, ['--check', folder], () => undefined, () => undefined); // prettier-ignore
  return code === 0 ? null : problem === '' ? t('It cannot be checked.') : problem;
}

function runTraining(
  program: string,
  words: readonly string[],
  onProgress: TrainingOptions['onProgress'],
  onEnd: (end: () => void) => void,
): Promise<{ code: number | null; text: string; problem: string }> {
  const env: NodeJS.ProcessEnv = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  // Meant for the extension host, not for its children.
  delete env['NODE_OPTIONS'];
  const child = spawn(process.execPath, [`--max-old-space-size=${heapLimitMebibytes}`, program, ...words], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  try {
    if (child.pid !== undefined) setPriority(child.pid, priority);
  } catch {
    // Some systems do not allow it; the training is only faster then.
  }
  let timer: NodeJS.Timeout | null = null;
  onEnd(() => {
    child.stdin.end();
    timer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  });
  child.stdin.on('error', () => undefined);
  let text = '';
  let problem = '';
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, maxTextLength);
    for (const line of lines) {
      const progress = progressOf(line);
      if (progress === null) text = `${text}${line}\n`.slice(-maxTextLength);
      else onProgress(progress.share, progress.what);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (problem = (problem + chunk).slice(-maxTextLength)));
  return new Promise((resolve) => {
    const done = (code: number | null): void => {
      if (timer !== null) clearTimeout(timer);
      resolve({ code, text: text.trim(), problem: problem.trim() });
    };
    child.once('error', (error) => {
      problem = error.message;
      done(null);
    });
    child.once('close', done);
  });
}

function progressOf(line: string): { share: number; what: string } | null {
  if (!line.startsWith('{')) return null;
  try {
    const { progress, what } = JSON.parse(line) as { progress?: unknown; what?: unknown };
    return typeof progress === 'number' ? { share: progress, what: typeof what === 'string' ? what : '' } : null;
  } catch {
    return null;
  }
}

/** "about 3 min left"; empty while too little is known. */
export function timeLeft(share: number, elapsedMs: number): string {
  if (share < 0.02 || elapsedMs < 2000) return '';
  const seconds = ((1 - share) / share) * (elapsedMs / 1000);
  return seconds < 90
    ? t('about {0} s left', Math.max(1, Math.round(seconds)))
    : t('about {0} min left', Math.round(seconds / 60));
}
