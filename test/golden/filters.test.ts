import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodePacket } from '../../src/core/decode/decodePacket';
import { PacketView } from '../../src/core/decode/packetView';
import { compileFilter } from '../../src/core/filter/displayFilter';
import { CaptureFileReader } from '../../src/core/pcap/captureFileReader';
import { FragmentReassembler } from '../../src/core/reassembly/ipFragments';

const data = path.resolve(__dirname, '../../../shared/data');

interface Fact {
  packets: number;
  first: string;
  /** Of the numbers of all packets, joined by blanks. */
  digest: string;
}

const facts = JSON.parse(readFileSync(path.join(__dirname, 'filters/facts.json'), 'utf8')) as {
  tshark: string;
  captures: Record<string, Record<string, Fact>>;
};
/** Of all facts, every so many are asked of tshark again, where it is installed. */
const askedAgain = 12;

function factOf(numbers: readonly number[]): Fact {
  const digest = createHash('sha256').update(numbers.join(' ')).digest('hex').slice(0, 16);
  return { packets: numbers.length, first: numbers.slice(0, 5).join(' '), digest };
}

/** Numbers of the packets that each filter selects, in one pass. */
function select(file: string, filters: readonly string[]): number[][] {
  const bytes = readFileSync(file);
  const view = new PacketView();
  const fragments = new FragmentReassembler();
  const compiled = filters.map((filter) => {
    const result = compileFilter(filter);
    assert.ok(result.ok, filter);
    return { matches: result.matches, numbers: [] as number[] };
  });
  const reader = new CaptureFileReader((packet) => {
    decodePacket(view, packet, fragments);
    for (const { matches, numbers } of compiled) if (matches(view, packet)) numbers.push(packet.number);
  });
  reader.push(file.endsWith('.gz') ? gunzipSync(bytes) : bytes);
  reader.end();
  return compiled.map(({ numbers }) => numbers);
}

describe(`the packets that ${facts.tshark} selects by display filters`, () => {
  before(function () {
    if (existsSync(data)) return;
    console.log(`skipped: ${data} is not here`);
    this.skip();
  });

  it('are held for more than a hundred filters that select something', () => {
    const all = Object.values(facts.captures).flatMap((filters) => Object.values(filters));
    const some = all.filter(({ packets }) => packets > 0).length;
    assert.ok(some > 100, `${some} of ${all.length}`);
  });

  for (const [file, expected] of Object.entries(facts.captures)) {
    it(`${file}: ${Object.keys(expected).length} filters`, function () {
      this.timeout(120_000);
      const filters = Object.keys(expected);
      const selected = select(path.join(data, file), filters);
      const ours = Object.fromEntries(filters.map((filter, index) => [filter, factOf(selected[index] ?? [])]));
      assert.deepEqual(ours, expected);
    });
  }

  it('are still those that the installed tshark selects', function () {
    this.timeout(300_000);
    const version = (spawnSync('tshark', ['--version'], { encoding: 'utf8' }).stdout ?? '').split('\n')[0];
    if (version !== facts.tshark) {
      console.log(`skipped: the facts are of ${facts.tshark}, and installed is ${version || 'none'}`);
      this.skip();
    }
    const all = Object.entries(facts.captures).flatMap(([file, filters]) =>
      Object.entries(filters).map(([filter, fact]) => ({ file, filter, fact })),
    );
    for (const { file, filter, fact } of all.filter((_, index) => index % askedAgain === 0)) {
      const args = ['-n', '-r', path.join(data, file), '-Y', filter, '-T', 'fields', '-e', 'frame.number'];
      const { stdout } = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
      assert.deepEqual(factOf(stdout.split('\n').filter(Boolean).map(Number)), fact, `${file}: ${filter}`);
    }
  });
});
