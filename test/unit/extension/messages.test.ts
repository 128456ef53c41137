import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseAnalyzerMessage, parseReply } from '../../../src/extension/client/analyzerSchemas';
import { parseFromWebview } from '../../../src/extension/panels/fromWebview';
import { emptySnapshot } from '../../../src/extension/sessions/emptySnapshot';
import type { Snapshot } from '../../../src/protocol/snapshot';
import { finding } from './support/findings';

/** A snapshot with something in every field. */
function fullSnapshot(): Snapshot {
  return {
    ...emptySnapshot('run', 'capturing'),
    sequence: 7,
    failure: { code: 'INTERFACE_GONE', message: 'gone', hint: '' },
    source: {
      kind: 'live',
      interface: 'eth0',
      filter: 'tcp',
      backend: 'cap',
      timestampSource: 'process',
      linkType: 1,
      snapLengthBytes: 65_535,
      uid: 1000,
      elevation: 'sudo -n',
    },
    clockUs: 1_700_000_000_000_000,
    firstUs: 1_700_000_000_000_000,
    packets: 2,
    protocols: [{ protocol: 'tcp', packets: 2, bytes: 120 }],
    recentPackets: [
      {
        number: 1,
        time: 1_700_000_000.5,
        source: '10.0.0.1',
        destination: '10.0.0.2',
        sourcePort: 1234,
        destinationPort: null,
        protocol: 'tcp',
        length: 60,
        info: 'SYN',
      },
    ],
    talkers: [{ address: '10.0.0.1', name: null, packets: 2, bytesSent: 60, bytesReceived: 60, local: true }],
    conversations: [{ a: '10.0.0.1', b: '10.0.0.2', packets: 2, bytes: 120 }],
    limits: [{ name: 'flows', limit: 200_000, hits: 0 }],
    notes: [{ name: 'truncated-ip', count: 1 }],
  };
}

describe('messages of the analyzer', () => {
  it('are taken as they are when they are right', () => {
    const snapshot = fullSnapshot();
    assert.deepEqual(parseAnalyzerMessage({ event: { type: 'snapshot', snapshot } }), {
      kind: 'event',
      event: { type: 'snapshot', snapshot },
    });
    const findings = [finding()];
    assert.deepEqual(
      parseAnalyzerMessage({ event: { type: 'findings', run: 'r', ids: ['f'], findings, silenced: [] } }),
      {
        kind: 'event',
        event: { type: 'findings', run: 'r', ids: ['f'], findings, silenced: [] },
      },
    );
    assert.deepEqual(parseAnalyzerMessage({ id: 3, ok: 'anything' }), { kind: 'reply', id: 3, ok: 'anything' });
  });

  it('take no more memory with them than they need, and may hold NaN', () => {
    const whole = new Float64Array(10_000);
    const view = whole.subarray(5, 8);
    view.set([1, Number.NaN, 3]);
    const snapshot = fullSnapshot();
    const message = {
      event: { type: 'snapshot', snapshot: { ...snapshot, series: { ...snapshot.series, latencyP50Ms: view } } },
    };
    const parsed = parseAnalyzerMessage(message);
    assert.ok(parsed.kind === 'event' && parsed.event.type === 'snapshot');
    const values = parsed.event.snapshot.series.latencyP50Ms;
    assert.deepEqual([...values], [1, Number.NaN, 3]);
    assert.equal(values.buffer.byteLength, 24);
  });

  it('are refused when a field is wrong, whichever it is', () => {
    const snapshot: Record<string, unknown> = { ...fullSnapshot() };
    for (const key of Object.keys(snapshot)) {
      for (const wrong of [undefined, Symbol.iterator, { no: 1 }]) {
        const parsed = parseAnalyzerMessage({ event: { type: 'snapshot', snapshot: { ...snapshot, [key]: wrong } } });
        assert.equal(parsed.kind, 'invalid', key);
      }
    }
    const broken = { ...finding(), severity: 'apocalyptic' };
    assert.equal(
      parseAnalyzerMessage({ event: { type: 'findings', run: 'r', ids: ['f'], findings: [broken], silenced: [] } })
        .kind,
      'invalid',
    );
    const many = Array.from({ length: 20_001 }, () => finding());
    assert.equal(
      parseAnalyzerMessage({ event: { type: 'findings', run: 'r', ids: ['f'], findings: many, silenced: [] } }).kind,
      'invalid',
    );
  });

  it('never make the guard throw', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        assert.ok(parseAnalyzerMessage(value).kind.length > 0);
        parseAnalyzerMessage({ event: value });
        parseAnalyzerMessage({ id: 1, error: value });
        for (const type of ['listInterfaces', 'getPackets', 'export', 'stop'] as const) parseReply(type, value);
      }),
    );
  });

  it('answer the request that was asked', () => {
    assert.deepEqual(parseReply('export', { bytes: 3, rows: 1 }), { ok: true, reply: { bytes: 3, rows: 1 } });
    assert.equal(parseReply('export', { rows: [], total: 0 }).ok, false);
    assert.equal(parseReply('listInterfaces', { bytes: 3, rows: 1 }).ok, false);
    assert.equal(parseReply('getFlows', { rows: [], total: -1 }).ok, false);
  });
});

