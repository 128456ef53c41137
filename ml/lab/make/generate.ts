/**
 * Makes lab captures: `node --import tsx ml/lab/make/generate.ts --out DIR [--grep TEXT] [--jobs N] [--seed N] [--stretch N]
 * [--network NAME]`; two at a time need two names. Needs root, and the programs that `ml/README.md` names. Nothing leaves the
 * network namespaces; they go when it ends. Each scenario becomes `DIR/NAME/NAME.pcap.gz` with its `truth.json`, as
 * `npm run train -- --extract-lab DIR` reads it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../random';
import { attackMore } from './attackMore';
import { attackScenarios } from './attackScenarios';
import { attackVariants } from './attackVariants';
import { benignMore } from './benignMore';
import { benignScenarios } from './benignScenarios';
import { startMoreServers } from './moreServers';
import { LabNetwork, endGroup } from './network';
import type { Scenario } from './scenario';
import { programCommand, startServers } from './servers';

/** Bytes of each packet that are kept: features need headers, findings the beginning of the payload. */
const snapLengthBytes = 2048;
/** A flood must not fill the disk. */
const maxPackets = 120_000;

/** Another seed makes other pauses and sizes; stretched traffic lasts so many times as long. */
interface Variation {
  seed: number;
  stretch: number;
}

async function make(
  network: LabNetwork,
  number: number,
  scenario: Scenario,
  out: string,
  work: string,
  { seed, stretch }: Variation,
): Promise<void> {
  const folder = path.join(out, scenario.name);
  mkdirSync(folder, { recursive: true });
  const client = network.addClient(number, scenario);
  const file = path.join(folder, `${scenario.name}.pcap`);
  const capture = network.start(
    client.space,
    `exec tcpdump -i eth0 -s ${snapLengthBytes} -c ${maxPackets} -B 16384 -Z root -w ${file} 'arp or (ip and not net 224.0.0.0/4)'`,
  );
  await wait(1200);
  const start = Date.now() / 1000;
  const env: Record<string, string> = Object.fromEntries(
    client.addresses.map((address, i) => [`ADDRESS${i}`, address]),
  );
  env['LAB_SEED'] = String(seed);
  env['PROGRAMS'] = __dirname;
  env['SERVER_MAC'] = network.serverMac;
  env['LAB_STRETCH'] = String(stretch);
  const children = scenario.commands.map((command) => {
    const words = command.replaceAll(/\$NODE (\w+)\.ts/g, (_, name: string) => programCommand(`${name}.ts`));
    // What a shell does once takes no longer for that: it is done again.
    const again = stretch > 1 && !command.startsWith('$NODE');
    return network.start(client.space, again ? `while true; do ${words}; sleep 1; done` : words, env);
  });
  const ended = Promise.all(children.map((child) => new Promise((resolve) => child.on('exit', resolve))));
  await Promise.race([ended, wait(scenario.seconds * stretch * 1000)]);
  for (const child of children) endGroup(child);
  await wait(800);
  const end = Date.now() / 1000;
  if (capture.pid !== undefined && capture.exitCode === null) process.kill(capture.pid, 'SIGTERM');
  await wait(500);
  network.removeClient(client);
  const { attack } = scenario;
  const truth = {
    scenario: scenario.name,
    class: attack === null ? 'benign' : 'attack',
    category: attack?.category ?? 'benign',
    events:
      attack === null
        ? []
        : [
            {
              category: attack.category,
              subtype: attack.subtype,
              attackers: client.addresses,
              victims: attack.victims,
              start,
              end,
              tools: [0],
            },
          ],
    tools: attack === null ? [] : [{ command: scenario.commands[0] ?? '', name: attack.tool }],
    path: scenario.path ?? null,
    rate: scenario.rate ?? null,
    offload: scenario.offload ?? scenario.path === undefined,
  };
  writeFileSync(path.join(folder, 'truth.json'), `${JSON.stringify(truth, null, 1)}\n`);
  if (existsSync(file)) execFileSync('gzip', ['-f', file]);
  process.stderr.write(`${scenario.name}: ${(end - start).toFixed(0)} s\n`);
  rmSync(path.join(work, 'sqlmap1'), { recursive: true, force: true });
}

/** The words that are guessed: none is right. */
function writeWords(work: string): void {
  const random = seededRandom(31);
  const word = (): string =>
    Array.from({ length: 4 + Math.floor(random() * 9) }, () =>
      String.fromCharCode(97 + Math.floor(random() * 26)),
    ).join('');
  writeFileSync(path.join(work, 'words.txt'), Array.from({ length: 3000 }, word).join('\n'));
  const values = (list: readonly string[]): string =>
    Array.from({ length: 600 }, (_, i) => encodeURIComponent((list[i % list.length] ?? '') + word())).join('\n');
  writeFileSync(path.join(work, 'sqli.txt'), values(["1' or 1=1-- ", '1 union select null,2-- ', "' and sleep(1)-- "]));
  writeFileSync(path.join(work, 'xss.txt'), values(['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>']));
  writeFileSync(path.join(work, 'names.txt'), ['root', 'admin', 'test', 'oracle', 'git', 'ubuntu'].join('\n'));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      grep: { type: 'string' },
      jobs: { type: 'string' },
      seed: { type: 'string' },
      stretch: { type: 'string' },
      network: { type: 'string' },
    },
  });
  if (values.out === undefined) throw new Error('Say where to with --out DIR.');
  const out = path.resolve(values.out);
  const wanted = [...benignScenarios, ...benignMore, ...attackScenarios, ...attackVariants, ...attackMore].filter(
    ({ name }) => new RegExp(values.grep ?? '').test(name),
  );
  const work = mkdtempSync(path.join(tmpdir(), 'nta-lab-'));
  writeWords(work);
  const network = new LabNetwork(work, values.network);
  try {
    startServers(network, work);
    startMoreServers(network, work);
    await wait(9000);
    const jobs = Math.max(1, Math.min(8, Number(values.jobs ?? 3)));
    let number = 10;
    const variation = { seed: Number(values.seed ?? 0), stretch: Math.max(1, Number(values.stretch ?? 1)) };
    for (const direct of [true, false]) {
      network.setServerOffload(direct);
      const queue = wanted.filter(({ path: far }) => (far === undefined) === direct).values();
      await Promise.all(
        Array.from({ length: jobs }, async () => {
          for (const scenario of queue) await make(network, number++, scenario, out, work, variation);
        }),
      );
    }
  } finally {
    network.close();
    rmSync(work, { recursive: true, force: true });
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
