import * as vscode from 'vscode';
import type { CaptureController } from './capture/captureController';
import type { DoctorPage } from './capture/doctorPage';
import { pickCaptureOptions } from './capture/optionsPick';
import type { Recovery } from './capture/recovery';
import { commandIds, viewIds, type CommandName } from './commandIds';
import type { Disposable } from './disposable';
import { DisposableStore } from './disposable';
import type { ErrorReporter } from './errorReporter';
import { NetworkTrafficError } from './errors';
import type { Finding } from '../protocol/finding';
import type { DebugRuns } from './debug/debugRuns';
import { addKeyLog } from './decryption/addKeyLog';
import type { ExclusionsFiles } from './exclusions/exclusionsFiles';
import { silenceFindings } from './exclusions/silenceFinding';
import type { EvidenceExporter } from './findings/evidenceExporter';
import type { FindingPanel } from './findings/findingPanel';
import { openMarks, type MarksFile } from './findings/marksFile';
import type { WhatIfCommand } from './rules/whatIf';
import type { FiltersFiles } from './filters/filtersFiles';
import type { ModelCommands } from './model/modelCommands';
import type { Exporter } from './exports/exporter';
import type { CaptureEditorProvider } from './panels/captureEditor';
import type { Dashboard } from './panels/dashboardPanel';
import type { CompareCaptures } from './results/compareCaptures';
import type { ResultDocuments } from './results/resultDocuments';
import type { SessionRegistry } from './sessions/sessionRegistry';
import type { AnomalyTree } from './views/anomalyTree';
import type { StreamDocuments } from './views/streamDocuments';
import type { FindingDocuments } from './views/findingDocuments';
import { t } from '../protocol/l10n';

/** Files that one command opens at once, when many are selected in the explorer. */
const maxOpenedFiles = 8;

export interface CommandContext {
  capture: CaptureController;
  compare: CompareCaptures;
  dashboard: Dashboard;
  debugRuns: DebugRuns;
  doctor: DoctorPage;
  documents: FindingDocuments;
  editor: CaptureEditorProvider;
  evidence: EvidenceExporter;
  exclusions: ExclusionsFiles;
  findingPanel: FindingPanel;
  marks: MarksFile;
  exporter: Exporter;
  filters: FiltersFiles;
  models: ModelCommands;
  recovery: Recovery;
  reporter: ErrorReporter;
  results: ResultDocuments;
  sessions: SessionRegistry;
  streams: StreamDocuments;
  tree: AnomalyTree;
  whatIf: WhatIfCommand;
  showLog: () => void;
}

