import type { DoctorReport } from '../protocol/doctor';
import { readMachineFacts } from './doctorFacts';
import { judge } from './doctorVerdict';

/** What stands between this machine and a capture. Asks nobody anything, never rejects. */
export async function examine(distDirectory: string): Promise<DoctorReport> {
  return judge(await readMachineFacts(distDirectory));
}

/** The report for a terminal. */
export function doctorText(report: DoctorReport): string {
  const width = Math.max(...report.checks.map(({ name }) => name.length));
  const marks = { ok: ' ', note: '-', problem: '!' };
  const checks = report.checks.map(({ name, state, found }) => `${marks[state]} ${name.padEnd(width)}  ${found}`);
  const repair = report.command === null ? [] : ['', `    ${report.command}`];
  return [report.summary, ...repair, '', ...checks, ''].join('\n');
}
