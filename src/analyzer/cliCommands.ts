import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { severities } from '../protocol/finding';
import { tableNames } from '../protocol/tables';
import { defaultRuleSettings } from '../protocol/ruleSettings';
import { differenceText } from '../protocol/whatIf';
import type { PacketRow } from '../protocol/capture';
import type { Severity } from '../protocol/finding';
import { describePacket } from '../core/decode/describe';
import { Engine } from '../core/engine/engine';
import { flowCsvHeader, flowCsvLine, packetCsvHeader, packetCsvLine } from '../core/export/csv';
import { appendFeatureNames, appendFeatures, featureObject } from '../core/export/featureCells';
import { reportMarkdown } from '../core/export/reportMarkdown';
import { reportSarif } from '../core/export/reportSarif';
import { reportText } from '../core/export/reportText';
import { CsvFormatError } from '../core/features/csvRows';
import { FlowMeteringDetector } from '../core/features/flowMetering';
import { meterCutUs } from '../core/flows/flowMeter';
import type { FileExtras } from '../core/pcap/recordWalker';
import { KeyLog } from '../core/streams/keyLog';
import { linkTypeName } from '../core/pcap/linkTypes';
import { CommandError } from './commandError';
import type { ReadResult } from './captureFile';
import { CaptureFile } from './captureFile';
import { doctorText, examine } from './doctor';
import { BlockFile, writePackets } from './exporter';
import { chooseRuntime } from './helperRuntime';
import { readKeyLog } from './keyLogFile';
import { listInterfaces } from './interfaces';
import { ModelError, shippedModels } from './modelFile';
import { ModelScoring, goodBatchRows } from './modelScoring';
import { PacketStore, parseFilter } from './packetStore';
import { readExclusions } from './exclusionsFile';
import { parseRuleOptions, ruleOptions, ruleTable } from './ruleOptions';
import { parseSort, writeSorted } from './sortedPackets';
import { scoreCsv } from './scoreCommand';
import { writeShareSafe } from './shareSafeExport';
import { Stdout } from './stdout';
import { writeTable } from './tableCommand';
import { WhatIf } from './whatIf';

/** Version of the product; esbuild.mjs puts it in. */
declare const productVersion: string;

export const usage = `Usage: node dist/cli.js <command>

  analyze FILE [--format json|text|sarif|markdown] [--fail-on SEVERITY] [--no-model] [--exclusions FILE] [RULES]
  analyze FILE --what-if [--format json|text] [--exclusions FILE] [RULES]   what RULES would change
  packets FILE [--filter EXPR] [--sort COLUMN|FIELD[:desc]] [--format csv|ndjson|text]
  flows   FILE [--format csv|ndjson] [--features]
  table   TABLE FILE [--format csv|ndjson|text] [--key-log FILE]   key-log: secrets of TLS, as SSLKEYLOGFILE gives
          TABLE: ${tableNames.join(', ')}
  export  FILE [--filter EXPR] [--share-safe] -o OUT.pcap[ng]   share-safe: other addresses, no payload
  score   FEATURES.csv [--format json|csv]
  interfaces [--format json|text]
  doctor     [--format json|text]
  rules [--format json|text] [RULES]

RULES: [--sensitivity low|medium|high] [--set RULE.NUMBER=VALUE]... [--rules RULE,...] [--disable RULE,...]

SEVERITY is one of ${severities.join(', ')}. EXPR is a display filter: ip.addr == 10.0.0.1 && tcp.port == 80.
Exit status: 0 done, 1 a finding at or above --fail-on or no way to capture, 2 the input could not be read or the command was wrong.
`;

type Command = (args: string[]) => Promise<number>;

export const commands: Record<string, Command> = {
  analyze,
  packets,
  flows,
  table: printTable,
  export: exportPackets,
  score,
  interfaces,
  doctor,
  rules: printRules,
};

async function analyze(args: string[]): Promise<number> {
  const { values, file } = parse(args, {
    format: { type: 'string', default: 'text' },
    'fail-on': { type: 'string' },
    'no-model': { type: 'boolean' },
    exclusions: { type: 'string' },
    'what-if': { type: 'boolean' },
    ...ruleOptions,
  });
  if (values['what-if'] === true) return compare(file, values);
  const format = oneOf('--format', values['format'], ['json', 'text', 'sarif', 'markdown'] as const);
  const failOn = values['fail-on'] === undefined ? null : oneOf('--fail-on', values['fail-on'], severities);
  const model = values['no-model'] === true ? null : ModelScoring.open(shippedModels(), warn);
  const engine = new Engine({
    localAddresses: [],
    rules: parseRuleOptions(values),
    snapshots: false,
    detectors: model === null ? [] : [model.witness],
  });
  const exclusions = values['exclusions'];
  if (exclusions !== undefined) engine.exclude(readExclusions(String(exclusions)), Date.now());
  const between = (): Promise<void> => model?.drain(goodBatchRows) ?? Promise.resolve();
  const result = await readWhole(file, (packet) => engine.push(packet), between);
  engine.finish();
  await model?.drain();
  await model?.close();
  const report = engine.report(file, {
    format: result.format,
    linkTypes: result.linkTypes.map(linkTypeName),
    damage: result.damage,
  });
  const texts: Record<typeof format, () => string> = {
    json: () => JSON.stringify(report, null, 2) + '\n',
    text: () => reportText(report),
    markdown: () => reportMarkdown(report),
    sarif: () =>
      reportSarif(report, productVersion, path.isAbsolute(file) ? pathToFileURL(file).href : file, docsUrl()),
  };
  const out = new Stdout();
  out.write(texts[format]());
  out.flush();
  const rank = (severity: Severity): number => severities.indexOf(severity);
  return failOn !== null && report.findings.some((f) => rank(f.severity) >= rank(failOn)) ? 1 : 0;
}

