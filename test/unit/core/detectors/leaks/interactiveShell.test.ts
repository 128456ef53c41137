import assert from 'node:assert/strict';
import { findShellSigns, shellSigns } from '../../../../../src/core/detectors/leaks/shellSigns';
import { filler, textBytes, tlsClientHello, tlsRecord } from '../../../../support/packets';
import { Talk, atLeastMedium, findingsOf } from '../traffic';

const outside = { server: '198.51.100.66', port: 4444 };
const session: [command: string, output: string][] = [
  ['id\n', 'uid=1000(tom) gid=1000(tom) groups=1000(tom)\n'],
  ['uname -a\n', 'Linux box 6.1.0-18-amd64 #1 SMP x86_64 GNU/Linux\n'],
  ['ls -la /\n', 'total 20\ndrwxr-xr-x   5 root root  4096 Nov 23 10:00 .\n'],
  ['cat /etc/passwd\n', 'root:x:0:0:root:/root:/bin/bash\ntom:x:1000:1000::/home/tom:/bin/bash\n'],
];

/** A shell that called out: who was called types. */
function reverse(prompt: string, options: Partial<typeof outside> = {}): Talk {
  const talk = new Talk({ ...outside, ...options });
  if (prompt !== '') talk.client(prompt);
  for (const [command, output] of session) {
    talk.wait(2).server(command).wait(0.02).client(output);
    if (prompt !== '') talk.client(prompt);
  }
  return talk;
}

describe('signs of a shell', () => {
  const signsOf = (text: string): number => findShellSigns(textBytes(text), 0, textBytes(text).length);

  it('are prompts of common shells', () => {
    const prompts = [
      '$ ',
      '# ',
      'sh-5.1$ ',
      'bash-5.2# ',
      'root@host:/srv# ',
      '/ # ',
      'C:\\Windows\\system32>',
      'PS C:\\Users\\tom> ',
    ];
    for (const prompt of prompts) assert.ok((signsOf(`text\n${prompt}`) & shellSigns.prompt) !== 0, prompt);
    assert.ok((signsOf('\x1b[?2004h\x1b[01;32mtom@box\x1b[00m:\x1b[01;34m~\x1b[00m$ ') & shellSigns.prompt) !== 0);
  });

  it('are not in other text', () => {
    for (const text of [
      '<html><body>price 5$</body>',
      '{"a":"b#"}',
      'PING :irc.example\r\n',
      '250 OK\r\n',
      '*1\r\n$4\r\nPING\r\n',
      'GET / HTTP/1.0\r\n',
    ]) {
      assert.equal(signsOf(text), 0, text);
    }
    assert.equal(findShellSigns(filler(300, 4), 0, 300), 0);
  });
});

describe('rule interactive-shell', () => {
  it('finds a reverse shell: who was connected to drives it', () => {
    const found = findingsOf(reverse('sh-5.1$ ').close().frames);
    assert.equal(found.length, 1);
    const finding = found[0]!;
    assert.deepEqual([finding.rule, finding.threat, finding.severity], ['interactive-shell', 'infiltration', 'high']);
    assert.deepEqual([finding.sources, finding.targets, finding.ports], [['198.51.100.66'], ['10.0.0.21'], [4444]]);
    assert.match(finding.title, /^Reverse shell of 10\.0\.0\.21 to 198\.51\.100\.66:4444$/);
    const all = JSON.stringify(finding);
    assert.ok(!all.includes('/etc/passwd') && !all.includes('tom'), 'holds nothing that was typed');
  });

  it('finds it without prompts, on a port of a service, from Windows, and when the shell listens', () => {
    assert.equal(atLeastMedium(findingsOf(reverse('').frames)).length, 1);
    assert.equal(atLeastMedium(findingsOf(reverse('$ ', { port: 443 }).frames)).length, 1);
    const windows = new Talk(outside).client('Microsoft Windows [Version 10.0.19045]\r\n\r\nC:\\Users\\tom>');
    windows.wait(2).server('whoami\n').client('box\\tom\r\n\r\nC:\\Users\\tom>');
    assert.equal(atLeastMedium(findingsOf(windows.frames)).length, 1);
    const bind = new Talk({ client: '198.51.100.66', server: '10.0.0.21', port: 5555 });
    for (const [command, output] of session) bind.wait(1).client(command).server(output).server('# ');
    const found = findingsOf(bind.frames, 'interactive-shell');
    assert.deepEqual(
      found.map(({ sources, targets }) => [sources, targets]),
      [[['198.51.100.66'], ['10.0.0.21']]],
    );
  });

  it('finds one typed key by key with an echo', () => {
    const talk = new Talk(outside).client('tom@box:~$ ');
    for (const command of ['whoami', 'id']) {
      for (const key of command) talk.wait(0.25).server(key).client(key);
      talk
        .wait(0.3)
        .server('\n')
        .client(`\r\n${command === 'id' ? 'uid=0(root) gid=0(root)' : 'root'}\r\n`)
        .client('tom@box:~$ ');
    }
    assert.equal(atLeastMedium(findingsOf(talk.frames)).length, 1);
  });

  it('finds an encrypted one by its turns', () => {
    const talk = new Talk({ ...outside, port: 4433 }).client(tlsClientHello(null)).server(tlsRecord(22, filler(60, 1)));
    for (let index = 0; index < 10; index++) {
      talk
        .wait(2)
        .server(tlsRecord(23, filler(30 + index, index)))
        .wait(0.02)
        .client(tlsRecord(23, filler(400, index)));
    }
    assert.equal(atLeastMedium(findingsOf(talk.frames, 'interactive-shell')).length, 1);
  });

  it('leaves clients of servers, chats and known protocols alone', () => {
    const database = new Talk({ port: 7777 });
    for (let index = 0; index < 20; index++)
      database.wait(1).client('get key\r\n').server('value of the key, rather long\r\n');
    assert.deepEqual(findingsOf(database.frames, 'interactive-shell'), []);
    const chat = new Talk({ ...outside, port: 6697 }).client('NICK tom\r\nUSER tom 0 * :tom\r\n');
    for (let index = 0; index < 20; index++) chat.wait(3).server(`:a!b@c PRIVMSG #room :hello ${index}\r\n`);
    assert.deepEqual(findingsOf(chat.frames, 'interactive-shell'), []);
    const push = new Talk({ ...outside, port: 5228 }).client(filler(100, 1));
    for (let index = 0; index < 20; index++) push.wait(10).server(filler(90, index)).client(filler(8, index));
    assert.deepEqual(atLeastMedium(findingsOf(push.frames, 'interactive-shell')), []);
  });
});
