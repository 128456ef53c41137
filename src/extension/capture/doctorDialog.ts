import * as vscode from 'vscode';
import type { DoctorReport } from '../../protocol/doctor';

const copyTitle = 'Copy Command';
const marks = { ok: '✓', note: '–', problem: '✗' };

/** Shows what stands between this machine and a capture, with the command that repairs it to be copied. */
export async function showDoctor(report: DoctorReport): Promise<void> {
  const checks = report.checks.map(({ name, state, found }) => `${marks[state]} ${name}: ${found}`);
  const repair = report.command === null ? [] : [report.command, ''];
  const options = { modal: true, detail: [...repair, ...checks].join('\n') };
  const show = report.verdict === 'blocked' ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  const chosen = await show(report.summary, options, ...(report.command === null ? [] : [copyTitle]));
  if (chosen === copyTitle && report.command !== null) await vscode.env.clipboard.writeText(report.command);
}
