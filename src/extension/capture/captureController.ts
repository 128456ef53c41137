import * as v from 'valibot';
import * as vscode from 'vscode';
import { maxInterfaces } from '../../protocol/interfaceNames';
import { isSshHost } from '../../protocol/sshHost';
import type { ErrorReporter } from '../errorReporter';
import { asNetworkTrafficError, NetworkTrafficError } from '../errors';
import { readSettings } from '../readSettings';
import type { LiveSession } from '../sessions/liveSession';
import { filterSchema, interfaceNameSchema } from '../settings';
import { pickFilter } from './filterPick';
import { pickInterfaces } from './interfacePick';
import { askRemoteInterface, pickSshHost } from './sshHostPick';
import { parseRecentFilters, withRecentFilter } from './recentFilters';
import { t } from '../../protocol/l10n';

const recentHostsKey = 'recentSshHosts.v1';
const maxRecentHosts = 10;
const recentFiltersKey = 'recentFilters.v1';
const lastCaptureKey = 'lastCapture.v2';

/** What `networkTraffic.startCapture` takes to skip the questions: without an interface it is detected. */
const startArgumentsSchema = v.strictObject({
  interface: v.optional(v.nullable(v.union([interfaceNameSchema, v.literal('')])), null),
  interfaces: v.optional(v.pipe(v.array(interfaceNameSchema), v.maxLength(maxInterfaces)), []),
  filter: v.optional(filterSchema, ''),
});

const choiceSchema = v.object({
  remote: v.optional(v.nullable(v.pipe(v.string(), v.check(isSshHost))), null),
  interfaces: v.pipe(v.array(interfaceNameSchema), v.maxLength(maxInterfaces)),
  filter: filterSchema,
});

export interface CaptureChoice {
  /** Destination of ssh; null for this machine. */
  remote: string | null;
  /** Empty: the one that is detected. */
  interfaces: string[];
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

  /** What was captured on last, else the setting; empty for auto-detect. */
  get preferredInterfaces(): string[] {
    const last = this.lastChoice;
    if (last?.remote === null) return last.interfaces;
    const configured = readSettings().interface;
    return configured === '' ? [] : [configured];
  }

  private get lastChoice(): CaptureChoice | null {
    const last = v.safeParse(choiceSchema, this.memory.get<unknown>(lastCaptureKey));
    return last.success ? last.output : null;
  }

  /**
   * The command. With an object that has `interface`, `interfaces` or `filter` it asks nothing.
   * Returns the interfaces captured on, or undefined when no capture was started.
   */
  async startCommand(argument: unknown): Promise<string | undefined> {
    if (!this.mayStart()) return undefined;
    const choice = isStartArguments(argument) ? this.parseArguments(argument) : await this.ask();
    return choice === undefined ? undefined : this.start(choice);
  }

  /**
   * Starts without questions; tells the person when that fails. Returns the interfaces captured on.
   * @param remember it is what the next capture begins with
   */
  async start(choice: CaptureChoice, remember = true): Promise<string | undefined> {
    if (!this.mayStart()) return undefined;
    const settings = readSettings();
    const started = this.live.start({
      ...choice,
      backend: settings.backend,
      snapLengthBytes: settings.snapLengthBytes,
      promiscuous: settings.promiscuous,
      bufferBytes: settings.bufferBytes,
      spoolLimitBytes: settings.spoolLimitBytes,
      spoolFiles: settings.spoolFiles,
      stop: settings.stop,
      rules: settings.rules,
      methods: settings.elevation,
    });
    this.openDashboard();
    try {
      const name = await started;
      if (remember) await this.remember(choice);
      return name;
    } catch (error) {
      const { code } = asNetworkTrafficError(error);
      const askAgain = code === 'BAD_FILTER' || code === 'NO_SUCH_INTERFACE' || code === 'UNSUPPORTED_LINK_TYPE';
      this.reporter.report(error, () => (askAgain ? this.startCommand(undefined) : this.start(choice, remember)));
      return undefined;
    }
  }

  /** The command: asks for a host of ssh, what to capture on there, and a filter. */
  async startOnSshHost(): Promise<string | undefined> {
    if (!this.mayStart()) return undefined;
    const remote = await pickSshHost(this.recentHosts);
    if (remote === undefined) return undefined;
    const name = await askRemoteInterface(remote);
    if (name === undefined) return undefined;
    const filter = await pickFilter({
      check: (text) => this.live.validateFilter(text),
      initial: '',
      recent: this.recentFilters,
    });
    if (filter === undefined) return undefined;
    const hosts = [remote, ...this.recentHosts.filter((other) => other !== remote)].slice(0, maxRecentHosts);
    await this.memory.update(recentHostsKey, hosts);
    return this.start({ remote, interfaces: name === '' ? [] : [name], filter });
  }

  private get recentHosts(): string[] {
    const stored = this.memory.get<unknown>(recentHostsKey);
    return Array.isArray(stored) ? stored.filter((host) => typeof host === 'string' && isSshHost(host)) : [];
  }

  /** Ends a running capture and starts one on the same interfaces with the same filter, without questions. */
  async restart(): Promise<string | undefined> {
    const { requested } = this.live;
    const choice = requested === null ? this.lastChoice : { ...requested, interfaces: [...requested.interfaces] };
    if (choice === null) return this.startCommand(undefined);
    if (this.live.isBusy) await this.stop();
    return this.start(choice);
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
          t('A capture can only be started in a trusted workspace.'),
          t('Trust this workspace first.'),
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
        new NetworkTrafficError('BAD_REQUEST', t('The arguments are not valid: {0}', parsed.issues[0].message)),
      );
      return undefined;
    }
    const { interface: one, interfaces, filter } = parsed.output;
    return {
      remote: null,
      interfaces: one === null || one === '' ? interfaces : [...new Set([one, ...interfaces])],
      filter,
    };
  }

  private async ask(): Promise<CaptureChoice | undefined> {
    const chosen = await pickInterfaces({
      list: () => this.live.listInterfaces(),
      preferred: this.preferredInterfaces,
      onError: (error) => this.reporter.report(error),
    });
    if (chosen === undefined) return undefined;
    const filter = await pickFilter({
      check: (text) => this.live.validateFilter(text),
      initial: readSettings().filter,
      recent: this.recentFilters,
    });
    return filter === undefined ? undefined : { remote: null, interfaces: chosen, filter };
  }

  private async remember(choice: CaptureChoice): Promise<void> {
    await this.memory.update(recentFiltersKey, withRecentFilter(this.recentFilters, choice.filter));
    await this.memory.update(lastCaptureKey, choice);
  }
}

function isStartArguments(argument: unknown): boolean {
  return (
    typeof argument === 'object' &&
    argument !== null &&
    ('interface' in argument || 'interfaces' in argument || 'filter' in argument)
  );
}
