import { closeSync, openSync, readSync } from 'node:fs';
import { decodeApplication } from '../../src/core/decode/application';
import { decodePacket } from '../../src/core/decode/decodePacket';
import { PacketView } from '../../src/core/decode/packetView';
import type { Detector } from '../../src/core/detectors/detector';
import { rules } from '../../src/core/detectors/registry';
import { makeDetectors } from '../../src/core/detectors/ruleSettings';
import { compileFilter } from '../../src/core/filter/displayFilter';
import type { Rule } from '../../src/core/detectors/rule';
import { Engine } from '../../src/core/engine/engine';
import { FlowTable } from '../../src/core/flows/flowTable';
import { engineLimits } from '../../src/core/limits';
import { CaptureFileReader } from '../../src/core/pcap/captureFileReader';
import type { RawPacket } from '../../src/core/pcap/rawPacket';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';

/**
 * One stage over one file in this process, bundled and started by `bench.ts`: `stages.js STAGE FILE RUNS [PACKETS]`. Each
 * stage holds the ones before it. A pass to warm up, then RUNS passes over the whole file or its first PACKETS; prints their times as JSON.
 * The stage `filter:EXPR` decodes and asks a display filter about each packet. The stage `rule:ID` is the
 * engine with that rule and no other, `copies` times over; `rules` prints the rules there are, and how many copies are made of each.
 */

const [stage = '', file = '', runs = '1', limit = 'Infinity'] = process.argv.slice(2);
const packets = Number(limit);

const stages: Record<string, () => { push: (packet: RawPacket) => void; finish: () => void }> = {
  read: () => ({ push: () => undefined, finish: () => undefined }),
  decode: () => {
    const view = new PacketView();
    return { push: (packet) => decodePacket(view, packet), finish: () => undefined };
  },
  flows: () => {
    const view = new PacketView();
    const flows = new FlowTable({ localAddresses: [], onEnd: () => undefined });
    return {
      push: (packet) => {
        decodePacket(view, packet);
        flows.add(view);
      },
      finish: () => flows.finish(),
    };
  },
  applications: () => {
    const view = new PacketView();
    const flows = new FlowTable({ localAddresses: [], onEnd: () => undefined });
    return {
      push: (packet) => {
        decodePacket(view, packet);
        flows.add(view);
        const { flow } = flows;
        if (flow === null || view.payloadWireLength === 0) return;
        if (flow.payloadPackets <= engineLimits.applicationProbesPerFlow) decodeApplication(view);
      },
      finish: () => flows.finish(),
    };
  },
  statistics: () => engineWithout(() => true),
  engine: () => engineWithout(() => false),
};

/** Null for other stages. */
function filterStage(stage: string): { push: (packet: RawPacket) => void; finish: () => void } | null {
  if (!stage.startsWith('filter:')) return null;
  const compiled = compileFilter(stage.slice('filter:'.length));
  if (!compiled.ok) throw new Error(compiled.message);
  const view = new PacketView();
  let matched = 0;
  return {
    push: (packet) => {
      decodePacket(view, packet);
      if (compiled.matches(view, packet)) matched++;
    },
    finish: () => {
      if (matched === 0) throw new Error(`${stage} matches nothing`);
    },
  };
}

/** One rule takes less than the noise of a run, so it is measured many times over at once. */
const copies = 8;

/** Port scans and uploads write down in the flow how far they are: two at a time would get in each other's way. */
const alone = new Set(['port-scan', 'data-upload']);

function copiesOf(id: string): number {
  return alone.has(id) ? 1 : copies;
}

function engineWith(id: string): { push: (packet: RawPacket) => void; finish: () => void } {
  const disabled = rules.filter((rule) => rule.id !== id).map((rule) => rule.id);
  const context = { localAddresses: [], live: false };
  const detectors = Array.from({ length: copiesOf(id) }, () =>
    makeDetectors(rules, { ...defaultRuleSettings, disabled }, context),
  ).flat();
  return engineWithout(() => true, detectors);
}

function engineWithout(
  disabled: (rule: Rule) => boolean,
  detectors: readonly Detector[] = [],
): { push: (packet: RawPacket) => void; finish: () => void } {
  const off = rules.filter(disabled).map(({ id }) => id);
  // As `analyze` has it.
  const settings = { ...defaultRuleSettings, disabled: off };
  const engine = new Engine({ localAddresses: [], rules: settings, detectors, snapshots: false });
  return {
    push: (packet) => engine.push(packet),
    finish: () => {
      engine.finish();
      engine.findings();
    },
  };
}

/** The bytes of the file, block by block until `onBlock` has enough: the limit of what a reader can do. */
function eachBlock(file: string, onBlock: (block: Uint8Array) => boolean): void {
  const handle = openSync(file, 'r');
  const buffer = new Uint8Array(1024 * 1024);
  for (;;) {
    const bytes = readSync(handle, buffer, 0, buffer.length, null);
    if (bytes === 0 || !onBlock(buffer.subarray(0, bytes))) break;
  }
  closeSync(handle);
}

function pass(stage: string, file: string): void {
  if (stage === 'bytes') {
    let sum = 0;
    eachBlock(file, (block) => {
      for (let i = 0; i < block.length; i += 64) sum += block[i] ?? 0;
      return true;
    });
    if (sum < 0) throw new Error('bytes are not negative');
    return;
  }
  const made = stage.startsWith('rule:')
    ? () => engineWith(stage.slice(5))
    : (stages[stage] ?? (() => filterStage(stage)));
  const { push, finish } = made() ?? {};
  if (push === undefined || finish === undefined) throw new Error(`there is no stage ${stage}`);
  let left = packets;
  const reader = new CaptureFileReader((packet) => {
    if (left-- > 0) push(packet);
  });
  eachBlock(file, (block) => {
    if (left <= 0) return false;
    reader.push(block);
    return true;
  });
  reader.end();
  finish();
}

function measured(stage: string, file: string): { wallSeconds: number; cpuSeconds: number } {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  pass(stage, file);
  const wallSeconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  return { wallSeconds, cpuSeconds: (user + system) / 1e6 };
}

if (stage === 'rules') {
  console.log(JSON.stringify({ rules: rules.map(({ id }) => ({ id, copies: copiesOf(id) })) }));
} else {
  pass(stage, file);
  // The engine without the rule is measured in turns with it: a busy machine is as busy for both.
  const inTurns = stage.startsWith('rule:');
  if (inTurns) pass('statistics', file);
  const without: { wallSeconds: number; cpuSeconds: number }[] = [];
  const results = Array.from({ length: Number(runs) }, () => {
    if (inTurns) without.push(measured('statistics', file));
    return measured(stage, file);
  });
  console.log(JSON.stringify({ results, without }));
}