/** Registers every command. A command that fails tells the person, and does not throw at whoever called it. */
export function registerCommands(context: CommandContext): Disposable {
  const { capture, dashboard, documents, editor, exclusions, exporter, filters } = context;
  const { recovery, reporter, sessions, tree, whatIf, showLog } = context;
  const { evidence, findingPanel, marks, models, streams } = context;
  /** Those that are meant: the selected rows when the menu was opened on one of them, else what the caller names. */
  const theFindings = (target: unknown, selection?: unknown): Finding[] => {
    const rows = Array.isArray(selection) && selection.length > 0 ? selection : [target];
    const named = rows.map((row) => findingId(row));
    const ids = new Set(named.every((id) => id === null) ? tree.selectedFindingIds : named);
    const findings = sessions.active.findings.filter(({ id }) => ids.has(id));
    if (findings.length === 0) throw new NetworkTrafficError('BAD_REQUEST', t('This finding is not there any more.'));
    return findings;
  };
  const theFinding = (target: unknown): Finding => theFindings(target)[0] as Finding;
  const mark = async (verdict: 'right' | 'wrong', target: unknown, selection: unknown): Promise<void> => {
    const { title } = sessions.active;
    for (const finding of theFindings(target, selection)) await marks.mark(finding, title, verdict);
  };
  const handlers: Record<CommandName, (...args: unknown[]) => unknown> = {
    startCapture: (argument) => capture.startCommand(argument),
    stopCapture: () => capture.stop(),
    restartCapture: () => capture.restart(),
    recoverCapture: () => recovery.recoverCommand(),
    captureOnSshHost: () => capture.startOnSshHost(),
    captureOptions: () => pickCaptureOptions(),
    openDashboard: () => dashboard.show(true),
    analyzeCaptureFile: (target, selection) => analyzeCaptureFiles(target, selection),
    compareCaptures: (target, selection) => context.compare.run(target, selection),
    openReport: () => context.results.showReport(sessions.active),
    exportCsv: (argument) => exporter.exportCsv(argument),
    exportJson: (argument) => exporter.exportJson(argument),
    exportPcap: (argument) => exporter.exportPcap(argument),
    groupFindings: (argument) => tree.group(argument),
    filterFindings: (argument) => tree.filter(argument),
    clearFindingsFilter: () => tree.filter(''),
    clearFindings: () => sessions.active.clearFindings(),
    showFinding: async (target) => {
      const chosen = tree.selectedFindingIds;
      // A click on a row tells of no row: when it goes on to choose several, none is meant.
      if (findingId(target) === null && chosen.length > 1) return;
      const id = findingId(target) ?? chosen[0];
      // Selecting by keyboard opens a row, too, and goes on to the next one: the focus goes over when it is opened once more.
      const stays = findingId(target) === null && id !== undefined && !findingPanel.isShown(id);
      if (id === undefined || !(await findingPanel.show(id, stays))) {
        throw new NetworkTrafficError('BAD_REQUEST', t('This finding is not there any more.'));
      }
      await tree.reveal(id);
    },
    openFindingDocument: (target) => documents.show(theFinding(target).id),
    exportEvidence: (target, selection) =>
      evidence.export(sessions.active, theFindings(target, selection), evidenceFolder(target)),
    markRight: (target, selection) => mark('right', target, selection),
    markWrong: (target, selection) => mark('wrong', target, selection),
    openMarks: () => openMarks(marks),
    showRule: (target) => documents.showRule(theFinding(target).rule),
    silenceFinding: (target, selection) => silenceFindings(theFindings(target, selection), exclusions),
    openExclusions: () => exclusions.open(),
    filterApply: (target) => editor.useFilter(target, 'apply'),
    filterNot: (target) => editor.useFilter(target, 'not'),
    filterAnd: (target) => editor.useFilter(target, 'and'),
    filterOr: (target) => editor.useFilter(target, 'or'),
    filterAndNot: (target) => editor.useFilter(target, 'and not'),
    filterOrNot: (target) => editor.useFilter(target, 'or not'),
    openFilters: () => filters.open(),
    whatIf: (argument) => whatIf.run(argument),
    captureDebugRun: (argument) => context.debugRuns.captureDebugRun(argument),
    captureTask: (argument) => context.debugRuns.captureTask(argument),
    addKeyLog: (target) => addKeyLog(sessions.active, target),
    toggleStreamForm: () => streams.toggleForm(),
    trainModel: (argument) => models.train(argument),
    chooseModel: (argument) => models.choose(argument),
    showModelCard: () => models.showCard(),
    doctor: () => context.doctor.show(),
    showLog: () => showLog(),
  };
  const store = new DisposableStore();
  for (const name of Object.keys(handlers) as CommandName[]) {
    store.add(
      vscode.commands.registerCommand(commandIds[name], async (...args: unknown[]) => {
        try {
          return await handlers[name](...args);
        } catch (error) {
          reporter.report(error);
          return undefined;
        }
      }),
    );
  }
  return store;
}

/** Opens capture files in the capture editor: those given, else one that the person chooses. */
async function analyzeCaptureFiles(target: unknown, selection: unknown): Promise<vscode.Uri[]> {
  const selected = Array.isArray(selection)
    ? selection.filter((item): item is vscode.Uri => item instanceof vscode.Uri)
    : [];
  const given = selected.length > 0 ? selected : target instanceof vscode.Uri ? [target] : await askForFiles();
  const files = given.slice(0, maxOpenedFiles);
  for (const uri of files) {
    await vscode.commands.executeCommand('vscode.openWith', uri, viewIds.captureEditor, { preview: false });
  }
  return files;
}

async function askForFiles(): Promise<vscode.Uri[]> {
  const chosen = await vscode.window.showOpenDialog({
    title: t('Analyze Network Capture'),
    openLabel: t('Analyze'),
    canSelectMany: true,
    filters: { [t('Network captures')]: ['pcap', 'pcapng', 'cap', 'gz'], [t('All files')]: ['*'] },
  });
  return chosen ?? [];
}

/** Where a caller that asks nothing wants evidence to be: `{ finding, folder }`. */
function evidenceFolder(target: unknown): vscode.Uri | undefined {
  if (typeof target !== 'object' || target === null || !('folder' in target)) return undefined;
  return target.folder instanceof vscode.Uri ? target.folder : undefined;
}

/** A finding's identifier, from a caller or from a row of the context menu. */
function findingId(target: unknown): string | null {
  if (typeof target === 'string') return target;
  if (typeof target !== 'object' || target === null || !('finding' in target)) return null;
  const { finding } = target;
  if (typeof finding === 'string') return finding;
  return typeof finding === 'object' && finding !== null && 'id' in finding && typeof finding.id === 'string'
    ? finding.id
    : null;
}
