import assert from 'node:assert/strict';
import { arpFrame, filler, httpRequest, httpResponse } from '../../../../support/packets';
import { Talk, atLeastMedium, findingsOf } from '../traffic';
import type { Timed } from '../traffic';

const client = '10.88.1.21';
const server = '10.88.0.12';

/** A poller that calls an address by the clock. */
function polls(port = 8099): Timed[] {
  return Array.from({ length: 30 }, (_, index) =>
    new Talk({ client, server, port, clientPort: 40000 + index, at: 1 + 5 * index })
      .client(httpRequest('GET', '/health', `${server}:${port}`))
      .wait(0.01)
      .server(httpResponse(200, 'OK', 'ok'))
      .close(),
  ).flatMap(({ frames }) => frames);
}

/** Three megabytes to a web service called by its address. */
function upload(port: number, first: string | Uint8Array): Timed[] {
  const talk = new Talk({ client, server, port, at: 1 }).client(first).server('k');
  for (let sent = 0; sent < 60; sent++) talk.client(filler(50_000, 1)).server('k').wait(0.1);
  return talk.close().frames;
}

const web = httpRequest('POST', '/in', `${server}:8000`, { 'Content-Length': '9' });
const says = (address: string, mac?: string): Timed => [
  0,
  arpFrame({
    operation: 'reply',
    senderAddress: address,
    targetAddress: '10.88.0.99',
    ...(mac === undefined ? {} : { senderMac: mac }),
  }),
];
const both = [says(client), says(server)];

describe('hosts on one link', () => {
  it('are in one network, however wide: pollers and uploads between them are ordinary', () => {
    assert.equal(atLeastMedium(findingsOf(polls())).length, 1);
    assert.deepEqual(atLeastMedium(findingsOf([...both, ...polls()])), []);
    assert.equal(atLeastMedium(findingsOf(upload(8000, web))).length, 1);
    assert.deepEqual(atLeastMedium(findingsOf([...both, ...upload(8000, web)])), []);
  });

  it('still find what is odd between neighbours: bytes of no known protocol to a port of no service', () => {
    assert.equal(atLeastMedium(findingsOf([...both, ...upload(31337, 'x')])).length, 1);
  });

  it('are not those that a router answers for, nor those of which one only was seen', () => {
    assert.equal(atLeastMedium(findingsOf([says(client), ...polls()])).length, 1);
    const router = '02:00:00:00:00:fe';
    const proxied = Array.from({ length: 40 }, (_, i) => says(`10.88.0.${100 + i}`, router));
    assert.equal(
      atLeastMedium(findingsOf([says(client), says(server, router), ...proxied, ...polls()], 'beacon')).length,
      1,
    );
  });
});
