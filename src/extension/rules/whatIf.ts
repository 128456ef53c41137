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
import { changeText, withChange } from './ruleChoices';
import type { RuleChange } from './ruleChoices';
import { t } from '../../protocol/l10n';

const scheme = 'network-traffic-what-if';
const documentUri = vscode.Uri.from({ scheme, path: '/What would change.diff' });

/** Tries a change of the rules' settings over the recorded packets: on a page, or as a document for a caller that names the change. */
export class WhatIfCommand implements vscode.TextDocumentContentProvider, Disposable {
  private readonly disposables = new DisposableStore();
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changes.event;
  private text = '';

  constructor(
    private readonly sessions: SessionRegistry,
    /** Opens the page on which a person tries other settings. */
    private readonly showPage: () => void,
  ) {
    this.disposables.add(vscode.workspace.registerTextDocumentContentProvider(scheme, this));
    this.disposables.add(this.changes);
  }

  provideTextDocumentContent(): string {
    return this.text;
  }

  /** The command. Returns what would change when the caller names the change. @throws NetworkTrafficError */
  async run(argument: unknown): Promise<WhatIfResult | undefined> {
    const session = this.sessions.active;
    if ((session.snapshot?.packets ?? 0) === 0) {
      throw new NetworkTrafficError('BAD_REQUEST', t('There are no packets to try other settings on.'));
    }
    const { rules } = readSettings();
    if (!isChange(argument)) {
      this.showPage();
      return undefined;
    }
    const change = argument;
    const result = await replay(session, withChange(rules, change), changeText(change));
    this.text = documentText(change, session.title, result);
    this.changes.fire(documentUri);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(documentUri), { preview: true });
    return result;
  }

  dispose(): void {
    this.disposables.dispose();
  }
}

function replay(session: Session, rules: RuleSettings, words: string): Thenable<WhatIfResult> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: t('Trying {0}', words), cancellable: true },
    (progress, token) => {
      token.onCancellationRequested(() => void session.cancelWhatIf());
      let told = 0;
      return session.whatIf(rules, (packets, totalPackets) => {
        const percent = (100 * packets) / Math.max(1, totalPackets);
        progress.report({ increment: percent - told, message: t('{0} packets', packets) });
        told = percent;
      });
    },
  );
}

function documentText(change: RuleChange, title: string, result: WhatIfResult): string {
  const part = result.complete ? '' : t(', not all of them');
  const head = [`# ${changeText(change)}`, `# tried over ${result.packets} packets of ${title}${part}`];
  return `${head.map(plain).join('\n')}\n\n${differenceText(result).split('\n').map(plain).join('\n')}`;
}

/** From a caller that asks nothing: `{ kind: 'sensitivity', sensitivity: 'low' }`. */
function isChange(argument: unknown): argument is Extract<RuleChange, { kind: 'sensitivity' }> {
  if (typeof argument !== 'object' || argument === null || !('kind' in argument)) return false;
  if (argument.kind !== 'sensitivity' || !('sensitivity' in argument)) return false;
  return argument.sensitivity === 'low' || argument.sensitivity === 'medium' || argument.sensitivity === 'high';
}
