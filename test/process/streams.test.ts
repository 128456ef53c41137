import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import { AnalyzerFailure, AnalyzerProcess } from '../support/analyzerProcess';
import { concatBytes, packetsAt, pcapFile, tcpFrame, textBytes, udpFrame } from '../support/packets';

const client = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 5000, destinationPort: 80 };
const server = { source: '10.0.0.2', destination: '10.0.0.1', sourcePort: 80, destinationPort: 5000 };
const page = '{"greeting": "hello from the server"}';

function capture(response: Uint8Array): Uint8Array {
  const ask = textBytes(
    'POST /api/hello.json?x=1 HTTP/1.1\r\nHost: api.example.org\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nping',
  );
  return pcapFile(
    packetsAt([
      [0, tcpFrame({ ...client, flags: 'S', sequence: 1 })],
      [0.1, tcpFrame({ ...server, flags: 'SA', sequence: 9, acknowledgment: 2 })],
      [0.2, tcpFrame({ ...client, flags: 'PA', sequence: 2, acknowledgment: 10 }, ask)],
      [0.3, tcpFrame({ ...server, flags: 'PA', sequence: 10, acknowledgment: 2 + ask.length }, response)],
      [0.4, udpFrame({ ...client, sourcePort: 6000, destinationPort: 6001 }, textBytes('elsewhere'))],
    ]),
  );
}

describe('streams over the analyzer', function () {
  this.timeout(60_000);
  let analyzer: AnalyzerProcess;
  let folder: string;

  beforeEach(() => {
    analyzer = new AnalyzerProcess();
    folder = mkdtempSync(path.join(tmpdir(), 'nta-streams-'));
  });
  afterEach(async () => {
    await analyzer.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (bytes: Uint8Array): Promise<void> => {
    const file = path.join(folder, 'a.pcap');
    writeFileSync(file, bytes);
    await analyzer.request({ type: 'openFile', run: 'r', path: file, rules: defaultRuleSettings });
    await analyzer.event((event) => (event.type === 'snapshot' && event.snapshot.state === 'finished' ? true : null));
  };
  const packed = gzipSync(page);
  const plain = concatBytes([
    textBytes(
      `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`,
    ),
    packed,
  ]);

  it('are followed from a packet and from a filter, as text and hex', async () => {
    await open(capture(plain));
    const follow = (packet: number | null, filter: string, form: 'text' | 'hex') =>
      analyzer.request({ type: 'followStream', target: { packet, filter }, form });
    const text = await follow(4, '', 'text');
    assert.equal(text.title, '10.0.0.1:5000 ⇄ 10.0.0.2:80');
    assert.match(text.text, /▶ 10\.0\.0\.1:5000 .*\nPOST \/api\/hello\.json/);
    assert.match(text.text, /◀ 10\.0\.0\.2:80 .*\nHTTP\/1\.1 200 OK/);
    assert.equal(text.turns.length, 2);
    assert.match((await follow(null, 'udp', 'hex')).text, /65 6c 73 65 77 68 65 72 {2}65 .* elsewhere/);
    await assert.rejects(follow(null, 'arp', 'text'), /no such packet/);
    await assert.rejects(follow(99, '', 'text'), /no packet 99/);
  });

  it('give bodies unpacked, as text or hex, and files of them that nobody can run', async () => {
    await open(capture(plain));
    const body = await analyzer.request({ type: 'getBody', packet: 3, part: 'response' });
    assert.deepEqual(body, {
      name: 'hello.json',
      contentType: 'application/json',
      text: page,
      readable: true,
      lengthBytes: page.length,
      notes: ['Unpacked from gzip.'],
    });
    assert.equal((await analyzer.request({ type: 'getBody', packet: 3, part: 'request' })).text, 'ping');
    const file = path.join(folder, 'body');
    await analyzer.request({ type: 'saveBody', packet: 3, part: 'response', path: file });
    assert.equal(readFileSync(file, 'utf8'), page);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    await assert.rejects(
      analyzer.request({ type: 'getBody', packet: 1, part: 'response' }),
      (error: unknown) => error instanceof AnalyzerFailure && error.error.code === 'BAD_REQUEST',
    );
  });

  it('cut a body that unpacks to far more than it is', async () => {
    const bomb = gzipSync(Buffer.alloc(40_000_000));
    const head = textBytes(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
    await open(capture(concatBytes([head, bomb])));
    const body = await analyzer.request({ type: 'getBody', packet: 3, part: 'response' });
    assert.equal(body.readable, false);
    assert.equal(body.lengthBytes, 16 * 1024 * 1024);
    assert.ok(body.text.length < 2_000_000);
    assert.match(body.notes.join(' '), /would unpack to more/);
  });

  it('give a request as a curl command', async () => {
    await open(capture(plain));
    const { command } = await analyzer.request({ type: 'getCurl', packet: 3 });
    assert.equal(
      command,
      "curl --globoff --path-as-is --request POST --url 'http://api.example.org/api/hello.json?x=1' --header 'Content-Type: text/plain' --data-raw ping\n",
    );
  });

  it('list what was transferred', async () => {
    await open(capture(plain));
    const { rows } = await analyzer.request({
      type: 'getTable',
      table: 'objects',
      from: 0,
      count: 10,
      sort: null,
      search: '',
      range: null,
    });
    assert.deepEqual(
      rows.map(({ cells, packet }) => [...cells.slice(1), packet]),
      [
        ['10.0.0.1:5000', 'request', 'api.example.org', 'hello.json', 'text/plain', 4, 3],
        ['10.0.0.2:80', 'response', 'api.example.org', 'hello.json', 'application/json', packed.length, 3],
      ],
    );
  });
});
