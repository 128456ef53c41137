/** What a scan went to: hosts, of which `target` is the first, and ports in order, none for a sweep. */
export interface ScanExtent {
  readonly hosts: number;
  readonly target: string;
  readonly ports: readonly number[];
}

/** "TCP SYN scan of 10.0.0.2 by 10.0.0.7"; `type` is "TCP SYN", `by` the source. */
export function scanTitle(type: string, { hosts, target, ports }: ScanExtent, by: string): string {
  if (hosts === 1) return `${type} scan of ${target} by ${by}`;
  if (ports.length === 0) return `${type} sweep of ${hosts} hosts by ${by}`;
  if (ports.length === 1) return `${type} scan for port ${ports[0] ?? 0} on ${hosts} hosts by ${by}`;
  return `${type} scan of ${ports.length} ports on ${hosts} hosts by ${by}`;
}
