import './translations';
import path from 'node:path';
import * as vscode from 'vscode';
import { AnalyzerClient } from './client/analyzerClient';
import { createApi, type NetworkTrafficApi } from './api';
import { createAskpass } from './capture/askpass';
import { DoctorPage } from './capture/doctorPage';
import { CaptureController } from './capture/captureController';
import { Recovery } from './capture/recovery';
import { commandIds, viewIds } from './commandIds';
import { registerCommands } from './commands';
import { ContextState } from './contextState';
import { DebugRuns } from './debug/debugRuns';
import { ErrorReporter } from './errorReporter';
import { ExclusionsFiles } from './exclusions/exclusionsFiles';
import { FiltersFiles } from './filters/filtersFiles';
import { Exporter } from './exports/exporter';
import { ModelCommands } from './model/modelCommands';
import { EvidenceExporter } from './findings/evidenceExporter';
import { FindingPanel } from './findings/findingPanel';
import { MarksFile } from './findings/marksFile';
import { PacketLayoutStore } from './panels/packetLayoutStore';
import { CaptureEditorProvider } from './panels/captureEditor';
import { Dashboard } from './panels/dashboardPanel';
import { CompareCaptures } from './results/compareCaptures';
import { ResultDocuments } from './results/resultDocuments';
import { WhatIfCommand } from './rules/whatIf';
import { WhatIfPage } from './rules/whatIfPage';
import { Leftovers } from './sessions/leftovers';
import { FileSession } from './sessions/fileSession';
import { LiveSession } from './sessions/liveSession';
import { SessionRegistry } from './sessions/sessionRegistry';
import { Storage } from './sessions/storage';
import { LanguageModelTools } from './tools/languageModelTools';
import { AnomalyTree } from './views/anomalyTree';
import { FindingNotifier } from './views/findingNotifier';
import { FindingDocuments } from './views/findingDocuments';
import { StreamDocuments } from './views/streamDocuments';
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

  const models = new ModelCommands(context.extensionPath, context.globalStorageUri.fsPath, log);
  const modulePath = path.join(context.extensionPath, 'dist', 'analyzer.js');
  const createClient = (): AnalyzerClient =>
    new AnalyzerClient({ modulePath, words: ['--model-choice', models.choiceFile], log });
  const storage = new Storage(context.globalStorageUri.fsPath, log);
  const live = new LiveSession({ createClient, createAskpass, spools: storage, log });
  const sessions = new SessionRegistry(live);

  const streams = new StreamDocuments(sessions, reporter);
  const exporter = new Exporter(sessions, storage, reporter, (name, text) => streams.showText(name, text));
  const documents = new FindingDocuments(sessions, context.extensionUri);
  const exclusions = new ExclusionsFiles(sessions, log);
  const tree = new AnomalyTree(sessions, context.workspaceState);
  const results = new ResultDocuments();
  const compare = new CompareCaptures(sessions, results, createClient);
  const marks = new MarksFile(log);
  const manifest: unknown = context.extension.packageJSON;
  const whatIfPage = new WhatIfPage({ extensionUri: context.extensionUri, sessions, marks, manifest, log });
  const whatIf = new WhatIfCommand(sessions, () => whatIfPage.show());
  const evidence = new EvidenceExporter(storage, marks, context.extensionUri);
  const findingPanel = new FindingPanel({
    extensionUri: context.extensionUri,
    sessions,
    marks,
    log,
    showPackets: (session, filter) => {
      if (session instanceof FileSession && editor.showPackets(session, filter)) return;
      void exporter.exportOf(session, 'packets.pcap', filter);
    },
    silence: (finding) => void vscode.commands.executeCommand(commandIds.silenceFinding, finding.id),
    exportEvidence: (_session, finding) =>
      void vscode.commands.executeCommand(commandIds.exportEvidence, { finding: finding.id }),
    showRule: (rule) => void documents.showRule(rule),
    showDocument: (id) => void documents.show(id),
    report: (error) => reporter.report(error),
  });
  const showFinding = (id: string): void => void findingPanel.show(id);
  // What an analysis process that died has kept is nobody's: it can be recovered at once.
  const ownSpool = (): string | null => (live.analyzerDied ? null : live.spool);
  const showLiveFinding = (id: string): void => {
    sessions.activate(live);
    showFinding(id);
  };
  const recovery = new Recovery(new Leftovers(storage, ownSpool, log), reporter);
  const capture: CaptureController = new CaptureController(live, context.globalState, reporter, () =>
    dashboard.show(false),
  );
  const shared = { extensionUri: context.extensionUri, sessions, exporter, log, showFinding, showLog };
  const dashboard = new Dashboard({
    ...shared,
    capture,
    reporter,
    onOpen: () => recovery.offerOnce(),
    openReport: () => void results.showReport(live),
  });
  const filters = new FiltersFiles(context.workspaceState, log);
  const editor: CaptureEditorProvider = new CaptureEditorProvider({
    ...shared,
    createClient,
    streams,
    storage,
    layout: new PacketLayoutStore(context.globalState),
    filters,
    reporter,
  });

  const doctor = new DoctorPage({ ...shared, examine: () => live.examine() });

  const debugRuns = new DebugRuns({ capture, sessions, storage, reporter, log });

  context.subscriptions.push(
    channel,
    debugRuns,
    sessions,
    doctor,
    documents,
    streams,
    exclusions,
    filters,
    whatIf,
    whatIfPage,
    models,
    tree,
    marks,
    results,
    findingPanel,
    dashboard,
    new FindingNotifier(live, showLiveFinding),
    new LanguageModelTools(sessions),
    new StatusBar(live),
    new ContextState(sessions),
    editor.register(),
    vscode.window.registerWebviewPanelSerializer(viewIds.dashboard, dashboard),
    registerCommands({
      capture,
      compare,
      dashboard,
      debugRuns,
      doctor,
      documents,
      editor,
      evidence,
      exclusions,
      exporter,
      filters,
      models,
      findingPanel,
      marks,
      recovery,
      reporter,
      results,
      sessions,
      streams,
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
