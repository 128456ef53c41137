import * as vscode from 'vscode';
import type { CaptureController } from './capture/captureController';
import { showDoctor } from './capture/doctorDialog';
import { pickCaptureOptions } from './capture/optionsPick';
import type { Recovery } from './capture/recovery';
import { commandIds, viewIds, type CommandName } from './commandIds';
import type { Disposable } from './disposable';
import { DisposableStore } from './disposable';
import type { ErrorReporter } from './errorReporter';
import { NetworkTrafficError } from './errors';
import type { Finding } from '../protocol/finding';
import type { ExclusionsFiles } from './exclusions/exclusionsFiles';
import { silenceFinding } from './exclusions/silenceFinding';
import type { WhatIfCommand } from './rules/whatIf';
import type { FiltersFiles } from './filters/filtersFiles';
import type { Exporter } from './exports/exporter';
import { notOnDisk } from './panels/captureEditor';
import type { CaptureEditorProvider } from './panels/captureEditor';
import type { Dashboard } from './panels/dashboardPanel';
import type { SessionRegistry } from './sessions/sessionRegistry';
import type { AnomalyTree } from './views/anomalyTree';
import type { FindingDocuments } from './views/findingDocuments';

/** Files that one command opens at once, when many are selected in the explorer. */
const maxOpenedFiles = 8;

export interface CommandContext {
  capture: CaptureController;
  dashboard: Dashboard;
  documents: FindingDocuments;
  editor: CaptureEditorProvider;
  exclusions: ExclusionsFiles;
  exporter: Exporter;
  filters: FiltersFiles;
  recovery: Recovery;
  reporter: ErrorReporter;
  sessions: SessionRegistry;
  tree: AnomalyTree;
  whatIf: WhatIfCommand;
  showLog: () => void;
}

/** Registers every command. A command that fails tells the person, and does not throw at whoever called it. */
export function registerCommands(context: CommandContext): Disposable {
  const { capture, dashboard, documents, editor, exclusions, exporter, filters } = context;
  const { recovery, reporter, sessions, tree, whatIf, showLog } = context;
  const theFinding = (target: unknown): Finding => {
    const id = findingId(target) ?? tree.selectedFindingId;
    const finding = sessions.active.findings.find((candidate) => candidate.id === id);
    if (finding === undefined) throw new NetworkTrafficError('BAD_REQUEST', 'This finding is not there any more.');
    return finding;
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
    exportCsv: (argument) => exporter.exportCsv(argument),
    exportJson: (argument) => exporter.exportJson(argument),
    exportPcap: (argument) => exporter.exportPcap(argument),
    clearFindings: () => sessions.active.clearFindings(),
    showFinding: async (target) => {
      const id = findingId(target) ?? tree.selectedFindingId;
      if (id === null || !(await documents.show(id))) {
        throw new NetworkTrafficError('BAD_REQUEST', 'This finding is not there any more.');
      }
      await tree.reveal(id);
    },
    showRule: (target) => documents.showRule(theFinding(target).rule),
    silenceFinding: (target) => silenceFinding(theFinding(target), exclusions),
    openExclusions: () => exclusions.open(),
    filterApply: (target) => editor.useFilter(target, 'apply'),
    filterNot: (target) => editor.useFilter(target, 'not'),
    filterAnd: (target) => editor.useFilter(target, 'and'),
    filterOr: (target) => editor.useFilter(target, 'or'),
    filterAndNot: (target) => editor.useFilter(target, 'and not'),
    filterOrNot: (target) => editor.useFilter(target, 'or not'),
    openFilters: () => filters.open(),
    whatIf: (argument) => whatIf.run(argument),
    doctor: async () => showDoctor(await sessions.live.examine()),
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
    if (uri.scheme !== 'file') throw notOnDisk(uri);
    await vscode.commands.executeCommand('vscode.openWith', uri, viewIds.captureEditor, { preview: false });
  }
  return files;
}

async function askForFiles(): Promise<vscode.Uri[]> {
  const chosen = await vscode.window.showOpenDialog({
    title: 'Analyze Network Capture',
    openLabel: 'Analyze',
    canSelectMany: true,
    filters: { 'Network captures': ['pcap', 'pcapng', 'cap', 'gz'], 'All files': ['*'] },
  });
  return chosen ?? [];
}

/** A finding's identifier, from a caller or from a row of the context menu. */
function findingId(target: unknown): string | null {
  if (typeof target === 'string') return target;
  if (typeof target !== 'object' || target === null || !('finding' in target)) return null;
  const { finding } = target;
  return typeof finding === 'object' && finding !== null && 'id' in finding && typeof finding.id === 'string'
    ? finding.id
    : null;
}
