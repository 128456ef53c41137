import * as v from 'valibot';
import type { ExclusionProblem, SilencedCount } from '../../protocol/exclusions';
import type { Finding } from '../../protocol/finding';
import { severities, threats } from '../../protocol/finding';
import { count, finite, list, text } from './schemaParts';

export const findingSchema = v.object({
  id: text,
  rule: text,
  threat: v.picklist(threats),
  detector: v.picklist(['rule', 'model', 'both']),
  severity: v.picklist(severities),
  confidence: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  title: text,
  summary: text,
  sources: list(text),
  targets: list(text),
  ports: list(count),
  firstSeen: finite,
  lastSeen: finite,
  count,
  evidence: list(
    v.object({
      name: text,
      observed: v.union([v.number(), text]),
      threshold: v.nullable(v.union([v.number(), text])),
      unit: text,
      window: v.nullable(text),
    }),
  ),
  against: list(text),
  packets: list(count),
  flows: list(
    v.object({
      transport: text,
      a: text,
      aPort: v.nullable(count),
      b: text,
      bPort: v.nullable(count),
      start: finite,
    }),
  ),
  mitre: list(text),
  next: list(text),
  stages: list(v.object({ rule: text, threat: v.picklist(threats), title: text, firstSeen: finite, lastSeen: finite })),
}) satisfies v.GenericSchema<unknown, Finding>;

/** What an exclusion has silenced. */
export const silencedSchema = v.object({ line: count, reason: text, findings: count }) satisfies v.GenericSchema<
  unknown,
  SilencedCount
>;

/** What is wrong with an exclusion. */
export const exclusionProblemSchema = v.object({
  line: count,
  column: count,
  kind: v.picklist(['wrong', 'expired']),
  what: text,
  todo: text,
}) satisfies v.GenericSchema<unknown, ExclusionProblem>;
