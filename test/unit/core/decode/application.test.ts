import assert from 'node:assert/strict';
import { concatBytes, hexBytes, macBytes, tcpFrame, textBytes, udpFrame } from '../../../support/packets';
import { decoded } from '../../../support/decoded';

const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 40000 };

describe('SSH, DHCP, NTP, QUIC', () => {
  it('reads an SSH identification on any port', () => {
    const frame = tcpFrame(
      { ...ends, destinationPort: 2222, flags: 'PA' },
      textBytes('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'),
    );
    const { application, row } = decoded(frame);
    assert.deepEqual(application, { kind: 'ssh-banner', version: '2.0', software: 'OpenSSH_9.2p1 Debian-2' });
    assert.equal(row.protocol, 'ssh');
    assert.equal(row.info, 'Protocol (SSH-2.0-OpenSSH_9.2p1 Debian-2)');
    const client = tcpFrame({ ...ends, destinationPort: 22, flags: 'PA' }, textBytes('SSH-2.0-x\n'));
    assert.equal(decoded(client).row.info, 'Client: Protocol (SSH-2.0-x)');
  });

  it('reads DHCP', () => {
    const fixed = new Uint8Array(240);
    fixed.set([1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78]);
    fixed.set([10, 0, 0, 9], 16);
    fixed.set(macBytes('02:00:00:00:00:09'), 28);
    fixed.set(hexBytes('63825363'), 236);
    const options = concatBytes([hexBytes('00 350103 0c05'), textBytes('myhos'), hexBytes('ff')]);
    const ports = { source: '0.0.0.0', destination: '255.255.255.255', sourcePort: 68, destinationPort: 67 };
    const { application, row } = decoded(udpFrame(ports, concatBytes([fixed, options])));
    assert.deepEqual(application, {
      kind: 'dhcp',
      operation: 1,
      messageType: 'Request',
      transactionId: 0x12345678,
      clientMac: '02:00:00:00:00:09',
      yourAddress: '10.0.0.9',
      hostName: 'myhos',
      serverIdentifier: null,
      routers: [],
      nameServers: [],
    });
    assert.equal(row.info, 'DHCP Request  - Transaction ID 0x12345678');
    assert.equal(decoded(udpFrame(ports, fixed.subarray(0, 100))).row.protocol, 'dhcp');
    assert.equal(decoded(udpFrame({ ...ends, destinationPort: 9999 }, fixed.subarray(0, 100))).row.protocol, 'udp');
  });

  it('reads NTP on its port only', () => {
    const message = new Uint8Array(48);
    message[0] = 0x23;
    assert.equal(decoded(udpFrame({ ...ends, destinationPort: 123 }, message)).row.info, 'NTP Version 4, client');
    assert.equal(decoded(udpFrame({ ...ends, destinationPort: 124 }, message)).application, null);
    assert.equal(decoded(udpFrame({ ...ends, destinationPort: 123 }, message.subarray(0, 47))).application, null);
  });

  it('knows QUIC by its long header', () => {
    const quic = (header: string): ReturnType<typeof decoded> =>
      decoded(udpFrame({ ...ends, destinationPort: 8443 }, concatBytes([hexBytes(header), new Uint8Array(40)])));
    assert.equal(quic('c3 00000001 08 0102030405060708 00').row.info, 'Initial, DCID=0102030405060708');
    assert.equal(quic('e3 00000001 00 00').row.info, 'Handshake, DCID=—');
    assert.equal(quic('d3 6b3343cf 00 00').row.info, 'Initial, DCID=—');
    assert.equal(quic('80 00000000 00 00 000001').application, null, 'versions are whole');
    const negotiation = udpFrame({ ...ends, destinationPort: 443 }, hexBytes('80 00000000 00 00 0a1a2a3a 00000001'));
    assert.equal(decoded(negotiation).row.info, 'Version Negotiation, DCID=—');
    for (const header of ['43 00000001 00 00', '83 00000001 00 00', 'c3 12345678 00 00', 'c3 00000001 15 00']) {
      assert.equal(quic(header).application, null, header);
    }
  });

  it('sees nothing in packets without payload', () => {
    assert.equal(decoded(tcpFrame({ ...ends, destinationPort: 80, flags: 'S' })).application, null);
  });
});

describe('summary of TCP and UDP', () => {
  it('is written as tshark writes it', () => {
    const syn = tcpFrame({
      ...ends,
      destinationPort: 443,
      flags: 'S',
      sequence: 100,
      window: 64240,
      options: hexBytes('03030701'),
    });
    assert.deepEqual(decoded(syn).row, {
      number: 1,
      time: 1_700_000_000,
      source: '10.0.0.1',
      destination: '10.0.0.2',
      sourcePort: 40000,
      destinationPort: 443,
      protocol: 'tcp',
      length: syn.length,
      info: '40000 → 443 [SYN] Seq=100 Win=64240 Len=0 WS=128',
    });
    const reset = tcpFrame({ ...ends, destinationPort: 443, flags: 'RA', sequence: 1, acknowledgment: 2, window: 0 });
    assert.equal(decoded(reset).row.info, '40000 → 443 [RST, ACK] Seq=1 Ack=2 Win=0 Len=0');
    const none = tcpFrame({ ...ends, destinationPort: 443, flags: '', sequence: 1 });
    assert.equal(decoded(none).row.info, '40000 → 443 [<None>] Seq=1 Win=64240 Len=0');
    assert.equal(decoded(udpFrame({ ...ends, destinationPort: 9 }, textBytes('abc'))).row.info, '40000 → 9 Len=3');
  });
});
