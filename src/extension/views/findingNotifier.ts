import * as vscode from 'vscode';
import type { Disposable } from '../disposable';
import { readSettings } from '../readSettings';
import type { LiveSession } from '../sessions/liveSession';
import { plain } from './findingText';
import { NewSerious } from './newSerious';
import { t } from '../../protocol/l10n';

const show = t('Show');
const never = t("Don't Show Again");

/** Tells of a new high or critical finding of the live capture: one notification at a time, and the rest with the next. */
export class FindingNotifier implements Disposable {
  private readonly news = new NewSerious();
  private readonly subscription: Disposable;
  private isOpen = false;

  constructor(
    private readonly live: LiveSession,
    private readonly showFinding: (id: string) => void,
  ) {
    this.subscription = live.onDidChange((change) => {
      if (change === 'findings') this.look();
    });
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private look(): void {
    this.news.update(this.live.snapshot?.run ?? '', this.live.findings);
    if (this.isOpen || !readSettings().notifyOfFindings) return;
    const next = this.news.take();
    if (next === null) return;
    this.isOpen = true;
    const { finding, others } = next;
    const more =
      others === 0
        ? ''
        : t(' And {0}.', others === 1 ? t('1 more serious finding') : t('{0} more serious findings', others));
    // A notification turns `[text](command:…)` into a link that runs the command, and names on the wire are anyone's text.
    const text = `${plain(finding.title).replaceAll('](', '] (').slice(0, 300)} (${t(finding.severity)}).${more}`;
    void this.tell(text, finding.id);
  }

  private async tell(text: string, id: string): Promise<void> {
    try {
      const chosen = await vscode.window.showWarningMessage(text, show, never);
      if (chosen === show) this.showFinding(id);
      if (chosen === never) {
        const settings = vscode.workspace.getConfiguration('networkTraffic');
        // Before the next one is looked for: as long as this is not written, the setting still asks for it.
        await settings.update('notifyOfFindings', false, vscode.ConfigurationTarget.Global);
      }
    } finally {
      this.isOpen = false;
    }
    // What came in the meantime is told by the next one, once.
    this.look();
  }
}
