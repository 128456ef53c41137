/**
 * States to look at a view with, computed by a formula and in no way captured: they show the look of every state, not
 * that the numbers of a real capture are right.
 */
import type { PacketRow } from '../../../src/protocol/capture';
import type { Finding, Severity } from '../../../src/protocol/finding';
import type { LiveFigures, ModelState } from '../../../src/protocol/liveCapture';
import { usualLayout } from '../../../src/protocol/packetLayout';
import type { FileSource, LiveSource, Series, Snapshot } from '../../../src/protocol/snapshot';
import type { Cell, TableName, TableRow } from '../../../src/protocol/tables';
import { tableColumns } from '../../../src/protocol/tables';
import type { ViewState } from '../../../src/protocol/webviewMessages';
import { fixtureMarkers, fixturePrograms } from './runFixtures';

const startUs = Date.UTC(2026, 2, 14, 9, 26, 53) * 1000;
const hostileText = '<img src=x onerror=alert(1)>\u202egnp.exe\u0007';

/** Repeatable noise in 0..1. */
function noise(seed: number): number {
  const value = Math.sin(seed * 12.9898) * 43_758.5453;
  return value - Math.floor(value);
}

function column(length: number, value: (index: number) => number): Float64Array {
  return Float64Array.from({ length }, (_, index) => value(index));
}

export function fixtureSeries(buckets: number, kind: 'live' | 'file'): Series {
  const wave = (index: number): number =>
    60 + 45 * Math.sin(index / 9) + 40 * noise(index) + (index % 47 === 30 ? 260 : 0);
  const zero = column(buckets, () => 0);
  return {
    bucketMs: 1000,
    startUs,
    packets: column(buckets, (index) => Math.round(wave(index) * 1.7)),
    bytesIn: kind === 'live' ? column(buckets, (index) => wave(index) * 9000) : zero,
    bytesOut: kind === 'live' ? column(buckets, (index) => wave(index + 20) * 1800) : zero,
    bytesOther: kind === 'file' ? column(buckets, (index) => wave(index) * 11_000) : zero,
    latencyP50Ms: column(buckets, (index) => (index % 23 < 3 ? NaN : 9 + 5 * noise(index))),
    latencyP95Ms: column(buckets, (index) => (index % 23 < 3 ? NaN : 26 + 30 * noise(index + 7))),
    retransmittedSegments: column(buckets, (index) => (noise(index * 3) > 0.8 ? Math.round(noise(index) * 9) : 0)),
    captureLost: column(buckets, (index) => (index % 47 === 30 ? 14 : 0)),
  };
}

export function fixturePacket(number: number): PacketRow {
  const kinds = [
    ['tls', 443, 'Application Data'],
    ['dns', 53, 'Standard query 0x1a2b A registry.example.org'],
    ['tcp', 443, '52114 → 443 [ACK] Seq=1 Ack=518 Win=64128 Len=0'],
    ['http', 80, 'GET /index.html HTTP/1.1'],
    ['arp', null, 'Who has 10.20.0.1? Tell 10.20.0.15'],
    ['quic', 443, 'Protected Payload (KP0)'],
    ['http', 80, `GET /${hostileText} HTTP/1.1`],
  ] as const;
  const [protocol, port, info] = kinds[number % kinds.length] ?? kinds[0];
  const remote = number % 11 === 3 ? '2001:db8:85a3::8a2e:370:7334' : `203.0.113.${1 + (number % 40)}`;
  return {
    number,
    time: startUs / 1e6 + number * 0.0103,
    source: number % 2 === 0 ? '10.20.0.15' : remote,
    destination: number % 2 === 0 ? remote : '10.20.0.15',
    sourcePort: port === null ? null : number % 2 === 0 ? 52_114 : port,
    destinationPort: port === null ? null : number % 2 === 0 ? port : 52_114,
    protocol,
    length: 60 + Math.round(noise(number) * 1454),
    info,
    ...(number % 2 === 0 ? { comment: 'seen by the gateway' } : {}),
  };
}