async function packets(args: string[]): Promise<number> {
  const { values, file } = parse(args, {
    filter: { type: 'string', default: '' },
    sort: { type: 'string' },
    format: { type: 'string', default: 'csv' },
  });
  const format = oneOf('--format', values['format'], ['csv', 'ndjson', 'text'] as const);
  const sort = typeof values['sort'] === 'string' ? parseSort(values['sort']) : null;
  const out = new Stdout();
  const filter = String(values['filter']);
  parseFilter(filter);
  if (format === 'csv') out.write(packetCsvHeader);
  const store = storeOf(await CaptureFile.open(file));
  const write = (row: PacketRow): void => {
    if (format === 'csv') out.write(packetCsvLine(row));
    else if (format === 'ndjson') out.write(JSON.stringify(row) + '\n');
    else
      out.write(
        `${row.number}\t${row.time.toFixed(6)}\t${row.source} → ${row.destination}\t${row.protocol}\t${row.length}\t${row.info}\n`,
      );
  };
  if (sort !== null) await writeSorted(store, filter, sort, write);
  else await store.each(filter, (d) => write(describePacket(d.view, d.application, d.packet)));
  out.flush();
  return 0;
}

async function flows(args: string[]): Promise<number> {
  const { values, file } = parse(args, {
    format: { type: 'string', default: 'csv' },
    features: { type: 'boolean' },
  });
  const format = oneOf('--format', values['format'], ['csv', 'ndjson'] as const);
  const meters = values['features'] === true ? new FlowMeteringDetector() : null;
  const out = new Stdout();
  if (format === 'csv') out.write(meters === null ? flowCsvHeader : appendFeatureNames(flowCsvHeader));
  const engine = new Engine({
    localAddresses: [],
    snapshots: false,
    onFlowEnd: (row, flow) => {
      const features = meters?.columnsOf(flow) ?? null;
      if (format === 'csv')
        out.write(features === null ? flowCsvLine(row) : appendFeatures(flowCsvLine(row), features));
      else out.write(JSON.stringify(features === null ? row : { ...row, features: featureObject(features) }) + '\n');
    },
    // Rows and features tell of the same packets: CICIDS2017 cuts a flow at this age.
    ...(meters === null ? {} : { detectors: [meters], flowTimeouts: { activeMs: meterCutUs / 1000 } }),
  });
  await readWhole(file, (packet) => engine.push(packet));
  engine.finish();
  out.flush();
  return 0;
}

async function exportPackets(args: string[]): Promise<number> {
  const { values, file } = parse(args, {
    filter: { type: 'string', default: '' },
    output: { type: 'string', short: 'o' },
    'share-safe': { type: 'boolean' },
  });
  const output = values['output'];
  if (typeof output !== 'string') throw new CommandError('export needs -o OUT.pcap or -o OUT.pcapng.');
  const filter = String(values['filter']);
  parseFilter(filter);
  const pcapng = /\.pcapng$/i.test(output);
  const capture = await CaptureFile.open(file);
  const facts = await capture.read({ onPacket: () => undefined, onProgress: progress(capture) });
  if (!pcapng && facts.linkTypes.length > 1) {
    throw new CommandError(
      `${file} holds several link types (${facts.linkTypes.map(linkTypeName).join(', ')}) and a pcap file holds one: name the output .pcapng.`,
    );
  }
  const out = new BlockFile(output);
  try {
    const { linkTypes, nanoseconds } = facts;
    const source = { packets: storeOf(capture), linkTypes, nanoseconds, snapLengthBytes: 262_144 };
    const safe = values['share-safe'] === true ? await writeShareSafe(source, out, filter, pcapng) : null;
    const count = safe === null ? await writePackets(source, out, filter, pcapng) : safe.rows;
    out.finish();
    if (safe !== null) process.stderr.write(safe.summary);
    process.stderr.write(`${count} packets written to ${output}\n`);
  } finally {
    out.close();
  }
  return 0;
}

/** The table's name stands where other commands have the file. */
async function printTable(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  const table = oneOf('table', name, tableNames);
  const { values, file } = parse(rest, {
    format: { type: 'string', default: 'csv' },
    'key-log': { type: 'string' },
  });
  const format = oneOf('--format', values['format'], ['csv', 'ndjson', 'text'] as const);
  const keyLog = new KeyLog();
  if (typeof values['key-log'] === 'string') await readKeyLog(values['key-log'], keyLog);
  const leftOut = await writeTable(
    table,
    format,
    (onPacket) => readWhole(file, onPacket, undefined, { keyLog: (bytes) => keyLog.add(bytes) }),
    keyLog,
  );
  if (leftOut > 0) warn(`${leftOut} more rows were left out at the limit.`);
  return 0;
}

