import { copyFile, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import * as vscode from 'vscode';
import type { ExportKind } from '../../protocol/analyzerMessages';
import { viewIds } from '../commandIds';
import type { ErrorReporter } from '../errorReporter';
import { NetworkTrafficError } from '../errors';
import { FileSession } from '../sessions/fileSession';
import type { Session } from '../sessions/session';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import type { Storage } from '../sessions/storage';
import { exportFacts, exportName, isLargeExport, maxDocumentBytes } from './exportNames';

/** What the export commands take to skip the questions. */
const exportArgumentsSchema = v.strictObject({
  /** For CSV. */
  kind: v.optional(v.picklist(['packets', 'flows'])),
  /** Absolute path of the file to write; nothing is opened then. */
  path: v.optional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(4096),
      v.check((text) => path.isAbsolute(text), 'is not absolute'),
    ),
  ),
  /** Display filter: packets that do not match are left out. */
  filter: v.optional(v.pipe(v.string(), v.maxLength(4096)), ''),
});

type ExportArguments = v.InferOutput<typeof exportArgumentsSchema>;

/** Exports of the active session: small text as a document, everything else as a file. */
export class Exporter {
  constructor(
    private readonly sessions: SessionRegistry,
    private readonly storage: Storage,
    private readonly reporter: ErrorReporter,
  ) {}

  /** Returns where the export is, or undefined when there is none (nothing to export, cancelled, failed). */
  async exportCsv(argument: unknown): Promise<vscode.Uri | undefined> {
    const options = this.parse(argument);
    if (options === undefined) return undefined;
    const kind = options.kind ?? (await this.askCsvKind());
    return kind === undefined ? undefined : this.run(kind === 'packets' ? 'packets.csv' : 'flows.csv', options);
  }

  async exportJson(argument: unknown): Promise<vscode.Uri | undefined> {
    const options = this.parse(argument);
    return options === undefined ? undefined : this.run('analysis.json', options);
  }

  async exportPcap(argument: unknown): Promise<vscode.Uri | undefined> {
    const options = this.parse(argument);
    return options === undefined ? undefined : this.run('packets.pcap', options);
  }

  /** The export that a view asked for, of the view's own session. */
  async exportOf(session: Session, kind: ExportKind, filter = ''): Promise<vscode.Uri | undefined> {
    return this.run(kind, { filter }, session);
  }

  private parse(argument: unknown): ExportArguments | undefined {
    // Menus hand over what they were opened on (an editor, a row): that is not an argument of ours.
    const meant =
      typeof argument === 'object' &&
      argument !== null &&
      ('kind' in argument || 'path' in argument || 'filter' in argument);
    const parsed = v.safeParse(exportArgumentsSchema, meant && !(argument instanceof vscode.Uri) ? argument : {});
    if (parsed.success) return parsed.output;
    this.reporter.report(
      new NetworkTrafficError('BAD_REQUEST', `The arguments are not valid: ${parsed.issues[0].message}`),
    );
    return undefined;
  }

  private async askCsvKind(): Promise<'packets' | 'flows' | undefined> {
    const packets = { label: '$(list-ordered) Packets', description: 'one line a packet', rows: 'packets' as const };
    const flows = {
      label: '$(arrow-both) Flows',
      description: 'one line a conversation of two ends',
      rows: 'flows' as const,
    };
    const item = await vscode.window.showQuickPick([packets, flows], {
      title: 'Export as CSV',
      placeHolder: 'What to export',
    });
    return item?.rows;
  }

  private async run(
    kind: ExportKind,
    options: ExportArguments,
    session = this.sessions.active,
  ): Promise<vscode.Uri | undefined> {
    const { snapshot } = session;
    if (snapshot === null || snapshot.packets === 0) {
      this.reporter.report(
        new NetworkTrafficError(
          'BAD_REQUEST',
          'There is nothing to export yet: start a capture or open a capture file.',
        ),
      );
      return undefined;
    }
    try {
      if (options.path !== undefined) {
        await this.write(session, kind, options.path, options.filter);
        return vscode.Uri.file(options.path);
      }
      if (kind === 'packets.pcap') return await this.toCaptureView(session, options.filter);
      if (isLargeExport(kind, { packets: snapshot.packets, flows: snapshot.flows.total })) {
        return await this.toChosenFile(session, kind, options.filter);
      }
      return await this.toDocument(session, kind, options.filter);
    } catch (error) {
      this.reporter.report(error, () => this.run(kind, options, session));
      return undefined;
    }
  }