/** A row of a table with a value of the right kind in each column. */
export function fixtureTableRow(table: TableName, index: number): TableRow {
  const texts: Record<string, Cell> = {
    protocol: table === 'dns' ? 'dns' : index % 4 === 1 ? 'udp' : 'tcp',
    name: `host-${index % 7}.example.org`,
    host: index % 5 === 0 ? hostileText : `www-${index % 7}.example.org`,
    serverName: index % 4 === 1 ? null : `cdn-${index % 9}.example.org`,
    application: index % 4 === 1 ? 'dns' : 'tls',
    state: index % 7 === 2 ? 'reset' : 'closed',
    path: table === 'hierarchy' ? (['eth', 'eth / ip', 'eth / ip / tcp'][index % 3] ?? '') : `/items/${index}?page=2`,
    type: table === 'dns' ? 'AAAA' : 'text/html; charset=utf-8',
    answer: index % 3 === 0 ? null : '203.0.113.7, 203.0.113.8',
    code: index % 3 === 0 ? 'No such name' : 'No error',
    method: index % 6 === 0 ? 'POST' : 'GET',
    version: index % 2 === 0 ? 'TLS 1.3' : '(TLS 1.3)',
    transport: index % 3 === 0 ? 'QUIC' : 'TCP',
    alpn: '(h2, http/1.1)',
    ja3: 'e7d705a3286e19ea42f587b344ee6865',
    ja4: 't13d1516h2_8daaf6152771_e5627efa2ab1',
  };
  const cells = tableColumns[table].map(({ id, kind }): Cell => {
    if (kind === 'address') return `10.20.0.${1 + (index % 40)}${table === 'endpoints' ? '' : `:${50_000 + index}`}`;
    if (kind === 'text') return texts[id] ?? null;
    if (kind === 'time') return startUs / 1e6 + index;
    if (id === 'status') return index % 11 === 3 ? 404 : 200;
    return index % 13 === 5 ? null : Math.round(noise(index) * 5000) / 10;
  });
  return { cells, filter: `ip.addr == 10.20.0.${1 + (index % 40)}`, packet: index + 1 };
}

export function fixtureFinding(index: number, severity: Severity): Finding {
  const titles = ['Port scan of 10.20.0.7 by 10.20.0.99', 'Sweep for port 22 by 10.20.0.44', `Odd name ${hostileText}`];
  return {
    id: `fixture-${index}`,
    rule: 'port-scan-vertical',
    threat: 'port-scan',
    detector: 'rule',
    severity,
    confidence: 0.9,
    title: titles[index % titles.length] ?? '',
    summary: '1,024 ports of one machine failed within 60 s; a person who reaches one closed port fails once.',
    sources: ['10.20.0.99'],
    targets: ['10.20.0.7'],
    ports: [21, 22, 23, 25],
    firstSeen: startUs / 1e6 + 40 + index * 30,
    lastSeen: startUs / 1e6 + 70 + index * 30,
    count: 1024 >> index,
    evidence: [],
    against: [],
    packets: [1, 2, 3],
    mitre: ['T1046'],
    flows: [],
    next: [],
    stages: [],
  };
}

const liveSource: LiveSource = {
  kind: 'live',
  interface: 'eth0',
  filter: 'tcp or udp',
  backend: 'cap 0.2.1 (libpcap 1.10.3)',
  timestampSource: 'process',
  linkType: 1,
  snapLengthBytes: 65_535,
  uid: 1000,
  elevation: 'pkexec',
};

const fileSource: FileSource = {
  kind: 'file',
  path: '/home/someone/captures/office-friday-afternoon.pcapng',
  format: 'pcapng',
  linkTypes: [1],
  sizeBytes: 48_211_904,
  readBytes: 48_211_904,
  damage: null,
};

