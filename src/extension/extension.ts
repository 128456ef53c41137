import path from 'node:path';
import * as vscode from 'vscode';
import { AnalyzerClient } from './client/analyzerClient';
import { createApi, type NetworkTrafficApi } from './api';
import { createAskpass } from './capture/askpass';
import { CaptureController } from './capture/captureController';
import { Recovery } from './capture/recovery';
import { viewIds } from './commandIds';
import { registerCommands } from './commands';
import { ContextState } from './contextState';
import { ErrorReporter } from './errorReporter';
import { ExclusionsFiles } from './exclusions/exclusionsFiles';
import { FiltersFiles } from './filters/filtersFiles';
import { Exporter } from './exports/exporter';
import { CaptureEditorProvider } from './panels/captureEditor';
import { Dashboard } from './panels/dashboardPanel';
import { WhatIfCommand } from './rules/whatIf';
import { Leftovers } from './sessions/leftovers';
import { LiveSession } from './sessions/liveSession';
import { SessionRegistry } from './sessions/sessionRegistry';
import { Storage } from './sessions/storage';
import { AnomalyTree } from './views/anomalyTree';
import { FindingDocuments } from './views/findingDocuments';
import { StatusBar } from './views/statusBar';

let shutDown: (() => Promise<void>) | null = null;

/** How long closing the window may wait for the analysis processes. */
const shutDownMs = 3000;

/** Builds the objects and registers them. Nothing is started, read or shown before someone asks for it. */
export function activate(context: vscode.ExtensionContext): NetworkTrafficApi {
  const channel = vscode.window.createOutputChannel('Network Traffic', { log: true });
  const log = (level: 'info' | 'warn' | 'error', message: string): void => channel[level](message);
  const showLog = (): void => channel.show(true);
  const readme = vscode.Uri.joinPath(context.extensionUri, 'README.md').with({ fragment: 'permissions' });
  const reporter = new ErrorReporter(log, {
    showLog,
    howToAllow: () => void vscode.commands.executeCommand('markdown.showPreview', readme),
  });

  const modulePath = path.join(context.extensionPath, 'dist', 'analyzer.js');
  const createClient = (): AnalyzerClient => new AnalyzerClient({ modulePath, log });
  const storage = new Storage(context.globalStorageUri.fsPath, log);
  const live = new LiveSession({ createClient, createAskpass, spools: storage, log });
  const sessions = new SessionRegistry(live);

  const exporter = new Exporter(sessions, storage, reporter);
  const documents = new FindingDocuments(sessions, context.extensionUri);
  const exclusions = new ExclusionsFiles(sessions, log);
  const whatIf = new WhatIfCommand(sessions, context.extension.packageJSON);
  const tree = new AnomalyTree(sessions);
  const showFinding = (id: string): void => void documents.show(id);
  // What an analysis process that died has kept is nobody's: it can be recovered at once.
  const ownSpool = (): string | null => (live.analyzerDied ? null : live.spool);
  const recovery = new Recovery(new Leftovers(storage, ownSpool, log), reporter);
  const capture: CaptureController = new CaptureController(live, context.globalState, reporter, () =>
    dashboard.show(false),
  );
  const shared = { extensionUri: context.extensionUri, sessions, exporter, log, showFinding, showLog };
  const dashboard = new Dashboard({ ...shared, capture, reporter, onOpen: () => recovery.offerOnce() });
  const filters = new FiltersFiles(context.workspaceState, log);
  const editor = new CaptureEditorProvider({ ...shared, createClient, filters, reporter });

  context.subscriptions.push(
    channel,
    sessions,
    documents,
    exclusions,
    filters,
    whatIf,
    tree,
    dashboard,
    new StatusBar(live),
    new ContextState(sessions),
    editor.register(),
    vscode.window.registerWebviewPanelSerializer(viewIds.dashboard, dashboard),
    registerCommands({
      capture,
      dashboard,
      documents,
      editor,
      exclusions,
      exporter,
      filters,
      recovery,
      reporter,
      sessions,
      tree,
      whatIf,
      showLog,
    }),
    tree.onDidShow(() => recovery.offerOnce()),
    live.onDidFail((error) => reporter.report(error, () => capture.startCommand(undefined))),
  );

  shutDown = async () => {
    // What an analysis process that died has kept is offered by the next window.
    const spool = ownSpool();
    const exited = Promise.all(sessions.all.map((session) => session.exited()));
    sessions.dispose();
    await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, shutDownMs))]);
    if (spool !== null) storage.removeNow(spool);
  };
  return createApi(sessions, tree);
}

/** Ends every process of the extension and removes the packets of the live capture. */
export async function deactivate(): Promise<void> {
  await shutDown?.();
  shutDown = null;
}
