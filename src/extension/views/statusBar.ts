import * as vscode from 'vscode';
import { commandIds } from '../commandIds';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import type { LiveSession } from '../sessions/liveSession';
import { statusText } from './statusText';
import { t } from '../../protocol/l10n';

/** The item is redrawn at most this often. */
const refreshMs = 1000;

/** The live capture in the status bar. */
export class StatusBar implements Disposable {
  private readonly disposables = new DisposableStore();
  private readonly item: vscode.StatusBarItem;
  private timer: NodeJS.Timeout | null = null;
  private shownState = '';

  constructor(private readonly live: LiveSession) {
    this.item = this.disposables.add(
      vscode.window.createStatusBarItem('networkTraffic.status', vscode.StatusBarAlignment.Left),
    );
    this.item.name = t('Network Traffic');
    this.disposables.add(live.onDidChange((change) => (change === 'progress' ? undefined : this.schedule())));
    this.draw();
    this.item.show();
  }

  dispose(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.disposables.dispose();
  }

  private schedule(): void {
    // A change of state is news; numbers can wait.
    if (this.live.state !== this.shownState) {
      this.draw();
      return;
    }
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.draw();
    }, refreshMs);
  }

  private draw(): void {
    this.shownState = this.live.state;
    const status = statusText(this.live.snapshot, this.live.title, this.live.findings);
    this.item.text = status.text;
    this.item.tooltip = status.tooltip;
    this.item.accessibilityInformation = { label: status.label };
    this.item.command = commandIds[status.command];
    this.item.backgroundColor = status.warn ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  }
}