const fixtureInterface = {
  name: 'eth0',
  linkType: 1,
  backend: 'cap',
  timestampSource: 'process' as const,
  received: 19_179,
  droppedByKernel: null,
  droppedByInterface: null,
  shed: 42,
  ended: null,
};

const fixtureLive: LiveFigures = {
  interfaces: [fixtureInterface],
  lagMs: 12.4,
  spool: { files: 1, bytes: 12_582_912, limitBytes: 268_435_456, droppedPackets: 0 },
  programs: fixturePrograms(hostileText),
  model: { state: 'chosen', scoredFlows: 618, behindMs: 0, mostWaiting: 57, mostBehindMs: 244 },
  stoppedBy: null,
};

function withModel(state: ModelState): LiveFigures {
  return { ...fixtureLive, model: { ...fixtureLive.model, state } };
}

export function fixtureSnapshot(kind: 'live' | 'file', change: Partial<Snapshot> = {}): Snapshot {
  const buckets = 180;
  const series = fixtureSeries(buckets, kind);
  const packets = series.packets.reduce((a, b) => a + b, 0);
  return {
    run: 'fixture',
    sequence: 1,
    state: kind === 'live' ? 'capturing' : 'finished',
    failure: null,
    source: kind === 'live' ? liveSource : fileSource,
    clockUs: startUs + (buckets - 0.4) * 1e6,
    firstUs: startUs + 0.2e6,
    packets,
    capturedBytes: packets * 640,
    originalBytes: packets * 640,
    protocols: [
      { protocol: 'eth', packets, bytes: packets * 640 },
      { protocol: 'ip', packets: packets - 900, bytes: packets * 600 },
      { protocol: 'ipv6', packets: 600, bytes: 600 * 500 },
      { protocol: 'tcp', packets: Math.round(packets * 0.8), bytes: packets * 520 },
      { protocol: 'udp', packets: Math.round(packets * 0.17), bytes: packets * 100 },
      { protocol: 'tls', packets: Math.round(packets * 0.42), bytes: packets * 330 },
      { protocol: 'http', packets: Math.round(packets * 0.09), bytes: packets * 80 },
      { protocol: 'quic', packets: Math.round(packets * 0.09), bytes: packets * 70 },
      { protocol: 'dns', packets: Math.round(packets * 0.05), bytes: packets * 9 },
      { protocol: 'ssh', packets: 300, bytes: 300 * 150 },
      { protocol: 'arp', packets: 180, bytes: 180 * 60 },
      { protocol: 'icmp', packets: 120, bytes: 120 * 98 },
      { protocol: 'mdns', packets: 44, bytes: 44 * 200 },
    ],
    series,
    latency: {
      tcpHandshakeMs: { count: 412, p50: 11.4, p95: 38.2, p99: 71 },
      dnsMs: { count: 133, p50: 6.1, p95: 22, p99: 40 },
      httpMs: { count: 21, p50: 31, p95: 120, p99: 121 },
    },
    loss: {
      tcpRetransmittedSegments: 143,
      tcpRetransmissionPercent: 0.83,
      outOfOrder: 3,
      dupAcks: 60,
      zeroWindows: 0,
      lostSegments: 2,
    },
    captureLoss: { received: packets, droppedByKernel: null, shedByHelper: kind === 'live' ? 42 : null },
    ...(kind === 'live' ? { live: fixtureLive } : {}),
    markers: fixtureMarkers(startUs, hostileText),
    flows: { open: 37, total: 618, tcp: 442, udp: 164, other: 12 },
    talkers: Array.from({ length: 10 }, (_, index) => ({
      address: index === 0 ? '10.20.0.15' : index === 3 ? '2001:db8:85a3::8a2e:370:7334' : `203.0.113.${index}`,
      name: index === 0 ? null : index === 4 ? hostileText : `cdn-${index}.example.org`,
      packets: 9000 >> index,
      bytesSent: 5_200_000 >> index,
      bytesReceived: 940_000 >> index,
      local: index === 0,
    })),
    conversations: Array.from({ length: 12 }, (_, index) => ({
      a: '10.20.0.15',
      b: `203.0.113.${index + 1}`,
      packets: 7000 >> index,
      bytes: 4_000_000 >> index,
    })),
    recentPackets: Array.from({ length: 40 }, (_, index) => fixturePacket(packets - 40 + index + 1)),
    limits: [{ name: 'flows', limit: 100_000, hits: 0 }],
    notes: [{ name: 'truncated-ip', count: 3 }],
    ...change,
  };
}

