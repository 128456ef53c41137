import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compileFilter } from '../../../../src/core/filter/displayFilter';
import { allFilterFields } from '../../../../src/core/filter/filterFields';
import {
  arpFrame,
  dnsMessage,
  echoFrame,
  hexBytes,
  httpRequest,
  httpResponse,
  ipPacket,
  packetsAt,
  portUnreachableFrame,
  rawPacket,
  tcpFrame,
  tlsClientHello,
  tlsServerHello,
  udp,
  udpFrame,
} from '../../../support/packets';
import { type Decoded, decoded } from '../../../support/decoded';

const web = { source: '10.0.0.1', destination: '192.0.2.80', sourcePort: 40000, destinationPort: 80 };
const web6 = { source: '2001:db8::1', destination: '2001:db8:1::80', sourcePort: 40000, destinationPort: 443 };
const resolver = { source: '10.0.0.53', destination: '10.0.0.1', sourcePort: 53, destinationPort: 40001 };

const frames = {
  syn: tcpFrame({ ...web, flags: 'S', sequence: 7, timeToLive: 3, vlans: [42] }),
  get: tcpFrame(
    { ...web, flags: 'PA', sequence: 8 },
    httpRequest('GET', '/Index.html?q=1', 'shop.test', { 'User-Agent': 'curl/8' }),
  ),
  ok: tcpFrame(
    { source: web.destination, destination: web.source, sourcePort: 80, destinationPort: 40000, flags: 'A' },
    httpResponse(200, 'OK', 'hi'),
  ),
  hello: tcpFrame({ ...web6, flags: 'PA', sequence: 0 }, tlsClientHello('www.shop.test')),
  serverHello: tcpFrame({ ...web6, flags: 'PA', sequence: tlsClientHello('www.shop.test').length }, tlsServerHello()),
  answer: udpFrame(
    resolver,
    dnsMessage({ id: 5, response: true, responseCode: 3, questions: [{ name: 'no.test', type: 'A' }] }),
  ),
  arp: arpFrame({ operation: 'request', senderAddress: '10.0.0.1', targetAddress: '10.0.0.2' }),
  ping: echoFrame({ source: '10.0.0.1', destination: '10.0.0.2', reply: false, identifier: 1, sequence: 1 }),
  unreachable: portUnreachableFrame(
    { source: '10.0.0.2', destination: '10.0.0.1' },
    ipPacket(
      { source: '10.0.0.1', destination: '10.0.0.2', protocol: 17 },
      udp({ ...web, destination: '10.0.0.2' }, new Uint8Array(4)),
    ),
  ),
};
const names = Object.keys(frames) as (keyof typeof frames)[];
const packets: [name: string, packet: Decoded][] = packetsAt(names.map((name, index) => [index, frames[name]])).map(
  (packet, index) => [names[index]!, decoded(packet)],
);

/** Names of the frames that a filter selects. */
function selected(filter: string): string {
  const compiled = compileFilter(filter);
  assert.ok(compiled.ok, compiled.ok ? '' : `${filter}: ${compiled.message}`);
  return packets
    .filter(([, { view, packet }]) => compiled.matches(view, packet))
    .map(([name]) => name)
    .join(' ');
}

function failure(filter: string): { message: string; position: number } {
  const compiled = compileFilter(filter);
  assert.ok(!compiled.ok, filter);
  return compiled;
}

const all = names.join(' ');

