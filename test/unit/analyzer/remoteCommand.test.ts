import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { remoteCommand, shellWord, sshArguments } from '../../../src/analyzer/remoteCommand';
import { SshSource, classify } from '../../../src/analyzer/sshSource';
import { CaptureError } from '../../../src/analyzer/captureError';
import { parseSshHosts } from '../../../src/extension/capture/sshConfig';
import { isSshHost } from '../../../src/protocol/sshHost';

const capture = { interface: null, filter: '', snapLengthBytes: 256, bufferBytes: 2048, promiscuous: true };

describe('a host of ssh', () => {
  it('is what ssh takes', () => {
    for (const host of ['web', 'me@web.example.org', 'me.x+y@10.0.0.1', '::1', 'fe80::1%eth0', 'a_b-c', 'root@::1'])
      assert.ok(isSshHost(host), host);
    for (const host of ['ssh://web', 'ssh://me@web:2222', 'ssh://[::1]:22/', 'ssh://me@[fd00::2]'])
      assert.ok(isSshHost(host), host);
  });

  it('is nothing that could be an option or a command', () => {
    for (const host of ['', '-oProxyCommand=x', '-l', 'me@-x', 'a b', 'a;b', '$(x)', '`x`', "a'b", 'a\nb', 'a@b@c'])
      assert.ok(!isSshHost(host), host);
    for (const host of ['ssh://-x', 'ssh://a/b', 'ssh://a:', 'http://a', 'a'.repeat(256), '@a', 'me@', '%h'])
      assert.ok(!isSshHost(host), host);
  });

  it('comes from the SSH configuration as far as it is one', () => {
    const text = 'Host web db\n  HostName 1.2.3.4\nhost = "quoted"\nHost *.example !x\nHost -oops\nMatch host y\n';
    assert.deepEqual(parseSshHosts(text), ['web', 'db', 'quoted']);
  });
});

describe('the command of a remote capture', () => {
  it('comes through a shell as it was, whatever is typed', function () {
    if (process.platform === 'win32') return this.skip();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const clean = text.replaceAll('\0', '');
        const out = execFileSync('sh', ['-c', `printf '%s' ${shellWord(clean)}`], { encoding: 'utf8' });
        assert.equal(out, clean);
      }),
      { numRuns: 40 },
    );
  });

  it('is the same program for everything that is typed', () => {
    const words = (filter: string, name: string | null): string[] =>
      remoteCommand({ ...capture, filter, interface: name }).split(shellWord(filter === '' ? 'none' : filter));
    assert.equal(words("tcp port 80'; rm -rf / #", null)[0], words('arp', null)[0]);
  });

  it('gives ssh the host behind everything that could be an option, and asks nobody anything', () => {
    const args = sshArguments('web', 'cmd');
    assert.deepEqual(args.slice(-3), ['--', 'web', 'cmd']);
    assert.ok(args.includes('BatchMode=yes'));
    assert.ok(
      !args.some((word) => /StrictHostKeyChecking|UserKnownHostsFile/.test(word)),
      'host keys are checked as ever',
    );
  });

  it('takes its own connection out of the capture, also with a filter', function () {
    if (process.platform === 'win32') return this.skip();
    const tools = mkdtempSync(path.join(tmpdir(), 'nta-tools-'));
    writeFileSync(path.join(tools, 'tcpdump'), '#!/bin/sh\nprintf "[%s]" "$@"\n', { mode: 0o755 });
    writeFileSync(path.join(tools, 'id'), '#!/bin/sh\necho 0\n', { mode: 0o755 });
    const run = (filter: string, connection: string): string =>
      // With the end of stdin it would be ended.
      execFileSync('sh', ['-c', `sleep 1 | ${remoteCommand({ ...capture, filter, interface: 'eth0' })}`], {
        encoding: 'utf8',
        timeout: 10_000,
        env: { PATH: `${tools}:/usr/bin:/bin`, SSH_CONNECTION: connection },
        stdio: ['pipe', 'pipe', 'ignore'],
      });
    const own = 'not (tcp port 51234 and tcp port 22 and host 10.0.0.9)';
    assert.match(run('', '10.0.0.9 51234 10.0.0.1 22'), new RegExp(`\\[${escape(own)}\\]`));
    assert.match(
      run('udp or arp', '10.0.0.9 51234 10.0.0.1 22'),
      new RegExp(`\\[${escape(`(udp or arp) and ${own}`)}\\]`),
    );
    assert.match(run('arp', 'fe80::9%eth0 51234 fe80::1%eth0 22'), /host fe80::9\)/);
    assert.match(run('arp', ''), /\[arp\]/);
    rmSync(tools, { recursive: true });
  });
});

describe('what went wrong on the other machine', () => {
  it('is told in the words of ssh, with what to do about it', () => {
    const key = classify('Host key verification failed.', 255, 'web');
    assert.deepEqual([key.code, key.message], ['REMOTE', 'Host key verification failed.']);
    assert.match(key.hint, /ssh web/);
    const changed = 'WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\nHost key verification failed.';
    assert.doesNotMatch(classify(changed, 255, 'web').hint, /accept/);
    assert.match(classify('me@web: Permission denied (publickey).', 255, 'web').hint, /agent/);
  });

  it('or in those of tcpdump and dumpcap', () => {
    assert.equal(classify("tcpdump: can't parse filter expression: syntax error", 1, 'web').code, 'BAD_FILTER');
    assert.equal(classify('tcpdump: nope0: No such device exists', 1, 'web').code, 'NO_SUCH_INTERFACE');
    const denied = "tcpdump: eth0: You don't have permission to perform this capture on that device";
    assert.equal(classify(denied, 1, 'web').code, 'NOT_PERMITTED');
    assert.equal(classify('', 127, 'web').code, 'REMOTE');
  });

  it('is told when ssh is not there, or the host is none', async () => {
    const never = (): never => assert.fail('nothing was captured');
    const events = { hello: never, packet: never, stats: never, warning: never };
    for (const [host, program] of [
      ['web', null],
      ['-oProxyCommand=x', '/bin/false'],
    ] as const) {
      const source = new SshSource(host, capture, events, program);
      await assert.rejects(
        source.start(),
        (error: unknown) => error instanceof CaptureError && error.code === 'REMOTE',
      );
      assert.equal((await source.ended)?.code, 'REMOTE');
      await source.stop();
    }
  });
});

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
