/**
 * `node --import tsx ml/lab/findingTimes.ts [--model] DIR...`: for each attack capture below the folders, how long after the
 * attack began the first finding of the right threat was there and how severe it became, by the rules alone: they know no
 * tool, so this is what to expect of tools that nobody has shown to the model, or better. With `--model` the shipped model
 * speaks, too, as it does in a live capture; it may have learned from the same tools.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { CaptureFile } from '../../src/analyzer/captureFile';
import { loadLiveModel, shippedModels } from '../../src/analyzer/modelFile';
import { Engine } from '../../src/core/engine/engine';
import { CompactTrees } from '../../src/core/model/compactTrees';
import { ModelWitness } from '../../src/core/model/modelWitness';
import { softmax } from '../../src/core/model/treeEnsemble';
import type { Severity, Threat } from '../../src/protocol/finding';
import type { LabEvent, LabTruth } from './truth';

/** Threats that an attack of the lab may be told as, and how soon; seconds after its start. */
export const expected: Readonly<Record<string, { threats: readonly Threat[]; withinS: number }>> = {
  port_scan: { threats: ['port-scan'], withinS: 10 },
  host_sweep: { threats: ['port-scan'], withinS: 10 },
  dos: { threats: ['dos', 'ddos'], withinS: 10 },
  ddos: { threats: ['dos', 'ddos'], withinS: 10 },
  syn_flood: { threats: ['dos', 'ddos'], withinS: 10 },
  udp_flood: { threats: ['dos', 'ddos'], withinS: 10 },
  icmp_flood: { threats: ['dos', 'ddos'], withinS: 10 },
  http_flood: { threats: ['dos', 'ddos'], withinS: 10 },
  slow_dos: { threats: ['dos', 'ddos'], withinS: 10 },
  brute_force: { threats: ['brute-force'], withinS: 20 },
  sqli: { threats: ['web-attack'], withinS: 20 },
  xss: { threats: ['web-attack'], withinS: 20 },
};

export interface FoundTime {
  category: string;
  /** Seconds from the first packet of the attack to the finding; null when there was none. */
  seconds: number | null;
  severity: Severity | null;
  /** The tool may have failed to run. */
  hasPackets: boolean;
}

/** How often findings are asked for, in packet time: more often than a live capture does. */
const everyS = 0.25;

/** The shipped model, asked whenever findings are. */
class Model {
  readonly witness: ModelWitness;
  readonly #classes: number;
  readonly #trees: CompactTrees;

  constructor() {
    const { metadata, model } = loadLiveModel(shippedModels());
    const trees = CompactTrees.of(model);
    if (trees === null) throw new Error('the shipped model does not fit into compact trees');
    this.witness = new ModelWitness(metadata, model);
    this.#classes = model.classes;
    this.#trees = trees;
  }

  score(): void {
    for (let batch = this.witness.takeBatch(); batch !== null; batch = this.witness.takeBatch()) {
      const scores = new Float64Array(batch.count * this.#classes);
      this.#trees.score(batch.rows, batch.count, scores);
      for (let at = 0; at < scores.length; at += this.#classes) softmax(scores.subarray(at, at + this.#classes));
      this.witness.scored(batch, Float32Array.from(scores));
    }
  }
}

/** For each attack of a capture that {@link expected} names, when it was found; by the rules alone, or with the model. */
export async function foundTimes(file: string, truth: LabTruth, withModel = false): Promise<FoundTime[]> {
  const model = withModel ? new Model() : null;
  const engine = new Engine({ localAddresses: [], detectors: model === null ? [] : [model.witness] });
  const waiting = truth.events
    .filter(({ category }) => category in expected)
    .map((event) => ({ event, firstS: Number.NaN, seconds: null as number | null, severity: null as Severity | null }));
  const look = (nowS: number): void => {
    model?.score();
    const findings = engine.findings();
    for (const attack of waiting) {
      if (Number.isNaN(attack.firstS)) continue;
      const threats = expected[attack.event.category]?.threats ?? [];
      const hit = findings.find(
        ({ threat, sources, targets }) => threats.includes(threat) && touches(attack.event, [...sources, ...targets]),
      );
      if (hit === undefined) continue;
      attack.severity = hit.severity;
      attack.seconds ??= Math.max(0, nowS - attack.firstS);
    }
  };
  let askedS = Number.NEGATIVE_INFINITY;
  let lastS = 0;
  const capture = await CaptureFile.open(file);
  await capture.read({
    onPacket: (packet) => {
      lastS = packet.seconds + packet.nanoseconds / 1e9;
      engine.push(packet);
      for (const attack of waiting) {
        // The command was started a little earlier than its first packet.
        if (Number.isNaN(attack.firstS) && lastS >= attack.event.start - 0.5) attack.firstS = lastS;
      }
      if (lastS - askedS >= everyS) {
        askedS = lastS;
        look(lastS);
      }
    },
  });
  engine.finish();
  look(lastS);
  return waiting.map(({ event, seconds, severity, firstS }) => ({
    category: event.category,
    seconds,
    severity,
    hasPackets: !Number.isNaN(firstS),
  }));
}

/** Whether one of the addresses is a victim of the event: sources may be made up. */
function touches({ victims }: LabEvent, addresses: readonly string[]): boolean {
  return victims.some(({ ip }) => ip.includes('/') || addresses.includes(ip));
}

async function main(words: readonly string[]): Promise<void> {
  const withModel = words.includes('--model');
  const folders = words.filter((word) => word !== '--model');
  let [attacks, found, inTime] = [0, 0, 0];
  for (const folder of folders) {
    for (const name of readdirSync(folder).sort()) {
      const truthFile = path.join(folder, name, 'truth.json');
      if (!existsSync(truthFile)) continue;
      const truth = JSON.parse(readFileSync(truthFile, 'utf8')) as LabTruth;
      for (const { category, seconds, severity, hasPackets } of await foundTimes(
        path.join(folder, name, `${name}.pcap.gz`),
        truth,
        withModel,
      )) {
        if (!hasPackets) continue;
        const { withinS = 0 } = expected[category] ?? {};
        attacks++;
        if (seconds !== null) found++;
        if (seconds !== null && seconds <= withinS) inTime++;
        const said = seconds === null ? 'not found' : `${seconds.toFixed(1)} s, ${severity ?? ''}`;
        const late = seconds === null || seconds > withinS ? `  over ${withinS} s` : '';
        process.stdout.write(`${name.padEnd(28)} ${category.padEnd(12)} ${said}${late}\n`);
      }
    }
  }
  process.stdout.write(`${attacks} attacks, ${found} found, ${inTime} in time\n`);
}

if (process.argv[1] !== undefined && path.basename(process.argv[1]) === 'findingTimes.ts') void main(process.argv.slice(2)); // prettier-ignore
