import type { FlowMeter } from '../flows/flowMeter';

/**
 * Ages at which a flow that goes on is looked at, log spaced: an attack that keeps its connections open shows while they
 * are young (measured on lab captures: slow bodies 100 % at 2 s, none at their end).
 */
export const checkpointAgesUs: readonly number[] = [2, 5, 10, 30, 60].map((seconds) => seconds * 1e6);
/** Packets at which it is looked at. */
export const checkpointPackets: readonly number[] = [8, 32, 128];

const lastCheckpointPackets = Math.max(...checkpointPackets);

/** Whether the newest packet of a flow came to a checkpoint; tells each only once. */
export function checkpointDue(meter: FlowMeter, timeUs: number): boolean {
  const age = timeUs - meter.startUs;
  let due = false;
  while (meter.checkpoint < checkpointAgesUs.length && age >= (checkpointAgesUs[meter.checkpoint] ?? 0)) {
    meter.checkpoint++;
    due = true;
  }
  const { packets } = meter;
  return due || (packets <= lastCheckpointPackets && checkpointPackets.includes(packets));
}
