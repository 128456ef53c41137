import assert from 'node:assert/strict';
import { Engine } from '../../../../src/core/engine/engine';
import { concatBytes, hexBytes, ipv4, packetsAt, tcpFrame, textBytes, udp, udpFrame } from '../../../support/packets';

function protocolsOf(frames: readonly Uint8Array[]): Record<string, number> {
  return reportOf(frames).protocols;
}

function reportOf(frames: readonly Uint8Array[]): {
  protocols: Record<string, number>;
  flows: { udp: number; tunnels?: number };
} {
  const engine = new Engine({ localAddresses: [], snapshots: false });
  for (const packet of packetsAt(frames.map((frame, i): [number, Uint8Array] => [i / 10, frame]))) engine.push(packet);
  engine.finish();
  const { protocols, flows } = engine.report('', { format: 'pcap', linkTypes: [], damage: null });
  return { protocols: Object.fromEntries(protocols.map(({ protocol, packets }) => [protocol, packets])), flows };
}

const client = '10.0.0.1';
const server = '10.0.0.2';
const up = { source: client, destination: server, sourcePort: 4000, destinationPort: 69 };

describe('transfers on ports that were agreed on', () => {
  it('are TFTP where a client asked for a file, whatever port the server answers from', () => {
    const request = udpFrame(up, textBytes('\0\x01file\0octet\0'));
    const data = udpFrame(
      { source: server, destination: client, sourcePort: 5678, destinationPort: 4000 },
      hexBytes('0003 0001 61'),
    );
    const other = udpFrame(
      { source: server, destination: client, sourcePort: 5678, destinationPort: 4001 },
      hexBytes('0003 0001 61'),
    );
    const found = protocolsOf([request, data, other]);
    // The block of the file is data inside of TFTP.
    assert.deepEqual([found['tftp'], found['data']], [2, 2]);
    assert.equal(protocolsOf([data, request])['tftp'], 1, 'before anybody asked it is data');
  });

  it('are data of FTP on the port of an extended passive answer', () => {
    const control = { source: server, destination: client, sourcePort: 21, destinationPort: 4000, flags: 'PA' };
    const transfer = { source: server, destination: client, sourcePort: 50_123, destinationPort: 4001, flags: 'PA' };
    const answer = tcpFrame(control, textBytes('229 Entering Extended Passive Mode (|||50123|)\r\n'));
    const found = protocolsOf([answer, tcpFrame(transfer, textBytes('some text\r\n'))]);
    assert.equal(found['ftp-data'], 1);
  });
});

describe('UDP conversations that carry tunnels', () => {
  const inner = (port: number): Uint8Array => {
    const ends = { source: '192.168.0.1', destination: '192.168.0.2', sourcePort: port, destinationPort: 7 };
    return ipv4({ ...ends, protocol: 17 }, udp(ends, textBytes('hello')));
  };
  const tunnel = (ends: Partial<typeof up>, port: number): Uint8Array =>
    udpFrame(
      { ...up, destinationPort: 4789, ...ends },
      concatBytes([hexBytes('08000000 00000100 020000000001 020000000002 0800'), inner(port)]),
    );

  it('are counted apart from the flows inside, each once for both directions', () => {
    const back = { source: server, destination: client, sourcePort: 4789, destinationPort: 50_000 };
    const { flows } = reportOf([
      tunnel({ sourcePort: 50_000 }, 1),
      tunnel({ sourcePort: 50_000 }, 2),
      tunnel(back, 3),
      tunnel({ sourcePort: 50_001 }, 1),
    ]);
    assert.deepEqual([flows.udp, flows.tunnels], [3, 2]);
  });

  it('are left out where there are none, and where nothing with an address is inside', () => {
    assert.equal(reportOf([udpFrame(up, textBytes('hello'))]).flows.tunnels, undefined);
    const header = hexBytes('08000000 00000100 020000000001 020000000002 88cc 0000');
    const frame = udpFrame({ ...up, destinationPort: 4789 }, header);
    assert.deepEqual([reportOf([frame]).flows.udp, reportOf([frame]).flows.tunnels], [1, undefined]);
  });

  it('are one with the flow that the same ports are, where some of their packets hold nothing with an address', () => {
    const header = hexBytes('08000000 00000100 020000000001 020000000002 88cc 0000');
    const bare = udpFrame({ ...up, sourcePort: 50_000, destinationPort: 4789 }, header);
    const carrying = tunnel({ sourcePort: 50_000 }, 1);
    for (const frames of [
      [bare, carrying],
      [carrying, bare, carrying],
    ])
      assert.deepEqual([reportOf(frames).flows.udp, reportOf(frames).flows.tunnels], [2, undefined]);
  });

  it('are not those of a service whose client came from the port of a tunnel', () => {
    const frame = udpFrame({ ...up, sourcePort: 4500, destinationPort: 53 }, new Uint8Array(40).fill(0x58));
    assert.deepEqual(Object.keys(protocolsOf([frame])).sort(), ['dns', 'eth', 'ip', 'udp']);
  });
});
