import * as vscode from 'vscode';
import type { InterfaceInfo } from '../../protocol/capture';
import { t } from '../../protocol/l10n';
import type { MarkerKind } from '../../protocol/markers';
import type { CaptureController } from '../capture/captureController';
import { viewIds } from '../commandIds';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import type { ErrorReporter } from '../errorReporter';
import { NetworkTrafficError } from '../errors';
import { exportName } from '../exports/exportNames';
import type { Log } from '../log';
import { readSettings } from '../readSettings';
import { FileSession } from '../sessions/fileSession';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import type { Storage } from '../sessions/storage';
import { DebugTracker, stoppedAt } from './debugTracker';
import { KeyLogFolder } from './keyLogFolder';
import { keyLogEnvironment, wishesOf } from './runConfiguration';
import { runResultText } from './runResult';

/** A program that was asked for and never starts holds the capture no longer. */
const startPatienceMs = 60_000;
const maxProcesses = 256;

/** What is being captured from its start to its end. */
interface ActiveRun {
  readonly name: string;
  /** False: the capture ran before, and goes on afterwards. */
  readonly ownsCapture: boolean;
  readonly keys: KeyLogFolder | null;
  readonly processes: Set<number>;
  /** Debug: the session that it ends with; null until it has started. */
  root: string | null;
  task: vscode.TaskExecution | null;
  waiting: NodeJS.Timeout | null;
}

export interface DebugRunOptions {
  capture: CaptureController;
  sessions: SessionRegistry;
  storage: Storage;
  reporter: ErrorReporter;
  log: Log;
}

/** Captures from start to end of a debug session or a task, marks what happens on the time axis, and opens the program's own traffic. */
export class DebugRuns implements Disposable, vscode.DebugConfigurationProvider, vscode.DebugAdapterTrackerFactory {
  private readonly store = new DisposableStore();
  private run: ActiveRun | null = null;
  /** The next debug session is wanted, whatever its configuration says. */
  private wanted = false;
  /** Processes of debug sessions that go on, for a capture that begins in their middle. */
  private readonly known = new Map<string, Set<number>>();

  constructor(private readonly options: DebugRunOptions) {
    for (const subscription of [
      vscode.debug.registerDebugConfigurationProvider('*', this),
      vscode.debug.registerDebugAdapterTrackerFactory('*', this),
      vscode.debug.onDidStartDebugSession((session) => this.onStart(session)),
      vscode.debug.onDidTerminateDebugSession((session) => this.onEnd(session)),
      vscode.tasks.onDidStartTask(({ execution }) => this.onTask(execution)),
      vscode.tasks.onDidStartTaskProcess(({ execution, processId }) => {
        if (this.run?.task === execution) this.addProcess(this.run, processId);
      }),
      vscode.tasks.onDidEndTaskProcess(({ execution }) => {
        if (this.run?.task === execution) this.finish(this.run);
      }),
      // Tasks without a process of their own.
      vscode.tasks.onDidEndTask(({ execution }) => {
        if (this.run?.task === execution) this.finish(this.run);
      }),
    ])
      this.store.add(subscription);
  }

  /** Before a program is started: begins to capture when that is wanted. The program starts whatever comes of it. */
  async resolveDebugConfigurationWithSubstitutedVariables(
    _folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration> {
    if (this.run !== null || !vscode.workspace.isTrusted) return configuration;
    const { debugCapture, debugKeyLog } = readSettings();
    const wishes = wishesOf(configuration['networkTraffic'], { capture: debugCapture, keyLog: debugKeyLog });
    if (!wishes.capture && !this.wanted) return configuration;
    this.wanted = false;
    try {
      const keys = wishes.keyLog ? await KeyLogFolder.create(await this.options.storage.exportPath('keys.log')) : null;
      const run = await this.begin(configuration.name, keys);
      if (run === null || keys === null) return configuration;
      const env = keyLogEnvironment(configuration.type, configuration['env'], keys.file);
      if (env !== null) return { ...configuration, env };
      this.options.log('warn', `Programs of type ${configuration.type} are not asked for a key log.`);
    } catch (error) {
      this.options.reporter.report(error);
    }
    return configuration;
  }

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    return new DebugTracker({
      process: (pid) => {
        const known = this.known.get(session.id) ?? new Set();
        if (known.size < maxProcesses) this.known.set(session.id, known.add(pid));
        if (this.run !== null && this.belongs(this.run, session)) this.addProcess(this.run, pid);
      },
      stopped: (reason, threadId) => {
        if (this.run !== null && this.belongs(this.run, session)) void this.markStop(session, reason, threadId);
      },
    });
  }

