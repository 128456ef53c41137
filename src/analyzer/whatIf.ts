import { Engine } from '../core/engine/engine';
import type { EngineOptions } from '../core/engine/engine';
import type { Exclusion } from '../core/findings/exclusions';
import { findingDifference } from '../core/findings/findingDifference';
import type { RawPacket } from '../core/pcap/rawPacket';
import type { RuleSettings } from '../protocol/ruleSettings';
import type { FindingDifference } from '../protocol/whatIf';

/** Two analyses of the same packets, side by side: with the settings there are, and with others. */
export class WhatIf {
  readonly #before: Engine;
  readonly #after: Engine;

  constructor(options: Omit<EngineOptions, 'rules' | 'onFlowEnd'>, before: RuleSettings, after: RuleSettings) {
    this.#before = new Engine({ ...options, rules: before });
    this.#after = new Engine({ ...options, rules: after });
  }

  push(packet: RawPacket): void {
    this.#before.push(packet);
    this.#after.push(packet);
  }

  /** Ends both analyses. What exclusions silence is in neither. */
  finish(exclusions: readonly Exclusion[], nowMs: number): FindingDifference {
    const [before, after] = [this.#before, this.#after].map((engine) => {
      engine.finish();
      engine.exclude(exclusions, nowMs);
      return engine.findings();
    });
    return findingDifference(before ?? [], after ?? []);
  }
}
