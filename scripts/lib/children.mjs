import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

const posix = process.platform !== 'win32';
/** Time between the polite signal and SIGKILL: a test run must end a workbench, a browser and its namespaces in it. */
const graceMs = 10_000;
/** What callers wait for while this process is being ended, so that none goes on to its next step. */
const never = new Promise(() => {});
/**
 * One registry a process and not one a module instance: a TypeScript loader may load this file a second time.
 *
 * @type {{ running: Set<import('node:child_process').ChildProcess>, cleanUps: Set<() => void | Promise<void>>, ending: boolean }}
 */
const registry = (globalThis[Symbol.for('network-traffic-analyzer.children')] ??= {
  running: new Set(),
  cleanUps: new Set(),
  ending: false,
});

function signalGroup(child, signal) {
  try {
    if (posix) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // The group is gone already.
  }
}

/** Ends a child that {@link start} gave, with everything in its process group. */
export async function end(child) {
  if (child.pid === undefined) return;
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    signalGroup(child, 'SIGTERM');
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, graceMs)));
    await Promise.race([gone, late]);
    clearTimeout(timer);
  }
  signalGroup(child, 'SIGKILL');
  registry.running.delete(child);
}

/**
 * Starts a program in a process group of its own, so that ending it ends what it started. Whatever still runs when this
 * process is told to stop is ended first.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: 'inherit', detached: posix, windowsHide: true, ...options });
  registry.running.add(child);
  child.once('exit', () => registry.running.delete(child));
  child.once('error', () => registry.running.delete(child));
  return child;
}

/**
 * Runs a program to its end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, onOutput?: (chunk: Buffer) => void, quiet?: boolean }} [options]
 *   `onOutput` receives stdout and stderr; `quiet` keeps them off the terminal.
 * @returns {Promise<{ code: number, timedOut: boolean, output: string }>} `code` is 128 + signal for a killed program
 *   and 127 for one that could not be started; `output` is the last 256 KiB of both streams.
 */
export async function run(command, args, { cwd, env, timeoutMs, onOutput, quiet = false } = {}) {
  if (registry.ending) await never;
  const piped = quiet || onOutput !== undefined;
  const child = start(command, args, { cwd, env, stdio: piped ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
  let output = '';
  const take = (sink) => (chunk) => {
    output = (output + chunk.toString()).slice(-262_144);
    onOutput?.(chunk);
    if (!quiet) sink.write(chunk);
  };
  child.stdout?.on('data', take(process.stdout));
  child.stderr?.on('data', take(process.stderr));
  let timedOut = false;
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          void end(child);
        }, timeoutMs);
  try {
    // 'close' and not 'exit': all output is read then. A grandchild that keeps the pipe open must not hold us for ever.
    const [code, signal] = await Promise.race([once(child, 'close'), exitedLongAgo(child)]);
    if (registry.ending) await never;
    return { code: code ?? 128 + (constants.signals[signal] ?? 0), timedOut, output };
  } catch (error) {
    return { code: 127, timedOut, output: `${output}${error instanceof Error ? error.message : error}` };
  } finally {
    clearTimeout(timer);
    signalGroup(child, 'SIGKILL');
  }
}

async function exitedLongAgo(child) {
  const result = await once(child, 'exit');
  await new Promise((resolve) => setTimeout(resolve, 3000).unref());
  return result;
}

/**
 * Registers what must happen (a temporary folder removed) when this process is told to stop, after its children ended.
 *
 * @param {() => void | Promise<void>} cleanUp
 * @returns {() => void} takes it back
 */
export function whenEnded(cleanUp) {
  registry.cleanUps.add(cleanUp);
  return () => registry.cleanUps.delete(cleanUp);
}

async function cleanUpAll() {
  const cleanUps = [...registry.cleanUps];
  registry.cleanUps.clear();
  const results = Promise.allSettled(cleanUps.map(async (cleanUp) => cleanUp()));
  const late = new Promise((resolve) => setTimeout(resolve, graceMs, []).unref());
  for (const result of await Promise.race([results, late])) {
    if (result.status === 'rejected') console.error(String(result.reason));
  }
}

/**
 * Makes Ctrl-C, SIGTERM and a closed terminal end everything that was started, then this process.
 *
 * @param {{ exitCode?: number }} [options] `exitCode` defaults to 130.
 */
export function endAllOnSignal({ exitCode = 130 } = {}) {
  const stop = async () => {
    if (registry.ending) return;
    registry.ending = true;
    await Promise.all([...registry.running].map(end));
    await cleanUpAll();
    process.exit(exitCode);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop());
  process.once('exit', () => {
    for (const child of registry.running) signalGroup(child, 'SIGKILL');
    // Only what needs no waiting: nothing else runs in this event.
    void cleanUpAll();
  });
}