function emptySnapshot(state: Snapshot['state'], change: Partial<Snapshot> = {}): Snapshot {
  const none = new Float64Array(0);
  const unknown = { count: 0, p50: null, p95: null, p99: null };
  return fixtureSnapshot('live', {
    state,
    clockUs: null,
    firstUs: null,
    packets: 0,
    capturedBytes: 0,
    originalBytes: 0,
    protocols: [],
    series: {
      bucketMs: 1000,
      startUs,
      packets: none,
      bytesIn: none,
      bytesOut: none,
      bytesOther: none,
      latencyP50Ms: none,
      latencyP95Ms: none,
      retransmittedSegments: none,
      captureLost: none,
    },
    latency: { tcpHandshakeMs: unknown, dnsMs: unknown, httpMs: unknown },
    loss: {
      tcpRetransmittedSegments: 0,
      tcpRetransmissionPercent: null,
      outOfOrder: 0,
      dupAcks: 0,
      zeroWindows: 0,
      lostSegments: 0,
    },
    captureLoss: { received: 0, droppedByKernel: null, shedByHelper: 0 },
    flows: { open: 0, total: 0, tcp: 0, udp: 0, other: 0 },
    talkers: [],
    conversations: [],
    recentPackets: [],
    notes: [],
    ...change,
  });
}

export function fixtureViewState(snapshot: Snapshot | null, change: Partial<ViewState> = {}): ViewState {
  return {
    type: 'state',
    sequence: 1,
    snapshot,
    findings: [],
    interfaces: [
      {
        name: 'eth0',
        description: null,
        addresses: ['10.20.0.15', 'fe80::1'],
        loopback: false,
        up: true,
        packetsPerSecond: 91,
      },
      { name: 'lo', description: null, addresses: ['127.0.0.1', '::1'], loopback: true, up: true, packetsPerSecond: 4 },
      {
        name: 'docker0',
        description: null,
        addresses: ['172.17.0.1'],
        loopback: false,
        up: false,
        packetsPerSecond: null,
      },
    ],
    selectedInterface: null,
    filter: '',
    recentFilters: ['tcp port 443', 'not port 22', 'host 203.0.113.7 and udp'],
    canCapture: true,
    ...change,
  };
}

const findings = [fixtureFinding(0, 'high'), fixtureFinding(1, 'medium'), fixtureFinding(2, 'low')];
const failure = {
  code: 'NOT_PERMITTED' as const,
  message: "eth0: You don't have permission to capture on that device (socket: Operation not permitted)",
  hint: 'Install pkexec or allow sudo for your user, then try again.',
};

