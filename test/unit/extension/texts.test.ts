import assert from 'node:assert/strict';
import fc from 'fast-check';
import { autoDetectChoice, interfaceChoices } from '../../../src/extension/capture/interfaceChoices';
import { parseRecentFilters, withRecentFilter } from '../../../src/extension/capture/recentFilters';
import { joinInterfaces, splitInterfaces } from '../../../src/protocol/interfaceNames';
import {
  asNetworkTrafficError,
  errorMessage,
  errorPresentations,
  NetworkTrafficError,
} from '../../../src/extension/errors';
import { exportName, isLargeExport } from '../../../src/extension/exports/exportNames';
import { escapeHtml, pageHtml } from '../../../src/extension/panels/html';
import { emptySnapshot } from '../../../src/extension/sessions/emptySnapshot';
import {
  escapeMarkdown,
  evidenceText,
  findingDocument,
  packetNumbersText,
  plain,
} from '../../../src/extension/views/findingText';
import { packetsPerSecond, statusText } from '../../../src/extension/views/statusText';
import { captureErrorCodes } from '../../../src/protocol/captureWire';
import { finding } from './support/findings';

describe('texts of the extension', () => {
  describe('errors', () => {
    it('has a text for every code of the helper', () => {
      for (const code of captureErrorCodes) assert.ok(errorPresentations[code].text.length > 0, code);
      assert.equal(errorPresentations.CANCELLED.tone, 'silent');
    });

    it('says what happened, the details and what to do, once each', () => {
      const message = errorMessage(new NetworkTrafficError('BAD_FILTER', 'syntax error', 'Correct it.'));
      assert.equal(message, 'The capture filter is not valid. syntax error. Correct it.');
      assert.equal(errorMessage(new NetworkTrafficError('CANCELLED', 'Cancelled.')), 'Cancelled.');
    });

    it('makes no link of what others wrote, and stays short', () => {
      const message = errorMessage(new NetworkTrafficError('NOT_A_CAPTURE', '[x](command:evil).pcap'));
      assert.ok(!message.includes(']('), message);
      assert.ok(errorMessage(new NetworkTrafficError('INTERNAL', 'x'.repeat(10_000))).length <= 600);
    });

    it('takes whatever was thrown', () => {
      assert.equal(asNetworkTrafficError('text').message, 'text');
      assert.equal(asNetworkTrafficError(new TypeError('bug')).code, 'INTERNAL');
      assert.equal(asNetworkTrafficError(undefined).code, 'INTERNAL');
    });
  });

  describe('interfaces', () => {
    const base = { description: null, addresses: [], loopback: false, up: true, packetsPerSecond: null };

    it('offers auto-detect first and shows addresses, loopback and rate', () => {
      const choices = interfaceChoices([
        { ...base, name: 'eth0', addresses: ['10.0.0.5', 'fe80::1'], packetsPerSecond: 1234 },
        { ...base, name: 'lo', loopback: true, up: null },
        { ...base, name: 'eth1', up: false, description: 'Second port', addresses: [] },
      ]);
      assert.equal(choices[0], autoDetectChoice);
      assert.deepEqual(
        choices.slice(1).map((choice) => [choice.interface, choice.description]),
        [
          ['eth0', '10.0.0.5, fe80::1 · 1,234 packets/s'],
          ['lo', 'loopback'],
          ['eth1', 'Second port · down'],
        ],
      );
    });

    it('hides taps into the system until all are asked for, but for those that are chosen', () => {
      const list = ['eth0', 'nflog', 'usbmon1'].map((name) => ({ ...base, name, pseudo: name !== 'eth0' }));
      const names = (options: Parameters<typeof interfaceChoices>[1]): (string | null)[] =>
        interfaceChoices(list, options).map((choice) => choice.interface);
      assert.deepEqual(names({ all: false }), [null, 'eth0']);
      assert.deepEqual(names({ all: false, keep: ['nflog'] }), [null, 'eth0', 'nflog']);
      assert.deepEqual(names({ all: true }), [null, 'eth0', 'nflog', 'usbmon1']);
    });

    it('names several interfaces in one text and finds them in it again', () => {
      const known = [
        { ...base, name: 'eth0' },
        { ...base, name: 'odd, name' },
      ];
      assert.equal(joinInterfaces([]), null);
      assert.deepEqual(splitInterfaces(null, known), []);
      assert.deepEqual(splitInterfaces('', known), []);
      assert.deepEqual(splitInterfaces(joinInterfaces(['eth0', 'lo']), known), ['eth0', 'lo']);
      assert.deepEqual(splitInterfaces('odd, name', known), ['odd, name']);
    });

    it('shows a few addresses of many, and no icon that a name asks for', () => {
      const [, choice] = interfaceChoices([{ ...base, name: '$(bug)', addresses: ['1', '2', '3', '4', '5'] }]);
      assert.equal(choice?.description, '1, 2, 3 and 2 more');
      assert.ok(choice?.label.includes('\\$(bug)'));
    });
  });

  describe('recent filters', () => {
    it('puts the newest first, once, and keeps ten', () => {
      let recent: string[] = [];
      for (let i = 0; i < 20; i++) recent = withRecentFilter(recent, `port ${i}`);
      recent = withRecentFilter(recent, 'port 15');
      assert.equal(recent.length, 10);
      assert.deepEqual(recent.slice(0, 3), ['port 15', 'port 19', 'port 18']);
      assert.deepEqual(withRecentFilter(recent, '  '), recent);
    });

    it('takes only filters from what was stored', () => {
      fc.assert(
        fc.property(fc.anything(), (stored) => {
          for (const filter of parseRecentFilters(stored))
            assert.ok(typeof filter === 'string' && filter.length <= 4096);
        }),
      );
      assert.deepEqual(parseRecentFilters(['tcp', 7, '', 'a\nb', null]), ['tcp']);
    });
  });

  describe('exports', () => {
    const now = new Date('2026-01-02T03:04:05Z');

    it('names the file after what was captured', () => {
      assert.equal(exportName('flows.csv', '/data/Office LAN.pcapng.gz', now), 'Office-LAN-20260102-030405-flows.csv');
      assert.equal(exportName('packets.pcap', 'eth0', now), 'eth0-20260102-030405.pcap');
      assert.equal(exportName('analysis.json', '../..', now), 'capture-20260102-030405.json');
    });

    it('never makes a path of a name', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary' }), (title) => {
          const name = exportName('packets.csv', title, now);
          assert.ok(!/[/\\\0]/.test(name) && !name.startsWith('.'), name);
        }),
      );
    });

    it('knows which exports are too large for a document', () => {
      assert.equal(isLargeExport('packets.csv', { packets: 1_000_000, flows: 10 }), true);
      assert.equal(isLargeExport('packets.csv', { packets: 1000, flows: 1_000_000 }), false);
      assert.equal(isLargeExport('flows.csv', { packets: 10, flows: 1_000_000 }), true);
      assert.equal(isLargeExport('analysis.json', { packets: 1e9, flows: 1e9 }), false);
    });
  });

  describe('findings', () => {
    it('says what was measured', () => {
      assert.equal(evidenceText(finding().evidence[0]!), '40 ports in 300 s (limit 15)');
      assert.equal(evidenceText({ name: 'n', observed: 'yes', threshold: null, unit: '', window: null }), 'yes');
      assert.equal(packetNumbersText([1, 2, 3], 2), '1, 2 and 1 more');
      assert.equal(packetNumbersText([], 2), '');
    });

    it('shows no control characters and no characters that turn text around', () => {
      assert.equal(plain('a\u0000b\u202ec\n'), 'a\ufffdb\ufffdc\ufffd');
    });

    it('is a document that cannot be given headings, links or HTML by what it quotes', () => {
      const evil = 'x\n# y [z](command:evil) <script>alert(1)</script> **b** `c`';
      const text = findingDocument(
        finding({
          title: evil,
          summary: evil,
          against: [evil],
          sources: [evil],
          next: [evil],
          stages: [{ rule: evil, threat: 'dos', title: evil, firstSeen: 1, lastSeen: 2 }],
          flows: [{ transport: evil, a: evil, aPort: 1, b: evil, bPort: null, start: 1 }],
        }),
        evil,
        'file:///docs/r.md',
      );
      assert.ok(!/(^|[^\\])\]\(/.test(text), text);
      assert.ok(!/(^|[^\\])</.test(text), text);
      assert.deepEqual(
        text.split('\n').filter((line) => line.startsWith('#')).length,
        9,
        'its own title and eight headings',
      );
      assert.match(text, /T1046/);
      assert.match(text, /^file:\/\/\/docs\/r\.md$/m);
      assert.match(text, /3, 5, 8/);
    });

    it('escapes every character that Markdown reads, also at the start of a line, and no more', () => {
      assert.equal(escapeMarkdown('port-scan (limit 15), 10.0.0.1.'), 'port-scan (limit 15), 10.0.0.1.');
      assert.equal(escapeMarkdown('- item'), '\\- item');
      assert.equal(escapeMarkdown('  # title'), '\\# title');
      assert.equal(escapeMarkdown('1. item'), '1\\. item');
      fc.assert(
        fc.property(fc.string(), (value) => {
          const escaped = escapeMarkdown(value);
          assert.ok(!/(^|[^\\])(?:\\\\)*[`*_[\]<>]/.test(escaped), escaped);
          assert.ok(!/^\s*[#+=-]/.test(escaped), escaped);
        }),
      );
    });
  });

  describe('status bar', () => {
    const live = (state: 'capturing' | 'failed' | 'finished') => emptySnapshot('run', state);

    it('offers to start when nothing runs', () => {
      assert.deepEqual(
        [statusText(null, '', []).command, statusText(null, '', []).text],
        ['startCapture', '$(pulse) Network'],
      );
    });

    it('shows interface and rate while capturing', () => {
      const snapshot = live('capturing');
      snapshot.series = { ...snapshot.series, bucketMs: 1000, packets: Float64Array.of(5, 1234, 17) };
      const status = statusText(snapshot, 'eth0', []);
      assert.equal(status.text, '$(record) eth0 1.2k pkt/s');
      assert.equal(status.command, 'openDashboard');
      assert.equal(status.warn, false);
    });

    it('warns of serious findings, in words too', () => {
      const status = statusText(live('finished'), 'eth0', [finding(), finding({ id: 'b', severity: 'low' })]);
      assert.equal(status.warn, true);
      assert.match(status.text, /\$\(warning\) 1$/);
      assert.match(status.label, /1 serious finding$/);
    });

    it('does not call a cancelled start an error', () => {
      const cancelled = { ...live('failed'), failure: { code: 'CANCELLED' as const, message: 'Cancelled.', hint: '' } };
      assert.equal(statusText(cancelled, 'eth0', []).text, '$(pulse) Network');
      const failed = { ...live('failed'), failure: { code: 'HELPER_DIED' as const, message: 'It died.', hint: '' } };
      assert.match(statusText(failed, 'eth0', []).text, /error/);
    });

    it('knows no rate before there is a bucket', () => {
      assert.equal(packetsPerSecond(live('capturing')), null);
    });
  });

  describe('pages', () => {
    const page = (title: string, translations?: Record<string, string>): string =>
      pageHtml({
        view: 'dashboard',
        title,
        scriptUri: 'https://x/dashboard.js',
        styleUri: 'https://x/dashboard.css',
        cspSource: 'https://*.vscode-cdn.net',
        language: 'en',
        translations,
        nonce: 'abc+/=',
      });

    it('lets nothing run or load but its own script and style', () => {
      const html = page('Network Traffic');
      const policy = /content="(default-src[^"]*)"/.exec(html)?.[1] ?? '';
      assert.ok(policy.startsWith('default-src &#39;none&#39;; script-src &#39;nonce-abc+/=&#39;;'), policy);
      assert.ok(!policy.includes('unsafe'));
      assert.equal(html.match(/<script/g)?.length, 1);
      assert.ok(html.includes('<body data-view="dashboard">'));
      assert.ok(html.includes('<main id="app">'));
    });

    it('carries its translations as data that cannot end', () => {
      const html = page('x', { Packets: '</script><script>alert(1)</script>' });
      const [, json = ''] =
        /<script type="application\/json" id="translations">(.*)<\/script>\n<script nonce/s.exec(html) ?? [];
      assert.deepEqual(JSON.parse(json), { Packets: '</script><script>alert(1)</script>' });
      assert.ok(!html.includes('<script>alert'));
    });

    it('keeps text from becoming markup', () => {
      assert.ok(!page('</title><script>alert(1)</script>').includes('<script>alert'));
      fc.assert(fc.property(fc.string(), (value) => assert.ok(!/[<>"']/.test(escapeHtml(value)))));
    });
  });
});
