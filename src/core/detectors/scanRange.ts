import type { Host } from '../flows/host';

/** Of the addresses between the first and the last of a sweep, at least this part did not answer. */
const denseShare = 0.5;

/** Whether at least `least` targets lie so close together that somebody went through a range of addresses. */
export function coversRange(targets: Iterable<Host>, least: number): boolean {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let hosts = 0;
  for (const { addressLength, word0, word3 } of targets) {
    // IPv6 hosts are numbered within the last part, when anybody can go through them at all.
    const address = (addressLength === 4 ? word0 : word3) >>> 0;
    first = Math.min(first, address);
    last = Math.max(last, address);
    hosts++;
  }
  return hosts >= least && hosts >= denseShare * (last - first + 1);
}
