// Records what tshark says about every capture of the development data as facts that the golden tests compare with.
//
//   node test/golden/record.mjs [--data DIR] [--jobs N] [--only TEXT] [--having PROTOCOL] [--raw DIR]
//
// Needs tshark (Debian 12: 4.0.17). One pass of tshark for each capture, with default preferences and without name
// resolution. Writes test/golden/facts/<source folder>.jsonl, one line for each capture, sorted by name. `--only` records the
// captures whose path holds TEXT and keeps the other lines; `--having` those that held PROTOCOL when recorded before. `--raw` keeps tshark's fields as <DIR>/<capture>.tsv, for a look
// at single packets.
import { spawn, spawnSync } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: join(here, '../../../shared/data') },
    jobs: { type: 'string', default: String(cpus().length) },
    only: { type: 'string' },
    having: { type: 'string' },
    raw: { type: 'string' },
  },
});

/** Names kept of each top list; the number of different names is kept as well. */
const namesKept = 60;
const aggregator = '\x1f';

/** Flags of tcp.analysis that are counted; names as in tshark without the prefix. */
const flags = [
  'retransmission',
  'fast_retransmission',
  'spurious_retransmission',
  'out_of_order',
  'duplicate_ack',
  'zero_window',
  'zero_window_probe',
  'zero_window_probe_ack',
  'window_full',
  'window_update',
  'keep_alive',
  'keep_alive_ack',
  'lost_segment',
  'ack_lost_segment',
  'reused_ports',
];
const fields = [
  'frame.number',
  'frame.len',
  'frame.protocols',
  'tcp.stream',
  'ip.src',
  'ip.dst',
  'ipv6.src',
  'ipv6.dst',
  'udp.srcport',
  'udp.dstport',
  'dns.flags.response',
  'dns.qry.name',
  'http.request.method',
  'http.host',
  'tls.handshake.type',
  'tls.handshake.extensions_server_name',
  'tcp.analysis.initial_rtt',
  'tcp.analysis.ack_rtt',
  'tcp.analysis.acks_frame',
  ...flags.map((flag) => `tcp.analysis.${flag}`),
];

function capturesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(pcap|pcapng|cap)(\.gz)?$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function tally(map, name, count = 1) {
  map.set(name, (map.get(name) ?? 0) + count);
}

/** The most frequent names; ties by name, so that two runs write the same. */
function top(map) {
  const sorted = [...map].sort((x, y) => y[1] - x[1] || (x[0] < y[0] ? -1 : 1));
  return { different: sorted.length, top: Object.fromEntries(sorted.slice(0, namesKept)) };
}

class Facts {
  packets = 0;
  bytes = 0;
  protocols = new Map();
  tcpStreams = new Set();
  udpConversations = new Set();
  dns = { queries: 0, responses: 0, names: new Map() };
  http = { requests: 0, hosts: new Map() };
  tls = { clientHellos: 0, serverNames: new Map() };
  initialRtt = new Map();
  ackRtt = { count: 0, seconds: 0 };
  analysis = new Map();

  add(line) {
    const values = line.split('\t');
    if (values.length !== fields.length) throw new Error(`a line of ${values.length} fields: ${line.slice(0, 200)}`);
    const row = new Map(fields.map((field, i) => [field, values[i]]));
    const many = (field) => (row.get(field) === '' ? [] : row.get(field).split(aggregator));
    this.packets++;
    this.bytes += Number(row.get('frame.len'));
    const protocols = new Set(many('frame.protocols').flatMap((list) => list.split(':')));
    protocols.delete('ethertype');
    for (const protocol of protocols) tally(this.protocols, protocol);
    // Behind ICMP stands the packet that an error quotes: it was not on the wire here.
    const path = many('frame.protocols').join(':').split(':');
    const quote = path.findIndex((protocol) => protocol === 'icmp' || protocol === 'icmpv6');
    const sent = quote < 0 ? path : path.slice(0, quote);
    const times = (protocol) => sent.filter((name) => name === protocol).length;
    for (const stream of many('tcp.stream').slice(0, times('tcp'))) this.tcpStreams.add(stream);
    this.addUdp(sent, many);
    const responses = sent.includes('dns') ? many('dns.flags.response') : [];
    this.dns.queries += responses.filter((value) => value === '0').length;
    this.dns.responses += responses.filter((value) => value === '1').length;
    // A frame with several messages, queries and responses mixed, is too rare to pair names with messages.
    if (responses.length > 0 && responses.every((value) => value === '0')) {
      for (const name of many('dns.qry.name')) tally(this.dns.names, name);
    }
    if (sent.includes('http')) {
      this.http.requests += many('http.request.method').length;
      for (const host of many('http.host')) tally(this.http.hosts, host);
    }
    this.tls.clientHellos += many('tls.handshake.type').filter((value) => value === '1').length;
    for (const name of many('tls.handshake.extensions_server_name')) tally(this.tls.serverNames, name);
    const streams = many('tcp.stream');
    const initial = many('tcp.analysis.initial_rtt');
    if (streams.length === 1 && initial.length === 1) this.initialRtt.set(streams[0], Number(initial[0]));
    for (const seconds of many('tcp.analysis.ack_rtt')) {
      this.ackRtt.count++;
      this.ackRtt.seconds += Number(seconds);
    }
    for (const flag of flags) {
      // tshark shows some of them twice, as a field and as expert information.
      const count = Math.min(many(`tcp.analysis.${flag}`).length, times('tcp'));
      if (count > 0) tally(this.analysis, flag, count);
    }
  }