async function score(args: string[]): Promise<number> {
  const { values, file } = parse(args, { format: { type: 'string', default: 'json' }, models: { type: 'string' } });
  const format = oneOf('--format', values['format'], ['json', 'csv'] as const);
  const folder = typeof values['models'] === 'string' ? values['models'] : shippedModels();
  const out = new Stdout();
  try {
    const report = await scoreCsv(file, folder, format === 'csv' ? (line) => out.write(line) : null);
    if (format === 'json') out.write(JSON.stringify(report, null, 2) + '\n');
  } catch (error) {
    if (error instanceof CsvFormatError || error instanceof ModelError) throw new CommandError(error.message);
    throw error;
  }
  out.flush();
  return 0;
}

async function interfaces(args: string[]): Promise<number> {
  const { values } = parse(args, { format: { type: 'string', default: 'text' } }, false);
  const format = oneOf('--format', values['format'], ['json', 'text'] as const);
  const list = await listInterfaces({
    helperPath: path.join(__dirname, 'capture-helper.js'),
    runtimePath: await chooseRuntime(__dirname),
  });
  const out = new Stdout();
  if (format === 'json') out.write(JSON.stringify(list, null, 2) + '\n');
  else for (const i of list) out.write(`${i.name}\t${i.addresses.join(', ')}${i.loopback ? '\tloopback' : ''}\n`);
  out.flush();
  return 0;
}

async function doctor(args: string[]): Promise<number> {
  const { values } = parse(args, { format: { type: 'string', default: 'text' } }, false);
  const format = oneOf('--format', values['format'], ['json', 'text'] as const);
  const report = await examine(__dirname);
  const out = new Stdout();
  out.write(format === 'json' ? JSON.stringify(report, null, 2) + '\n' : doctorText(report));
  out.flush();
  return report.verdict === 'blocked' ? 1 : 0;
}

/** What the rules that are asked for find more and less than those of the standard settings. */
async function compare(file: string, values: Record<string, unknown>): Promise<number> {
  const format = oneOf('--format', values['format'], ['json', 'text'] as const);
  const exclusions = values['exclusions'] === undefined ? [] : readExclusions(String(values['exclusions']));
  const comparison = new WhatIf({ localAddresses: [] }, defaultRuleSettings, parseRuleOptions(values));
  await readWhole(file, (packet) => comparison.push(packet));
  const difference = comparison.finish(exclusions, Date.now());
  const out = new Stdout();
  out.write(format === 'json' ? JSON.stringify(difference, null, 2) + '\n' : differenceText(difference));
  out.flush();
  return 0;
}

function printRules(args: string[]): Promise<number> {
  const { values } = parse(args, { format: { type: 'string', default: 'text' }, ...ruleOptions }, false);
  const format = oneOf('--format', values['format'], ['json', 'text'] as const);
  const out = new Stdout();
  out.write(ruleTable(parseRuleOptions(values), format));
  out.flush();
  return Promise.resolve(0);
}

const warn = (message: string): void => void process.stderr.write(`${message}\n`);

async function readWhole(
  file: string,
  onPacket: Parameters<CaptureFile['read']>[0]['onPacket'],
  between: () => Promise<void> = () => Promise.resolve(),
  extras: FileExtras = {},
): Promise<ReadResult> {
  const capture = await CaptureFile.open(file);
  const result = await capture.read({ onPacket, onProgress: progress(capture), between, extras });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return result;
}

/** Percent read, to a terminal only. */
function progress(capture: CaptureFile): (readBytes: number) => void {
  if (!process.stderr.isTTY) return () => undefined;
  return (readBytes) =>
    process.stderr.write(`\r${Math.floor((100 * readBytes) / Math.max(1, capture.sizeBytes))} % read`);
}

/** The folder that has `docs`, as a URL with a slash at its end. */
function docsUrl(): string {
  return `${pathToFileURL(path.dirname(__dirname)).href}/`;
}

function storeOf(capture: CaptureFile): PacketStore {
  const store = new PacketStore(() => [{ path: capture.path, firstNumber: 1, packets: Number.MAX_SAFE_INTEGER }]);
  store.adopt(capture);
  return store;
}

function parse(
  args: string[],
  options: NonNullable<ParseArgsConfig['options']>,
  needsFile = true,
): { values: Record<string, unknown>; file: string } {
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
  const [file, ...rest] = parsed.positionals;
  if (needsFile && file === undefined) throw new CommandError(`Name the capture file.\n\n${usage}`);
  if (rest.length > 0 || (!needsFile && file !== undefined))
    throw new CommandError(`Too many arguments: ${parsed.positionals.join(' ')}\n\n${usage}`);
  return { values: parsed.values, file: file ?? '' };
}

function oneOf<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new CommandError(`${name} takes ${choices.join(', ')}, not "${String(value)}".`);
  return found;
}
