import * as vscode from 'vscode';
import type { BodyPart, RequestPlace, StreamDocument, StreamForm, StreamTarget } from '../../protocol/streams';
import type { FromWebview } from '../../protocol/webviewMessages';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import type { ErrorReporter } from '../errorReporter';
import { NetworkTrafficError } from '../errors';
import type { Session } from '../sessions/session';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import { keepCaptureEditor } from '../panels/keepCaptureEditor';
import { t } from '../../protocol/l10n';

export const streamScheme = 'network-traffic-stream';

type StreamCommand = Extract<FromWebview, { type: 'followStream' | 'openBody' | 'saveBody' | 'copyCurl' }>;

/** Languages of bodies that are text; everything else is shown as plain text. */
const languages: readonly (readonly [type: RegExp, language: string])[] = [
  [/json/i, 'json'],
  [/html/i, 'html'],
  [/javascript|ecmascript/i, 'javascript'],
  [/css/i, 'css'],
  [/xml|svg/i, 'xml'],
];

/**
 * Conversations and bodies as read-only documents. They open because a person asked for them, as text in a text editor whatever
 * their name says: nothing in them is run or rendered. What a document showed is forgotten when it is closed.
 */
export class StreamDocuments implements vscode.TextDocumentContentProvider, Disposable {
  private readonly disposables = new DisposableStore();
  private readonly texts = new Map<string, string>();
  private readonly streams = new Map<string, StreamDocument>();
  private readonly sides = [sideDecoration('charts.blue', 'solid'), sideDecoration('charts.orange', 'dashed')] as const;