  /** The command: captures the session that is being debugged, else one that the person chooses or the caller names. */
  async captureDebugRun(argument: unknown): Promise<boolean> {
    if (!vscode.workspace.isTrusted) {
      const hint = t('Trust this workspace first.');
      throw new NetworkTrafficError('BAD_REQUEST', t('A capture can only be started in a trusted workspace.'), hint);
    }
    this.refuseSecond();
    const active = vscode.debug.activeDebugSession;
    if (argument === undefined && active !== undefined) return this.captureRunning(rootOf(active));
    const chosen = isConfiguration(argument)
      ? { folder: undefined, configuration: argument }
      : await chooseConfiguration();
    if (chosen === undefined) return false;
    this.wanted = true;
    try {
      return await vscode.debug.startDebugging(chosen.folder, chosen.configuration);
    } finally {
      this.wanted = false;
    }
  }

  /** The command: runs a task that the person chooses, or the caller gives, and captures meanwhile. */
  async captureTask(argument: unknown): Promise<boolean> {
    this.refuseSecond();
    const task = argument instanceof vscode.Task ? argument : await chooseTask();
    if (task === undefined) return false;
    const run = await this.begin(task.name, null);
    if (run === null) return false;
    this.stopWaiting(run);
    this.mark(task.group === vscode.TaskGroup.Test ? 'test' : 'start', `Task ${task.name}`);
    try {
      run.task = await vscode.tasks.executeTask(task);
    } catch (error) {
      this.finish(run);
      throw error;
    }
    return true;
  }

  dispose(): void {
    const { run } = this;
    this.run = null;
    if (run !== null) {
      this.stopWaiting(run);
      run.keys?.removeNow();
    }
    this.store.dispose();
  }

  private refuseSecond(): void {
    if (this.run === null) return;
    throw new NetworkTrafficError('BAD_REQUEST', t('{0} is being captured already.', this.run.name));
  }

  private async captureRunning(session: vscode.DebugSession): Promise<boolean> {
    const run = await this.begin(session.name, null);
    if (run === null) return false;
    this.stopWaiting(run);
    run.root = session.id;
    for (const pids of this.known.values()) for (const pid of pids) this.addProcess(run, pid);
    this.mark('start', `Debugging ${session.name}, which ran already`);
    return true;
  }

  /** Null when no capture could be started; the person was told why. */
  private async begin(name: string, keys: KeyLogFolder | null): Promise<ActiveRun | null> {
    const { capture, sessions } = this.options;
    const { live } = sessions;
    const ownsCapture = live.state !== 'capturing';
    const run: ActiveRun = { name, ownsCapture, keys, processes: new Set(), root: null, task: null, waiting: null };
    this.run = run;
    try {
      if (ownsCapture) {
        const interfaces = runInterfaces(await live.listInterfaces(), capture.preferredInterfaces);
        const started = await capture.start({ remote: null, interfaces, filter: readSettings().filter }, false);
        if (started === undefined) return await this.abandon(run);
      }
    } catch (error) {
      await this.abandon(run);
      throw error;
    }
    run.waiting = setTimeout(() => this.finish(run), startPatienceMs);
    return run;
  }

  private async abandon(run: ActiveRun): Promise<null> {
    this.run = null;
    await run.keys?.remove();
    return null;
  }

  private onStart(session: vscode.DebugSession): void {
    const { run } = this;
    if (run === null || !this.belongs(run, session)) return;
    const pid = processInName(session);
    if (pid !== null) this.addProcess(run, pid);
    if (session.id !== run.root) return;
    this.stopWaiting(run);
    this.mark('start', `Debugging ${session.name}`);
  }

  private onEnd(session: vscode.DebugSession): void {
    const { run } = this;
    if (run !== null && run.root === session.id) this.finish(run);
    this.known.delete(session.id);
  }

  private onTask(execution: vscode.TaskExecution): void {
    const { run } = this;
    if (run === null || run.task === execution || (run.task === null && run.root === null)) return;
    this.mark(execution.task.group === vscode.TaskGroup.Test ? 'test' : 'task', execution.task.name);
  }

  /** The session that the run waits for, or one that it started. */
  private belongs(run: ActiveRun, session: vscode.DebugSession): boolean {
    if (run.task !== null) return false;
    const root = rootOf(session);
    if (run.root === null && root.name === run.name) run.root = root.id;
    return run.root === root.id;
  }

  private addProcess(run: ActiveRun, pid: number): void {
    if (run.processes.size < maxProcesses) run.processes.add(pid);
  }

