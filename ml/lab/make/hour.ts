/**
 * Makes one capture of benign traffic of several machines at once, as their servers see it:
 * `node --import tsx ml/lab/make/hour.ts --out DIR [--minutes 60] [--seed N]`. Needs root and the programs of `servers.ts`.
 * What is done when is drawn from the seed; nothing leaves the network namespaces. Writes `DIR/hour/hour.pcap.gz`, its
 * `truth.json`, and `activities.json` with what was done when.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { mix, seededRandom } from '../../random';
import { machines } from './hourActivities';
import type { Activity } from './hourActivities';
import { LabNetwork, endGroup } from './network';
import type { Client } from './network';
import { servers } from './scenario';
import { programCommand, startServers } from './servers';

const snapLengthBytes = 2048;
const maxPackets = 6_000_000;

interface Done {
  machine: string;
  address: string;
  activity: string;
  fromS: number;
  toS: number;
}

/** One thing after another, with pauses, until the end. */
async function live(
  network: LabNetwork,
  { machine, client }: { machine: string; client: Client },
  activities: readonly Activity[],
  random: () => number,
  endMs: number,
): Promise<Done[]> {
  const done: Done[] = [];
  await wait(random() * 20_000);
  while (Date.now() < endMs) {
    const activity = activities[Math.floor(random() * activities.length)];
    if (activity === undefined) break;
    const [least, most] = activity.lasts;
    const seconds = Math.min(least + Math.floor(random() * (most - least)), (endMs - Date.now()) / 1000);
    const command = activity
      .command(Math.ceil(seconds), Math.floor(random() * 1e6))
      .replaceAll(/\$NODE (\w+)\.ts/g, (_, name: string) => programCommand(`${name}.ts`));
    const fromS = Date.now() / 1000;
    const child = network.start(client.space, command);
    await Promise.race([new Promise((resolve) => child.on('exit', resolve)), wait(seconds * 1000)]);
    endGroup(child);
    done.push({ machine, address: client.address, activity: activity.name, fromS, toS: Date.now() / 1000 });
    await wait(1000 + random() * 25_000);
  }
  return done;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, minutes: { type: 'string' }, seed: { type: 'string' } },
  });
  if (values.out === undefined) throw new Error('Say where to with --out DIR.');
  const minutes = Number(values.minutes ?? 60);
  const seed = Number(values.seed ?? 1);
  const folder = path.join(path.resolve(values.out), 'hour');
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(path.join(tmpdir(), 'nta-hour-'));
  const network = new LabNetwork(work, 'nta-hour');
  try {
    startServers(network, work);
    network.start(network.serverSpace, `exec ${programCommand('officeServer.ts')} ${servers.app}`);
    await wait(12_000);
    // The path that a program carries needs whole frames.
    network.setServerOffload(false);
    const file = path.join(folder, 'hour.pcap');
    const capture = network.start(
      network.serverSpace,
      `exec tcpdump -i eth0 -s ${snapLengthBytes} -c ${maxPackets} -B 32768 -Z root -w ${file}`,
    );
    await wait(1500);
    const endMs = Date.now() + minutes * 60_000;
    const lives = machines.flatMap(({ name, lanes, options }, m) => {
      const client = network.addClient(20 + m, { name, attack: null, commands: [], seconds: 0, ...options });
      return lanes.map((lane, l) =>
        live(network, { machine: name, client }, lane, seededRandom(mix(seed, m, l)), endMs),
      );
    });
    const done = (await Promise.all(lives)).flat().sort((x, y) => x.fromS - y.fromS);
    if (capture.pid !== undefined && capture.exitCode === null) process.kill(capture.pid, 'SIGTERM');
    await wait(1500);
    const truth = { scenario: 'hour', class: 'benign', category: 'benign', events: [], tools: [] };
    writeFileSync(path.join(folder, 'truth.json'), `${JSON.stringify(truth, null, 1)}\n`);
    writeFileSync(path.join(folder, 'activities.json'), `${JSON.stringify(done, null, 1)}\n`);
    execFileSync('gzip', ['-f', file]);
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
