import type { ElevationOptions } from '../protocol/analyzerMessages';
import { askpassMarkers } from '../protocol/askpass';
import type { CaptureFailure } from '../protocol/snapshot';

export type ElevationMethod = 'direct' | ElevationOptions['methods'][number];

/** One way to start the helper: a program and its fixed arguments, never a shell and nothing that a user typed. */
export interface ElevationStep {
  method: ElevationMethod;
  program: string;
  args: string[];
  environment: Record<string, string>;
  /** Longer where a person may be typing a password. */
  helloTimeoutMs: number;
}

/** What the machine offers. Paths are absolute, null when the program is not installed. */
export interface ElevationHost {
  platform: NodeJS.Platform;
  isRoot: boolean;
  sudoPath: string | null;
  pkexecPath: string | null;
  /** Whether anybody would see the dialog of pkexec, or none is needed. */
  pkexecAnswers: boolean;
  envPath: string | null;
  /** Takes rights from the helper before it begins; of util-linux, so null elsewhere. */
  setprivPath: string | null;
  /** Whether root may take rights from itself here; not so in some containers. */
  canBoundRights: boolean;
  environment: Readonly<Record<string, string | undefined>>;
}

const silentTimeoutMs = 10_000;
/** Three questions to a person; less than the extension waits for a start. */
const dialogTimeoutMs = 240_000;

/**
 * Variables that a start may need: to find libraries of the system, the session that a dialog belongs to, a home.
 * NODE_OPTIONS and everything else that changes what Node runs stays behind.
 */
const passedVariables = [
  ...[
    'PATH',
    'HOME',
    'USER',
    'LOGNAME',
    'LANG',
    'TMPDIR',
    'DISPLAY',
    'WAYLAND_DISPLAY',
    'XAUTHORITY',
    'XDG_RUNTIME_DIR',
  ],
  ...['XDG_SESSION_ID', 'DBUS_SESSION_BUS_ADDRESS', 'SystemRoot', 'SYSTEMROOT', 'windir', 'TEMP', 'TMP'],
];

/** The start line names no user, so these tell a helper that runs as root whose root it is. */
const invokerVariables = ['SUDO_UID', 'SUDO_GID'];

/**
 * The steps to try, in order; `direct` is always the first.
 * sudo and pkexec drop ELECTRON_RUN_AS_NODE from the environment, so `env` sets it again on their far side.
 */
export function planElevation(
  host: ElevationHost,
  programs: { runtimePath: string; helperPath: string },
  options: ElevationOptions,
): ElevationStep[] {
  const environment = { ...pick(host.environment, passedVariables), ELECTRON_RUN_AS_NODE: '1' };
  const direct: ElevationStep = {
    method: 'direct',
    program: programs.runtimePath,
    args: [programs.helperPath],
    environment: host.isRoot ? { ...environment, ...pick(host.environment, invokerVariables) } : environment,
    helloTimeoutMs: silentTimeoutMs,
  };
  if (host.isRoot || host.platform === 'win32') return [direct];
  const methods = [...new Set(options.methods)];
  return [
    direct,
    ...methods.flatMap((method) => elevatedStep(method, host, programs, environment, options.askpass) ?? []),
  ];
}

function elevatedStep(
  method: ElevationOptions['methods'][number],
  host: ElevationHost,
  programs: { runtimePath: string; helperPath: string },
  environment: Record<string, string>,
  askpass: ElevationOptions['askpass'],
): ElevationStep | null {
  const { sudoPath, pkexecPath, envPath } = host;
  if (envPath === null) return null;
  const helper = [...bounds(host), envPath, 'ELECTRON_RUN_AS_NODE=1', programs.runtimePath, programs.helperPath];
  switch (method) {
    case 'sudo -n':
      if (sudoPath === null) return null;
      return {
        method,
        program: sudoPath,
        args: ['-n', '--', ...helper],
        environment: { ...environment, LC_ALL: 'C' },
        helloTimeoutMs: silentTimeoutMs,
      };
    case 'pkexec':
      if (pkexecPath === null || !host.pkexecAnswers || host.platform !== 'linux') return null;
      return {
        method,
        program: pkexecPath,
        args: ['--disable-internal-agent', ...helper],
        environment,
        helloTimeoutMs: dialogTimeoutMs,
      };
    case 'sudo -A':
      if (sudoPath === null || askpass === null) return null;
      return {
        method,
        program: sudoPath,
        args: ['-A', '-p', 'Password of %p, to capture network packets', '--', ...helper],
        environment: { ...environment, ...askpass.environment, LC_ALL: 'C', SUDO_ASKPASS: askpass.program },
        helloTimeoutMs: dialogTimeoutMs,
      };
  }
}

/**
 * What the helper can never do, not even as root: gain rights by running a program, and anything but reading the files
 * it is made of, opening a packet socket and becoming the user.
 */
function bounds({ setprivPath, canBoundRights }: ElevationHost): string[] {
  if (setprivPath === null) return [];
  const rights = canBoundRights ? ['--bounding-set=-all,+dac_read_search,+net_raw,+setgid,+setuid'] : [];
  return [setprivPath, '--no-new-privs', ...rights, '--'];
}

