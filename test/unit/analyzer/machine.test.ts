import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CaptureError } from '../../../src/analyzer/captureError';
import { checkFilter } from '../../../src/analyzer/filterCheck';
import { rememberHelper, verifyHelper } from '../../../src/analyzer/helperIntegrity';
import { chooseRuntime } from '../../../src/analyzer/helperRuntime';
import { listInterfaces, mergeInterfaces, parsePacketCounts } from '../../../src/analyzer/interfaces';
import { findSystemProgram } from '../../../src/analyzer/systemPrograms';

const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'nta-machine-')));
after(() => rmSync(directory, { recursive: true, force: true }));

let scripts = 0;

function skipWithoutShell(this: Mocha.Context): void {
  if (process.platform !== 'win32') return;
  console.log('skipped: the programs of these tests are shell scripts');
  this.skip();
}

/** A program of /bin/sh. */
function program(name: string, text: string): string {
  const folder = path.join(directory, `bin${scripts++}`);
  mkdirSync(folder);
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('mergeInterfaces', () => {
  const system = {
    addresses: new Map([
      ['eth0', { addresses: ['192.0.2.1', 'fe80::1'], loopback: false }],
      ['lo', { addresses: ['127.0.0.1'], loopback: true }],
    ]),
    up: new Map([
      ['eth0', true],
      ['eth1', false],
    ]),
    packetsPerSecond: new Map([['eth0', 12]]),
  };

  it('keeps the order of libpcap and adds what the system knows', () => {
    const merged = mergeInterfaces(
      [
        { name: 'eth1', description: 'second', addresses: [], loopback: false },
        { name: 'eth0', description: null, addresses: ['192.0.2.1'], loopback: false },
        { name: 'any', description: 'all', addresses: [], loopback: false },
      ],
      system,
    );
    assert.deepEqual(merged, [
      { name: 'eth1', description: 'second', addresses: [], loopback: false, up: false, packetsPerSecond: null },
      {
        name: 'eth0',
        description: null,
        addresses: ['192.0.2.1', 'fe80::1'],
        loopback: false,
        up: true,
        packetsPerSecond: 12,
      },
      { name: 'any', description: 'all', addresses: [], loopback: false, up: null, packetsPerSecond: null },
    ]);
  });

  it('lists what the system knows when libpcap cannot be asked', () => {
    const merged = mergeInterfaces(null, system);
    assert.deepEqual(
      merged.map(({ name, loopback, up }) => [name, loopback, up]),
      [
        ['eth0', false, true],
        ['lo', true, true],
      ],
    );
  });
});

describe('parsePacketCounts', () => {
  it('adds received and transmitted packets, also of a name that touches its numbers', () => {
    const table = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  1000      10    0    0    0     0          0         0     1000      10    0    0    0     0       0          0
  eth0: 999 7 0 0 0 0 0 0 999 5 0 0 0 0 0 0
`;
    assert.deepEqual(
      [...parsePacketCounts(table)],
      [
        ['lo', 20],
        ['eth0', 12],
      ],
    );
  });
  it('takes nothing from nonsense', () => {
    assert.equal(parsePacketCounts('a: b\n\n: 1 2 3\nx').size, 0);
  });
});

describe('listInterfaces', () => {
  it('falls back on the system when the helper does not work', async () => {
    const helperPath = path.join(directory, 'broken.js');
    writeFileSync(helperPath, 'process.exit(1)');
    const list = await listInterfaces({ helperPath, runtimePath: process.execPath });
    assert.ok(list.some((one) => one.loopback && one.addresses.includes('127.0.0.1')));
  });
});

describe('checkFilter', () => {
  const none = { tcpdump: null, dumpcap: null };
  before(skipWithoutShell);

  it('needs nobody to accept an empty filter, and to refuse an endless one', async () => {
    assert.deepEqual(await checkFilter('  ', none), { verdict: 'valid' });
    assert.equal((await checkFilter('x'.repeat(5000), none)).verdict, 'invalid');
    assert.equal((await checkFilter('tcp\0', none)).verdict, 'invalid');
  });

  it('knows that it does not know', async () => {
    assert.deepEqual(await checkFilter('tcp', none), { verdict: 'unknown' });
    const crashing = program('tcpdump', 'kill -9 $$');
    assert.deepEqual(await checkFilter('tcp', { tcpdump: crashing, dumpcap: null }), { verdict: 'unknown' });
    const mute = program('tcpdump', 'exit 1');
    assert.deepEqual(await checkFilter('tcp', { tcpdump: mute, dumpcap: null }), { verdict: 'unknown' });
    const gone = { tcpdump: '/nonexistent/tcpdump', dumpcap: '/nonexistent/dumpcap' };
    assert.deepEqual(await checkFilter('tcp', gone), { verdict: 'unknown' });
  });

  it('waits for nobody longer than two seconds', async function () {
    this.timeout(10_000);
    const sleeping = program('tcpdump', 'exec sleep 30');
    const before = performance.now();
    assert.deepEqual(await checkFilter('host slow.example', { tcpdump: sleeping, dumpcap: null }), {
      verdict: 'unknown',
    });
    assert.ok(performance.now() - before < 4000);
  });

  it('passes the filter on as one word that is no option', async () => {
    const recorded = path.join(directory, 'words');
    const recording = program('tcpdump', `for word; do echo "[$word]"; done > '${recorded}'; exit 0`);
    assert.deepEqual(await checkFilter('-w /tmp/x $(id)', { tcpdump: recording, dumpcap: null }), { verdict: 'valid' });
    const { readFileSync } = await import('node:fs');
    assert.equal(readFileSync(recorded, 'utf8'), '[-d]\n[-y]\n[EN10MB]\n[--]\n[-w /tmp/x $(id)]\n');
  });

  it("gives libpcap's own words", async function () {
    if (findSystemProgram('tcpdump') === null) {
      console.log('skipped: tcpdump is not installed');
      this.skip();
    }
    assert.deepEqual(await checkFilter('tcp port 443 or icmp6'), { verdict: 'valid' });
    const { verdict, message } = (await checkFilter('tcp prot 443')) as { verdict: string; message?: string };
    assert.equal(verdict, 'invalid');
    assert.match(message ?? '', /syntax error/);
  });

  it('asks dumpcap where there is no tcpdump', async () => {
    const text =
      "Invalid capture filter \"x\" for interface 'eth0'.\n\nThat string isn't a valid capture filter (can't parse filter expression: syntax error).";
    const file = path.join(directory, 'said');
    writeFileSync(file, text);
    const dumpcap = program('dumpcap', `cat '${file}' >&2; exit 0`);
    const result = await checkFilter('x', { tcpdump: null, dumpcap });
    assert.deepEqual(result, { verdict: 'invalid', message: "can't parse filter expression: syntax error" });
    const forbidden = program('dumpcap', 'echo "You do not have permission" >&2; exit 1');
    assert.deepEqual(await checkFilter('x', { tcpdump: null, dumpcap: forbidden }), { verdict: 'unknown' });
  });
});

describe('chooseRuntime', function () {
  this.timeout(10_000);
  before(skipWithoutShell);
  const binding = (abi: string): string => `cap-${process.platform}-${process.arch}-abi${abi}.node`;
  const dist = (...bindings: string[]): string => {
    const folder = path.join(directory, `dist${scripts++}`);
    mkdirSync(path.join(folder, 'native'), { recursive: true });
    for (const name of bindings) writeFileSync(path.join(folder, 'native', name), '');
    return folder;
  };
  const oldPath = process.env['PATH'];
  afterEach(() => {
    process.env['PATH'] = oldPath;
  });

  it('takes the Node that runs us when there is a binding for it', async () => {
    process.env['PATH'] = path.dirname(program('node', 'echo 1'));
    assert.equal(await chooseRuntime(dist(binding(process.versions.modules), binding('1'))), process.execPath);
  });

  it('else the first on the PATH that there is a binding for', async () => {
    const [broken, other, right] = [program('node', 'exit 1'), program('node', 'echo 2'), program('node', 'echo 7')];
    process.env['PATH'] = ['.', ...[broken, other, right].map((file) => path.dirname(file))].join(path.delimiter);
    assert.equal(await chooseRuntime(dist(binding('7'))), right);
  });

  it('but never one that anybody could have replaced', async () => {
    const loose = program('node', 'echo 8');
    chmodSync(loose, 0o777);
    process.env['PATH'] = path.dirname(loose);
    assert.equal(await chooseRuntime(dist(binding('8'))), process.execPath);
  });

  it('else the one that runs us, which then says what is missing', async () => {
    process.env['PATH'] = '';
    assert.equal(await chooseRuntime(dist()), process.execPath);
  });
});

describe('verifyHelper', () => {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const make = (hashes: unknown): string => {
    const folder = path.join(directory, `helper${scripts++}`);
    mkdirSync(path.join(folder, 'native'), { recursive: true });
    writeFileSync(path.join(folder, 'capture-helper.js'), 'helper');
    writeFileSync(path.join(folder, 'native/cap-x.node'), 'binding');
    writeFileSync(
      path.join(folder, 'helper-hashes.json'),
      typeof hashes === 'string' ? hashes : JSON.stringify(hashes),
    );
    return folder;
  };
  const right = { 'capture-helper.js': sha256('helper'), 'native/cap-x.node': sha256('binding') };
  const refuses = (folder: string, words: RegExp): void => {
    assert.throws(
      () => verifyHelper(folder),
      (error) => error instanceof CaptureError && error.code === 'INTERNAL' && words.test(error.message),
    );
  };

  it('accepts what was built', () => {
    verifyHelper(make(right));
  });
  it('refuses a helper or a binding that was changed, removed or added', () => {
    const changed = make(right);
    writeFileSync(path.join(changed, 'capture-helper.js'), 'other');
    refuses(changed, /capture-helper\.js/);
    const removed = make(right);
    rmSync(path.join(removed, 'native/cap-x.node'));
    refuses(removed, /cap-x/);
    const added = make(right);
    writeFileSync(path.join(added, 'native/cap-y.node'), '');
    refuses(added, /cap-y/);
  });
  it('refuses without a list, with a damaged one, and with one that names no helper', () => {
    refuses(path.join(directory, 'nowhere'), /helper-hashes/);
    refuses(make('{'), /helper-hashes/);
    refuses(make([]), /helper-hashes/);
    refuses(make({}), /helper-hashes/);
    refuses(make({ ...right, '../../etc/passwd': '' }), /helper-hashes/);
  });
  it('is not fooled by a list that is changed together with the helper later', () => {
    const folder = make(right);
    rememberHelper(folder);
    writeFileSync(path.join(folder, 'capture-helper.js'), 'other');
    writeFileSync(
      path.join(folder, 'helper-hashes.json'),
      JSON.stringify({ ...right, 'capture-helper.js': sha256('other') }),
    );
    refuses(folder, /capture-helper\.js/);
  });
});
