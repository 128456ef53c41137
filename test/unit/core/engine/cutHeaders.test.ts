import assert from 'node:assert/strict';
import { Engine } from '../../../../src/core/engine/engine';
import type { AnalysisReport } from '../../../../src/protocol/capture';
import { dnsMessage, hexBytes, packetsAt, tcpFrame, tlsClientHello, udpFrame } from '../../../support/packets';

type Timed = readonly [atSeconds: number, frame: Uint8Array];

const client = '10.0.0.1';
const server = '10.0.0.2';
const synOptions = hexBytes('020405b4 0402 080a 00000001 00000000 01 030307');
const timestamps = hexBytes('0101 080a 00000002 00000001');

/** The report on frames of which the capture kept so many bytes. */
function reportOf(frames: readonly Timed[], keptBytes: number): AnalysisReport {
  const engine = new Engine({ localAddresses: [] });
  for (const packet of packetsAt(frames)) engine.push({ ...packet, bytes: packet.bytes.subarray(0, keptBytes) });
  engine.finish();
  return engine.report('', { format: 'pcap', linkTypes: ['ETHERNET'], damage: null });
}

function segment(fromClient: boolean, flags: string, sequence: number, acknowledgment: number, payload?: Uint8Array) {
  const ports = fromClient ? [40_000, 443] : [443, 40_000];
  const [sourcePort = 0, destinationPort = 0] = ports;
  const options = flags.includes('S') ? synOptions : timestamps;
  const [source, destination] = fromClient ? [client, server] : [server, client];
  const ends = { source, destination, sourcePort, destinationPort };
  return tcpFrame({ ...ends, flags, sequence, acknowledgment, options }, payload);
}

const hello = tlsClientHello('shop.test');
const connection: Timed[] = [
  [0, segment(true, 'S', 100, 0)],
  [0.01, segment(false, 'SA', 500, 101)],
  [0.02, segment(true, 'A', 101, 501)],
  [0.03, segment(true, 'PA', 101, 501, hello)],
  [0.05, segment(false, 'A', 501, 101 + hello.length)],
  [0.3, segment(true, 'PA', 101, 501, hello)],
];

describe('A capture of headers', () => {
  // 68 bytes were the default of tcpdump for twenty years: of today's SYNs, the last options are missing.
  it('measures a handshake of which the capture kept 68 bytes each', () => {
    const { latency, tcpAnalysis, loss } = reportOf(connection, 68);
    assert.equal(latency.tcpHandshakeMs?.count, 1);
    assert.deepEqual(tcpAnalysis?.initialRtt, { count: 1, sumUs: 20_000 });
    assert.equal(loss.tcpRetransmittedSegments, 1);
  });

  it('judges segments whose options are cut, and shows of them what tshark shows', () => {
    const whole = reportOf(connection, 2000).tcpAnalysis;
    assert.equal(whole?.ackRtt.count, 3);
    // Of the SYN/ACK nothing is shown; it was remembered, so its acknowledgment is measured.
    assert.equal(reportOf(connection, 66).tcpAnalysis?.ackRtt.count, 2);
    const cut = reportOf(connection, 60);
    assert.equal(cut.tcpAnalysis?.ackRtt.count, 0);
    assert.equal(cut.tcpAnalysis?.retransmissions, 0);
    assert.equal(cut.loss.tcpRetransmittedSegments, 1);
  });

  it('names nothing in a payload of which no byte was kept', () => {
    for (const kept of [54, 60, 66]) {
      const { protocols } = reportOf(connection, kept);
      assert.deepEqual(
        protocols.map(({ protocol }) => protocol),
        ['eth', 'ip', 'tcp'],
        `${kept}`,
      );
    }
    const ends = { source: client, destination: server, sourcePort: 40_000, destinationPort: 53 };
    const query = udpFrame(ends, dnsMessage({ id: 1, questions: [{ name: 'shop.test', type: 'A' }] }));
    assert.deepEqual(
      reportOf([[0, query]], 42).protocols.map(({ protocol }) => protocol),
      ['eth', 'ip', 'udp'],
    );
  });

  it('counts TLS once more where a cut segment was sent again in vain, as nothing is put together there', () => {
    const tls = (kept: number) =>
      reportOf(connection, kept).protocols.find(({ protocol }) => protocol === 'tls')?.packets;
    assert.deepEqual([tls(2000), tls(96)], [1, 2]);
  });

  it('finds a scan when the options of all SYNs are cut', () => {
    const scan = Array.from({ length: 40 }, (_, i): Timed[] => {
      const ends = { sourcePort: 50_000 + i, destinationPort: 100 + i };
      const answer = { sourcePort: ends.destinationPort, destinationPort: ends.sourcePort };
      return [
        [i / 10, tcpFrame({ source: client, destination: server, ...ends, flags: 'S', options: synOptions })],
        [i / 10 + 0.001, tcpFrame({ source: server, destination: client, ...answer, flags: 'RA' })],
      ];
    }).flat();
    assert.deepEqual(
      reportOf(scan, 60).findings.map(({ threat }) => threat),
      reportOf(scan, 2000).findings.map(({ threat }) => threat),
    );
    assert.deepEqual(
      reportOf(scan, 60).findings.map(({ threat }) => threat),
      ['port-scan'],
    );
  });
});
