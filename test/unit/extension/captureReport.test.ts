import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { useLanguage, useTranslations } from '../../../src/protocol/l10n';
import { captureReport, findingsText } from '../../../src/extension/results/captureReport';
import { flowSummary } from '../../../src/extension/results/flowSummary';
import { tableColumns, type Cell, type TableRow } from '../../../src/protocol/tables';
import { dashboardStates } from '../../e2e/preview/fixtures';
import { finding } from './support/findings';

const snapshot = dashboardStates['finished']?.().snapshot ?? null;

function flow(values: Record<string, Cell>): TableRow {
  return { cells: tableColumns.flows.map(({ id }) => values[id] ?? null), filter: '', packet: null };
}

describe('the report of a capture', () => {
  it('holds its figures, and tells of markup as text', () => {
    assert.ok(snapshot !== null);
    const report = captureReport(snapshot, [finding({ title: 'Scan <img> | x' })], 'eth0 | [x](y)');
    assert.match(report, new RegExp(`\\| Packets \\| ${snapshot.packets.toLocaleString('en-US')} \\|`));
    assert.ok(report.includes('# Network capture eth0 \\| \\[x\\](y)'));
    assert.ok(report.includes('### Scan \\<img\\> \\| x'));
    assert.match(report, /p50 .* ms, p95 .* ms, p99 .* ms of /);
  });

  it('is in the language of the person, with their numbers', () => {
    assert.ok(snapshot !== null);
    useTranslations(JSON.parse(readFileSync('l10n/bundle.l10n.de.json', 'utf8')) as Record<string, string>);
    useLanguage('de');
    try {
      const report = captureReport(snapshot, [finding({})], 'eth0');
      assert.match(report, new RegExp(`\\| Pakete \\| ${snapshot.packets.toLocaleString('de')} \\|`));
      for (const line of report.split('\n').filter((one) => /^#{1,2} /.test(one)))
        assert.doesNotMatch(line, /\b(Findings|Protocols|Hosts and|Conversations|capture)\b/);
      assert.match(
        report,
        /^# Netzwerkaufzeichnung eth0\n[^]*^## Befunde \(1\)$[^]*^## Protokolle$[^]*^## Gespräche$/m,
      );
    } finally {
      useTranslations(undefined);
      useLanguage('en-US');
    }
  });

  it('lists programs where the system tells them, the unknown part too', () => {
    assert.ok(snapshot !== null);
    const live = snapshot.live;
    assert.ok(live?.programs !== undefined);
    const report = captureReport(snapshot, [], 'x');
    assert.match(report, /\| node \| 9,120 \| 8,212,000 \|/);
    assert.match(report, /\| unknown \| 4,047 \| 1,900,000 \|/);
    const { programs, ...without } = live;
    assert.ok(programs.programs.length > 0);
    assert.ok(!captureReport({ ...snapshot, live: without }, [], 'x').includes('## Programs'));
  });

  it('never calls a loss that is not known 0', () => {
    assert.ok(snapshot !== null);
    const said = (droppedByKernel: number | null, shedByHelper: number | null): string =>
      /Lost in this capture \| (.*?) \|/.exec(
        captureReport({ ...snapshot, captureLoss: { received: 1, droppedByKernel, shedByHelper } }, [], 'x'),
      )?.[1] ?? '';
    assert.equal(said(null, null), 'unknown');
    assert.equal(said(null, 0), 'at least 0');
    assert.equal(said(3, 4), '7');
  });
});

describe('texts to compare two captures by', () => {
  it('are the same for the same traffic at another time, from other ports of the client', () => {
    const flows = (port: number, start: number): TableRow[] => [
      flow({
        protocol: 'tcp',
        a: `10.0.0.7:${port}`,
        b: '10.0.0.2:443',
        application: 'tls',
        start,
        packetsAToB: 2,
        packetsBToA: 1,
        bytesAToB: 10,
        bytesBToA: 5,
      }),
      flow({
        protocol: 'tcp',
        a: `10.0.0.7:${port + 1}`,
        b: '10.0.0.2:443',
        application: 'tls',
        start,
        packetsAToB: 2,
        packetsBToA: 1,
        bytesAToB: 10,
        bytesBToA: 5,
      }),
      flow({ protocol: 'udp', a: `[fd00::7]:${port}`, b: '[fd00::2]:53', application: 'dns', start }),
    ];
    const text = flowSummary(flows(40_000, 1));
    assert.equal(text, flowSummary(flows(51_000, 99).reverse()));
    assert.match(text, /^tcp {3}10\.0\.0\.7 -> 10\.0\.0\.2:443 +tls +2 flows, 6 packets, 30 bytes$/m);
    assert.match(text, /^udp {3}fd00::7 -> \[fd00::2\]:53 +dns +1 flow, 0 packets, 0 bytes$/m);
  });

  it('say of findings what they found, in an order of their own', () => {
    const [a, b] = [finding({ id: 'a', firstSeen: 9, packets: [1] }), finding({ id: 'b', firstSeen: 3, packets: [7] })];
    assert.equal(
      findingsText([a, b]),
      findingsText([
        { ...b, firstSeen: 1000 },
        { ...a, packets: [3] },
      ]),
    );
    assert.equal(findingsText([]), '# Findings\n\nNone.\n');
  });
});
