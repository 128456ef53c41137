import type { DoctorReport } from '../../protocol/doctor';
import { sentence } from '../../protocol/sentences';

/** What was found, in the language of the person; commands, names and paths are the same in all. */
export function doctorInWords(report: DoctorReport): DoctorReport {
  return {
    ...report,
    summary: sentence(report.summary),
    checks: report.checks.map((check) => ({ ...check, name: sentence(check.name), found: sentence(check.found) })),
  };
}
