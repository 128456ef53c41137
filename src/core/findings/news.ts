import type { Finding } from '../../protocol/finding';

/** A repeat is told when the count passes the next of 1, 2, 5, 10, 20, 50, … (as Slips and Suricata's `backoff` do). */
const stepsPerDecade = [1, 2, 5] as const;
/** An incident that goes on is told again when it has become this much longer, so that a view shows it is alive. */
const longerBy = 0.1;
const longerAtLeastSeconds = 1;
/** One that has paused for so long is told as it stands. */
const pauseSeconds = 3;

/**
 * Whether the state of an incident is worth telling since `told`: the count passed a step of the logarithmic scale, the
 * severity or who takes part changed, or it went on for a good while or paused. `clock`: packet time in seconds.
 */
export function isNews(told: Finding, newest: Finding, clock: number): boolean {
  if (told === newest) return false;
  const longer = Math.max(longerAtLeastSeconds, longerBy * (newest.lastSeen - newest.firstSeen));
  return (
    newest.severity !== told.severity ||
    logStep(newest.count) !== logStep(told.count) ||
    newest.sources.length !== told.sources.length ||
    newest.targets.length !== told.targets.length ||
    newest.lastSeen - told.lastSeen >= longer ||
    clock - newest.lastSeen >= pauseSeconds
  );
}

/** Number of the highest of 1, 2, 5, 10, 20, 50, … that `count` has reached; 0 below 1. */
export function logStep(count: number): number {
  if (!(count >= 1)) return 0;
  const decade = Math.floor(Math.log10(count) + 1e-9);
  const lead = count / 10 ** decade;
  const within = stepsPerDecade.filter((step) => lead >= step).length;
  return decade * stepsPerDecade.length + within;
}
