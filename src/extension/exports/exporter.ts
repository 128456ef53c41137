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
import { numberLanguage, t } from '../../protocol/l10n';

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
    /** Shows a text as a read-only document. */
    private readonly showText: (name: string, text: string) => Promise<void>,
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
      new NetworkTrafficError('BAD_REQUEST', t('The arguments are not valid: {0}', parsed.issues[0].message)),
    );
    return undefined;
  }

  private async askCsvKind(): Promise<'packets' | 'flows' | undefined> {
    const packets = {
      label: t('$(list-ordered) Packets'),
      description: t('one line a packet'),
      rows: 'packets' as const,
    };
    const flows = {
      label: t('$(arrow-both) Flows'),
      description: t('one line a conversation of two ends'),
      rows: 'flows' as const,
    };
    const item = await vscode.window.showQuickPick([packets, flows], {
      title: t('Export as CSV'),
      placeHolder: t('What to export'),
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
          t('There is nothing to export yet: start a capture or open a capture file.'),
        ),
      );
      return undefined;
    }
    try {
      if (options.path !== undefined) {
        await this.write(session, kind, options.path, options.filter);
        return vscode.Uri.file(options.path);
      }
      if (kind === 'packets.pcap' || kind === 'packets.pcapng') {
        return await this.toCaptureView(session, kind, options.filter);
      }
      if (kind === 'share.pcap') return await this.shareSafe(session, options.filter);
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
  ): Promise<{ bytes: number; rows: number; summary?: string }> {
    if (session instanceof FileSession && (await isSameFile(file, session.filePath))) {
      throw new NetworkTrafficError(
        'BAD_REQUEST',
        t('A capture cannot be exported over itself.'),
        t('Choose another file.'),
      );
    }
    return vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: t('Exporting {0}', exportFacts[kind].label) },
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

  /** Made first, looked at, then saved where the person says: what they see is what is in the file. */
  private async shareSafe(session: Session, filter: string): Promise<vscode.Uri | undefined> {
    const file = await this.storage.exportPath(exportName('share.pcap', session.title, new Date()));
    try {
      const { rows, summary } = await this.write(session, 'share.pcap', file, filter);
      await this.showText('Share-safe copy.txt', summary ?? '');
      const save = t('Save As…');
      const chosen = await vscode.window.showInformationMessage(
        t(
          'The share-safe copy of {0} packets is not saved yet. See what is in it, then save it.',
          rows.toLocaleString(numberLanguage()),
        ),
        save,
        t('Discard'),
      );
      const target = chosen === save ? await this.askTarget(session, 'share.pcap') : undefined;
      if (target === undefined) return undefined;
      if (session instanceof FileSession && (await isSameFile(target.fsPath, session.filePath))) {
        throw new NetworkTrafficError(
          'BAD_REQUEST',
          t('A capture cannot be exported over itself.'),
          t('Choose another file.'),
        );
      }
      await copyFile(file, target.fsPath);
      this.offerToOpen(target);
      return target;
    } finally {
      await this.storage.removeExport(file);
    }
  }

  private async toCaptureView(
    session: Session,
    kind: 'packets.pcap' | 'packets.pcapng',
    filter: string,
  ): Promise<vscode.Uri> {
    const file = await this.storage.exportPath(exportName(kind, session.title, new Date()));
    await this.write(session, kind, file, filter);
    const uri = vscode.Uri.file(file);
    await vscode.commands.executeCommand('vscode.openWith', uri, viewIds.captureEditor);
    const saveAs = t('Save As…');
    void vscode.window
      .showInformationMessage(t('{0} is kept for a day. Save it to keep it longer.', path.basename(file)), saveAs)
      .then(async (chosen) => {
        if (chosen !== saveAs) return;
        const target = await this.askTarget(session, kind);
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
      throw new NetworkTrafficError(
        'BAD_REQUEST',
        t('Exports are written to files on a disk, not to {0}.', target.scheme),
      );
    }
    return target;
  }

  private offerToOpen(target: vscode.Uri): void {
    const open = t('Open');
    void vscode.window
      .showInformationMessage(t('Exported to {0}.', path.basename(target.fsPath)), open)
      .then((chosen) => {
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
