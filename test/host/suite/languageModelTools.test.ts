import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { toolNames } from '../../../src/extension/tools/languageModelTools';
import {
  activated,
  analyze,
  askTool as ask,
  closeAllEditors,
  extensionId,
  sample,
  skipBecause,
  waitFor,
} from '../support/host';

describe('tools for language models', () => {
  before(async function () {
    await activated();
    const names = vscode.lm.tools.map(({ name }) => name);
    if (!names.includes(toolNames.overview)) skipBecause(this, 'this host has no language-model tools');
  });
  afterEach(closeAllEditors);

  it('are those of the manifest', () => {
    const declared = vscode.extensions.getExtension(extensionId)?.packageJSON as {
      contributes: { languageModelTools: { name: string }[] };
    };
    assert.deepEqual(
      declared.contributes.languageModelTools.map(({ name }) => name),
      Object.values(toolNames),
    );
  });

  it('tell of the capture that is looked at, fenced and without addresses', async () => {
    const api = await activated();
    const session = await analyze(api, sample('port-scan.pcap'));
    await waitFor('a finding', () => api.activeSession().findings[0]);
    assert.match(await ask(toolNames.overview, {}), new RegExp(`${session.packets} packets`));
    const findings = await ask(toolNames.findings, { minimumSeverity: 'high' });
    assert.match(findings, /\[high\] port-scan/);
    const packets = await ask(toolNames.packets, { filter: 'tcp.flags.syn == 1', count: 3 });
    assert.match(packets, /^3 of \d+ packets that match/);
    for (const text of [findings, packets, await ask(toolNames.conversations, {})]) {
      assert.match(text, /<untrusted-network-data>/);
      assert.doesNotMatch(text, /192\.168\./);
    }
  });

  it('say what is wrong with a filter instead of failing', async () => {
    await analyze(await activated(), sample('port-scan.pcap'));
    assert.match(await ask(toolNames.packets, { filter: 'nonsense ==' }), /Try again with another input\./);
    assert.match(await ask(toolNames.packets, { count: 100_000 }), /The input is not valid/);
  });
});
