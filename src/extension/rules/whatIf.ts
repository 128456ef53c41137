import * as vscode from 'vscode';
import type { RuleSettings } from '../../protocol/ruleSettings';
import { differenceText, type WhatIfResult } from '../../protocol/whatIf';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import { NetworkTrafficError } from '../errors';
import { readSettings } from '../readSettings';
import type { Session } from '../sessions/session';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import { plain } from '../views/findingText';
import { changeText, numberProblem, otherSensitivities, ruleNumberChoices, savedAs, withChange } from './ruleChoices';
import type { RuleChange, RuleNumberChoice } from './ruleChoices';

const scheme = 'network-traffic-what-if';
const documentUri = vscode.Uri.from({ scheme, path: '/What would change.diff' });

/** Tries a change of the rules' settings over the recorded packets, shows what it would change, and offers to save it. */
export class WhatIfCommand implements vscode.TextDocumentContentProvider, Disposable {
  private readonly disposables = new DisposableStore();
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changes.event;
  private text = '';

  constructor(
    private readonly sessions: SessionRegistry,
    private readonly manifest: unknown,
  ) {
    this.disposables.add(vscode.workspace.registerTextDocumentContentProvider(scheme, this));
    this.disposables.add(this.changes);
  }

  provideTextDocumentContent(): string {
    return this.text;
  }

  /** The command. Returns what would change; undefined when the person gave up. @throws NetworkTrafficError */
  async run(argument: unknown): Promise<WhatIfResult | undefined> {
    const session = this.sessions.active;
    if ((session.snapshot?.packets ?? 0) === 0) {
      throw new NetworkTrafficError('BAD_REQUEST', 'There are no packets to try other settings on.');
    }
    const { rules } = readSettings();
    const change = isChange(argument) ? argument : await this.ask(rules);
    if (change === undefined) return undefined;
    const result = await replay(session, withChange(rules, change), changeText(change));
    this.text = documentText(change, session.title, result);
    this.changes.fire(documentUri);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(documentUri), { preview: true });
    void offerToSave(change);
    return result;
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private async ask(rules: RuleSettings): Promise<RuleChange | undefined> {
    const title = 'What Would Change';
    const presets = otherSensitivities(rules.sensitivity).map((sensitivity) => ({
      label: `Sensitivity: ${sensitivity}`,
      description: `now ${rules.sensitivity}`,
      detail: '',
      change: { kind: 'sensitivity', sensitivity } as RuleChange | null,
      choice: null as RuleNumberChoice | null,
    }));
    const numbers = ruleNumberChoices(this.manifest).map((choice) => ({
      label: `${choice.rule}.${choice.number}`,
      description: String(rules.numbers[choice.rule]?.[choice.number] ?? 'not set'),
      detail: choice.description.replaceAll('`', '').replaceAll('#', ''),
      change: null as RuleChange | null,
      choice: choice as RuleNumberChoice | null,
    }));
    const picked = await vscode.window.showQuickPick([...presets, ...numbers], {
      title,
      placeHolder: 'A preset, or a number of a rule',
      matchOnDetail: true,
    });
    if (picked?.change !== null) return picked?.change;
    const { choice } = picked;
    if (choice === null) return undefined;
    const text = await vscode.window.showInputBox({
      title: `${title}: ${picked.label}`,
      prompt: picked.detail,
      validateInput: (typed) => numberProblem(choice, typed) ?? undefined,
    });
    return text === undefined ? undefined : { kind: 'number', choice, value: Number(text) };
  }
}

function replay(session: Session, rules: RuleSettings, words: string): Thenable<WhatIfResult> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: `Trying ${words}`, cancellable: true },
    (progress, token) => {
      token.onCancellationRequested(() => void session.cancelWhatIf());
      let told = 0;
      return session.whatIf(rules, (packets, totalPackets) => {
        const percent = (100 * packets) / Math.max(1, totalPackets);
        progress.report({ increment: percent - told, message: `${packets} packets` });
        told = percent;
      });
    },
  );
}

function documentText(change: RuleChange, title: string, result: WhatIfResult): string {
  const part = result.complete ? '' : ', not all of them';
  const head = [`# ${changeText(change)}`, `# tried over ${result.packets} packets of ${title}${part}`];
  return `${head.map(plain).join('\n')}\n\n${differenceText(result).split('\n').map(plain).join('\n')}`;
}

async function offerToSave(change: RuleChange): Promise<void> {
  const { key, value } = savedAs(change);
  const places = [...(vscode.workspace.workspaceFolders === undefined ? [] : ['Save for Workspace']), 'Save for User'];
  const chosen = await vscode.window.showInformationMessage(`${changeText(change)}: keep it?`, ...places);
  if (chosen === undefined) return;
  const target =
    chosen === 'Save for Workspace' ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await vscode.workspace.getConfiguration().update(key, value, target);
}

/** From a caller that asks nothing: `{ kind: 'sensitivity', sensitivity: 'low' }`. */
function isChange(argument: unknown): argument is Extract<RuleChange, { kind: 'sensitivity' }> {
  if (typeof argument !== 'object' || argument === null || !('kind' in argument)) return false;
  if (argument.kind !== 'sensitivity' || !('sensitivity' in argument)) return false;
  return argument.sensitivity === 'low' || argument.sensitivity === 'medium' || argument.sensitivity === 'high';
}
