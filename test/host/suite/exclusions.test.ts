import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commandIds } from '../../../src/extension/commandIds';
import { exclusionsPath } from '../../../src/protocol/exclusions';
import { activated, analyze, closeAllEditors, rowsOf, sample, waitFor } from '../support/host';

/** The file in the workspace that the suite runs on. */
function exclusionsFile(): vscode.Uri {
  return sample(exclusionsPath);
}

async function write(entries: object[]): Promise<void> {
  await vscode.workspace.fs.writeFile(exclusionsFile(), Buffer.from(JSON.stringify({ exclusions: entries }, null, 2)));
}

/** Quick inputs have no event that says they are drawn. */
function drawn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000));
}

describe('exclusions', () => {
  afterEach(async () => {
    await vscode.workspace.fs.delete(sample('.network-traffic'), { recursive: true }).then(undefined, () => undefined);
    await closeAllEditors();
  });

  it('silence a finding at once, say what has no effect, and let it come back', async () => {
    const api = await activated();
    await analyze(api, sample('port-scan.pcap'));
    const scan = await waitFor('the scan is told', () => api.activeSession().findings[0]);
    await write([
      { rule: scan.rule, source: scan.sources[0], reason: 'our scanner' },
      { source: 'nobody', reason: 'a slip' },
    ]);
    await waitFor('the scan is silenced', () => (api.activeSession().findings.length === 0 ? true : null));
    await waitFor('the tree is empty', () => (api.anomalies().length === 0 ? true : null));
    const [problem] = await waitFor('the slip is told', () => {
      const problems = vscode.languages.getDiagnostics(exclusionsFile());
      return problems.length > 0 ? problems : null;
    });
    assert.match(problem?.message ?? '', /"nobody" is no address/);
    await vscode.workspace.fs.delete(exclusionsFile());
    await waitFor('the scan is told again', () => rowsOf(api.anomalies(), 'finding')[0]);
  });

  it('are asked for step by step by Silence Finding, and nothing is written when a step is left unanswered', async () => {
    const api = await activated();
    await analyze(api, sample('port-scan.pcap'));
    const scan = await waitFor('the scan is told', () => api.activeSession().findings[0]);
    let done = false;
    const silencing = Promise.resolve(vscode.commands.executeCommand(commandIds.silenceFinding, scan.id)).finally(
      () => {
        done = true;
      },
    );
    // What to silence: the narrowest choice. Then the reason, which a person would type, is not given.
    await drawn();
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    await drawn();
    assert.equal(done, false, 'the reason is asked for');
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    assert.equal(await silencing, undefined);
    await assert.rejects(Promise.resolve(vscode.workspace.fs.stat(exclusionsFile())));
    assert.equal(api.activeSession().findings.length, 1);
  });

  it('are made by a command, with nothing in them', async () => {
    await activated();
    await vscode.commands.executeCommand(commandIds.openExclusions);
    const text = vscode.window.activeTextEditor?.document.getText() ?? '';
    assert.deepEqual(JSON.parse(text), { exclusions: [] });
  });

  it('what other settings would change is shown before they are saved', async () => {
    const api = await activated();
    await analyze(api, sample('port-scan.pcap'));
    const change = { kind: 'sensitivity', sensitivity: 'low' };
    const result = await vscode.commands.executeCommand<{ kept: number; packets: number }>(commandIds.whatIf, change);
    assert.ok(result.packets > 200);
    assert.equal(result.kept, 1);
    const text = await waitFor('the document', () => {
      const document = vscode.window.activeTextEditor?.document;
      return document?.uri.scheme === 'network-traffic-what-if' ? document.getText() : null;
    });
    assert.match(text, /networkTraffic\.sensitivity = low/);
    assert.match(text, /0 more, 0 less, 0 of another severity, 1 the same/);
  });
});
