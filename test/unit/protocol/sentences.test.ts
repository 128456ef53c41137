import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { sentencesOf } from '../../../scripts/l10n/sentences';
import type { Finding } from '../../../src/protocol/finding';
import { useLanguage, useTranslations } from '../../../src/protocol/l10n';
import { findingInWords, sentence } from '../../../src/protocol/sentences';
import { analyzeBytes } from '../../support/analyzeBytes';

const root = path.resolve(__dirname, '../../..');
const lab = path.resolve(root, '../shared/data/lab');
const german = JSON.parse(readFileSync(path.join(root, 'l10n/bundle.l10n.de.json'), 'utf8')) as Record<string, string>;

/** Words that no German sentence has: whoever forgets to translate one uses some of them. */
const english =
  /\b([Tt]he|and|that|which|with|from|of|by|is|are|were|[Ii]t|not|for|to|[Tt]his|or|no|who|what|[Ll]ook|[Ff]ind|[Ss]ee|[Ww]hen|[Bb]lock)\b/;

/** Everything of a finding that is said in words, but for what somebody sent. */
function textsOf(finding: Finding): string[] {
  return [
    finding.title,
    finding.summary,
    ...finding.against,
    ...finding.next,
    ...finding.stages.map(({ title }) => title),
    ...finding.evidence.flatMap(({ name, observed, threshold, unit, window }) => [
      name.replace(/^[a-z-]+: /, ''),
      unit,
      window ?? '',
      typeof observed === 'string' && !/Beispiel|example/.test(name) ? observed : '',
      typeof threshold === 'string' ? threshold : '',
    ]),
  ];
}

describe('sentences of findings', () => {
  afterEach(() => {
    useTranslations(undefined);
    useLanguage('en-US');
  });

  const inGerman = (): void => {
    useTranslations(german);
    useLanguage('de');
  };

  it('are English as they are where there are no translations', () => {
    assert.equal(sentence('SYN flood of 10.0.0.2 port 80 by 3 sources'), 'SYN flood of 10.0.0.2 port 80 by 3 sources');
    const finding = { title: 'x' } as Finding;
    assert.equal(findingInWords(finding), finding);
  });

  it('are said in another language with the same values, at any depth, and decimals as it writes them', () => {
    inGerman();
    for (const [text, said] of [
      ['SYN flood of 10.0.0.2 port 80 by 3 sources', 'SYN-Flut auf 10.0.0.2 Port 80 durch 3 Quellen'],
      ['TCP SYN scan of 10.0.0.10 by 10.0.0.66', 'TCP SYN-Scan von 10.0.0.10 durch 10.0.0.66'],
      [
        '10.0.0.66 tried at least 40 ports of 10.0.0.10 in 2.5 s: 38 refused, 2 not answered, 0 unreachable, 1 open port found. Then it asked 2 open ports (22, 80) in 3 connections what they are.',
        '10.0.0.66 versuchte mindestens 40 Ports von 10.0.0.10 in 2,5 s: 38 abgelehnt, 2 nicht beantwortet, 0 nicht erreichbar, 1 offener Port gefunden. Danach fragte sie 2 offene Ports (22, 80) in 3 Verbindungen, was sie sind.',
      ],
      ['many lengths, very much data', 'viele Längen, sehr viele Daten'],
      ['Cross-site scripting against 10.0.0.2 by 10.0.0.7', 'Cross-Site-Scripting gegen 10.0.0.2 von 10.0.0.7'],
    ] as const)
      assert.equal(sentence(text), said);
  });

  it('leave alone what is not known, and answer any text', () => {
    inGerman();
    assert.equal(sentence('10.0.0.7'), '10.0.0.7');
    assert.equal(sentence('GET /a?x=1'), 'GET /a?x=1');
    fc.assert(fc.property(fc.string(), (text) => assert.equal(typeof sentence(text), 'string')));
    const hostile = `${'a sent b to c in '.repeat(5000)}x`;
    assert.equal(typeof sentence(hostile), 'string');
  });

  it('keep the summary and the stages of an incident apart, and the rule in front of an evidence', () => {
    inGerman();
    const finding = findingInWords({
      title: 'Break-in in 2 stages: 10.0.0.7 into 10.0.0.2',
      summary:
        '10.0.0.7 failed to log in to SSH on 10.0.0.2 port 22, 40 times in 12 s. 2 stages: TCP SYN scan of 10.0.0.2 by 10.0.0.7; then SSH login guessing at 10.0.0.2 port 22 by 10.0.0.7.',
      evidence: [
        { name: 'port-scan: answered by RST', observed: 38, threshold: null, unit: 'contacts', window: '300 s' },
      ],
      against: [],
      next: [],
      stages: [],
    } as unknown as Finding);
    assert.equal(finding.title, 'Einbruch in 2 Stufen: 10.0.0.7 in 10.0.0.2');
    assert.equal(
      finding.summary,
      '10.0.0.7 scheiterte bei der Anmeldung an SSH auf 10.0.0.2 Port 22, 40-mal in 12 s. 2 Stufen: TCP SYN-Scan von 10.0.0.2 durch 10.0.0.7; dann Raten von SSH-Anmeldungen an 10.0.0.2 Port 22 durch 10.0.0.7.',
    );
    assert.equal(finding.evidence[0]?.name, 'port-scan: mit RST beantwortet');
  });

  it('are collected from literals, templates and sums, both of a choice, and both words of a count', () => {
    const source =
      "const title = `Scan of ${a} by ` + (b ? 'the whole net' : x); next: `Look at ${count(n, 'query')}.`; const key = 'port-scan';";
    assert.deepEqual(sentencesOf('x.ts', source).sort(), [
      'Look at {0}.',
      'Scan of {0} by {1}',
      'the whole net',
      '{0} queries',
      '{0} query',
    ]);
  });

  it('of the lab captures are all German, with no word left over', function () {
    this.timeout(300_000);
    let names: string[] = [];
    try {
      names = readdirSync(lab).filter((name) => !name.includes('.'));
    } catch {
      console.log(`skipped: no captures in ${lab}`);
      this.skip();
    }
    const found = names.flatMap((name) =>
      analyzeBytes(gunzipSync(readFileSync(path.join(lab, name, `${name}.pcap.gz`)))),
    );
    assert.ok(found.length > 40, `${found.length} findings`);
    inGerman();
    const left = new Set(
      found.flatMap((finding) => textsOf(findingInWords(finding)).filter((text) => english.test(text))),
    );
    assert.deepEqual([...left], []);
  });
});
