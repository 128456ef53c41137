import * as vscode from 'vscode';
import { contextKeys } from './commandIds';
import type { Disposable } from './disposable';
import { DisposableStore } from './disposable';
import type { SessionRegistry } from './sessions/sessionRegistry';

/** Keeps the keys of `when` clauses true. */
export class ContextState implements Disposable {
  private readonly disposables = new DisposableStore();
  private readonly values = new Map<string, unknown>();

  constructor(private readonly sessions: SessionRegistry) {
    this.disposables.add(sessions.onDidChangeActive(() => this.update()));
    this.disposables.add(sessions.live.onDidChange(() => this.update()));
    this.update();
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private update(): void {
    const { live, active } = this.sessions;
    this.set(contextKeys.state, live.isBusy && live.state === 'idle' ? 'authorising' : live.state);
    this.set(contextKeys.hasResults, (active.snapshot?.packets ?? 0) > 0);
    this.set(contextKeys.hasFindings, active.findings.length > 0);
  }

  private set(key: string, value: unknown): void {
    if (this.values.get(key) === value) return;
    this.values.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
