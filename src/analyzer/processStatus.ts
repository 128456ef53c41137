import { readFileSync } from 'node:fs';

/** Numbers of capabilities (`<linux/capability.h>`). */
export const capabilityBits = { setpcap: 8, netAdmin: 12, netRaw: 13 };

type CapabilitySet = 'CapPrm' | 'CapEff' | 'CapBnd' | 'CapAmb';

/** The fields of Linux' `/proc/self/status`; empty elsewhere. */
export function readProcessStatus(file = '/proc/self/status'): ReadonlyMap<string, string> {
  try {
    const lines = readFileSync(file, 'latin1').split('\n');
    return new Map(lines.map((line) => [line.split(':', 1)[0] ?? '', line.slice(line.indexOf(':') + 1).trim()]));
  } catch {
    return new Map();
  }
}

/** Whether a set of this process' capabilities holds one; false where there are none. */
export function hasCapability(set: CapabilitySet, bit: number, status = readProcessStatus()): boolean {
  const text = status.get(set) ?? '';
  return /^[0-9a-f]{1,16}$/.test(text) && ((BigInt(`0x${text}`) >> BigInt(bit)) & 1n) === 1n;
}
