import * as vscode from 'vscode';
import { helpPath } from '../../protocol/finding';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import { keepCaptureEditor } from '../panels/keepCaptureEditor';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import { findingDocument, plain } from './findingText';

export const findingScheme = 'network-traffic';

/** Findings as read-only documents that follow their finding as it goes on. */
export class FindingDocuments implements vscode.TextDocumentContentProvider, Disposable {
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changes.event;

  private readonly disposables = new DisposableStore();
  /** What each open document last showed. */
  private readonly texts = new Map<string, string>();

  constructor(
    private readonly sessions: SessionRegistry,
    private readonly extensionUri: vscode.Uri,
  ) {
    this.disposables.add(vscode.workspace.registerTextDocumentContentProvider(findingScheme, this));
    this.disposables.add(
      vscode.workspace.onDidCloseTextDocument((document) => this.texts.delete(document.uri.toString())),
    );
    this.disposables.add(this.changes);
    this.disposables.add(
      sessions.onDidChangeActive((change) => {
        if (change === 'findings') this.refresh();
      }),
    );
  }

  /** Shows a finding of the active session. Returns false when it is not there (any more). */
  async show(findingId: string): Promise<boolean> {
    const session = this.sessions.active;
    const finding = session.findings.find((candidate) => candidate.id === findingId);
    if (finding === undefined) return false;
    const name = plain(finding.title)
      .replace(/[/\\?#:]/g, ' ')
      .slice(0, 80);
    const uri = vscode.Uri.from({
      scheme: findingScheme,
      path: `/${name}.md`,
      query: new URLSearchParams({ run: session.snapshot?.run ?? '', finding: findingId }).toString(),
    });
    await keepCaptureEditor();
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
    return true;
  }

  /** Opens the page about a rule. */
  async showRule(rule: string): Promise<void> {
    await vscode.commands.executeCommand('markdown.showPreview', this.helpUri(rule));
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const key = uri.toString();
    const text = this.textOf(uri) ?? this.texts.get(key) ?? 'This finding is not known any more.\n';
    this.texts.set(key, text);
    return text;
  }

  dispose(): void {
    this.disposables.dispose();
    this.texts.clear();
  }

  private refresh(): void {
    for (const [key, shown] of this.texts) {
      const uri = vscode.Uri.parse(key);
      const text = this.textOf(uri);
      if (text !== null && text !== shown) this.changes.fire(uri);
    }
  }

  private helpUri(rule: string): vscode.Uri {
    return vscode.Uri.joinPath(this.extensionUri, helpPath(rule));
  }

  private textOf(uri: vscode.Uri): string | null {
    const query = new URLSearchParams(uri.query);
    const session = this.sessions.all.find((candidate) => candidate.snapshot?.run === query.get('run'));
    const finding = session?.findings.find((candidate) => candidate.id === query.get('finding'));
    return session === undefined || finding === undefined
      ? null
      : findingDocument(finding, session.title, this.helpUri(finding.rule).toString());
  }
}
