import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { causeOf, causes } from './causes';
import { analyzeFile, compare, readFacts } from './figures';
import { lookedAt } from './lookedAt';

const here = dirname(fileURLToPath(import.meta.url));
const data = join(here, '../../../shared/data');
const floorsPath = join(here, 'floors.json');
const differencesPath = join(here, 'differences.tsv');
const update = process.env['UPDATE_GOLDEN'] === '1';

interface Share {
  equal: number;
  all: number;
}

/** One line a difference; the columns are capture, figure, tshark's value, ours, cause. */
type Difference = readonly [file: string, figure: string, tshark: string, ours: string, cause: string];

describe('the figures of tshark', () => {
  const shares = new Map<string, Share>();
  const differences: Difference[] = [];
  const total: Share = { equal: 0, all: 0 };

  before(function () {
    this.timeout(900_000);
    const known = readFacts(join(here, 'facts')).filter(({ file }) => existsSync(join(data, file)));
    if (known.length === 0) {
      console.log(`skipped: no captures in ${data}`);
      this.skip();
    }
    for (const facts of known) {
      const figures = compare(facts, analyzeFile(join(data, facts.file)));
      for (const figure of figures) {
        const share = shares.get(figure.kind) ?? { equal: 0, all: 0 };
        shares.set(figure.kind, share);
        for (const counted of [share, total]) {
          counted.all++;
          if (figure.equal) counted.equal++;
        }
        if (figure.equal) continue;
        const cause = causeOf(figure, facts, figures);
        differences.push([facts.file, `${figure.kind} ${figure.name}`, figure.tshark, figure.ours, cause]);
      }
    }
    shares.set('all', total);
    for (const [kind, { equal, all }] of shares) {
      console.log(`      ${kind}: ${equal} of ${all} figures equal (${((100 * equal) / all).toFixed(2)} %)`);
    }
    if (update) {
      raiseFloors(shares);
      const looked = differences.filter(([file, figure]) => lookedAt(file, figure) !== undefined).length;
      const lines = differences.map((difference) => difference.map(oneLine).join('\t'));
      const head = [
        '# Columns: capture, figure, tshark, ours, class of the cause. ' +
          `For ${looked} of the ${differences.length} lines it was chosen with the packets that differ side by side (lookedAt.ts), ` +
          'for the rest by the rules of causes.ts.',
        ...Object.entries(causes).map(([cause, reason]) => `# ${cause}: ${reason}`),
      ];
      writeFileSync(differencesPath, [...head, ...lines, ''].join('\n'));
    }
  });

  it('are ours, of each kind in at least the share that was reached before', () => {
    const floors = readFloors();
    assert.ok(Object.keys(floors).length > 0);
    for (const [kind, floor] of Object.entries(floors)) {
      const share = shares.get(kind);
      assert.ok(share !== undefined, kind);
      const percent = (100 * share.equal) / share.all;
      assert.ok(percent >= floor, `${kind}: ${percent.toFixed(3)} % equal, ${floor} % before`);
    }
  });

  it('differ from ours only where differences.tsv says so, with a class of causes', () => {
    const listed = readFileSync(differencesPath, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split('\t'));
    for (const line of listed) assert.ok((line[4] ?? '') in causes, line.join(' '));
    const keys = new Set(listed.map(([file, figure]) => `${file} ${figure}`));
    const unlisted = differences.filter(([file, figure]) => !keys.has(`${file} ${figure}`));
    const gone = keys.size + unlisted.length - differences.length;
    if (gone > 0)
      console.log(`      ${gone} listed differences are gone; UPDATE_GOLDEN=1 writes the list and raises the floors`);
    assert.deepEqual(unlisted, [], 'differences that are not listed; UPDATE_GOLDEN=1 lists them');
  });
});

function readFloors(): Record<string, number> {
  return existsSync(floorsPath) ? (JSON.parse(readFileSync(floorsPath, 'utf8')) as Record<string, number>) : {};
}

/** Floors only rise. They are rounded down so that they can be read. */
function raiseFloors(shares: ReadonlyMap<string, Share>): void {
  const floors = readFloors();
  for (const [kind, { equal, all }] of shares) {
    floors[kind] = Math.max(floors[kind] ?? 0, Math.floor((100_000 * equal) / all) / 1000);
  }
  writeFileSync(floorsPath, `${JSON.stringify(floors, null, 2)}\n`);
}

function oneLine(text: string): string {
  return text.replace(/[\t\r\n]/g, ' ');
}
