import * as vscode from 'vscode';
import type { Finding } from '../../protocol/finding';
import type { FindingMark } from '../../protocol/findingPage';
import type { WhatIfResult } from '../../protocol/whatIf';
import type {
  FromWhatIfPage,
  WhatIfChange,
  WhatIfNumber,
  WhatIfOutcome,
  WhatIfPageState,
} from '../../protocol/whatIfPage';
import { viewIds } from '../commandIds';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import { asNetworkTrafficError } from '../errors';
import type { MarksFile } from '../findings/marksFile';
import type { Log } from '../log';
import { parseFromWhatIfPage } from '../panels/pageMessages';
import { PagePanel } from '../panels/pagePanel';
import { readSettings } from '../readSettings';
import type { Session } from '../sessions/session';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import type { RuleChange, RuleNumberChoice } from './ruleChoices';
import { changeText, numberProblem, ruleNumberChoices, savedAs, withChange } from './ruleChoices';
import { presetsOf, whatIfOutcome } from './whatIfOutcome';
import { t } from '../../protocol/l10n';

export interface WhatIfPageOptions {
  extensionUri: vscode.Uri;
  sessions: SessionRegistry;
  marks: MarksFile;
  /** The extension's manifest, which declares the numbers of the rules. */
  manifest: unknown;
  log: Log;
}

/** Moves a number of a rule or the preset, and shows at once which findings of the recorded packets would come or go. */
export class WhatIfPage implements Disposable {
  private readonly disposables = new DisposableStore();
  private readonly panel: PagePanel<FromWhatIfPage>;
  private readonly choices: readonly RuleNumberChoice[];
  private session: Session;
  private change: RuleChange | null = null;
  private outcome: WhatIfOutcome | null = null;
  private tryingPercent: number | null = null;
  private error: string | null = null;
  /** Of the newest try: what an older one brings is dropped. */
  private attempt = 0;

  constructor(private readonly options: WhatIfPageOptions) {
    const { extensionUri, log, sessions, marks } = options;
    this.session = sessions.active;
    this.choices = ruleNumberChoices(options.manifest);
    this.panel = this.disposables.add(
      new PagePanel<FromWhatIfPage>({
        extensionUri,
        log,
        view: 'what-if',
        viewType: viewIds.whatIf,
        title: t('What Would Change'),
        buildState: () => this.state(),
        parse: parseFromWhatIfPage,
        onMessage: (message) => this.act(message),
        onClose: () => this.cancel(),
      }),
    );
    this.disposables.add(marks.onDidChange(() => this.panel.invalidate()));
    this.disposables.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('networkTraffic')) this.panel.invalidate();
      }),
    );
  }

  /** Opens the page for the session that is looked at. */
  show(): void {
    if (this.session !== this.options.sessions.active) {
      this.cancel();
      this.outcome = null;
      this.session = this.options.sessions.active;
    }
    this.panel.show();
    this.options.marks
      .load()
      .catch((error: unknown) => this.options.log('warn', `Marks were not read: ${String(error)}`));
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private state(): Omit<WhatIfPageState, 'sequence'> {
    const { rules } = readSettings();
    const numbers = this.choices.flatMap((choice): WhatIfNumber[] => {
      const described = presetsOf(choice.description);
      if (described === null) return [];
      const { key, rule, minimum, maximum, integer } = choice;
      const set = rules.numbers[rule]?.[choice.number] ?? null;
      return [{ key, rule, ...described, minimum, maximum, integer, set }];
    });
    return {
      type: 'whatIf',
      source: this.session.title,
      packets: this.session.snapshot?.packets ?? 0,
      sensitivity: rules.sensitivity,
      numbers,
      tryingPercent: this.tryingPercent,
      outcome: this.outcome,
      error: this.error,
      hasWorkspace: (vscode.workspace.workspaceFolders ?? []).length > 0 && vscode.workspace.isTrusted,
    };
  }

  private act(message: FromWhatIfPage): void {
    if (message.type === 'try') void this.try(message.change);
    else if (message.type === 'cancel') this.cancel();
    else if (message.type === 'save') void this.save(message.target);
  }

  private async try(wanted: WhatIfChange): Promise<void> {
    const change = this.changeOf(wanted);
    if (change === null) return;
    this.cancel();
    this.change = change;
    const attempt = ++this.attempt;
    const { session } = this;
    this.error = null;
    this.tryingPercent = 0;
    this.panel.invalidate();
    try {
      if ((session.snapshot?.packets ?? 0) === 0) throw new Error(t('There are no packets to try other settings on.'));
      const result = await session.whatIf(withChange(readSettings().rules, change), (packets, totalPackets) => {
        if (attempt !== this.attempt) return;
        this.tryingPercent = (100 * packets) / Math.max(1, totalPackets);
        this.panel.invalidate();
      });
      if (attempt !== this.attempt) return;
      this.outcome = this.outcomeOf(change, result, session);
    } catch (error) {
      if (attempt !== this.attempt) return;
      this.error = asNetworkTrafficError(error).message;
    }
    this.tryingPercent = null;
    this.panel.invalidate();
  }

  private outcomeOf(change: RuleChange, result: WhatIfResult, session: Session): WhatIfOutcome {
    const { marks } = this.options;
    const markOf = (finding: Finding): FindingMark | null => marks.of(finding, session.title);
    return whatIfOutcome(changeText(change), result, session.findings, markOf);
  }

  private changeOf(wanted: WhatIfChange): RuleChange | null {
    if (wanted.kind === 'sensitivity') return wanted;
    const choice = this.choices.find(({ key }) => key === wanted.key);
    if (choice === undefined || numberProblem(choice, String(wanted.value)) !== null) return null;
    return { kind: 'number', choice, value: wanted.value };
  }

  private cancel(): void {
    if (this.tryingPercent === null) return;
    this.attempt++;
    this.tryingPercent = null;
    this.session.cancelWhatIf().catch((error: unknown) => this.options.log('warn', String(error)));
    this.panel.invalidate();
  }

  private async save(target: 'user' | 'workspace'): Promise<void> {
    if (this.change === null) return;
    const { key, value } = savedAs(this.change);
    const where = target === 'workspace' ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
    try {
      await vscode.workspace.getConfiguration().update(key, value, where);
      this.error = null;
    } catch (error) {
      this.error = asNetworkTrafficError(error).message;
    }
    this.panel.invalidate();
  }
}
