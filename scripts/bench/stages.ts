import { closeSync, openSync, readSync } from 'node:fs';
import { decodeApplication } from '../../src/core/decode/application';
import { decodePacket } from '../../src/core/decode/decodePacket';
import { PacketView } from '../../src/core/decode/packetView';
import { Engine } from '../../src/core/engine/engine';
import { FlowTable } from '../../src/core/flows/flowTable';
import { engineLimits } from '../../src/core/limits';
import { CaptureFileReader } from '../../src/core/pcap/captureFileReader';
import type { RawPacket } from '../../src/core/pcap/rawPacket';

/**
 * One stage over one file in this process, bundled and started by `bench.ts`: `stages.js STAGE FILE RUNS`. Each stage holds
 * the ones before it. A pass to warm up, then RUNS passes; prints their times as JSON.
 */

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
  engine: () => {
    const engine = new Engine({ localAddresses: [] });
    return { push: (packet) => engine.push(packet), finish: () => engine.finish() };
  },
};

/** The bytes of the file, block by block: the limit of what a reader can do. */
function eachBlock(file: string, onBlock: (block: Uint8Array) => void): void {
  const handle = openSync(file, 'r');
  const buffer = new Uint8Array(1024 * 1024);
  for (;;) {
    const bytes = readSync(handle, buffer, 0, buffer.length, null);
    if (bytes === 0) break;
    onBlock(buffer.subarray(0, bytes));
  }
  closeSync(handle);
}

function pass(stage: string, file: string): void {
  if (stage === 'bytes') {
    let sum = 0;
    eachBlock(file, (block) => {
      for (let i = 0; i < block.length; i += 64) sum += block[i] ?? 0;
    });
    if (sum < 0) throw new Error('bytes are not negative');
    return;
  }
  const made = stages[stage];
  if (made === undefined) throw new Error(`there is no stage ${stage}`);
  const { push, finish } = made();
  const reader = new CaptureFileReader(push);
  eachBlock(file, (block) => reader.push(block));
  reader.end();
  finish();
}

const [stage = '', file = '', runs = '1'] = process.argv.slice(2);
pass(stage, file);
const results = Array.from({ length: Number(runs) }, () => {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  pass(stage, file);
  const wallSeconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  return { wallSeconds, cpuSeconds: (user + system) / 1e6 };
});
console.log(JSON.stringify({ results }));
