import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findWireshark, openWireshark } from '../../src/extension/wireshark/programs';
import { packetTreeSchema } from '../../src/extension/client/packetTreeSchema';
import { CaptureFile } from '../../src/analyzer/captureFile';
import { PacketStore } from '../../src/analyzer/packetStore';
import { TsharkDecoder, tsharkArguments } from '../../src/analyzer/tsharkDecode';
import type { PacketField } from '../../src/protocol/packetTree';
import { samplePath } from '../support/samples';
import * as v from 'valibot';

const { tshark } = findWireshark('');
const limits = { wholeFileBytes: 1e9, outputBytes: 32e6, timeoutMs: 60_000 };
const capture = samplePath('web-browsing.pcap');

const named = (fields: readonly PacketField[], name: string): PacketField | undefined => {
  for (const field of fields) {
    const found = field.name === name ? field : named(field.children, name);
    if (found) return found;
  }
  return undefined;
};

async function storeOf(file: string): Promise<PacketStore> {
  const opened = await CaptureFile.open(file);
  const { packets } = await opened.read({ onPacket: () => undefined });
  return new PacketStore(() => [{ path: file, firstNumber: 1, packets }]);
}

describe('tshark and Wireshark, when they are installed', function () {
  this.timeout(120_000);
  let folder: string;
  let store: PacketStore;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'nta-tshark-'));
    store = await storeOf(capture);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const stand = (name: string, script: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  };

  describe('the real tshark', () => {
    before(function () {
      if (tshark !== null) return;
      console.log('      skipped: no tshark');
      this.skip();
    });

    for (const [way, wholeFileBytes] of [
      ['from the capture itself', 1e9],
      ['from what its conversation said before', 0],
    ] as const)
      it(`takes a packet apart ${way}`, async () => {
        // The end of a response that came in several segments: only what went before makes it one.
        const { rows } = await store.page(0, 1, 'http.response.code == 200');
        const last = rows[0]?.number ?? 0;
        assert.match(rows[0]?.info ?? '', /^80 → /, 'by its own bytes it is a segment');
        const decoder = new TsharkDecoder({ ...limits, wholeFileBytes });
        const tree = await decoder.decode(tshark ?? '', store, capture, last);
        assert.ok(v.is(packetTreeSchema, tree));
        assert.equal(named(tree.fields, 'frame.number')?.raw, last);
        const code = named(tree.fields, 'http.response.code');
        assert.equal(code?.raw, 200);
        const source = tree.sources[code.source];
        assert.match(source?.name ?? '', /^Reassembled/);
        const { offset, lengthBytes } = code;
        assert.equal(Buffer.from(source?.bytes.subarray(offset, offset + lengthBytes) ?? []).toString(), '200');
        assert.equal(tree.fields[0]?.label === 'Decoded in an excerpt', wholeFileBytes === 0);
        const own = await store.dissect(last);
        const place = (field: PacketField | undefined) => [field?.raw, field?.offset, field?.lengthBytes];
        for (const name of ['ip.src', 'ip.ttl', 'tcp.srcport', 'tcp.window_size_value', 'tcp.flags.push'])
          assert.deepEqual(place(named(tree.fields, name)), place(named(own?.fields ?? [], name)), name);
      });
  });

  it('gets a command line in which nothing comes from the capture', () => {
    assert.deepEqual(tsharkArguments('/a b/$(c).pcap', 12), [
      ...['-n', '-r', '/a b/$(c).pcap', '-c', '12', '-Y', 'frame.number == 12', '-T', 'pdml'],
    ]);
  });

  it('is ended when it says too much, takes too long, or is not wanted any more', async () => {
    const decode = (program: string, own: object, number = 5) =>
      new TsharkDecoder({ ...limits, ...own }).decode(program, store, capture, number);
    await assert.rejects(decode(stand('floods', 'exec yes'), { outputBytes: 100_000 }), /more of this packet/);
    await assert.rejects(decode(stand('hangs', 'exec sleep 600'), { timeoutMs: 200 }), /longer than 0\.2 s/);
    await assert.rejects(decode(stand('fails', 'echo cannot read >&2; exit 3'), {}), /ended with 3: cannot read/);
    await assert.rejects(decode(stand('chats', 'echo hello'), {}), /said nothing of this packet/);
    await assert.rejects(decode(path.join(folder, 'absent'), {}), /could not be started/);
    await assert.rejects(decode(stand('quiet', 'true'), {}, 1_000_000), /no packet 1000000/);
    const decoder = new TsharkDecoder({ ...limits, wholeFileBytes: 0 });
    const pidFile = path.join(folder, 'pid');
    const waits = decoder.decode(stand('waits', `echo $$ > ${pidFile}; exec sleep 600`), store, capture, 5);
    while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8').trim() === '')
      await new Promise((resolve) => setTimeout(resolve, 20));
    decoder.cancel();
    await assert.rejects(waits, /Another packet/);
    assert.throws(() => process.kill(Number(readFileSync(pidFile, 'utf8')), 0), /ESRCH/);
  });

  it('hands file, packet and filter over to a stand-in for Wireshark, each as an argument of its own', async () => {
    const said = path.join(folder, 'arguments');
    stand('wireshark', `printf '%s\\n' "$@" > ${said}.part && mv ${said}.part ${said}`);
    const programs = findWireshark(folder, 'linux');
    assert.equal(programs.wireshark, path.join(folder, 'wireshark'));
    assert.equal(programs.tshark, null);
    const open = async (packet: number | null, filter: string): Promise<string[]> => {
      rmSync(said, { force: true });
      assert.equal(await openWireshark(programs.wireshark ?? '', { file: '/tmp/a b.pcap', packet, filter }), null);
      return readFileSync(said, 'utf8').trimEnd().split('\n');
    };
    assert.deepEqual(await open(17, 'http.host == "a b" && $(reboot)'), [
      ...['-r', '/tmp/a b.pcap', '-g', '17', '-Y', 'http.host == "a b" && $(reboot)'],
    ]);
    assert.deepEqual(await open(null, ' '), ['-r', '/tmp/a b.pcap']);
    stand('wireshark', 'exit 4');
    const verdict = await openWireshark(programs.wireshark ?? '', { file: capture, packet: null, filter: '' });
    assert.match(verdict ?? '', /ended at once \(4\)/);
  });
});
