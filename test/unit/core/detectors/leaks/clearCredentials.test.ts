import assert from 'node:assert/strict';
import { httpRequest, tlsClientHello } from '../../../../support/packets';
import { hasPasswordField } from '../../../../../src/core/detectors/leaks/loginSigns';
import { Talk, findingsOf } from '../traffic';

const secret = 'hunter2secret';
const rule = 'clear-credentials';

function form(body: string, type = 'application/x-www-form-urlencoded'): Talk {
  const headers = { 'Content-Type': type, 'Content-Length': String(body.length) };
  return new Talk().client(httpRequest('POST', '/login', 'shop.test', headers, body));
}

const sessions: Record<string, Talk> = {
  FTP: new Talk({ port: 21 })
    .server('220 ftp ready\r\n')
    .client('USER tom\r\n')
    .server('331 go on\r\n')
    .client(`PASS ${secret}\r\n`),
  POP3: new Talk({ port: 110 })
    .server('+OK ready\r\n')
    .client('USER tom\r\n')
    .server('+OK\r\n')
    .client(`PASS ${secret}\r\n`),
  IMAP: new Talk({ port: 143 }).server('* OK ready\r\n').client(`a1 LOGIN tom ${secret}\r\n`),
  SMTP: new Talk({ port: 25 })
    .server('220 mail ESMTP\r\n')
    .client('EHLO box\r\n')
    .server('250 AUTH PLAIN\r\n')
    .client(`AUTH PLAIN ${secret}\r\n`),
  Telnet: new Talk({ port: 23 })
    .server('login: ')
    .client('tom\r\n')
    .server('Password: ')
    .client('h')
    .client('unter2\r\n'),
  'HTTP Basic': new Talk().client(httpRequest('GET', '/', 'shop.test', { Authorization: `Basic ${secret}` })),
  'HTTP form': form(`user=tom&password=${secret}`),
};

describe('rule clear-credentials', () => {
  for (const [protocol, talk] of Object.entries(sessions)) {
    it(`tells ${protocol}, and keeps no secret`, () => {
      const found = findingsOf(talk.close().frames, rule);
      assert.equal(found.length, 1);
      const finding = found[0]!;
      assert.deepEqual([finding.threat, finding.severity, finding.count], ['health', 'low', 1]);
      assert.match(finding.title, new RegExp(`\\(${protocol}\\)$`));
      const all = JSON.stringify(finding);
      assert.ok(!all.includes('hunter2') && !all.includes('tom'), all);
    });
  }

  it('tells one finding for a service, whoever logs in', () => {
    const frames = [21, 22, 23].flatMap(
      (last, index) =>
        new Talk({ client: `10.0.0.${last}`, at: index }).client(
          httpRequest('GET', '/', 'a', { Authorization: 'Basic eA==' }),
        ).frames,
    );
    const found = findingsOf(frames, rule);
    assert.deepEqual(
      found.map(({ count, sources }) => [count, sources.length]),
      [[3, 3]],
    );
  });

  it('says nothing of anonymous FTP, of other schemes, of TLS and of sessions without a login', () => {
    const quiet = [
      new Talk({ port: 21 })
        .server('220 ftp ready\r\n')
        .client('USER anonymous\r\n')
        .server('331\r\n')
        .client('PASS a@b.test\r\n'),
      new Talk().client(httpRequest('GET', '/', 'a.test', { Authorization: 'Bearer abcdef' })),
      new Talk({ port: 993 }).client(tlsClientHello('mail.test')),
      new Talk({ port: 25 })
        .server('220 mail ESMTP\r\n')
        .client('EHLO box\r\n')
        .server('250 ok\r\n')
        .client('QUIT\r\n'),
      new Talk({ port: 23 }).server('login: ').client('tom\r\n'),
      form('comment=no+secret+here&passport=1'),
    ];
    for (const talk of quiet) assert.deepEqual(findingsOf(talk.close().frames, rule), []);
  });

  it('knows fields that are passwords by their name', () => {
    for (const text of ['a=1&pass=x', 'login[password]=x', 'user.pwd=x', '{"password": "x"}', '?passwd=x'])
      assert.ok(hasPasswordField(text), text);
    for (const text of ['compass=north', 'password=', 'pass=&a=1', 'bypass=1', '{"password": ""}', 'spin=1'])
      assert.ok(!hasPasswordField(text), text);
  });
});
