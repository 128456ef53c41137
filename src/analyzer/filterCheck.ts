import { execFile } from 'node:child_process';
import { maxFilterLength } from '../protocol/captureGuards';
import { findSystemProgram } from './systemPrograms';

/** A filter with a host name in it asks a name server; whoever types does not wait longer than this. */
const timeoutMs = 2000;
const maxOutputBytes = 1024 * 1024;

export type FilterVerdict = { verdict: 'valid' } | { verdict: 'invalid'; message: string } | { verdict: 'unknown' };

/**
 * Asks libpcap, by way of tcpdump or dumpcap, whether it can compile a capture filter for Ethernet. Opens no device
 * and needs no privilege. `unknown` where neither program can tell. Never rejects.
 */
export async function checkFilter(
  filter: string,
  programs: { tcpdump: string | null; dumpcap: string | null } = {
    tcpdump: findSystemProgram('tcpdump'),
    dumpcap: findSystemProgram('dumpcap'),
  },
): Promise<FilterVerdict> {
  if (filter.trim() === '') return { verdict: 'valid' };
  if (filter.length > maxFilterLength) {
    return { verdict: 'invalid', message: `longer than ${maxFilterLength} characters` };
  }
  if (filter.includes('\0')) return { verdict: 'invalid', message: 'contains a character that no filter may have' };
  if (programs.tcpdump !== null) {
    const { code, stderr } = await run(programs.tcpdump, ['-d', '-y', 'EN10MB', '--', filter]);
    if (code === 0) return { verdict: 'valid' };
    const message = /^\S*tcpdump\S*: (.+)$/m.exec(stderr)?.[1];
    if (code === 1 && message !== undefined) return { verdict: 'invalid', message };
  }
  if (programs.dumpcap !== null) {
    const { code, stderr } = await run(programs.dumpcap, ['-d', '-f', filter]);
    // dumpcap ends with 0 whatever it says.
    const message = /Invalid capture filter[^\n]*\n+[^(\n]*\(([^\n]+)\)/.exec(stderr)?.[1];
    if (message !== undefined) return { verdict: 'invalid', message };
    if (code === 0) return { verdict: 'valid' };
  }
  return { verdict: 'unknown' };
}

function run(program: string, args: string[]): Promise<{ code: number | null; stderr: string }> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, maxBuffer: maxOutputBytes, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } };
    const child = execFile(program, args, options, (error, _stdout, stderr) => {
      const failedToRun = error !== null && typeof error.code !== 'number';
      resolve({ code: failedToRun ? null : child.exitCode, stderr });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end();
  });
}
