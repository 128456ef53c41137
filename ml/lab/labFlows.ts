import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { CaptureFile } from '../../src/analyzer/captureFile';
import { Engine } from '../../src/core/engine/engine';
import { checkpointDue } from '../../src/core/features/checkpoints';
import { columns, measureColumns } from '../../src/core/features/columns';
import { FlowMetering } from '../../src/core/features/flowMetering';
import type { FlowClass } from '../../src/core/features/labels';
import type { Detector } from '../../src/core/detectors/detector';
import { transportName } from '../../src/core/flows/flow';
import type { Flow } from '../../src/core/flows/flow';
import type { FlowMeter } from '../../src/core/flows/flowMeter';
import { mix } from '../random';
import { classOfEvent, matches, toolOfEvent } from './truth';
import type { LabTruth } from './truth';

/** One flow of a lab capture at its end or at a checkpoint. */
export interface LabFlow {
  columns: Float64Array;
  label: FlowClass;
  scenario: string;
  /** Program of the attack; the scenario for benign traffic. */
  tool: string;
  checkpoint: boolean;
}

/** Flows kept of one capture, class and kind; a scan or flood has thousands that are alike. */
const maxFlows = { benign: 600, attack: 150 } as const;

/** Labelled flows of every capture below some folders, in the order of names. Rows that equal an earlier one are left out. */
export async function readLab(
  folders: readonly string[],
  onCapture: (name: string) => void = () => undefined,
): Promise<LabFlow[]> {
  const flows: LabFlow[] = [];
  for (const [folder, name] of folders.flatMap((f) =>
    readdirSync(f)
      .sort()
      .map((n) => [f, n] as const),
  )) {
    const truthFile = path.join(folder, name, 'truth.json');
    if (!existsSync(truthFile)) continue;
    onCapture(name);
    const truth = JSON.parse(readFileSync(truthFile, 'utf8')) as LabTruth;
    const found = await readScenario(path.join(folder, name, `${name}.pcap.gz`), truth);
    flows.push(...thin(found));
  }
  return flows;
}

/** Labelled flows of one capture. */
export async function readScenario(file: string, truth: LabTruth): Promise<LabFlow[]> {
  const flows: LabFlow[] = [];
  const note = (flow: Flow, meter: FlowMeter, checkpoint: boolean): void => {
    const values = new Float64Array(columns.length);
    measureColumns(meter, flow.ipProtocol, values);
    const facts = {
      a: flow.a.text,
      b: flow.b.text,
      transport: transportName(flow.ipProtocol),
      startS: flow.startUs / 1e6,
    };
    const event = truth.events.find((e) => matches(e, facts));
    const label = event === undefined ? 'BENIGN' : classOfEvent(event);
    if (label === null) return;
    const tool = event === undefined ? truth.scenario : toolOfEvent(truth, event);
    flows.push({ columns: values, label, scenario: truth.scenario, tool, checkpoint });
  };
  const engine = new Engine({
    localAddresses: [],
    detectors: [new LabMeter(note)],
  });
  const capture = await CaptureFile.open(file);
  await capture.read({ onPacket: (packet) => engine.push(packet) });
  engine.finish();
  return flows;
}

/** Hands over every flow that the model would see live: at its end, when it is cut, and at checkpoints. */
class LabMeter implements Detector {
  readonly limits = [];
  readonly #metering: FlowMetering;

  constructor(private readonly note: (flow: Flow, meter: FlowMeter, checkpoint: boolean) => void) {
    this.#metering = new FlowMetering((flow, meter) => note(flow, meter, false));
  }

  packet(...[view, table]: Parameters<NonNullable<Detector['packet']>>): void {
    const meter = this.#metering.packet(view, table);
    if (meter !== null && table.flow !== null && checkpointDue(meter, view.timeUs)) this.note(table.flow, meter, true);
  }

  flowEnded(flow: Flow): void {
    this.note(flow, this.#metering.of(flow), false);
    this.#metering.release(flow);
  }

  advance(): void {
    // Flows end by themselves.
  }

  finish(): void {
    // The engine ends every flow.
  }

  collect(): void {
    // It finds nothing.
  }

  clear(): void {
    // Nothing is kept.
  }
}

/** Distinct rows, at most {@link maxFlows} of each class and kind, spread evenly over the capture. */
function thin(flows: LabFlow[]): LabFlow[] {
  const seen = new Set<number>();
  const groups = new Map<string, LabFlow[]>();
  for (const flow of flows) {
    const bits = new Int32Array(flow.columns.buffer);
    const hash = mix(flow.label.length, ...bits) * 1_048_576 + (mix(5, ...bits) & 0xfffff);
    if (seen.has(hash)) continue;
    seen.add(hash);
    const key = `${flow.label} ${flow.checkpoint}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [flow]);
    else group.push(flow);
  }
  return [...groups.values()].flatMap((group) => {
    const most = group[0]?.label === 'BENIGN' ? maxFlows.benign : maxFlows.attack;
    const step = Math.max(1, group.length / most);
    return Array.from({ length: Math.min(group.length, most) }, (_, i) => group[Math.floor(i * step)]).filter(
      (flow) => flow !== undefined,
    );
  });
}
