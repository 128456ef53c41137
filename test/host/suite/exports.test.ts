import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { commandIds, viewIds } from '../../../src/extension/commandIds';
import type { AnalysisReport } from '../../../src/protocol/capture';
import { activated, analyze, closeAllEditors, sample, tabsOf, waitFor } from '../support/host';

describe('exports', () => {
  let folder: string;
  let packets: number;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nta-host-'));
  });

  beforeEach(async () => {
    packets = (await analyze(await activated(), sample('port-scan.pcap'))).packets;
  });

  afterEach(closeAllEditors);
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function exportedText(
    command: string,
    argument?: unknown,
  ): Promise<{ text: string; document: vscode.TextDocument }> {
    const uri = await vscode.commands.executeCommand<vscode.Uri | undefined>(command, argument);
    assert.ok(uri !== undefined, `${command} gave nothing`);
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.uri.toString(), uri.toString(), 'the export is the active editor');
    return { text: document.getText(), document };
  }

  it('opens packets as CSV, one line a packet', async () => {
    const { text, document } = await exportedText(commandIds.exportCsv, { kind: 'packets' });
    const lines = text.trimEnd().split(/\r?\n/);
    assert.equal(lines[0], 'number,time,source,destination,sourcePort,destinationPort,protocol,length,info');
    assert.equal(lines.length, packets + 1);
    assert.equal(document.isUntitled, true);
    assert.match(lines[1] ?? '', /^1,\d+/);
  });

  it('opens flows as CSV', async () => {
    const { text } = await exportedText(commandIds.exportCsv, { kind: 'flows' });
    const lines = text.trimEnd().split(/\r?\n/);
    assert.match(lines[0] ?? '', /^protocol,/);
    assert.ok(lines.length > 100, `${lines.length} lines`);
  });

  it('opens the analysis as JSON', async () => {
    const { text, document } = await exportedText(commandIds.exportJson);
    const report = JSON.parse(text) as AnalysisReport;
    assert.equal(report.schema, 1);
    assert.equal(report.capture.packets, packets);
    assert.equal(report.findings[0]?.threat, 'port-scan');
    assert.equal(document.languageId, 'json');
  });

  it('opens packets as PCAP in the capture view', async () => {
    const api = await activated();
    const uri = await vscode.commands.executeCommand<vscode.Uri | undefined>(commandIds.exportPcap);
    assert.ok(uri !== undefined && uri.fsPath.endsWith('.pcap'), String(uri));
    assert.equal(statSync(uri.fsPath).mode & 0o077, 0, 'readable by this user alone');
    await waitFor('the export is open', () =>
      tabsOf(viewIds.captureEditor).find(
        (tab) => (tab.input as vscode.TabInputCustom).uri.toString() === uri.toString(),
      ),
    );
    const copy = await waitFor('the export is read', () =>
      api.sessions().find((session) => session.title === path.basename(uri.fsPath) && session.state === 'finished'),
    );
    assert.equal(copy.packets, packets);
    rmSync(path.dirname(uri.fsPath), { recursive: true });
  });

  it('writes to a given file, with a filter, and opens nothing', async () => {
    const file = path.join(folder, 'out.csv');
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).length;
    const uri = await vscode.commands.executeCommand<vscode.Uri>(commandIds.exportCsv, {
      kind: 'packets',
      path: file,
      filter: 'udp',
    });
    assert.equal(uri.fsPath, file);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\r\n');
    assert.ok(lines.length < packets, 'the filter leaves some out');
    assert.equal(vscode.window.tabGroups.all.flatMap((group) => group.tabs).length, tabs);
  });

  it('never writes a capture over itself', async () => {
    const { fsPath } = sample('port-scan.pcap');
    const before = readFileSync(fsPath);
    assert.equal(await vscode.commands.executeCommand(commandIds.exportPcap, { path: fsPath }), undefined);
    assert.deepEqual(readFileSync(fsPath), before);
  });

  it('refuses arguments that are not valid', async () => {
    for (const argument of [{ kind: 'everything' }, { path: 'relative.csv' }, { kind: 'packets', path: 7 }]) {
      assert.equal(
        await vscode.commands.executeCommand(commandIds.exportCsv, argument),
        undefined,
        JSON.stringify(argument),
      );
    }
  });
});
