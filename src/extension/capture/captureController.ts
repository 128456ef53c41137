import * as v from 'valibot';
import * as vscode from 'vscode';
import type { ErrorReporter } from '../errorReporter';
import { asNetworkTrafficError, NetworkTrafficError } from '../errors';
import { readSettings } from '../readSettings';
import type { LiveSession } from '../sessions/liveSession';
import { filterSchema, interfaceNameSchema } from '../settings';
import { pickFilter } from './filterPick';
import { pickInterface } from './interfacePick';
import { parseRecentFilters, withRecentFilter } from './recentFilters';

const recentFiltersKey = 'recentFilters.v1';
const lastInterfaceKey = 'lastInterface.v1';

/** What `networkTraffic.startCapture` takes to skip the questions: a null or absent interface means auto-detect. */
const startArgumentsSchema = v.strictObject({
  interface: v.optional(v.nullable(v.union([interfaceNameSchema, v.literal('')])), null),
  filter: v.optional(filterSchema, ''),
});

export interface CaptureChoice {
  interface: string | null;
  filter: string;
}

/** Starts and stops the live capture for a person: trust, questions, the dashboard, errors. */
export class CaptureController {
  constructor(
    private readonly live: LiveSession,
    private readonly memory: vscode.Memento,
    private readonly reporter: ErrorReporter,
    private readonly openDashboard: () => void,
  ) {}

  get recentFilters(): string[] {
    return parseRecentFilters(this.memory.get(recentFiltersKey));
  }

  /** What was captured on last, else the setting; null for auto-detect. */
  get preferredInterface(): string | null {
    const last = this.memory.get<unknown>(lastInterfaceKey);
    if (v.is(interfaceNameSchema, last)) return last;
    const configured = readSettings().interface;
    return configured === '' ? null : configured;
  }

  /**
   * The command. With an object that has `interface` or `filter` it asks nothing.
   * Returns the interface captured on, or undefined when no capture was started.
   */
  async startCommand(argument: unknown): Promise<string | undefined> {
    if (!this.mayStart()) return undefined;
    const choice = isStartArguments(argument) ? this.parseArguments(argument) : await this.ask();
    return choice === undefined ? undefined : this.start(choice);
  }

  /** Starts without questions; tells the person when that fails. Returns the interface captured on. */
  async start(choice: CaptureChoice): Promise<string | undefined> {
    if (!this.mayStart()) return undefined;
    const settings = readSettings();
    const started = this.live.start({
      ...choice,
      backend: settings.backend,
      snapLengthBytes: settings.snapLengthBytes,
      promiscuous: settings.promiscuous,
      bufferBytes: settings.bufferBytes,
      spoolLimitBytes: settings.spoolLimitBytes,
      portScan: settings.portScan,
      methods: settings.elevation,
    });
    this.openDashboard();
    try {
      const name = await started;
      await this.remember(choice);
      return name;
    } catch (error) {
      const { code } = asNetworkTrafficError(error);
      const askAgain = code === 'BAD_FILTER' || code === 'NO_SUCH_INTERFACE' || code === 'UNSUPPORTED_LINK_TYPE';
      this.reporter.report(error, () => (askAgain ? this.startCommand(undefined) : this.start(choice)));
      return undefined;
    }
  }

  async stop(): Promise<void> {
    try {
      await this.live.stop();
    } catch (error) {
      this.reporter.report(error);
    }
  }

  private mayStart(): boolean {
    // Commands can be called by anyone, whatever the menus show.
    if (!vscode.workspace.isTrusted) {
      this.reporter.report(
        new NetworkTrafficError(
          'BAD_REQUEST',
          'A capture can only be started in a trusted workspace.',
          'Trust this workspace first.',
        ),
      );
      return false;
    }
    if (this.live.isBusy) {
      this.openDashboard();
      return false;
    }
    return true;
  }

  private parseArguments(argument: unknown): CaptureChoice | undefined {
    const parsed = v.safeParse(startArgumentsSchema, argument);
    if (!parsed.success) {
      this.reporter.report(
        new NetworkTrafficError('BAD_REQUEST', `The arguments are not valid: ${parsed.issues[0].message}`),
      );
      return undefined;
    }
    return { interface: parsed.output.interface === '' ? null : parsed.output.interface, filter: parsed.output.filter };
  }

  private async ask(): Promise<CaptureChoice | undefined> {
    const chosen = await pickInterface({
      list: () => this.live.listInterfaces(),
      preferred: this.preferredInterface,
      onError: (error) => this.reporter.report(error),
    });
    if (chosen === undefined) return undefined;
    const filter = await pickFilter({
      check: (text) => this.live.validateFilter(text),
      initial: readSettings().filter,
      recent: this.recentFilters,
    });
    return filter === undefined ? undefined : { interface: chosen, filter };
  }

  private async remember(choice: CaptureChoice): Promise<void> {
    await this.memory.update(recentFiltersKey, withRecentFilter(this.recentFilters, choice.filter));
    await this.memory.update(lastInterfaceKey, choice.interface);
  }
}

function isStartArguments(argument: unknown): boolean {
  return typeof argument === 'object' && argument !== null && ('interface' in argument || 'filter' in argument);
}
