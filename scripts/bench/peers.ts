import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** A program that is measured as a whole, start-up included. */
export interface Peer {
  name: string;
  command: string;
  args: (file: string) => string[];
  /** What it does beside what we do, or leaves out. */
  work: string;
  /** Takes minutes: run once, and on one capture. */
  slow?: true;
}

export const root = path.resolve(__dirname, '../..');
export const cli = path.join(root, 'dist/cli.js');

const scapyLoop = 'import sys\nfrom scapy.all import PcapReader\nfor p in PcapReader(sys.argv[1]): pass';
/** A package of the distribution is seen by the distribution's Python alone, which need not be the first one in the path. */
const python =
  ['python3', '/usr/bin/python3'].find(
    (each) => spawnSync(each, ['-c', 'import scapy'], { stdio: 'ignore' }).status === 0,
  ) ?? 'python3';
const bytesLoop =
  "const fs = require('node:fs'), file = fs.openSync(process.argv[1], 'r'), block = new Uint8Array(1 << 20);" +
  'while (fs.readSync(file, block, 0, block.length, null) > 0);';

/** What the others are held against. */
export const ours: Peer = {
  name: 'ours, without the model',
  command: process.execPath,
  args: (file) => [cli, 'analyze', file, '--format', 'json', '--no-model'],
  work: '`analyze --no-model`: flows, conversations, protocols, TCP loss, latency, names, all rules',
};

export const oursWithModel: Peer = {
  name: 'ours, with the model',
  command: process.execPath,
  args: (file) => [cli, 'analyze', file, '--format', 'json'],
  work: '`analyze`: the same, and every flow measured and scored by the model',
};

export const readsBytes: Peer = {
  name: 'node: only read the bytes',
  command: process.execPath,
  args: (file) => ['-e', bytesLoop, file],
  work: 'the same file in the same blocks, nothing looked at: the limit',
};

export const capinfos: Peer = {
  name: 'capinfos',
  command: 'capinfos',
  args: (file) => [file],
  work: 'counts records; decodes nothing',
};

export const others: readonly Peer[] = [
  {
    name: 'tshark -z io,phs -z conv,tcp',
    command: 'tshark',
    args: (file) => ['-r', file, '-n', '-q', '-z', 'io,phs', '-z', 'conv,tcp'],
    work: 'protocols and TCP conversations: the most alike; dissects deeper, has no rules',
  },
  {
    name: 'tcpdump -nn',
    command: 'tcpdump',
    args: (file) => ['-r', file, '-nn'],
    work: 'a line for each packet; no flows, nothing is remembered',
  },
  capinfos,
  {
    name: 'Scapy PcapReader',
    command: python,
    args: (file) => ['-c', scapyLoop, file],
    work: 'decodes each packet; no flows (one run, on one capture)',
    slow: true,
  },
  readsBytes,
];

/** Why the program cannot be measured here; null when it can. */
export function missing({ command, name }: Peer): string | null {
  const probe =
    command === python
      ? spawnSync(python, ['-c', 'import scapy'], { stdio: 'ignore' })
      : spawnSync(command, ['--version'], { stdio: 'ignore' });
  if (probe.error === undefined && probe.status === 0) return null;
  return name.startsWith('Scapy') ? 'python3 with Scapy is not installed: skipped' : 'not installed: skipped';
}
