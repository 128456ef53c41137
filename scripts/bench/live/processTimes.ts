import { readFileSync, readdirSync } from 'node:fs';

/** Processor time that a process has used, in seconds. */
export interface ProcessTime {
  pid: number;
  name: string;
  userSeconds: number;
  systemSeconds: number;
}

/** `_SC_CLK_TCK`, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** The process and all below it (proc(5), `/proc/PID/stat`: fields 14 and 15). What is gone by now is left out. */
export function processTimes(pid: number): ProcessTime[] {
  const found: ProcessTime[] = [];
  const waiting = [pid];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    try {
      const stat = readFileSync(`/proc/${next}/stat`, 'latin1');
      // The name is in brackets and may hold anything.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const seconds = (index: number): number => Number(fields[index]) / ticksPerSecond;
      found.push({ pid: next, name: nameOf(next), userSeconds: seconds(11), systemSeconds: seconds(12) });
      for (const task of readdirSync(`/proc/${next}/task`)) {
        const children = readFileSync(`/proc/${next}/task/${task}/children`, 'latin1').trim();
        if (children !== '') waiting.push(...children.split(' ').map(Number));
      }
    } catch {
      // Gone.
    }
  }
  return found;
}

/** The program; of Node that of the script. */
function nameOf(pid: number): string {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
  const script = words.find((word) => word.endsWith('.js'));
  return (script ?? words[0] ?? '').split('/').at(-1) ?? '';
}