describe('display filter', () => {
  const cases: [filter: string, selected: string][] = [
    ['', all],
    ['  ', all],
    ['frame', all],
    ['tcp', 'syn get ok hello serverHello'],
    ['udp', 'answer unreachable'],
    ['http', 'get ok'],
    ['tls', 'hello serverHello'],
    ['ssl', 'hello serverHello'],
    ['arp || icmp', 'arp ping unreachable'],
    ['not ip', 'hello serverHello arp'],
    ['!ip and !arp', 'hello serverHello'],
    ['vlan.id == 42', 'syn'],
    ['vlan', 'syn'],
    ['frame.number <= 2', 'syn get'],
    ['frame.number in {1, 3..4, 9}', 'syn ok hello unreachable'],
    ['frame.time_relative >= 7', 'ping unreachable'],
    ['frame.time_epoch < 1700000001.5', 'syn get'],
    ['frame.len < 50', 'arp'],
    ['frame.protocols contains "dns"', 'answer'],
    ['eth.addr == ff:ff:ff:ff:ff:ff', 'arp'],
    ['eth.dst == FF-FF-FF-FF-FF-FF', 'arp'],
    ['eth.src == 02:00:0a:00:00:35', 'answer'],
    ['ip.addr == 192.0.2.80', 'syn get ok'],
    ['ip.src == 192.0.2.0/24', 'ok'],
    ['ip.dst == 10.0.0.1/31', 'ok answer unreachable'],
    ['ip.addr == 0.0.0.0/0', 'syn get ok answer ping unreachable'],
    ['ip.addr in {10.0.0.53, 192.0.2.0/24}', 'syn get ok answer'],
    ['ip.src in {10.0.0.2..10.0.0.60}', 'answer unreachable'],
    ['ip.src > 10.0.0.53', 'ok'],
    ['ipv6.addr == 2001:db8:1::80', 'hello serverHello'],
    ['ipv6.src == 2001:db8::/48', 'hello serverHello'],
    ['ipv6.dst == 2001:db8::/48', ''],
    ['ip.proto == 17', 'answer unreachable'],
    ['ip.ttl == 3', 'syn'],
    ['tcp.port == 80', 'syn get ok'],
    ['tcp.srcport eq 80', 'ok'],
    ['tcp.dstport ge 80 and tcp.dstport lt 443', 'syn get'],
    ['udp.port == 53', 'answer'],
    ['tcp.flags == 0x02', 'syn'],
    ['tcp.flags & 0x12', 'syn get ok hello serverHello'],
    ['tcp.flags & 0x0a == 8', 'get hello serverHello'],
    ['tcp.flags.syn == 1 && tcp.flags.ack == 0', 'syn'],
    ['tcp.flags.push == true', 'get hello serverHello'],
    ['tcp.flags.reset', 'syn get ok hello serverHello'],
    ['tcp.flags.fin == 1', ''],
    ['tcp.len > 0 and not tls', 'get ok'],
    ['tcp.seq_raw == 7', 'syn'],
    ['icmp.type == 8', 'ping'],
    ['icmp.type == 3 and icmp.code == 3', 'unreachable'],
    ['arp.opcode == 1', 'arp'],
    ['arp.dst.proto_ipv4 == 10.0.0.2', 'arp'],
    ['dns.qry.name == "no.test"', 'answer'],
    ['dns.qry.name contains "test"', 'answer'],
    ['dns.flags.response == 1 and dns.flags.rcode == 3', 'answer'],
    ['http.request', 'get'],
    ['http.response', 'ok'],
    ['http.request.method == GET', 'get'],
    ['http.request.method in {"POST", "GET"}', 'get'],
    ['http.request.uri matches "index\\\\.html"', 'get'],
    ['http.request.uri ~ r"^/INDEX\\.html\\?q=\\d$"', 'get'],
    ['http.host == "shop.test"', 'get'],
    ['http.response.code >= 200', 'ok'],
    ['http.user_agent contains "curl"', 'get'],
    ['tls.handshake.type == 1', 'hello'],
    ['tls.handshake.extensions_server_name matches "^www[.]"', 'hello'],
    ['frame contains "shop"', 'get hello'],
    ['http contains 0d:0a:0d:0a', 'get ok'],
    ['tcp contains "\\x16\\x03"', 'hello serverHello'],
    ['udp contains "\\xff\\xff\\xff\\xff"', ''],
    ['tcp.port == 80 or udp and frame.number == 6', 'syn get ok answer'],
    ['(tcp.port == 80 or udp) and frame.number == 6', 'answer'],
    ['not tcp.port == 80 and tcp', 'hello serverHello'],
  ];
  for (const [filter, expected] of cases) {
    it(`${filter || '(empty)'} selects ${expected || 'nothing'}`, () => {
      assert.equal(selected(filter), expected);
    });
  }

  it('reads != and its kin as Wireshark 4 does for fields with two values', () => {
    assert.equal(selected('tcp.port != 80'), 'hello serverHello');
    assert.equal(selected('tcp.port !== 80'), 'syn get ok hello serverHello');
    assert.equal(selected('tcp.port === 80'), '');
    assert.equal(selected('!(tcp.port == 80)'), 'hello serverHello answer arp ping unreachable');
    assert.equal(selected('ip.addr != 10.0.0.1'), '');
    assert.equal(selected('tcp.srcport not in {80, 443}'), 'syn get hello serverHello answer arp ping unreachable');
  });

  it('counts relative time from the packet that it is told', () => {
    const compiled = compileFilter('frame.time_relative == 0', { firstTimeSeconds: 1_700_000_003 });
    assert.ok(compiled.ok);
    const matching = packets.filter(([, { view, packet }]) => compiled.matches(view, packet));
    assert.deepEqual(
      matching.map(([name]) => name),
      ['hello'],
    );
  });

  it('says what is wrong and where', () => {
    const wrong: [filter: string, message: RegExp, position: number][] = [
      ['tcp.prot == 80', /"tcp\.prot" is not a field/, 0],
      ['tcp and', /ends where a field or a value is expected/, 7],
      ['tcp.port ==', /ends where a field or a value/, 11],
      ['tcp.port == eighty', /"eighty" is not a number/, 12],
      ['ip.addr == 1.2.3', /not an IPv4 address/, 11],
      ['ip.addr == ::1', /not an IPv4 address/, 11],
      ['ip.addr == 10.0.0.0/33', /prefix length/, 11],
      ['ip.src in {10.0.0.0/33}', /prefix length/, 11],
      ['ip.src == 10.0.0.0/255.0.255.0', /prefix length/, 10],
      ['eth.src == 1:2', /MAC/, 11],
      ['tcp == 6', /protocol is there or not/, 7],
      ['(tcp', /ends where "\)", "and", "or"/, 4],
      ['tcp)', /not expected/, 3],
      ['tcp udp', /not expected/, 4],
      ['http.host == "x', /closing quote/, 13],
      ['tcp.port in {}', /"}" is not expected here, but a field or a value/, 13],
      ['tcp.port in {80', /"," or "}" is expected/, 15],
      ['tcp.port in 80', /a set like/, 12],
      ['tcp.port = 80', /compared with ==/, 9],
      ['tcp.port in {80 443}', /"443" is not expected/, 16],
      ['foo(tcp)', /no function "foo", but len/, 0],
      ['len(tcp, udp) == 1', /takes one field/, 0],
      ['80 == tcp.port', /"80" is not a field/, 0],
      ['tcp.analysis.flags == 1', /no values/, 22],
      ['lower(tcp.port) == 1', /takes a text/, 6],
      ['tcp.srcport == http.host', /different kinds/, 15],
      ['eth.src[3-1] == 00', /no bytes/, 0],
      ['tcp.port[0] == 1', /no bytes/, 0],
      ['http.host matches "("', /"\(" without/, 18],
      ['frame.len contains "x"', /Only text/, 0],
      ['http.host & 1', /Only numbers/, 12],
      ['tcp.flags.syn == 2', /neither true nor false/, 17],
      ['gre contains "x"', /cannot be searched/, 0],
      ['tcp $ udp', /"\$" is not expected/, 4],
    ];
    for (const [filter, message, position] of wrong) {
      const error = failure(filter);
      assert.match(error.message, message, filter);
      assert.equal(error.position, position, filter);
    }
  });

  it('bounds length, depth and number of tests', () => {
    assert.match(failure(`${'('.repeat(200)}tcp${')'.repeat(200)}`).message, /too deep/);
    assert.equal(selected(`${'!'.repeat(201)}tcp`), selected('not tcp'));
    assert.match(failure(`${'lower('.repeat(100)}http.host${')'.repeat(100)} == "a"`).message, /too deep/);
    assert.match(failure(new Array(600).fill('tcp').join('||')).message, /too many tests/);
    assert.match(failure(`tcp.port in {1${', 1'.repeat(300)}}`).message, /too large/);
    assert.match(failure('tcp '.repeat(2000)).message, /longer than/);
  });

  it('never throws on any text, and never on any packet', () => {
    const words = [
      ...allFilterFields.map(({ name }) => name),
      'tcp',
      'frame',
      '==',
      '!=',
      '>',
      'in',
      '{',
      '}',
      '(',
      ')',
      '..',
      '&',
      'not',
      'and',
      'or',
    ];
    const values = [
      '80',
      '0x10',
      '"a"',
      '10.0.0.0/8',
      '::1',
      '1',
      'contains',
      'matches',
      '"a+"',
      'ff:ff:ff:ff:ff:ff',
      ',',
    ];
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...words, ...values), { maxLength: 12 }).map((parts) => parts.join(' ')),
    );
    fc.assert(
      fc.property(text, fc.uint8Array({ maxLength: 120 }), (filter, bytes) => {
        const compiled = compileFilter(filter);
        const { view, packet } = decoded(rawPacket(bytes));
        if (compiled.ok) assert.equal(typeof compiled.matches(view, packet), 'boolean');
        else assert.ok(0 <= compiled.position && compiled.position <= compiled.end && compiled.end <= filter.length);
      }),
      { numRuns: 3000 },
    );
  });

  it('reads every field of every sample without complaint', () => {
    for (const { name } of allFilterFields) selected(name);
    assert.equal(selected('tls.record.content_type == 22'), 'hello serverHello');
    assert.equal(selected('tls.handshake.extensions_alpn_str == "h2"'), 'hello');
    const cut = decoded(rawPacket(hexBytes('00')));
    const compiled = compileFilter('eth.src');
    assert.ok(compiled.ok);
    assert.equal(compiled.matches(cut.view, cut.packet), false);
  });
});
