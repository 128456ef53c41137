import * as vscode from 'vscode';
import { viewIds } from '../commandIds';
import type { ErrorReporter } from '../errorReporter';
import type { Leftover, Leftovers } from '../sessions/leftovers';
import { leftoverText } from './recoveryText';
import { t } from '../../protocol/l10n';

const recoverTitle = t('Recover Capture');
const discardTitle = t('Discard');

/** Offers what a crash left behind, once a window. */
export class Recovery {
  private offered = false;

  constructor(
    private readonly leftovers: Leftovers,
    private readonly reporter: ErrorReporter,
  ) {}

  /** Called when somebody begins to use the extension; does something the first time. */
  offerOnce(): void {
    if (this.offered) return;
    this.offered = true;
    this.offer().catch((error: unknown) => this.reporter.report(error));
  }

  /** The command: asks which one, when there are several. Returns the path of what was recovered. */
  async recoverCommand(): Promise<string | undefined> {
    const list = await this.leftovers.list();
    if (list.length === 0) {
      void vscode.window.showInformationMessage(t('No capture was left behind.'));
      return undefined;
    }
    const items = list.map((leftover) => ({ label: leftoverText(leftover), leftover }));
    const picked =
      items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { title: t('Recover Capture') });
    return picked === undefined ? undefined : this.recover(picked.leftover);
  }

  private async offer(): Promise<void> {
    for (const leftover of await this.leftovers.list()) {
      const chosen = await vscode.window.showInformationMessage(
        t('{0} was left behind when its window ended unexpectedly.', leftoverText(leftover)),
        recoverTitle,
        discardTitle,
      );
      // Closed without an answer it stays, and is offered again.
      if (chosen === recoverTitle) await this.recover(leftover);
      else if (chosen === discardTitle) await this.leftovers.discard(leftover);
    }
  }

  private async recover(leftover: Leftover): Promise<string> {
    const file = await this.leftovers.recover(leftover);
    await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), viewIds.captureEditor, {
      preview: false,
    });
    return file;
  }
}
