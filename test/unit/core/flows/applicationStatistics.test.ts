import assert from 'node:assert/strict';
import type { ApplicationMessage } from '../../../../src/core/decode/application';
import type { DnsMessage } from '../../../../src/core/decode/dns';
import { ApplicationStatistics } from '../../../../src/core/flows/applicationStatistics';
import type { Flow } from '../../../../src/core/flows/flow';
import { engineLimits } from '../../../../src/core/limits';
import { udpFrame } from '../../../support/packets';
import { TableUnderTest } from './support';

function flow(): Flow {
  const tested = new TableUnderTest();
  const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 5000, destinationPort: 53 };
  tested.add([[0, udpFrame(ends, new Uint8Array(0))]]);
  return tested.table.flow!;
}

function dns(id: number, response: boolean, more: Partial<DnsMessage> = {}): DnsMessage {
  return {
    kind: 'dns',
    transport: 'dns',
    id,
    response,
    opcode: 0,
    responseCode: 0,
    questions: [{ name: 'a.test', type: 1, typeName: 'A' }],
    answers: [],
    truncated: false,
    ...more,
  };
}

function close(actual: number | null, expected: number): void {
  assert.ok(actual !== null && Math.abs(actual - expected) <= 0.0201 * expected, `${actual} for ${expected}`);
}

describe('ApplicationStatistics', () => {
  it('measures each DNS answer against its own query, the first of repeated ones', () => {
    const trips: number[] = [];
    const statistics = new ApplicationStatistics((_timeUs, milliseconds) => trips.push(milliseconds));
    const one = flow();
    const two = flow();
    const note = (on: Flow, timeMs: number, message: ApplicationMessage): void =>
      statistics.note(on, !(message as DnsMessage).response, timeMs * 1000, message, 'dns');
    note(one, 0, dns(7, false));
    note(one, 1, dns(8, false));
    note(two, 2, dns(7, false));
    note(one, 5, dns(7, false));
    note(one, 11, dns(8, true));
    note(one, 40, dns(7, true));
    note(one, 41, dns(7, true));
    note(two, 9, dns(9, true));
    note(two, 22, dns(7, true));
    assert.deepEqual(trips, [10, 40, 20]);
    assert.equal(statistics.dnsMs.count, 3);
    assert.equal(statistics.dnsQueries, 4);
    assert.equal(statistics.dnsResponses, 5);
    assert.deepEqual(statistics.dnsNames(5), [{ name: 'a.test', count: 4 }]);
    assert.equal(one.application, 'dns');
  });

  it('keeps mDNS out of the DNS numbers', () => {
    const statistics = new ApplicationStatistics(() => assert.fail());
    const on = flow();
    statistics.note(on, true, 0, dns(0, false, { transport: 'mdns' }), 'mdns');
    statistics.note(on, true, 1, dns(0, true, { transport: 'mdns' }), 'mdns');
    assert.equal(statistics.dnsQueries + statistics.dnsResponses, 0);
    assert.equal(on.application, 'mdns');
  });

  it('forgets the oldest waiting queries at its limit', () => {
    const statistics = new ApplicationStatistics(() => undefined);
    const on = flow();
    for (let id = 0; id < engineLimits.pendingDnsQueriesPerFlow + 11; id++)
      statistics.note(on, true, id, dns(id, false), 'dns');
    assert.equal(statistics.limits.find(({ name }) => name === 'waiting DNS queries')?.hits, 10);
    statistics.note(on, false, 1e6, dns(5, true), 'dns');
    assert.equal(statistics.dnsMs.count, 0);
    statistics.note(on, false, 1e6, dns(20, true), 'dns');
    assert.equal(statistics.dnsMs.count, 1);
  });

  it('gives addresses the name that was asked for, and the server name', () => {
    const statistics = new ApplicationStatistics(() => undefined);
    const answers = [
      { name: 'a.test', type: 5, typeName: 'CNAME', data: 'cdn.test', ttlSeconds: 1 },
      { name: 'cdn.test', type: 1, typeName: 'A', data: '192.0.2.1', ttlSeconds: 1 },
    ];
    statistics.note(flow(), false, 0, dns(1, true, { answers }), 'dns');
    assert.equal(statistics.nameOf('192.0.2.1'), 'a.test');
    assert.equal(statistics.nameOf('cdn.test'), null);
    const on = flow();
    const hello: ApplicationMessage = { kind: 'tls-client-hello', serverName: 'b.test', alpn: [], version: 0x304 };
    statistics.note(on, true, 0, hello, 'tls');
    assert.equal(statistics.nameOf('10.0.0.2'), 'b.test');
    assert.equal(on.serverName, 'b.test');
    assert.equal(statistics.tlsHandshakes, 1);
    assert.deepEqual(statistics.serverNames(5), [{ name: 'b.test', count: 1 }]);
  });

  it('pairs pipelined HTTP requests and responses in order, and skips interim ones', () => {
    const statistics = new ApplicationStatistics(() => undefined);
    const on = flow();
    const request = {
      kind: 'http-request',
      method: 'GET',
      target: '/',
      version: '1.1',
      host: 'h.test',
      userAgent: null,
      contentLength: null,
      chunked: false,
      headWhole: true,
    };
    const response = {
      kind: 'http-response',
      reason: '',
      version: '1.1',
      contentType: null,
      contentLength: null,
      chunked: false,
      headWhole: true,
    };
    statistics.note(on, true, 0, request as ApplicationMessage, 'http');
    statistics.note(on, true, 1000, request as ApplicationMessage, 'http');
    statistics.note(on, false, 5000, { ...response, status: 100 } as ApplicationMessage, 'http');
    statistics.note(on, false, 100_000, { ...response, status: 200 } as ApplicationMessage, 'http');
    statistics.note(on, false, 201_000, { ...response, status: 404 } as ApplicationMessage, 'http');
    statistics.note(on, false, 900_000, { ...response, status: 404 } as ApplicationMessage, 'http');
    const latency = statistics.httpMs.percentiles();
    assert.equal(latency.count, 2);
    close(latency.p50, 100);
    close(latency.p99, 200);
    assert.deepEqual(statistics.httpStatus(), { '100': 1, '200': 1, '404': 2 });
    assert.equal(on.serverName, 'h.test');
  });
});
