import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startHost, type Host } from '../../tools/vscode-host/host.mjs';
import { columns } from '../../src/core/features/columns';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import { AnalyzerProcess } from '../support/analyzerProcess';
import { samplePath } from '../support/samples';

/** ONNX Runtime is 46 MiB of it. */
const largestPackageBytes = 64 * 1024 * 1024;
const expected = [
  /^\.vsixmanifest$/,
  /^package\.json$/,
  /^package\.nls(\.de)?\.json$/,
  /^l10n\/bundle\.l10n\.de\.json$/,
  /^(readme|changelog|security)\.md$/i,
  /^license(\.txt|\.md)?$/i,
  /^media\/[\w./-]+\.(svg|png|md)$/,
  /^media\/schemas\/(exclusions|filters|marks)\.schema\.json$/,
  /^docs\/(display-filter|rules|rules\/[a-z-]+)\.md$/,
  /^dist\/models\/(models\.json|(improved|official|live)\.onnx|lab-flows\.csv\.gz|MODEL_CARD\.md)$/,
  /^dist\/onnxruntime\/(onnxruntime_binding\.node|(lib)?onnxruntime[\w.]*\.(so[\d.]*|dylib|dll)|\w+\.dll)$/,
  /^dist\/(extension|analyzer|cli|train|train-worker|capture-helper|interface-lister|askpass)\.js$/,
  /^dist\/helper-hashes\.json$/,
  /^dist\/askpass\.sh$/,
  /^dist\/native\/cap-\w+-\w+-abi\d+\.node$/,
  /^dist\/webview\/(dashboard|capture-editor|finding|doctor|what-if)\.(js|css)$/,
];

describe('the package', function () {
  this.timeout(60_000);
  let host: Host;
  let folder: string;
  let files: string[];

  before(async function () {
    const vsix = process.env['NTA_VSIX'];
    if (vsix === undefined) {
      console.log('NTA_VSIX does not name a package');
      this.skip();
    }
    host = await startHost({ vsix: [vsix] });
    const extensions = path.join(host.folder, 'x');
    const name = readdirSync(extensions).find((entry) => entry.includes('network-traffic-analyzer'));
    assert.ok(name !== undefined, `installed: ${readdirSync(extensions).join(', ')}`);
    folder = path.join(extensions, name);
    files = readdirSync(folder, { recursive: true })
      .map(String)
      .filter((file) => statSync(path.join(folder, file)).isFile());
  });

  after(async () => {
    await host?.stop();
  });

  it('holds what runs, and nothing else', () => {
    assert.deepEqual(
      files.filter((file) => !expected.some((pattern) => pattern.test(file))),
      [],
    );
    for (const file of [
      'dist/extension.js',
      'dist/analyzer.js',
      'dist/capture-helper.js',
      'dist/interface-lister.js',
      'dist/webview/dashboard.js',
    ]) {
      assert.ok(files.includes(file), `${file} is missing`);
    }
    assert.ok(
      files.some((file) => file.startsWith('dist/native/')),
      'the capture binding is missing',
    );
  });

  it('knows the helper and the bindings that it holds', () => {
    const hashes = JSON.parse(readFileSync(path.join(folder, 'dist/helper-hashes.json'), 'utf8')) as Record<
      string,
      string
    >;
    const runAsRoot = files
      .filter((file) => file === 'dist/capture-helper.js' || file.startsWith('dist/native/'))
      .map((file) => path.relative('dist', file));
    assert.deepEqual(Object.keys(hashes).sort(), runAsRoot.sort());
    for (const [file, hash] of Object.entries(hashes)) {
      const content = readFileSync(path.join(folder, 'dist', file));
      assert.equal(createHash('sha256').update(content).digest('hex'), hash, file);
    }
  });

  it('scores rows of a file', () => {
    const names = columns.flatMap((column) => column.names.improved ?? []);
    const rows = path.join(host.folder, 'rows.csv');
    writeFileSync(rows, `${[...names, 'Label'].join(',')}\n${names.map(() => 1).join(',')},BENIGN\n`);
    const { stdout, stderr } = spawnSync(process.execPath, [path.join(folder, 'dist/cli.js'), 'score', rows], { encoding: 'utf8' }); // prettier-ignore
    assert.match(stdout, /"rows": 1,/, stderr);
    assert.match(stdout, /"accuracy": 1,/, stderr);
  });

  it('scores flows in ONNX Runtime, on the command line and in the analysis process', async () => {
    const capture = samplePath('port-scan.pcap');
    const cli = spawnSync(process.execPath, [path.join(folder, 'dist/cli.js'), 'analyze', capture], {
      encoding: 'utf8',
    });
    // It says so when the runtime is missing and the trees are walked by our own code.
    assert.deepEqual([cli.status, cli.stderr], [0, '']);
    const analyzer = new AnalyzerProcess([], path.join(folder, 'dist/analyzer.js'));
    try {
      await analyzer.request({ type: 'openFile', run: 'r1', path: capture, rules: defaultRuleSettings });
      await analyzer.event((e) => (e.type === 'snapshot' && e.snapshot.state === 'finished' ? e : null));
      assert.deepEqual(
        analyzer.events.filter((e) => e.type === 'log' && e.level !== 'info'),
        [],
      );
    } finally {
      await analyzer.close();
    }
  });

  it('is small', () => {
    const bytes = files.reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0);
    assert.ok(bytes < largestPackageBytes, `${bytes} bytes`);
  });

  it('names only files that are there', () => {
    const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
      main: string;
      icon?: string;
    };
    assert.ok(statSync(path.join(folder, manifest.main)).isFile());
    if (manifest.icon !== undefined) assert.ok(statSync(path.join(folder, manifest.icon)).isFile());
  });

  it('refers to no source map and to no file of the machine that built it', () => {
    for (const file of files.filter((name) => name.endsWith('.js'))) {
      const text = readFileSync(path.join(folder, file), 'utf8');
      assert.ok(!text.includes('sourceMappingURL='), `${file} names a source map`);
      assert.ok(!text.includes(path.resolve(__dirname, '../..')), `${file} holds the path of the checkout`);
    }
  });
});