describe('messages of webviews', () => {
  it('are taken when they are right', () => {
    const right = [
      { type: 'ready' },
      { type: 'drawn', sequence: 4 },
      { type: 'start', interfaces: [], filter: '' },
      { type: 'start', interfaces: ['eth0', 'lo'], filter: 'tcp port 80' },
      { type: 'stop' },
      { type: 'validateFilter', filter: 'tcp ' },
      { type: 'refreshInterfaces' },
      { type: 'openFinding', id: 'x' },
      { type: 'export', kind: 'packets.csv' },
      { type: 'showLog' },
      { type: 'getPackets', request: 1, from: 0, count: 200, filter: 'dns' },
      { type: 'getPackets', request: 1, from: 0, count: 200, filter: 'dns', fields: ['ip.ttl'] },
      { type: 'getPackets', request: 1, from: 0, count: 200, filter: 'dns', search: 'start' },
      { type: 'searchPackets', filter: 'dns', go: false },
      { type: 'followStream', packet: null, filter: 'tcp' },
      { type: 'openBody', packet: 3, part: 'response' },
      { type: 'copyCurl', packet: 3 },
      { type: 'dissect', request: 9, number: 4 },
      { type: 'copyText', text: 'ip.ttl' },
      { type: 'findPacket', request: 3, kind: 'hex', text: '16 03', from: 0, backwards: true, filter: '' },
      {
        type: 'saveLayout',
        layout: { columns: [{ name: 'info', widthPx: null }], time: 'delta', colours: true },
      },
      { type: 'getTable', request: 2, table: 'dns', from: 0, count: 200, sort: null, search: '', range: null },
      {
        type: 'getTable',
        request: 3,
        table: 'flows',
        from: 0,
        count: 200,
        sort: { column: 'start', descending: true },
        search: '10.0.0.1:80',
        range: { fromUs: 5, untilUs: 6 },
      },
    ];
    for (const message of right) assert.deepEqual(parseFromWebview(message), { ok: true, message });
  });

  it('are refused when they are not', () => {
    const wrong = [
      { type: 'start', interfaces: ['eth0\u0000'], filter: '' },
      { type: 'start', interfaces: [''], filter: '' },
      { type: 'start', interfaces: Array.from({ length: 17 }, (_, n) => `eth${n}`), filter: '' },
      { type: 'start', interface: 'eth0', filter: '' },
      { type: 'start', interfaces: ['eth0'], filter: 'a\nb' },
      { type: 'start', interfaces: ['eth0'], filter: 'x'.repeat(5000) },
      { type: 'start', interfaces: ['eth0'], filter: '', elevation: ['su'] },
      { type: 'export', kind: 'everything' },
      { type: 'export', kind: 'packets.csv', path: '/etc/passwd' },
      { type: 'getPackets', request: 1, from: 0, count: 1_000_000, filter: '', fields: [] },
      { type: 'getPackets', request: 1, from: -1, count: 10, filter: '', fields: [] },
      { type: 'getTable', request: 1.5, table: 'dns', from: 0, count: 10, sort: null, search: '', range: null },
      { type: 'getTable', request: 1, table: 'secrets', from: 0, count: 10, sort: null, search: '', range: null },
      { type: 'getTable', request: 1, table: 'dns', from: 0, count: 10, sort: null, search: '', range: { fromUs: 6 } },
      { type: 'saveBody', packet: 3, part: 'response', path: '/etc/passwd' },
      { type: 'openBody', packet: 3, part: 'everything' },
      { type: 'dissect', request: 1, number: -4 },
      { type: 'getPackets', request: 1, from: 0, count: 10, filter: '', fields: ['a b'] },
      { type: 'findPacket', request: 3, kind: 'regex', text: '.*', from: 0, backwards: true, filter: '' },
      { type: 'saveLayout', layout: { columns: [], time: 'delta', colours: true } },
      { type: 'copyText', text: 'x'.repeat(5_000_000) },
      { type: 'eval', code: '1' },
      null,
    ];
    for (const message of wrong) assert.equal(parseFromWebview(message).ok, false, JSON.stringify(message));
  });

  it('never make the guard throw', () => {
    fc.assert(fc.property(fc.anything(), (value) => assert.equal(typeof parseFromWebview(value).ok, 'boolean')));
  });
});