  private async write(
    session: Session,
    kind: ExportKind,
    file: string,
    filter: string,
  ): Promise<{ bytes: number; rows: number }> {
    if (session instanceof FileSession && (await isSameFile(file, session.filePath))) {
      throw new NetworkTrafficError('BAD_REQUEST', 'A capture cannot be exported over itself.', 'Choose another file.');
    }
    return vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: `Exporting ${exportFacts[kind].label}` },
      () => session.export(kind, file, filter),
    );
  }

  private async toDocument(session: Session, kind: ExportKind, filter: string): Promise<vscode.Uri | undefined> {
    const file = await this.storage.exportPath(exportName(kind, session.title, new Date()));
    try {
      const { bytes } = await this.write(session, kind, file, filter);
      if (bytes > maxDocumentBytes) {
        const target = await this.askTarget(session, kind);
        if (target === undefined) return undefined;
        await copyFile(file, target.fsPath);
        this.offerToOpen(target);
        return target;
      }
      const content = await readFile(file, 'utf8');
      const { language } = exportFacts[kind];
      const known = await vscode.languages.getLanguages();
      const document = await vscode.workspace.openTextDocument({
        content,
        language: language !== null && known.includes(language) ? language : 'plaintext',
      });
      await vscode.window.showTextDocument(document, { preview: false });
      return document.uri;
    } finally {
      await this.storage.removeExport(file);
    }
  }

  private async toChosenFile(session: Session, kind: ExportKind, filter: string): Promise<vscode.Uri | undefined> {
    const target = await this.askTarget(session, kind);
    if (target === undefined) return undefined;
    await this.write(session, kind, target.fsPath, filter);
    this.offerToOpen(target);
    return target;
  }

  private async toCaptureView(session: Session, filter: string): Promise<vscode.Uri> {
    const file = await this.storage.exportPath(exportName('packets.pcap', session.title, new Date()));
    await this.write(session, 'packets.pcap', file, filter);
    const uri = vscode.Uri.file(file);
    await vscode.commands.executeCommand('vscode.openWith', uri, viewIds.captureEditor);
    const saveAs = 'Save As…';
    void vscode.window
      .showInformationMessage(`${path.basename(file)} is kept for a day. Save it to keep it longer.`, saveAs)
      .then(async (chosen) => {
        if (chosen !== saveAs) return;
        const target = await this.askTarget(session, 'packets.pcap');
        if (target !== undefined) await copyFile(file, target.fsPath);
      })
      .then(undefined, (error: unknown) => this.reporter.report(asFileError(error)));
    return uri;
  }

  private async askTarget(session: Session, kind: ExportKind): Promise<vscode.Uri | undefined> {
    const { extension, label } = exportFacts[kind];
    const folder = vscode.workspace.workspaceFolders?.find((candidate) => candidate.uri.scheme === 'file')?.uri;
    const name = exportName(kind, session.title, new Date());
    const target = await vscode.window.showSaveDialog({
      filters: { [label]: [extension] },
      ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
    });
    if (target !== undefined && target.scheme !== 'file') {
      throw new NetworkTrafficError('BAD_REQUEST', `Exports are written to files on a disk, not to ${target.scheme}.`);
    }
    return target;
  }

  private offerToOpen(target: vscode.Uri): void {
    const open = 'Open';
    void vscode.window.showInformationMessage(`Exported to ${path.basename(target.fsPath)}.`, open).then((chosen) => {
      if (chosen === open) void vscode.commands.executeCommand('vscode.open', target);
    });
  }
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [x, y] = await Promise.all([a, b].map((file) => realpath(file).catch(() => path.resolve(file))));
  return x === y;
}

function asFileError(error: unknown): NetworkTrafficError {
  if (error instanceof NetworkTrafficError) return error;
  return new NetworkTrafficError('FILE_UNREADABLE', error instanceof Error ? error.message : String(error));
}
