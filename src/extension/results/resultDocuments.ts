import * as vscode from 'vscode';
import { maxTableRows, type TableRow } from '../../protocol/tables';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import type { Session } from '../sessions/session';
import { captureReport, findingsText } from './captureReport';
import { flowSummary } from './flowSummary';
import { t } from '../../protocol/l10n';

export const resultScheme = 'network-traffic-results';

/** Flows that a document tells of. */
const maxFlows = 20_000;

/** What is known of a capture, as texts. */
export interface CaptureTexts {
  report: string;
  findings: string;
  flows: string;
}

/** Results as read-only documents: what they said when they were made, so that the editor's own diff can compare them. */
export class ResultDocuments implements vscode.TextDocumentContentProvider, Disposable {
  private readonly disposables = new DisposableStore();
  private readonly texts = new Map<string, string>();
  private made = 0;

  constructor() {
    this.disposables.add(vscode.workspace.registerTextDocumentContentProvider(resultScheme, this));
    this.disposables.add(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === resultScheme) this.texts.delete(uri.toString());
      }),
    );
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? t('This result is not kept any more.\n');
  }

  /** Keeps a text under a name until its document is closed. */
  keep(title: string, name: string, text: string): vscode.Uri {
    this.made += 1;
    const folder = title.replace(/[/\\?#:]/g, ' ').slice(0, 80);
    const uri = vscode.Uri.from({ scheme: resultScheme, path: `/${folder}/${name}`, query: String(this.made) });
    this.texts.set(uri.toString(), text);
    return uri;
  }

  /** Opens the report of a session as a document. */
  async showReport(session: Session): Promise<vscode.Uri> {
    const { snapshot, findings, title } = session;
    const text = snapshot === null ? t('There is no capture yet.\n') : captureReport(snapshot, findings, title);
    const uri = this.keep(title, 'report.md', text);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
    return uri;
  }

  dispose(): void {
    this.disposables.dispose();
    this.texts.clear();
  }
}

/** Everything of a capture that can be compared. @throws NetworkTrafficError */
export async function captureTexts(session: Session): Promise<CaptureTexts> {
  const { snapshot, findings, title } = session;
  const rows: TableRow[] = [];
  while (rows.length < maxFlows) {
    const query = {
      table: 'flows',
      from: rows.length,
      count: maxTableRows,
      sort: null,
      search: '',
      range: null,
    } as const;
    const page = await session.getTable(query);
    rows.push(...page.rows);
    if (page.rows.length === 0 || rows.length >= page.total) break;
  }
  return {
    report: snapshot === null ? '' : captureReport(snapshot, findings, title),
    findings: findingsText(findings),
    flows: flowSummary(rows),
  };
}
