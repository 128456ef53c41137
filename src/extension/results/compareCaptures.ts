import * as vscode from 'vscode';
import { NetworkTrafficError } from '../errors';
import { readSettings } from '../readSettings';
import { FileSession } from '../sessions/fileSession';
import type { AnalyzerClient } from '../client/analyzerClient';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import { captureTexts, type CaptureTexts, type ResultDocuments } from './resultDocuments';
import { t } from '../../protocol/l10n';

/** The documents of a comparison, older capture first. */
export interface Comparison {
  left: string;
  right: string;
  documents: { name: string; left: vscode.Uri; right: vscode.Uri }[];
}

/** Shows two captures side by side: report, findings and flows in the editor's own diff. */
export class CompareCaptures {
  constructor(
    private readonly sessions: SessionRegistry,
    private readonly documents: ResultDocuments,
    private readonly createClient: () => AnalyzerClient,
  ) {}

  /** From the explorer with two files selected; else the person chooses. Undefined when they gave up. @throws NetworkTrafficError */
  async run(target: unknown, selection: unknown): Promise<Comparison | undefined> {
    const given = [...(Array.isArray(selection) ? selection : []), ...(Array.isArray(target) ? target : [target])];
    const files = new Map(given.filter((item) => item instanceof vscode.Uri).map((uri) => [uri.toString(), uri]));
    const [one, other] = files.size >= 2 ? [...files.values()] : await this.ask([...files.values()][0]);
    if (one === undefined || other === undefined) return undefined;
    const [left, right] = [await this.analyze(one), await this.analyze(other)];
    const [leftName, rightName] = [nameOf(one), nameOf(other)];
    const keep = (name: string, key: keyof CaptureTexts) => ({
      name,
      left: this.documents.keep(leftName, name, left[key]),
      right: this.documents.keep(rightName, name, right[key]),
    });
    const documents = [keep('report.md', 'report'), keep('findings.md', 'findings'), keep('flows.txt', 'flows')];
    await vscode.commands.executeCommand(
      'vscode.changes',
      `${leftName} ↔ ${rightName}`,
      documents.map((document) => [document.right, document.left, document.right]),
    );
    return { left: leftName, right: rightName, documents };
  }

  private async ask(first: vscode.Uri | undefined): Promise<(vscode.Uri | undefined)[]> {
    const open = this.sessions.all.filter((session) => session instanceof FileSession);
    const found = await vscode.workspace.findFiles('**/*.{pcap,pcapng,cap,pcap.gz,pcapng.gz}', null, 200);
    const uris = new Map<string, vscode.Uri>();
    for (const session of open)
      uris.set(vscode.Uri.file(session.filePath).toString(), vscode.Uri.file(session.filePath));
    for (const uri of found) uris.set(uri.toString(), uri);
    const pick = async (placeHolder: string, without: string): Promise<vscode.Uri | undefined> => {
      const items = [...uris.values()]
        .filter((uri) => uri.toString() !== without)
        .map((uri) => ({ label: nameOf(uri), description: vscode.workspace.asRelativePath(uri), uri }));
      if (items.length === 0) {
        throw new NetworkTrafficError('BAD_REQUEST', t('There are no two capture files in this workspace to compare.'));
      }
      return (await vscode.window.showQuickPick(items, { title: t('Compare Captures'), placeHolder }))?.uri;
    };
    const left = first ?? (await pick(t('The first capture'), ''));
    return left === undefined ? [] : [left, await pick(t('Compare {0} with', nameOf(left)), left.toString())];
  }

  /** In a process of its own, which ends with it; an editor on the file is left alone. */
  private async analyze(uri: vscode.Uri): Promise<CaptureTexts> {
    if (uri.scheme !== 'file') {
      throw new NetworkTrafficError(
        'FILE_UNREADABLE',
        t('Capture files are read from a disk, not from {0}.', uri.scheme),
      );
    }
    const session = new FileSession(this.createClient, uri.fsPath);
    try {
      return await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: t('Reading {0}', session.title.replaceAll('](', '] (')),
          cancellable: true,
        },
        async (_progress, cancelled) => {
          cancelled.onCancellationRequested(() => session.dispose());
          await session.open(readSettings().rules);
          await session.finished();
          return captureTexts(session);
        },
      );
    } finally {
      session.dispose();
    }
  }
}

function nameOf(uri: vscode.Uri): string {
  return uri.path.split('/').at(-1) ?? uri.path;
}
