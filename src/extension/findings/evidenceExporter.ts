import path from 'node:path';
import * as vscode from 'vscode';
import { helpPath, type Finding } from '../../protocol/finding';
import type { Session } from '../sessions/session';
import type { Storage } from '../sessions/storage';
import { evidenceName } from './evidenceName';
import { evidenceComment, evidenceReport } from './evidenceReport';
import type { MarksFile } from './marksFile';
import { t } from '../../protocol/l10n';

/** Packets that a report lists. */
export const maxReportPackets = 40;

/** Where the evidence of one finding was put. */
export interface ExportedEvidence {
  capture: vscode.Uri;
  report: vscode.Uri;
  packets: number;
}

/** Writes a finding's packets as a capture of their own, with what it says as comments, and a report beside it. */
export class EvidenceExporter {
  constructor(
    private readonly storage: Storage,
    private readonly marks: MarksFile,
    private readonly extensionUri: vscode.Uri,
  ) {}

  /**
   * Into `folder`, or, without one, into one that the person chooses. Returns null when they gave up. The reports open as
   * documents. @throws NetworkTrafficError
   */
  async export(
    session: Session,
    findings: readonly Finding[],
    folder?: vscode.Uri,
  ): Promise<ExportedEvidence[] | null> {
    const place = folder ?? (await this.chooseFolder());
    if (place === undefined) return null;
    await this.marks.load();
    const results: ExportedEvidence[] = [];
    for (const finding of findings) {
      const name = evidenceName(finding, session.title);
      const capture = vscode.Uri.joinPath(place, `${name}.pcapng`);
      const report = vscode.Uri.joinPath(place, `${name}.md`);
      const temporary = await this.storage.exportPath(`${name}.pcapng`);
      try {
        const { rows } = await session.exportEvidence({
          path: temporary,
          title: finding.title.slice(0, 1000),
          comment: evidenceComment(finding, session.title),
          packets: finding.packets.slice(0, 100_000),
          flows: finding.flows.slice(0, 1000),
        });
        await vscode.workspace.fs.copy(vscode.Uri.file(temporary), capture, { overwrite: true });
        const packets = await session.packetsByNumber(finding.packets.slice(0, maxReportPackets));
        const text = evidenceReport({
          finding,
          source: session.title,
          helpUri: vscode.Uri.joinPath(this.extensionUri, helpPath(finding.rule)).toString(),
          mark: this.marks.of(finding, session.title),
          packets: packets.rows,
          file: { name: path.posix.basename(capture.path), packets: rows },
        });
        await vscode.workspace.fs.writeFile(report, Buffer.from(text));
        results.push({ capture, report, packets: rows });
      } finally {
        await this.storage.removeExport(temporary);
      }
    }
    for (const { report } of results.slice(0, 4)) await vscode.window.showTextDocument(report, { preview: false });
    return results;
  }

  private async chooseFolder(): Promise<vscode.Uri | undefined> {
    const workspaceFolder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const chosen = await vscode.window.showOpenDialog({
      title: t('Export Evidence'),
      openLabel: t('Export Here'),
      canSelectFiles: false,
      canSelectFolders: true,
      ...(workspaceFolder === undefined ? {} : { defaultUri: workspaceFolder }),
    });
    return chosen?.[0];
  }
}
