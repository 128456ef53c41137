import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createHash } from 'node:crypto';
import { sampleFiles } from '../samples/generate';
import { FuzzRounds } from './rounds';
import type { Crasher, SeedCapture } from './rounds';

/**
 * `npm run fuzz -- --seconds N --seed S [--captures DIR]`: damaged real captures through reader, decoder, filter and engine. What goes wrong is
 * written below `.artefacts/fuzz`; exit status 1 when anything did.
 */

const root = path.resolve(__dirname, '../..');
const folder = path.join(root, '.artefacts/fuzz');
const maxCaptureBytes = 4 * 1024 * 1024;

/** The captures below `data` where it is, else those that the product brings. */
function seedCaptures(data: string): SeedCapture[] {
  const captures: SeedCapture[] = [];
  for (const [name, bytes] of sampleFiles()) if (/\.pcap(ng)?$/.test(name)) captures.push({ name, bytes });
  for (const file of existsSync(data) ? readdirSync(data, { recursive: true, encoding: 'utf8' }).sort() : []) {
    if (!/\.(pcap|pcapng|cap)$/i.test(file)) continue;
    const full = path.join(data, file);
    const { size } = statSync(full);
    if (size > 0 && size <= maxCaptureBytes) captures.push({ name: file, bytes: new Uint8Array(readFileSync(full)) });
  }
  return captures;
}

function save(crasher: Crasher): string {
  mkdirSync(folder, { recursive: true });
  const name = createHash('sha256').update(crasher.bytes).digest('hex').slice(0, 16);
  const file = path.join(folder, crasher.linkType === null ? `${name}.file` : `${name}.link${crasher.linkType}`);
  writeFileSync(file, crasher.bytes);
  writeFileSync(`${file}.txt`, `${crasher.what}\n`);
  return path.relative(root, file);
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    seed: { type: 'string' },
    captures: { type: 'string', default: path.join(root, '../shared/data') },
  },
});
const seconds = Number(values.seconds ?? 60);
const seed = Number(values.seed ?? 1);
if (!(seconds > 0) || !Number.isInteger(seed)) {
  process.stderr.write('--seconds takes a positive number and --seed an integer.\n');
  process.exit(2);
}
const captures = seedCaptures(values.captures);
console.log(`${captures.length} captures, seed ${seed}, ${seconds} s`);
const rounds = new FuzzRounds(captures, seed);
const end = Date.now() + seconds * 1000;
let crashers = 0;
while (Date.now() < end && crashers < 20) {
  const crasher = rounds.next();
  if (crasher === null) continue;
  crashers++;
  console.log(`${save(crasher)}: ${crasher.what.split('\n').slice(0, 3).join(' ')}`);
}
const memory = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(`${rounds.rounds} rounds, ${rounds.packets} packets, ${crashers} crashers, peak ${memory} MiB`);
process.exitCode = crashers === 0 ? 0 : 1;