function pick(from: Readonly<Record<string, string | undefined>>, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = from[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

/** How a started program ended without having said hello. */
export interface SilentExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
  /** The system's reason why the program could not be started at all, else null. */
  spawnError: string | null;
}

/** `stop`: no other way must be tried, because a person decided or another way would end the same. */
export interface StepFailure {
  failure: CaptureFailure;
  stop: boolean;
}

/** Understands the end of a step that brought neither `hello` nor `error`. The text of stderr decides the wording only. */
export function classifySilentExit(step: Pick<ElevationStep, 'method' | 'program'>, exit: SilentExit): StepFailure {
  if (exit.spawnError !== null) {
    const failure = died(`${step.program} could not be started: ${exit.spawnError}`);
    return { failure, stop: step.method === 'direct' };
  }
  if (isAbort(exit)) return { failure: interfaceGone(), stop: true };
  switch (step.method) {
    case 'direct':
      return { failure: diedBeforeHello(exit), stop: true };
    case 'sudo -n':
      return isSudoRefusal(exit)
        ? { failure: notPermitted(exit), stop: false }
        : { failure: diedBeforeHello(exit), stop: true };
    case 'sudo -A':
      return classifySudoWithPassword(exit);
    case 'pkexec':
      return classifyPkexec(exit);
  }
}

function classifySudoWithPassword(exit: SilentExit): StepFailure {
  if (exit.stderr.includes(askpassMarkers.cancelled)) return { failure: cancelled(), stop: true };
  if (isUnknownOption(exit)) return { failure: cannotAsk(), stop: false };
  if (!isSudoRefusal(exit)) return { failure: diedBeforeHello(exit), stop: true };
  if (isNotInSudoers(exit.stderr)) return { failure: notPermitted(exit), stop: false };
  const wrongPassword: CaptureFailure = {
    code: 'WRONG_PASSWORD',
    message: 'The password was not accepted.',
    hint: 'Start again.',
  };
  if (exit.stderr.includes(askpassMarkers.answered)) return { failure: wrongPassword, stop: true };
  return { failure: notPermitted(exit), stop: false };
}

/** pkexec(1): 126 when the dialog was dismissed, 127 when not authorised or on any error; else the program's own code. */
function classifyPkexec(exit: SilentExit): StepFailure {
  if (exit.code === 126 && !isEnvFailure(exit.stderr)) return { failure: cancelled(), stop: true };
  if (exit.code === 127 && !isEnvFailure(exit.stderr)) return { failure: notPermitted(exit), stop: false };
  return { failure: diedBeforeHello(exit), stop: true };
}

const isAbort = ({ code, signal }: SilentExit): boolean => signal === 'SIGABRT' || code === 134;
const isEnvFailure = (stderr: string): boolean => /^\S*\b(env|setpriv): /m.test(stderr);
/** The words of sudo, and those of sudo-rs. */
export const isNotInSudoers = (stderr: string): boolean =>
  /not in the sudoers|not allowed to|may not run|not permitted to|isn't allowed|you must have a tty|afraid I can't do that/i.test(
    stderr,
  );

/** The first versions of sudo-rs know no `-A`, and say how they are used instead. */
const isUnknownOption = ({ code, stderr }: SilentExit): boolean => code === 1 && /^usage: sudo /m.test(stderr);

/** sudo ends with 1 when it refuses; a Node that cannot load the helper does too, but sudo says nothing then. */
function isSudoRefusal({ code, stderr }: SilentExit): boolean {
  return code === 1 && (stderr.trim() === '' || /^(\S*sudo\S*: |sorry,)/im.test(stderr) || isNotInSudoers(stderr));
}

function cancelled(): CaptureFailure {
  return { code: 'CANCELLED', message: 'The permission to capture was not given.', hint: '' };
}

function notPermitted(exit: SilentExit): CaptureFailure {
  return {
    code: 'NOT_PERMITTED',
    message: `This user may not capture packets${said(exit.stderr)}.`,
    hint: 'Capturing needs administrator rights: a user who may use sudo or pkexec, and a way to ask for them in the setting networkTraffic.capture.elevation.',
  };
}

function cannotAsk(): CaptureFailure {
  return {
    code: 'NOT_PERMITTED',
    message: 'This sudo cannot ask for a password through the editor.',
    hint: 'Update sudo-rs, or set up a way without a password: Network Traffic: Check Permission to Capture.',
  };
}

/** The binding aborts the process when its interface goes down or is removed. */
export function interfaceGone(): CaptureFailure {
  return {
    code: 'INTERFACE_GONE',
    message: 'The interface went down or was removed.',
    hint: 'Start again when it is up.',
  };
}

function diedBeforeHello(exit: SilentExit): CaptureFailure {
  const how = exit.signal === null ? `with code ${exit.code ?? 'unknown'}` : `by signal ${exit.signal}`;
  return died(`The capture helper ended ${how} before it opened the interface${said(exit.stderr)}.`);
}

export function died(message: string): CaptureFailure {
  return { code: 'HELPER_DIED', message, hint: 'The log has more.' };
}

/** The last line of what a program wrote to stderr, as an addition to a sentence. */
export function said(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const last = lines.filter((line) => line !== '' && !line.startsWith('network-traffic-askpass')).at(-1);
  return last === undefined ? '' : ` (${last.slice(0, 300).replace(/\.$/, '')})`;
}
