import type { Finding } from '../../protocol/finding';
import { exportName } from '../exports/exportNames';

/** "port-scan-lab-20260314-092653": what was found, where, when it began. */
export function evidenceName(finding: Finding, source: string): string {
  const time = new Date(finding.firstSeen * 1000);
  const name = exportName('packets.pcap', source, Number.isNaN(time.getTime()) ? new Date(0) : time);
  const subject = (finding.sources[0] ?? finding.targets[0] ?? '').replace(/[^\w.-]+/g, '-').slice(0, 40);
  return [finding.rule, subject, name.replace(/\.pcap$/, '')].filter((part) => part !== '').join('-');
}
