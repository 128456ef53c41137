// Records which packets tshark selects for each filter of cases.json, as facts that filters.test.ts compares with.
//
//   node test/golden/filters/record.mjs [--data DIR] [--only TEXT]
//
// Needs tshark (Debian 12: 4.0.17), with default preferences and without name resolution. Writes facts.json: for each
// capture and filter the number of packets, the first ones, and a digest of all their numbers.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: { data: { type: 'string', default: join(here, '../../../../shared/data') }, only: { type: 'string' } },
});
const factsPath = join(here, 'facts.json');
const cases = JSON.parse(readFileSync(join(here, 'cases.json'), 'utf8'));
const known = options.only !== undefined && existsSync(factsPath) ? JSON.parse(readFileSync(factsPath, 'utf8')) : {};
const facts = { tshark: spawnSync('tshark', ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0], captures: {} };

for (const [file, filters] of Object.entries(cases)) {
  if (options.only !== undefined && !file.includes(options.only)) {
    facts.captures[file] = known.captures?.[file] ?? {};
    continue;
  }
  facts.captures[file] = Object.fromEntries(
    filters.map((filter) => [filter, factOf(join(options.data, file), filter)]),
  );
}
writeFileSync(factsPath, `${JSON.stringify(facts, null, 2)}\n`);

function factOf(path, filter) {
  const run = spawnSync('tshark', ['-n', '-r', path, '-Y', filter, '-T', 'fields', '-e', 'frame.number'], {
    encoding: 'utf8',
    maxBuffer: 1 << 27,
  });
  if (run.status !== 0) throw new Error(`${path}: ${filter}: ${run.stderr}`);
  const numbers = run.stdout.split('\n').filter(Boolean).map(Number);
  const digest = createHash('sha256').update(numbers.join(' ')).digest('hex').slice(0, 16);
  return { packets: numbers.length, first: numbers.slice(0, 5).join(' '), digest };
}