/** Every state of the dashboard that has a design of its own. */
export const dashboardStates: Record<string, () => ViewState> = {
  idle: () => fixtureViewState(null),
  noInterfaces: () => fixtureViewState(null, { interfaces: [], recentFilters: [] }),
  untrusted: () => fixtureViewState(null, { canCapture: false }),
  authorising: () => fixtureViewState(emptySnapshot('authorising', { source: null })),
  listening: () => fixtureViewState(emptySnapshot('capturing')),
  capturing: () => fixtureViewState(fixtureSnapshot('live'), { findings }),
  /** Without what is hostile or lost: for a picture. */
  picture: () => {
    const snapshot = fixtureSnapshot('live');
    const talkers = snapshot.talkers.map((row) =>
      row.name?.includes('<') ? { ...row, name: 'api.example.org' } : row,
    );
    const recentPackets = snapshot.recentPackets.map((row) => ({
      ...row,
      info: row.info.replace(/<.*\.exe./, 'news'),
    }));
    const captureLoss = { received: 26_458, droppedByKernel: 0, shedByHelper: 0 };
    const live = { ...fixtureLive, interfaces: [{ ...fixtureInterface, droppedByKernel: 0, shed: 0 }] };
    const shown = findings.filter(({ title }) => !title.includes('<'));
    return fixtureViewState({ ...snapshot, talkers, recentPackets, captureLoss, live }, { findings: shown });
  },
  young: () => {
    const series = fixtureSeries(6, 'live');
    const young = { series, clockUs: startUs + 5.4e6, packets: 640, latency: emptySnapshot('idle').latency };
    return fixtureViewState(fixtureSnapshot('live', young));
  },
  several: () =>
    fixtureViewState(
      fixtureSnapshot('live', {
        source: { ...liveSource, interface: 'eth0, lo, wlan0' },
        captureLoss: { received: 31_000, droppedByKernel: 913, shedByHelper: 0 },
        live: {
          ...fixtureLive,
          interfaces: [
            { ...fixtureInterface, droppedByKernel: 913, shed: 0 },
            { ...fixtureInterface, name: 'lo', received: 812, droppedByKernel: 0, shed: 0 },
            { ...fixtureInterface, name: 'wlan0', droppedByKernel: 0, shed: 0, ended: 'The interface went away.' },
          ],
          lagMs: 4210,
          model: { ...fixtureLive.model, behindMs: 3400 },
          spool: { files: 8, bytes: 267_000_000, limitBytes: 268_435_456, droppedPackets: 120_000 },
        },
      }),
      { findings },
    ),
  paused: () => fixtureViewState(fixtureSnapshot('live'), { findings, paused: { packets: 31_000 } }),
  stopping: () =>
    fixtureViewState(fixtureSnapshot('live', { state: 'stopping', live: withModel('none') }), { findings }),
  finished: () =>
    fixtureViewState(fixtureSnapshot('live', { state: 'finished', live: withModel('instead') }), { findings }),
  failed: () => fixtureViewState(emptySnapshot('failed', { source: null, failure })),
  broken: () =>
    fixtureViewState(
      fixtureSnapshot('live', {
        state: 'failed',
        failure: { code: 'INTERFACE_GONE', message: 'eth0 went down', hint: '' },
        captureLoss: { received: null, droppedByKernel: null, shedByHelper: null },
        live: withModel('failed'),
        limits: [{ name: 'flows', limit: 100_000, hits: 812 }],
      }),
      { findings },
    ),
};

/** Every state of the capture editor that has a design of its own. */
export const captureEditorStates: Record<string, () => ViewState> = {
  reading: () =>
    fixtureViewState(fixtureSnapshot('file', { state: 'reading', source: { ...fileSource, readBytes: 18_874_368 } })),
  read: () => fixtureViewState(fixtureSnapshot('file'), { findings, installed: { tshark: true, wireshark: true } }),
  comments: () =>
    fixtureViewState(fixtureSnapshot('file'), {
      findings,
      layout: { ...usualLayout, columns: [...usualLayout.columns, { name: 'comment', widthPx: null }] },
    }),
  chosen: () => fixtureViewState(fixtureSnapshot('file'), { findings }),
  damaged: () =>
    fixtureViewState(
      fixtureSnapshot('file', {
        source: { ...fileSource, damage: { offset: 48_211_000, reason: 'The last packet is cut short' } },
      }),
      { findings },
    ),
  empty: () => fixtureViewState(emptySnapshot('finished', { source: fileSource })),
  unreadable: () =>
    fixtureViewState(
      emptySnapshot('failed', {
        source: { ...fileSource, format: '', linkTypes: [] },
        failure: {
          code: 'INTERNAL',
          message: 'This is not a capture file: its first bytes are 7f 45 4c 46.',
          hint: '',
        },
      }),
    ),
};
