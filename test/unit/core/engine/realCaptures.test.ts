import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Engine } from '../../../../src/core/engine/engine';
import { CaptureFileReader } from '../../../../src/core/pcap/captureFileReader';
import { severities } from '../../../../src/protocol/finding';
import type { Finding, Threat } from '../../../../src/protocol/finding';

const folder = path.resolve(import.meta.dirname, '../../../../../shared/data/pcaps');

interface Listed {
  file: string;
  category: string;
  truth?: string;
}

/** Traffic as it is; the others hold attacks, or bytes that were damaged on purpose. */
const ordinary = new Set(['protocol', 'link-type', 'file-format']);

/** What the manifest says of an attack that these rules are for, and how it is told. */
const told: readonly (readonly [file: string, threat: Threat, source: string | null])[] = [
  ['ndpi/WebattackSQLinj.pcap', 'web-attack', '172.16.0.1'],
  ['ndpi/xss.pcap', 'web-attack', '192.168.3.109'],
  ['ppa-packets/http_dvwa_sqlinjection.pcapng', 'web-attack', '10.2.2.101'],
  ['suricata-verify/tcp-fastopen-03__tfo.pcap', 'web-attack', '10.99.99.1'],
  ['ndpi/log4j-webapp-exploit.pcap', 'web-attack', '172.16.238.1'],
  ['ndpi/log4j-webapp-exploit.pcap', 'infiltration', '10.10.10.31'],
  ['ndpi/dns-tunnel-iodine.pcap', 'dns-tunnel', '10.0.2.30'],
  ['ndpi/icmp-tunnel.pcap', 'exfiltration', '192.168.154.131'],
  ['ppa-packets/ratinfected.pcapng', 'exfiltration', '172.16.0.111'],
  ['ppa-packets/arppoison.pcapng', 'spoofing', '00:25:b3:bf:91:ee'],
  ['yanal-synthetic/tests__data__pcaps__arp_spoofing.pcap', 'spoofing', 'de:ad:be:ef:00:01'],
  ['suricata-verify/ipv6-evasion__ipv6-kill-router-gateway__kill_router6.pcap', 'spoofing', null],
];

/** Told with low severity: what they show is what ordinary software does as well. */
const hinted: readonly (readonly [file: string, rule: string])[] = [
  ['ppa-packets/http_dvwa_clearlogin.pcapng', 'clear-credentials'],
  ['markofu/PracticalPacketAnalysis__ppa-capture-files__hackersview.pcap', 'clear-credentials'],
  ['slips/test-cc__test-cc-capture-2.pcap', 'beacon'],
];

function analyze(file: string): { findings: Finding[]; packets: number } {
  const bytes = readFileSync(path.join(folder, file));
  const engine = new Engine({ localAddresses: [] });
  const reader = new CaptureFileReader((packet) => engine.push(packet));
  try {
    reader.push(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes);
    reader.end();
  } catch {
    // No capture at all; other tests are about those.
  }
  engine.finish();
  return { findings: engine.findings(), packets: engine.snapshot().packets };
}

function isSerious({ severity }: Finding): boolean {
  return severities.indexOf(severity) >= severities.indexOf('medium');
}

describe('Engine on real captures', function () {
  this.timeout(600_000);

  if (!existsSync(path.join(folder, 'manifest.json'))) {
    it('finds what the manifest says', function () {
      console.log(`skipped: no captures in ${folder}`);
      this.skip();
    });
    return;
  }

  for (const [file, threat, source] of told) {
    it(`${file}: ${threat}`, () => {
      const serious = analyze(file).findings.filter(isSerious);
      const found = serious.filter((finding) => finding.threat === threat);
      assert.equal(found.length, 1, serious.map(({ title }) => title).join('; '));
      if (source !== null) assert.ok(found[0]!.sources.includes(source), found[0]!.sources.join());
    });
  }

  for (const [file, rule] of hinted) {
    it(`${file}: ${rule}, low`, () => {
      const found = analyze(file).findings.filter((finding) => finding.rule === rule);
      assert.deepEqual(
        found.map(({ severity }) => severity),
        ['low'],
      );
    });
  }

  it('says at or above medium at most one thing per 100,000 packets of ordinary traffic', () => {
    const { files } = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as { files: Listed[] };
    const offenders: string[] = [];
    let packets = 0;
    for (const { file, category, truth } of files) {
      if (!ordinary.has(category) || truth !== undefined || told.some(([known]) => known === file)) continue;
      const report = analyze(file);
      packets += report.packets;
      for (const { rule, severity, title } of report.findings.filter(isSerious)) {
        offenders.push(`${file}: ${severity} ${rule}: ${title}`);
      }
    }
    if (offenders.length > 0) console.log(`${offenders.length} in ${packets} packets:\n  ${offenders.join('\n  ')}`);
    assert.ok(packets > 10_000);
    assert.ok(offenders.length <= Math.ceil(packets / 100_000), offenders.join('\n'));
  });
});
