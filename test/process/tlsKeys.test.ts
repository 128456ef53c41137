import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import type { PacketSort } from '../../src/protocol/packetSort';
import type { PacketField } from '../../src/protocol/packetTree';
import type { Snapshot } from '../../src/protocol/snapshot';
import { tableColumns } from '../../src/protocol/tables';
import { AnalyzerFailure, AnalyzerProcess } from '../support/analyzerProcess';
import { concatBytes, pcapFile, textBytes } from '../support/packets';
import { PcapngBlocks } from '../support/pcapngBlocks';
import { converse, converseHttp2, makeCertificate } from '../support/tlsConversation';
import type { TlsConversation } from '../support/tlsConversation';

const answer = textBytes('{"secret": "of the server"}'.repeat(200));
const requests = ['/first?a=b', '/second'].map((target) => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
const table = { type: 'getTable', table: 'http', from: 0, count: 10, sort: null, search: '', range: null } as const;

const hasTshark = ((): boolean => {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('TLS decrypted by the analyzer', function () {
  this.timeout(60_000);
  let analyzer: AnalyzerProcess;
  let folder: string;
  let said: TlsConversation[];

  before(async function () {
    const certificate = makeCertificate('rsa');
    if (certificate === null) {
      console.log('      skipped: there is no openssl to make a certificate with');
      this.skip();
    }
    said = [];
    for (const [version, ciphers] of [
      ['TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
      ['TLSv1.3', 'TLS_CHACHA20_POLY1305_SHA256'],
      ['TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256'],
      ['TLSv1.2', 'ECDHE-RSA-CHACHA20-POLY1305'],
    ] as const) {
      const settings = { ciphers, minVersion: version, maxVersion: version };
      said.push(await converse(certificate, { server: settings, client: settings, requests, answer }));
    }
  });
  beforeEach(() => {
    analyzer = new AnalyzerProcess();
    folder = mkdtempSync(path.join(tmpdir(), 'nta-keys-'));
  });
  afterEach(async () => {
    await analyzer.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (name: string, content: Uint8Array | string): string => {
    const full = path.join(folder, name);
    writeFileSync(full, content);
    return full;
  };
  let opened = 0;
  let run = '';
  const snapshot = <Value>(pick: (snapshot: Snapshot) => Value | null): Promise<Value> =>
    analyzer.event((event) => (event.type === 'snapshot' && event.snapshot.run === run ? pick(event.snapshot) : null));
  const open = async (full: string): Promise<void> => {
    run = `run ${++opened}`;
    await analyzer.request({ type: 'openFile', run, path: full, rules: defaultRuleSettings });
    await snapshot(({ state }) => (state === 'finished' ? true : null));
  };
  const paths = async (): Promise<unknown[]> => {
    const column = tableColumns.http.findIndex(({ id }) => id === 'path');
    return (await analyzer.request(table)).rows.map(({ cells }) => cells[column]);
  };

  it('is in streams, bodies, curl and the table of HTTP once there are keys, and says the same as tshark', async () => {
    for (const one of said) {
      const capture = file('a.pcap', pcapFile(one.packets));
      await open(capture);
      assert.deepEqual(await paths(), []);
      const target = { packet: 4, filter: '' };
      const before = await analyzer.request({ type: 'followStream', target, form: 'text' });
      assert.ok(!before.text.includes('GET /first'));
      const keys = file('keys.log', one.keyLog);
      assert.deepEqual(await analyzer.request({ type: 'addKeyLog', path: keys }), { connections: 1 });
      const told = await snapshot(({ decryption }) => decryption ?? null);
      assert.deepEqual(told, { connections: 1 });
      const { text } = await analyzer.request({ type: 'followStream', target, form: 'text' });
      assert.match(text, /Decrypted TLS, with the keys of a key log\.\n/);
      assert.ok(text.includes('GET /first?a=b HTTP/1.1') && text.includes('{"secret": "of the server"}'));
      assert.deepEqual(await paths(), ['/first?a=b', '/second']);
      const { rows } = await analyzer.request(table);
      const packet = rows[1]?.packet ?? 0;
      const body = await analyzer.request({ type: 'getBody', packet, part: 'response' });
      assert.equal(body.lengthBytes, answer.length);
      assert.match((await analyzer.request({ type: 'getCurl', packet })).command, /'?https:\/\/localhost\/second/);
      if (!hasTshark) continue;
      const words = ['-r', capture, '-o', `tls.keylog_file:${keys}`, '-Y', 'http.request', '-T', 'fields'];
      const seen = execFileSync('tshark', [...words, '-e', 'frame.number', '-e', 'http.request.uri'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const column = tableColumns.http.findIndex(({ id }) => id === 'path');
      assert.equal(seen.trim(), rows.map((row) => `${row.packet}\t${row.cells[column]}`).join('\n'));
    }
    if (!hasTshark) console.log('      not compared: there is no tshark');
  });

  const flat = (fields: readonly PacketField[]): PacketField[] =>
    fields.flatMap((field) => [field, ...flat(field.children)]);
  const matching = async (filter: string, sort?: PacketSort): Promise<number[]> => {
    const page = { from: 0, count: 100, filter, fields: [] };
    const { rows } = await analyzer.request({ type: 'getPackets', ...page, ...(sort === undefined ? {} : { sort }) });
    return rows.map(({ number }) => number);
  };
  const numbersOfTshark = (capture: string, keys: string, filter: string): number[] => {
    const words = ['-r', capture, '-o', `tls.keylog_file:${keys}`, '-Y', filter, '-T', 'fields', '-e', 'frame.number'];
    const seen = execFileSync('tshark', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return seen.trim().split('\n').filter(Boolean).map(Number);
  };

  it('is in the tree of a packet and in display filters, as tshark has it', async () => {
    for (const one of said) {
      const capture = file('a.pcap', pcapFile(one.packets));
      await open(capture);
      const filter = 'http.request.method == "GET" && http.host == "localhost"';
      const newestFirst: PacketSort = { column: 'time', descending: true, version: 0 };
      assert.deepEqual(await matching(filter), []);
      assert.deepEqual(await matching(filter, newestFirst), []);
      const keys = file('keys.log', one.keyLog);
      await analyzer.request({ type: 'addKeyLog', path: keys });
      const numbers = await matching(filter);
      assert.equal(numbers.length, 2);
      assert.deepEqual(await matching(filter, newestFirst), [...numbers].reverse());
      if (hasTshark) assert.deepEqual(numbers, numbersOfTshark(capture, keys, filter));
      assert.deepEqual(await matching('http.request.uri contains "second"'), numbers.slice(1));
      assert.equal((await matching('http.response.code == 200')).length, 2);
      assert.deepEqual(await matching('tls && http.request'), numbers);

      const tree = await analyzer.request({ type: 'dissect', number: numbers[0] ?? 0 });
      assert.deepEqual(
        tree.sources.map(({ name }) => name),
        ['Packet', 'Decrypted TLS'],
      );
      const fields = flat(tree.fields);
      const uri = fields.find(({ name }) => name === 'http.request.uri');
      assert.deepEqual([uri?.raw, uri?.source], ['/first?a=b', 1]);
      const bytes = tree.sources[1]?.bytes.subarray(uri?.offset, (uri?.offset ?? 0) + (uri?.lengthBytes ?? 0));
      assert.equal(Buffer.from(bytes ?? []).toString(), '/first?a=b');
      assert.match(String(fields.find(({ name }) => name === 'frame.protocols')?.raw), /:tls:http$/);
      const { rows } = await analyzer.request({
        type: 'getPackets',
        from: 0,
        count: 100,
        filter,
        fields: ['http.request.uri'],
      });
      assert.deepEqual(
        rows.map(({ fields: columns }) => columns),
        [['/first?a=b'], ['/second']],
      );
    }
  });

  it('is recognised as HTTP/2, frame by frame', async function () {
    const certificate = makeCertificate('ec');
    if (certificate === null) return this.skip();
    const one = await converseHttp2(certificate, [{ path: '/a' }, { path: '/b' }]);
    const capture = file('h2.pcap', pcapFile(one.packets));
    await open(capture);
    assert.deepEqual(await matching('http2'), []);
    const keys = file('keys.log', one.keyLog);
    await analyzer.request({ type: 'addKeyLog', path: keys });
    const numbers = await matching('http2');
    if (hasTshark) assert.deepEqual(numbers, numbersOfTshark(capture, keys, 'http2'));
    assert.deepEqual(await matching('http'), []);
    const values: string[] = [];
    for (const number of numbers) {
      const { fields } = await analyzer.request({ type: 'dissect', number });
      values.push(...fields.filter(({ name }) => name === 'http2').map(({ value }) => value));
    }
    for (const value of ['Connection preface', 'SETTINGS, stream 0', 'HEADERS, stream 1: GET /a', 'DATA, stream 1'])
      assert.ok(values.includes(value), `${value}: ${values.join('; ')}`);
  });

  it('is HTTP/2 with header fields: in the table, the tree, bodies and curl, and says the same as tshark', async function () {
    const certificate = makeCertificate('ec');
    if (certificate === null) return this.skip();
    const posted = `${'a word and '.repeat(4000)}the end`;
    const headers = { 'x-long': 'value '.repeat(500), cookie: 'one=1; two=2', 'user-agent': 'test/1' };
    const asked = [
      { path: '/upload', headers: { ...headers, 'content-type': 'text/plain' }, body: posted },
      { path: '/first?x=1', headers },
      ...Array.from({ length: 20 }, (_, at) => ({ path: `/many/${at}`, headers: { 'x-number': String(at) } })),
    ];
    const one = await converseHttp2(certificate, asked);
    const capture = file('h2.pcap', pcapFile(one.packets));
    const keys = file('keys.log', one.keyLog);
    await open(capture);
    await analyzer.request({ type: 'addKeyLog', path: keys });
    await snapshot(({ decryption }) => decryption ?? null);
    const { rows } = await analyzer.request({ ...table, count: 100 });
    const of = (id: string) => {
      const column = tableColumns.http.findIndex((each) => each.id === id);
      return rows.map(({ cells }) => cells[column]);
    };
    assert.deepEqual(
      of('path'),
      asked.map((request) => request.path),
    );
    assert.deepEqual(new Set(of('status')), new Set([200]));
    assert.deepEqual(new Set(of('host')), new Set(['localhost:443']));
    assert.ok(of('latencyMs').every((value) => typeof value === 'number'));
    assert.ok(new Set(rows.map(({ packet }) => packet)).size < rows.length, 'one packet brings several');
    const upload = rows[0]?.packet ?? 0;
    const tree = flat((await analyzer.request({ type: 'dissect', number: upload })).fields);
    const labels = tree.map(({ label, value }) => `${label} ${value}`);
    for (const line of [':path /upload', ':method POST', 'user-agent test/1']) assert.ok(labels.includes(line), line);
    const { command } = await analyzer.request({ type: 'getCurl', packet: upload });
    for (const words of ['--request POST --url https://localhost:443/upload ', "--header 'cookie: one=1; two=2'"])
      assert.ok(command.includes(words), words);
    const body = await analyzer.request({ type: 'getBody', packet: upload, part: 'response' });
    assert.equal(body.text, posted);
    for (const { packet, ahead = 0, cells } of rows.slice(1)) {
      const place = { packet: packet ?? 0, ahead };
      const path = String(cells[tableColumns.http.findIndex(({ id }) => id === 'path')]);
      const { command: asked } = await analyzer.request({ type: 'getCurl', ...place });
      assert.ok(asked.replaceAll("'", '').includes(`https://localhost:443${path} `), `${path}: ${asked}`);
    }
    const target = { packet: upload, filter: '' };
    const { text } = await analyzer.request({ type: 'followStream', target, form: 'text' });
    for (const line of [':path: /upload', 'user-agent: test/1', ':status: 200', 'a word and a word and'])
      assert.ok(text.includes(line), line);
    if (!hasTshark) return console.log('      not compared: there is no tshark');
    const words = ['-r', capture, '-o', `tls.keylog_file:${keys}`, '-Y', 'http2.headers.path', '-T', 'fields'];
    const seen = execFileSync('tshark', [...words, '-e', 'frame.number', '-e', 'http2.headers.path'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const paths = of('path');
    const ours = new Map<number, unknown[]>();
    for (const [at, { packet }] of rows.entries()) ours.set(packet ?? 0, [...(ours.get(packet ?? 0) ?? []), paths[at]]);
    assert.equal(seen.trim(), [...ours].map(([packet, all]) => `${packet}\t${all.join(',')}`).join('\n'));
  });

  it('takes the secrets that a pcapng file holds itself, on the command line too', async () => {
    const [one] = said;
    assert.ok(one);
    for (const littleEndian of [true, false]) {
      const blocks = new PcapngBlocks(littleEndian);
      const keys = textBytes(one.keyLog);
      const secrets = blocks.block(10, concatBytes([blocks.numbers(32, 0x544c534b, keys.length), keys]));
      const packets = one.packets.map((packet) =>
        blocks.enhancedPacket(0, BigInt(packet.seconds) * 1_000_000n + BigInt(packet.nanoseconds / 1000), packet.bytes),
      );
      const capture = file(
        'a.pcapng',
        concatBytes([blocks.section(), blocks.interfaceDescription(1), secrets, ...packets]),
      );
      await open(capture);
      assert.deepEqual(await paths(), ['/first?a=b', '/second']);
      const cli = path.join(import.meta.dirname, '../../dist/cli.js');
      const csv = execFileSync(process.execPath, [cli, 'table', 'http', capture], { encoding: 'utf8' });
      assert.equal(csv.split('\r\n').filter((line) => line.includes('/second')).length, 1);
    }
  });

  it('keeps keys out of snapshots, exports and errors', async () => {
    const [one] = said;
    assert.ok(one);
    await open(file('a.pcap', pcapFile(one.packets)));
    const snapshots: unknown[] = [];
    await analyzer.request({ type: 'addKeyLog', path: file('keys.log', one.keyLog) });
    snapshots.push(await snapshot((one) => (one.decryption ? one : null)));
    for (const kind of ['packets.json', 'flows.csv', 'analysis.json', 'packets.pcapng', 'packets.pcap'] as const) {
      const out = path.join(folder, 'export');
      await analyzer.request({ type: 'export', kind, path: out, filter: '' });
      snapshots.push(readFileSync(out, 'latin1'));
    }
    const secrets = one.keyLog.split('\n').flatMap((line) => line.split(' ').slice(2));
    assert.ok(secrets.length > 3);
    const all = JSON.stringify(snapshots);
    for (const secret of secrets) {
      assert.ok(!all.includes(secret));
      assert.ok(!all.includes(Buffer.from(secret, 'hex').toString('latin1')));
    }
    await assert.rejects(
      analyzer.request({ type: 'addKeyLog', path: path.join(folder, 'absent') }),
      (error: unknown) => error instanceof AnalyzerFailure && error.error.code === 'FILE_UNREADABLE',
    );
    const odd = await analyzer.request({ type: 'addKeyLog', path: file('odd', Buffer.alloc(200_000, 0xff)) });
    assert.deepEqual(odd, { connections: 1 });
  });
});
