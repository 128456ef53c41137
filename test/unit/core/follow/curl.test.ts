import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { decodeHttp } from '../../../../src/core/decode/http';
import type { HttpRequest } from '../../../../src/core/decode/http';
import { curlCommand, quoted } from '../../../../src/core/follow/curl';
import type { HttpMessage } from '../../../../src/core/follow/httpExchanges';
import type { HeaderField } from '../../../../src/core/streams/http2/headerField';

function request(startLine: string, fields: HeaderField[], body = ''): HttpMessage<HttpRequest> {
  const bytes = Buffer.from(`${startLine}\r\n\r\n`, 'latin1');
  const head = decodeHttp(bytes, 0, bytes.length);
  assert.ok(head?.kind === 'http-request');
  return { head, packet: 1, startLine, fields, body: Buffer.from(body, 'latin1'), cut: false };
}

/** The words that a shell makes of a command, with `curl` replaced by a program that prints its arguments. */
function wordsOf(command: string): string[] {
  const script = `curl() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${command}`;
  const { stdout, stderr, status } = spawnSync('/bin/bash', ['--norc', '--noprofile', '-c', script], {
    encoding: 'latin1',
    env: { PATH: '/nonexistent', LC_ALL: 'C' },
  });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  return stdout.split('\0').slice(0, -1);
}

describe('a request as a curl command', () => {
  it('has the method, the address and the headers of the request', () => {
    const command = curlCommand(
      request(
        'POST /login?next=%2F HTTP/1.1',
        [
          ['Host', 'shop.example.org'],
          ['User-Agent', 'test'],
          ['Content-Type', 'application/x-www-form-urlencoded'],
          ['Content-Length', '9'],
          ['X-Empty', ''],
          ['Accept-Encoding', 'gzip'],
        ],
        'a=1&b=two',
      ),
      '10.0.0.1:80',
    );
    assert.deepEqual(wordsOf(command), [
      '--globoff',
      '--path-as-is',
      '--request',
      'POST',
      '--url',
      'http://shop.example.org/login?next=%2F',
      '--header',
      'User-Agent: test',
      '--header',
      'Content-Type: application/x-www-form-urlencoded',
      '--header',
      'X-Empty;',
      '--header',
      'Accept-Encoding: gzip',
      '--compressed',
      '--data-raw',
      'a=1&b=two',
    ]);
  });

  it('is run as it stands by no shell, whatever the headers say', () => {
    const hostile = [
      "'; touch /tmp/owned; '",
      '$(touch /tmp/owned)',
      '`touch /tmp/owned`',
      '"; rm -rf ~; "',
      'a\rtouch /tmp/owned',
      '\u001b[201~touch /tmp/owned',
      '!!:p',
      '\\',
      "\\'",
      '@/etc/passwd',
    ];
    const fields: HeaderField[] = hostile.map((value, at) => [`X-${at}`, value]);
    const command = curlCommand(
      request("GET /?q='$(id)`id` HTTP/1.1", [...fields, ['@/etc/passwd', 'x'], ['A B', 'x'], ['Host', 'a b;id']]),
      '10.0.0.1:8080',
    );
    const words = wordsOf(command);
    assert.deepEqual(
      words.filter((word) => word.startsWith('X-')),
      hostile.map((value, at) => `X-${at}: ${value}`),
    );
    assert.ok(!words.some((word) => word.startsWith('@')));
    assert.ok(words.includes("http://10.0.0.1:8080/?q='$(id)`id`"));
    assert.ok(words.includes('Host: a b;id'));
    // Pasted into a terminal, a control character would act before any shell sees the quotes.
    assert.doesNotMatch(command, /[\u0000-\u0009\u000b-\u001f\u007f-\uffff]/);
    assert.equal(command.trimEnd().split('\n').length, 2);
    assert.match(command, /^# Left out: /);
  });

  it('quotes any text so that a shell gives it back', () => {
    const text = fc.string({ unit: 'binary-ascii' }).filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 30 }), (values) => {
        assert.deepEqual(wordsOf(`curl ${values.map(quoted).join(' ')}`), values);
      }),
      { numRuns: 30 },
    );
  });

  it('never reads a file as a body, and leaves out what a shell cannot hold', () => {
    const fromFile = wordsOf(curlCommand(request('POST / HTTP/1.1', [], '@/etc/passwd'), 'h'));
    assert.deepEqual(fromFile.slice(-2), ['--data-raw', '@/etc/passwd']);
    const binary = curlCommand(request('POST / HTTP/1.1', [], 'a\0b'), 'h');
    assert.match(binary, /^# Left out: the body of 3 bytes/);
    assert.ok(!binary.includes('--data'));
  });
});
