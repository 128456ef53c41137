import type { Finding } from '../../protocol/finding';

const glances = new WeakMap<readonly Finding[], Finding[]>();

/** The findings without what only their own pages show; the same list for the same findings, so that it is sent once. */
export function atAGlance(findings: readonly Finding[]): Finding[] {
  let list = glances.get(findings);
  if (list === undefined) {
    list = findings.map((finding) => ({
      ...finding,
      evidence: [],
      against: [],
      packets: [],
      flows: [],
      next: [],
      stages: [],
    }));
    glances.set(findings, list);
  }
  return list;
}