  constructor(
    private readonly sessions: SessionRegistry,
    private readonly reporter: ErrorReporter,
  ) {
    this.disposables.add(vscode.workspace.registerTextDocumentContentProvider(streamScheme, this));
    this.disposables.add(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.texts.delete(uri.toString());
        this.streams.delete(uri.toString());
      }),
    );
    this.disposables.add(vscode.window.onDidChangeVisibleTextEditors(() => this.tellSidesApart()));
    for (const side of this.sides) this.disposables.add(side);
  }

  /** Does what a view asked for, and tells the person when it cannot be done. */
  async handle(session: Session, command: StreamCommand): Promise<void> {
    try {
      switch (command.type) {
        case 'followStream':
          await this.follow(session, { packet: command.packet, filter: command.filter }, 'text');
          break;
        case 'openBody':
          await this.openBody(session, placeOf(command), command.part);
          break;
        case 'saveBody':
          await this.saveBody(session, placeOf(command), command.part);
          break;
        case 'copyCurl':
          await vscode.env.clipboard.writeText((await session.getCurl(placeOf(command))).command);
          vscode.window.setStatusBarMessage(t('$(check) Copied the request as cURL'), 4000);
          break;
      }
    } catch (error) {
      this.reporter.report(error);
    }
  }

  /** The conversation in the active editor in its other form. @throws NetworkTrafficError */
  async toggleForm(): Promise<void> {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const query = new URLSearchParams(uri?.query);
    const run = query.get('run');
    const session = this.sessions.all.find((candidate) => candidate.snapshot?.run === run);
    if (uri?.scheme !== streamScheme || query.get('form') === null || session === undefined) {
      throw new NetworkTrafficError('BAD_REQUEST', t('Open a conversation of a capture that is still open first.'));
    }
    const packet = query.get('packet');
    const target = { packet: packet === null ? null : Number(packet), filter: query.get('filter') ?? '' };
    await this.follow(session, target, query.get('form') === 'hex' ? 'text' : 'hex');
  }

  /** Shows a text as a read-only document, until it is closed. */
  async showText(name: string, text: string): Promise<void> {
    await this.show(
      vscode.Uri.from({ scheme: streamScheme, path: `/${name}`, query: `text=${Date.now()}` }),
      text,
      'plaintext',
    );
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? t('This capture is not open any more.\n');
  }

  dispose(): void {
    this.disposables.dispose();
    this.texts.clear();
    this.streams.clear();
  }

  private async follow(session: Session, target: StreamTarget, form: StreamForm): Promise<void> {
    const stream = await working(t('Following the stream'), session.followStream(target, form));
    const uri = this.uriOf(session, `${stream.title}${form === 'hex' ? ' (hex)' : ''}.txt`, {
      form,
      ...(target.packet === null ? { filter: target.filter } : { packet: String(target.packet) }),
    });
    this.streams.set(uri.toString(), stream);
    await this.show(uri, stream.text, 'plaintext');
    this.tellSidesApart();
    if (stream.cut) {
      void vscode.window.showInformationMessage(
        t('The conversation is longer than a document can be: its end is left out.'),
      );
    }
  }

  private async openBody(session: Session, place: RequestPlace, part: BodyPart): Promise<void> {
    const body = await working(t('Reading the body'), session.getBody(place, part));
    const { packet, ahead = 0 } = place;
    const number = ahead === 0 ? String(packet) : `${packet}.${ahead + 1}`;
    const name = body.readable ? body.name : t('{0} (hex dump)', body.name);
    const uri = this.uriOf(session, `${part} ${number}/${name}`, { packet: number, part });
    const language = body.readable ? languages.find(([type]) => type.test(body.contentType))?.[1] : undefined;
    await this.show(uri, body.text, language ?? 'plaintext');
    if (body.notes.length > 0) void vscode.window.showInformationMessage(body.notes.join(' '));
  }

  private async saveBody(session: Session, place: RequestPlace, part: BodyPart): Promise<void> {
    const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri;
    const { name } = await session.getBody(place, part);
    const target = await vscode.window.showSaveDialog({
      title: t('Save Body'),
      ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
    });
    if (target === undefined) return;
    if (target.scheme !== 'file') {
      throw new NetworkTrafficError(
        'BAD_REQUEST',
        t('Bodies are written to files on a disk, not to {0}.', target.scheme),
      );
    }
    await session.saveBody(place, part, target.fsPath);
    vscode.window.setStatusBarMessage(t('$(check) Saved the body'), 4000);
  }

  private uriOf(session: Session, path: string, query: Record<string, string>): vscode.Uri {
    return vscode.Uri.from({
      scheme: streamScheme,
      path: `/${path.replace(/[\\?#]/g, ' ')}`,
      query: new URLSearchParams({ run: session.snapshot?.run ?? '', ...query }).toString(),
    });
  }

  private async show(uri: vscode.Uri, text: string, language: string): Promise<void> {
    await keepCaptureEditor();
    this.texts.set(uri.toString(), text);
    let document = await vscode.workspace.openTextDocument(uri);
    const known = await vscode.languages.getLanguages();
    if (document.languageId !== language && known.includes(language)) {
      document = await vscode.languages.setTextDocumentLanguage(document, language);
      // A change of language closes and opens the document again.
      this.texts.set(uri.toString(), text);
    }
    await vscode.window.showTextDocument(document, { preview: true });
  }

  private tellSidesApart(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const stream = this.streams.get(editor.document.uri.toString());
      if (stream === undefined) continue;
      this.sides.forEach((side, at) => {
        const turns = stream.turns.filter(({ fromA }) => fromA === (at === 0));
        editor.setDecorations(
          side,
          turns.map(({ firstLine, endLine }) => new vscode.Range(firstLine, 0, Math.max(firstLine, endLine - 1), 0)),
        );
      });
    }
  }
}

/** A bar beside the lines of one side; the line before each turn says it in words. */
function sideDecoration(color: string, borderStyle: string): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    borderWidth: '0 0 0 2px',
    borderStyle,
    borderColor: new vscode.ThemeColor(color),
  });
}

function working<T>(title: string, work: Promise<T>): Thenable<T> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () => work);
}

function placeOf({ packet, ahead }: RequestPlace): RequestPlace {
  return { packet, ...(ahead === undefined ? {} : { ahead }) };
}
