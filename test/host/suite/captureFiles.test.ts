import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Finding } from '../../../src/protocol/finding';
import { commandIds, viewIds } from '../../../src/extension/commandIds';
import { activated, analyze, closeAllEditors, isAlive, rowsOf, sample, tabsOf, waitFor } from '../support/host';

describe('capture files', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nta-host-'));
  });

  afterEach(closeAllEditors);
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('opens in the capture editor and shows the port scan in the tree', async () => {
    const api = await activated();
    const session = await analyze(api, sample('port-scan.pcap'));
    assert.ok(session.packets > 200, `${session.packets} packets`);
    await waitFor('the editor is a tab', () => tabsOf(viewIds.captureEditor)[0]);
    const told = (): Finding | undefined => [...session.findings, ...api.activeSession().findings][0];
    const kindsOf = (finding: Finding): string[] => [
      ...finding.evidence.map(() => 'evidence'),
      ...finding.against.map(() => 'against'),
      ...finding.next.map(() => 'next'),
      'flows',
      ...(finding.packets.length > 0 ? ['packets'] : []),
    ];
    // The model agrees a moment after the rule has told: then both the session and the tree show more evidence.
    const scan = await waitFor('the scan is in the tree as the session tells it', () => {
      const [row] = rowsOf(api.anomalies(), 'finding');
      const finding = told();
      const kinds = row?.children.map(({ kind }) => kind).join();
      return finding !== undefined && row?.label === finding.title && kinds === kindsOf(finding).join() ? row : null;
    });
    assert.equal(told()?.threat, 'port-scan');
    assert.ok(scan.children.some((row) => row.kind === 'evidence' && /limit/.test(row.description)));
  });

  it('reads gzip and pcapng, and finds nothing in ordinary traffic', async () => {
    const api = await activated();
    const plain = await analyze(api, sample('web-browsing.pcap'));
    const packed = await analyze(api, sample('web-browsing.pcap.gz'));
    assert.equal(packed.packets, plain.packets);
    assert.ok(plain.packets > 0);
    assert.deepEqual([plain.findings, packed.findings], [[], []]);
    await waitFor('the tree is empty', () => (api.anomalies().length === 0 ? true : null));
    const sweep = await analyze(api, sample('network-sweep.pcapng'));
    assert.ok(sweep.packets > 0);
  });

  it('shows a finding on a page of its own, and as a document', async () => {
    const api = await activated();
    await analyze(api, sample('port-scan.pcap'));
    const finding = await waitFor('a finding', () => api.activeSession().findings[0]);
    await vscode.commands.executeCommand(commandIds.showFinding, finding.id);
    await waitFor('its page', () => tabsOf(viewIds.finding).find((tab) => tab.label === finding.title));
    await vscode.commands.executeCommand(commandIds.openFindingDocument, finding.id);
    const text = await waitFor('its document', () => {
      const document = vscode.window.activeTextEditor?.document;
      return document?.uri.scheme === 'network-traffic' ? document.getText() : null;
    });
    assert.match(text, /## Evidence/);
    assert.match(text, /## What speaks against it/);
    assert.match(text, /T1046 Network Service Discovery/);
    for (const source of finding.sources) assert.ok(text.includes(source), source);
  });

  it('keeps the capture that a finding is from, even in a preview tab', async () => {
    const api = await activated();
    await vscode.commands.executeCommand('vscode.openWith', sample('port-scan.pcap'), viewIds.captureEditor, {
      preview: true,
    });
    const finding = await waitFor('a finding', () => api.activeSession().findings[0]);
    for (const command of [commandIds.showFinding, commandIds.openFindingDocument]) {
      await vscode.commands.executeCommand(command, finding.id);
      await waitFor('the page or the document', () =>
        tabsOf(viewIds.finding).length > 0 || vscode.window.activeTextEditor !== undefined ? true : null,
      );
      assert.equal(tabsOf(viewIds.captureEditor).length, 1);
      assert.equal(api.activeSession().findings[0]?.id, finding.id);
    }
  });

  it('marks a finding as right or wrong in a file of the workspace', async () => {
    const api = await activated();
    await analyze(api, sample('port-scan.pcap'));
    const finding = await waitFor('a finding', () => api.activeSession().findings[0]);
    await vscode.commands.executeCommand(commandIds.markWrong, finding.id);
    const bytes = await vscode.workspace.fs.readFile(sample('.network-traffic/marks.json'));
    const { marks } = JSON.parse(new TextDecoder().decode(bytes)) as { marks: Record<string, unknown>[] };
    assert.equal(marks.length, 1);
    assert.deepEqual([marks[0]?.['capture'], marks[0]?.['verdict']], ['port-scan.pcap', 'wrong']);
    await vscode.workspace.fs.delete(sample('.network-traffic'), { recursive: true });
  });

  it('exports the evidence of a finding: its packets, and a report that opens', async () => {
    const api = await activated();
    const { packets } = await analyze(api, sample('port-scan.pcap'));
    const finding = await waitFor('a finding', () => api.activeSession().findings[0]);
    const [evidence] = await vscode.commands.executeCommand<{ capture: vscode.Uri; packets: number }[]>(
      commandIds.exportEvidence,
      { finding: finding.id, folder: vscode.Uri.file(folder) },
    );
    assert.ok(evidence !== undefined && evidence.packets > 0 && evidence.packets <= packets);
    const text = vscode.window.activeTextEditor?.document.getText() ?? '';
    assert.ok(text.includes('## First packets'), text.slice(0, 500));
    const written = await analyze(api, evidence.capture);
    assert.equal(written.packets, evidence.packets);
  });

  it('clears findings', async () => {
    const api = await activated();
    await analyze(api, sample('port-scan.pcap'));
    await waitFor('a finding', () => api.anomalies()[0]);
    await vscode.commands.executeCommand(commandIds.clearFindings);
    await waitFor('the tree is empty', () => (api.anomalies().length === 0 ? true : null));
    assert.deepEqual(api.activeSession().findings, []);
  });

  it('shares one analysis between editors on a file, and ends its process with the last of them', async () => {
    const api = await activated();
    const { analyzerPid } = await analyze(api, sample('web-browsing.pcap'));
    assert.ok(analyzerPid !== null && isAlive(analyzerPid));
    await vscode.commands.executeCommand('workbench.action.splitEditor');
    await waitFor('two editors', () => (tabsOf(viewIds.captureEditor).length === 2 ? true : null));
    assert.equal(api.sessions().filter((session) => session.kind === 'file').length, 1);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    assert.ok(isAlive(analyzerPid), 'the other editor still needs it');
    await closeAllEditors();
    await waitFor('the session is gone', () => (api.sessions().length === 1 ? true : null));
    await waitFor('the process is gone', () => (isAlive(analyzerPid) ? null : true));
  });

  it('says what is wrong with a file that is no capture, keeps no process for it, and goes on', async () => {
    const api = await activated();
    const file = path.join(folder, 'text.pcap');
    writeFileSync(file, 'this is not a capture, whatever its name says\n'.repeat(20));
    await vscode.commands.executeCommand(commandIds.analyzeCaptureFile, vscode.Uri.file(file));
    const failed = await waitFor('it has failed', () =>
      api.sessions().find((session) => session.title === 'text.pcap' && session.state === 'failed'),
    );
    assert.equal(failed.failure?.code, 'NOT_A_CAPTURE');
    assert.match(failed.failure.message, /text\.pcap/);
    assert.equal(failed.analyzerPid, null);
    await waitFor('the editor that says so', () => tabsOf(viewIds.captureEditor)[0]);
    const session = await analyze(api, sample('web-browsing.pcap'));
    assert.ok(session.packets > 0);
  });

  it('reads what is there of a file that was cut off', async () => {
    const api = await activated();
    const whole = await vscode.workspace.fs.readFile(sample('web-browsing.pcap'));
    const file = path.join(folder, 'cut.pcap');
    writeFileSync(file, whole.subarray(0, whole.length - 7));
    const session = await analyze(api, vscode.Uri.file(file));
    assert.ok(session.packets > 0);
  });

  it('follows a file that is written to, and reads one again that was replaced', async () => {
    const api = await activated();
    const whole = await vscode.workspace.fs.readFile(sample('web-browsing.pcap'));
    const file = path.join(folder, 'grows.pcap');
    const third = Math.floor(whole.length / 3);
    writeFileSync(file, whole.subarray(0, third));
    const first = await analyze(api, vscode.Uri.file(file));
    appendFileSync(file, whole.subarray(third, 2 * third));
    const packets = (): number => api.activeSession().packets;
    await waitFor('the packets that came', () => (packets() > first.packets ? true : null));
    const second = packets();
    appendFileSync(file, whole.subarray(2 * third));
    await waitFor('the rest', () => (packets() > second && packets() >= 855 ? true : null));
    assert.equal(packets(), 855);
    assert.equal(api.sessions().filter(({ kind }) => kind === 'file').length, 1);
  });

  it('opens a file of another file system, read-only, and keeps no copy when it is closed', async () => {
    const api = await activated();
    const bytes = await vscode.workspace.fs.readFile(sample('web-browsing.pcap.gz'));
    const store = new ReadOnlyFiles(bytes);
    const registered = vscode.workspace.registerFileSystemProvider('nta-test', store, { isReadonly: true });
    try {
      const session = await analyze(api, vscode.Uri.parse('nta-test:/far/away/far.pcap.gz'));
      assert.equal(session.packets, 855);
      const copy = session.path ?? '';
      assert.ok(existsSync(copy) && !copy.includes('far/away'), copy);
      assert.equal(statSync(copy).mode & 0o777, 0o600);
      await closeAllEditors();
      await waitFor('the copy is gone', () => (existsSync(path.dirname(copy)) ? null : true));
      store.sizeBytes = 300e6;
      await vscode.commands.executeCommand(commandIds.analyzeCaptureFile, vscode.Uri.parse('nta-test:/big.pcap'));
      const failed = await waitFor('it has failed', () => api.sessions().find(({ state }) => state === 'failed'));
      assert.match(
        failed.failure?.message ?? '',
        /big\.pcap has 300 MB\. Captures that are in nta-test are read up to/,
      );
      assert.equal(failed.analyzerPid, null);
    } finally {
      registered.dispose();
    }
  });

  it('says why it cannot open what no file system has', async () => {
    const api = await activated();
    await vscode.commands.executeCommand(commandIds.analyzeCaptureFile, vscode.Uri.parse('nta-none:/nowhere/x.pcap'));
    const failed = await waitFor('it has failed', () => api.sessions().find(({ state }) => state === 'failed'));
    assert.match(failed.failure?.message ?? '', /x\.pcap cannot be read from nta-none/);
  });
});

/** One capture under every name, as a read-only file system of another extension has it. */
class ReadOnlyFiles implements vscode.FileSystemProvider {
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;
  sizeBytes: number;

  constructor(private readonly bytes: Uint8Array) {
    this.sizeBytes = bytes.length;
  }

  stat(): vscode.FileStat {
    return { type: vscode.FileType.File, ctime: 0, mtime: 0, size: this.sizeBytes };
  }
  readFile(): Uint8Array {
    return this.bytes;
  }
  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }
  readDirectory(): [] {
    return [];
  }
  createDirectory = refuse;
  writeFile = refuse;
  delete = refuse;
  rename = refuse;
}

function refuse(): never {
  throw vscode.FileSystemError.NoPermissions();
}
