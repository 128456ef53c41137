import assert from 'node:assert/strict';
import type { DnsMessage } from '../../../../src/core/decode/dns';
import { concatBytes, dnsMessage, dnsName, hexBytes, tcpFrame, textBytes, udpFrame } from '../../../support/packets';
import { decoded } from '../../../support/decoded';

const toServer = { source: '10.0.0.1', destination: '10.0.0.53', sourcePort: 40000, destinationPort: 53 };
const fromServer = { source: '10.0.0.53', destination: '10.0.0.1', sourcePort: 53, destinationPort: 40000 };

function dnsOf(frame: Uint8Array): DnsMessage {
  const { application } = decoded(frame);
  assert.equal(application?.kind, 'dns');
  return application as DnsMessage;
}

/** A response with one question `a.test` and raw answer bytes behind it. */
function responseWith(answers: Uint8Array, count = 1): Uint8Array {
  const message = dnsMessage({ id: 1, response: true, questions: [{ name: 'a.test', type: 'A' }] });
  message[7] = count;
  return udpFrame(fromServer, concatBytes([message, answers]));
}

describe('DNS', () => {
  it('reads a query', () => {
    const frame = udpFrame(
      toServer,
      dnsMessage({ id: 0x1a2b, questions: [{ name: 'www.example.com', type: 'AAAA' }] }),
    );
    const message = dnsOf(frame);
    assert.equal(message.id, 0x1a2b);
    assert.equal(message.response, false);
    assert.deepEqual(message.questions, [{ name: 'www.example.com', type: 28, typeName: 'AAAA' }]);
    const { view, row } = decoded(frame);
    assert.equal(view.layers.join(':'), 'eth:ip:udp:dns');
    assert.equal(row.protocol, 'dns');
    assert.equal(row.info, 'Standard query 0x1a2b AAAA www.example.com');
  });

  it('reads answers and failures', () => {
    const answer = dnsMessage({
      id: 7,
      response: true,
      questions: [{ name: 'a.test', type: 'A' }],
      answers: [
        { name: 'a.test', type: 'CNAME', data: 'b.test' },
        { name: 'b.test', type: 'A', data: '192.0.2.1', ttlSeconds: 60 },
      ],
    });
    assert.equal(
      decoded(udpFrame(fromServer, answer)).row.info,
      'Standard query response 0x0007 A a.test CNAME b.test A 192.0.2.1',
    );
    assert.equal(dnsOf(udpFrame(fromServer, answer)).answers[1]?.ttlSeconds, 60);
    const missing = dnsMessage({ id: 8, response: true, responseCode: 3, questions: [{ name: 'no.test', type: 'A' }] });
    assert.equal(dnsOf(udpFrame(fromServer, missing)).responseCode, 3);
    assert.equal(
      decoded(udpFrame(fromServer, missing)).row.info,
      'Standard query response 0x0008 No such name A no.test',
    );
  });

  it('follows compression pointers', () => {
    const message = dnsOf(responseWith(hexBytes('c00c 0005 0001 0000003c 0006 03777777 c00c')));
    assert.deepEqual(message.answers, [
      { name: 'a.test', type: 5, typeName: 'CNAME', data: 'www.a.test', ttlSeconds: 60 },
    ]);
  });

  it('gives up on pointers that loop and names that are too long', () => {
    const selfPointer = dnsOf(responseWith(hexBytes('c018 0001 0001 0000003c 0004 01020304')));
    assert.deepEqual(selfPointer.answers, []);
    assert.equal(selfPointer.questions.length, 1);
    const mutual = dnsOf(responseWith(hexBytes('c01a c018 0001 0001 0000003c 0004 01020304')));
    assert.deepEqual(mutual.answers, []);
    const long = dnsName(new Array<string>(5).fill('x'.repeat(60)).join('.'));
    const tooLong = concatBytes([hexBytes('0001 0100 0001 0000 0000 0000'), long, hexBytes('0001 0001')]);
    assert.deepEqual(dnsOf(udpFrame(toServer, tooLong)).questions, []);
  });

  it('shows control characters in names as dots', () => {
    const question = concatBytes([hexBytes('0001 0100 0001 0000 0000 0000 05 611b5b0a2e 00 0001 0001')]);
    const frame = udpFrame(toServer, question);
    assert.equal(dnsOf(frame).questions[0]?.name, 'a·[·.');
    assert.equal(decoded(frame).row.info, 'Standard query 0x0001 A a·[·.');
  });

  it('joins the strings of a TXT record', () => {
    const message = dnsOf(responseWith(hexBytes('c00c 0010 0001 00000000 0006 0268 69 0274 6f')));
    assert.equal(message.answers[0]?.data, 'hito');
  });

  it('keeps the records before a cut', () => {
    const record = 'c00c 0001 0001 0000003c 0004 01020304';
    const message = dnsOf(responseWith(hexBytes(`${record} c00c 0001 0001 0000003c 0004 0102`), 2));
    assert.equal(message.answers.length, 1);
  });

  it('reads DNS over TCP behind its length', () => {
    const message = dnsMessage({ id: 9, questions: [{ name: 'tcp.test', type: 'A' }] });
    const frame = tcpFrame({ ...toServer, flags: 'PA' }, concatBytes([Uint8Array.of(0, message.length), message]));
    assert.equal(decoded(frame).view.layers.join(':'), 'eth:ip:tcp:dns');
    assert.equal(dnsOf(frame).questions[0]?.name, 'tcp.test');
  });

  it('does not take other traffic on TCP port 53 for DNS', () => {
    const frame = tcpFrame({ ...toServer, flags: 'PA' }, textBytes('MZ this is a program, not a question '.repeat(4)));
    assert.equal(decoded(frame).application, null);
  });

  it('reads DNS over TCP whose length came in an earlier segment', () => {
    const message = dnsMessage({ id: 9, questions: [{ name: 'tcp.test', type: 'A' }] });
    assert.equal(dnsOf(tcpFrame({ ...toServer, flags: 'PA' }, message)).questions[0]?.name, 'tcp.test');
  });

  it('tells mDNS and LLMNR by their ports', () => {
    const message = dnsMessage({ id: 0, questions: [{ name: 'host.local', type: 'A' }] });
    const mdns = { source: '10.0.0.1', destination: '224.0.0.251', sourcePort: 5353, destinationPort: 5353 };
    assert.equal(decoded(udpFrame(mdns, message)).row.protocol, 'mdns');
    assert.equal(
      decoded(udpFrame({ ...mdns, sourcePort: 50000, destinationPort: 5355 }, message)).row.protocol,
      'llmnr',
    );
  });

  it('knows a plain query on any other port, and does not see one in arbitrary bytes', () => {
    const ends = { ...toServer, destinationPort: 5300 };
    assert.equal(
      decoded(udpFrame(ends, dnsMessage({ id: 3, questions: [{ name: 'a.test', type: 'TXT' }] }))).row.protocol,
      'dns',
    );
    assert.equal(decoded(udpFrame(ends, textBytes('GET / HTTP/1.1 and some more text here'))).application, null);
    const netbios = dnsMessage({ id: 3, questions: [{ name: 'CKAAAA', type: 'A' }] });
    assert.equal(decoded(udpFrame({ ...ends, destinationPort: 137 }, netbios)).application, null);
  });
});