  /**
   * Pairs of address and port, in both directions. Not udp.stream: that follows tshark's wildcards for SNMP, TFTP and others and counts
   * a port scan as one or a request and its answer as two.
   */
  addUdp(sent, many) {
    const next = new Map();
    const take = (field) => {
      const at = next.get(field) ?? 0;
      next.set(field, at + 1);
      return many(field)[at];
    };
    let source = '';
    let destination = '';
    for (const protocol of sent) {
      if (protocol === 'ip' || protocol === 'ipv6') {
        source = take(`${protocol}.src`);
        destination = take(`${protocol}.dst`);
      } else if (protocol === 'udp') {
        const ends = [`${source} ${take('udp.srcport')}`, `${destination} ${take('udp.dstport')}`];
        if (source !== undefined) this.udpConversations.add(ends.sort().join(' '));
      }
    }
  }

  json(file) {
    const initial = [...this.initialRtt.values()];
    return {
      file,
      packets: this.packets,
      bytes: this.bytes,
      protocols: Object.fromEntries([...this.protocols].sort((x, y) => (x[0] < y[0] ? -1 : 1))),
      tcpConversations: this.tcpStreams.size,
      udpConversations: this.udpConversations.size,
      ...(this.dns.queries + this.dns.responses > 0 && {
        dns: { queries: this.dns.queries, responses: this.dns.responses, names: top(this.dns.names) },
      }),
      ...(this.protocols.has('http') && { http: { requests: this.http.requests, hosts: top(this.http.hosts) } }),
      ...(this.tls.clientHellos > 0 && {
        tls: { clientHellos: this.tls.clientHellos, serverNames: top(this.tls.serverNames) },
      }),
      ...(this.tcpStreams.size > 0 && {
        analysis: {
          ...Object.fromEntries(
            flags.map((flag) => [flag, this.analysis.get(flag)]).filter(([, n]) => n !== undefined),
          ),
          initial_rtt: {
            count: initial.length,
            microseconds: Math.round(1e6 * initial.reduce((sum, seconds) => sum + seconds, 0)),
          },
          ack_rtt: { count: this.ackRtt.count, microseconds: Math.round(1e6 * this.ackRtt.seconds) },
        },
      }),
    };
  }
}

const config = mkdtempSync(join(tmpdir(), 'golden-tshark-'));

async function record(path, file) {
  const facts = new Facts();
  const tshark = spawn(
    'tshark',
    ['-n', '-r', path, '-T', 'fields', '-E', 'separator=/t', '-E', `aggregator=${aggregator}`].concat(
      fields.flatMap((field) => ['-e', field]),
    ),
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, WIRESHARK_CONFIG_DIR: config, LC_ALL: 'C.UTF-8' } },
  );
  let complaint = '';
  tshark.stderr.setEncoding('utf8').on('data', (text) => (complaint += text));
  const ended = new Promise((resolve) => tshark.on('close', resolve));
  const raw =
    options.raw === undefined ? null : createWriteStream(join(options.raw, `${file.replaceAll('/', '~')}.tsv`));
  let pending = '';
  for await (const line of createInterface({ input: tshark.stdout })) {
    raw?.write(`${line}\n`);
    // A name can hold a line break.
    pending = pending === '' ? line : `${pending}\\n${line}`;
    if (pending.split('\t').length < fields.length) continue;
    facts.add(pending);
    pending = '';
  }
  const status = await ended;
  raw?.end();
  const message = complaint.split('\n').filter((text) => text !== '' && !text.includes('Running as user'))[0];
  return {
    ...facts.json(file),
    ...(status !== 0 && { complaint: (message ?? `status ${status}`).replaceAll(path, file) }),
  };
}

const version = spawnSync('tshark', ['--version'], { encoding: 'utf8' });
if (version.status !== 0) {
  console.error('tshark is not installed (Debian and Ubuntu: apt-get install tshark)');
  process.exit(2);
}
if (options.raw !== undefined) mkdirSync(options.raw, { recursive: true });
const factsFolder = join(here, 'facts');
mkdirSync(factsFolder, { recursive: true });
const captures = ['pcaps', 'lab'].flatMap((folder) => capturesBelow(join(options.data, folder)));
const lines = new Map();
const sourceOf = (file) => (file.startsWith('lab/') ? 'lab' : file.split('/')[1]);
if (options.only !== undefined || options.having !== undefined) {
  for (const name of readdirSync(factsFolder).filter((file) => file.endsWith('.jsonl'))) {
    for (const line of readFileSync(join(factsFolder, name), 'utf8').split('\n').filter(Boolean)) {
      const { file } = JSON.parse(line);
      if (existsSync(join(options.data, file))) lines.set(file, line);
    }
  }
}
const queue = captures
  .map((path) => ({ path, file: relative(options.data, path) }))
  .filter(({ file }) => options.only === undefined || file.includes(options.only))
  .filter(({ file }) => {
    if (options.having === undefined) return true;
    const line = lines.get(file);
    return line === undefined || JSON.parse(line).protocols[options.having] !== undefined;
  });
let done = 0;
await Promise.all(
  Array.from({ length: Number(options.jobs) }, async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      lines.set(job.file, JSON.stringify(await record(job.path, job.file)));
      if (++done % 100 === 0) console.log(`${done} captures recorded, ${queue.length} to go`);
    }
  }),
);
const bySource = Map.groupBy?.([...lines.keys()], sourceOf) ?? groupBy([...lines.keys()], sourceOf);
for (const [source, files] of bySource) {
  writeFileSync(
    join(factsFolder, `${source}.jsonl`),
    files
      .sort()
      .map((file) => `${lines.get(file)}\n`)
      .join(''),
  );
}
writeFileSync(join(factsFolder, 'VERSION'), `${version.stdout.split('\n')[0]}\n`);
rmSync(config, { recursive: true, force: true });
console.log(`${lines.size} captures in ${bySource.size} files, ${version.stdout.split('\n')[0]}`);

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