  private async markStop(session: vscode.DebugSession, reason: string, threadId: number | null): Promise<void> {
    // The marker belongs to this moment, and the place is known later: the stack of a stopped program is read at once.
    const place = threadId === null ? null : await stoppedAt(session, threadId);
    this.mark('stop', place === null ? reason : `${reason} at ${place}`);
  }

  /** The text becomes a comment of the capture file, which is read elsewhere too: it stays English. */
  private mark(kind: MarkerKind, text: string): void {
    const { live } = this.options.sessions;
    live.addMarker(kind, text).catch((error: unknown) => this.options.log('warn', `Not marked: ${String(error)}`));
  }

  private stopWaiting(run: ActiveRun): void {
    if (run.waiting !== null) clearTimeout(run.waiting);
    run.waiting = null;
  }

  private finish(run: ActiveRun): void {
    if (this.run !== run) return;
    this.run = null;
    this.stopWaiting(run);
    this.mark('end', run.name);
    this.conclude(run)
      .catch((error: unknown) => this.options.reporter.report(error))
      .finally(() => void run.keys?.remove());
  }

  /** Ends the capture, decrypts, and opens what belongs to the program. */
  private async conclude(run: ActiveRun): Promise<void> {
    const { sessions, storage, capture } = this.options;
    const { live } = sessions;
    if (run.ownsCapture) await capture.stop();
    const keys = run.keys !== null && (await run.keys.hasKeys()) ? run.keys.file : null;
    if (keys !== null) await live.addKeyLog(keys);
    const file = await storage.exportPath(exportName('packets.pcapng', run.name, new Date()));
    const found = run.processes.size === 0 ? null : await live.exportProgram([...run.processes], file);
    void vscode.window.showInformationMessage(runResultText(run.name, found, run.keys === null ? null : keys !== null));
    if (found === null || found.rows === 0) return storage.removeExport(file);
    await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), viewIds.captureEditor);
    const opened = sessions.all.find((one) => one instanceof FileSession && one.filePath === file);
    if (keys !== null && opened !== undefined) await opened.addKeyLog(keys);
  }
}

function rootOf(session: vscode.DebugSession): vscode.DebugSession {
  let root = session;
  while (root.parentSession !== undefined) root = root.parentSession;
  return root;
}

/** The debugger for JavaScript tells the process of a program in the name of its session, `server.js [4711] « Launch`, and nowhere else. */
function processInName({ type, name }: vscode.DebugSession): number | null {
  const match = type === 'pwa-node' ? /\[(\d{1,10})\](?: «|$)/.exec(name) : null;
  return match === null ? null : Number(match[1]);
}

/** Where a program talks: to this machine, and by what was captured on last or leads out. */
function runInterfaces(interfaces: readonly InterfaceInfo[], preferred: readonly string[]): string[] {
  const loopback = interfaces.filter((one) => one.loopback).map(({ name }) => name);
  const out = interfaces.filter((one) => one.defaultRoute === true).map(({ name }) => name);
  return [...new Set([...(preferred.length > 0 ? preferred : out), ...loopback])];
}

function isConfiguration(argument: unknown): argument is vscode.DebugConfiguration {
  return typeof argument === 'object' && argument !== null && 'type' in argument && 'request' in argument;
}

interface Choice {
  folder: vscode.WorkspaceFolder | undefined;
  configuration: string;
}

async function chooseConfiguration(): Promise<Choice | undefined> {
  const choices = (vscode.workspace.workspaceFolders ?? []).flatMap((folder) => {
    const configured: unknown = vscode.workspace.getConfiguration('launch', folder).get('configurations');
    const list: unknown[] = Array.isArray(configured) ? configured : [];
    return list.flatMap((one) => {
      const name = typeof one === 'object' && one !== null && 'name' in one ? one.name : null;
      return typeof name === 'string' ? [{ label: name, description: folder.name, folder, configuration: name }] : [];
    });
  });
  if (choices.length === 0) {
    const hint = t('Make one in the Run view (create a launch.json file).');
    throw new NetworkTrafficError('BAD_REQUEST', t('There is no launch configuration to run.'), hint);
  }
  return vscode.window.showQuickPick(choices, {
    title: t('Capture Debug Run'),
    placeHolder: t('Launch configuration'),
  });
}

async function chooseTask(): Promise<vscode.Task | undefined> {
  const choices = (await vscode.tasks.fetchTasks()).map((task) => ({
    label: task.name,
    description: task.source,
    task,
  }));
  if (choices.length === 0) throw new NetworkTrafficError('BAD_REQUEST', t('There is no task to run.'));
  const options = { title: t('Capture Task'), placeHolder: t('Task') };
  return (await vscode.window.showQuickPick(choices, options))?.task;
}
