import assert from 'node:assert/strict';
import { filler, httpRequest, textBytes, tlsClientHello, udpFrame } from '../../../../support/packets';
import { Talk, atLeastMedium, findingsOf } from '../traffic';
import type { TalkOptions, Timed } from '../traffic';

const block = filler(50_000, 1);

/** One connection that sends `kilobytes` in some seconds and gets a few bytes back. */
function upload(
  options: TalkOptions & { kilobytes?: number; first?: Uint8Array | string; answer?: number } = {},
): Timed[] {
  const { kilobytes = 1500, first, answer = 10 } = options;
  const talk = new Talk({ server: '198.51.100.21', port: 31337, ...options });
  if (first !== undefined) talk.client(first).server(filler(answer, 1));
  for (let sent = 0; sent < kilobytes; sent += 50) talk.client(block).server('k').wait(0.1);
  return talk.close().frames;
}

describe('rule data-upload', () => {
  it('finds a long upload of no known protocol to a port of no service outside', () => {
    const found = findingsOf(upload());
    assert.equal(found.length, 1);
    const finding = found[0]!;
    assert.deepEqual([finding.rule, finding.threat, finding.severity], ['data-upload', 'exfiltration', 'medium']);
    assert.deepEqual([finding.sources, finding.targets, finding.ports], [['198.51.100.21'], ['10.0.0.21'], [31337]]);
    assert.match(finding.title, /^1\.5 MB sent from 10\.0\.0\.21 to 198\.51\.100\.21:31337$/);
    assert.ok(finding.lastSeen - finding.firstSeen > 2);
  });

  it('adds up many connections, and finds HTTP and TLS to a server without a name', () => {
    const parts = Array.from({ length: 15 }, (_, index) =>
      upload({ kilobytes: 100, clientPort: 41000 + index, at: index * 3 }),
    );
    const found = findingsOf(parts.flat(), 'data-upload');
    assert.deepEqual(
      found.map(({ severity, count }) => [severity, count]),
      [['medium', 15]],
    );
    const post = httpRequest('POST', '/in', '198.51.100.21:8099', {
      'Content-Length': '1500000',
      'Content-Type': 'application/octet-stream',
    });
    assert.equal(atLeastMedium(findingsOf(upload({ port: 8099, first: post }))).length, 1);
    assert.equal(atLeastMedium(findingsOf(upload({ port: 9443, first: tlsClientHello(null) }))).length, 1);
    // On a port of the web a form or a picture to a device by its address is nothing; megabytes are.
    const web = (kilobytes: number): Timed[] =>
      upload({
        port: 8000,
        kilobytes,
        first: httpRequest('POST', '/in', '198.51.100.21:8000', { 'Content-Length': '9' }),
      });
    assert.deepEqual(atLeastMedium(findingsOf(web(700))), []);
    assert.equal(atLeastMedium(findingsOf(web(3000))).length, 1);
  });

  it('finds what hides on the port of DNS over TCP', () => {
    assert.equal(atLeastMedium(findingsOf(upload({ port: 53 }))).length, 1);
  });

  it('finds what hides on a port of the web, and tells nothing of a protocol when the capture holds no bytes', () => {
    assert.equal(atLeastMedium(findingsOf(upload({ port: 443 }))).length, 1);
    const cut = upload({ port: 443 }).map(([at, frame]): Timed => [at, frame.slice(0, 66)]);
    assert.deepEqual(atLeastMedium(findingsOf(cut)), []);
  });

  it('leaves what is small, asked for, or goes the other way alone', () => {
    assert.deepEqual(findingsOf(upload({ kilobytes: 300 })), []);
    const download = new Talk({ server: '198.51.100.21', port: 31337 }).client('get');
    for (let index = 0; index < 30; index++) download.server(block);
    assert.deepEqual(findingsOf(download.frames), []);
    const both = new Talk({ server: '198.51.100.21', port: 31337 });
    for (let index = 0; index < 30; index++) both.client(block).server(block.subarray(0, 20_000));
    assert.deepEqual(findingsOf(both.frames), []);
  });

  it('leaves backups, cloud storage, FTP, measurements and one-way streams below medium', () => {
    const cases: Record<string, Timed[]> = {
      cloud: upload({ port: 443, first: tlsClientHello('storage.example.com'), kilobytes: 5000 }),
      backup: upload({ port: 873, first: '@RSYNCD: 31.0\n', kilobytes: 5000 }),
      copy: upload({ port: 22, first: 'SSH-2.0-OpenSSH_9.6\r\n', kilobytes: 5000 }),
      site: upload({
        server: '10.0.0.10',
        port: 80,
        first: httpRequest('PUT', '/x', '10.0.0.10', { 'Content-Length': '5000000' }),
      }),
      measured: upload({ port: 5999, first: textBytes(`${'abcdefgh2345'.repeat(3)}\0`) }),
    };
    const control = new Talk({ server: '198.51.100.21', port: 21, clientPort: 30000 })
      .server('220 ftp ready\r\n')
      .client('PASV\r\n');
    cases['ftp'] = [...control.frames, ...upload({ at: 1 })];
    const active = new Talk({ client: '10.0.0.21', server: '10.3.0.10', port: 21, clientPort: 30000 })
      .server('220 ftp ready\r\n')
      .client('PORT 10,0,0,21,122,105\r\n');
    cases['ftp to the client'] = [...active.frames, ...upload({ client: '10.3.0.10', server: '10.0.0.21', at: 1 })];
    cases['stream'] = Array.from({ length: 1500 }, (_, index): Timed => {
      const ends = { source: '10.0.0.21', destination: '198.51.100.21', sourcePort: 5000, destinationPort: 6000 };
      return [index / 100, udpFrame(ends, block.subarray(0, 1200))];
    });
    for (const [name, frames] of Object.entries(cases)) assert.deepEqual(atLeastMedium(findingsOf(frames)), [], name);
  });

  it('takes a host that sends to many on odd ports for peer-to-peer', () => {
    const peers = Array.from({ length: 8 }, (_, index) =>
      upload({
        server: `198.51.100.${100 + index}`,
        port: 50000 + 37 * index,
        at: index * 20,
        clientPort: 30000 + index,
        kilobytes: 600,
      }),
    );
    assert.deepEqual(atLeastMedium(findingsOf(peers.flat())), []);
  });
});
