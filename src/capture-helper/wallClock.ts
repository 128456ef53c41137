/** A step smaller than this is the slow discipline of NTP, which the monotonic clock follows by itself. */
const stepToleranceUs = 250_000;

/**
 * Wall-clock time in whole microseconds that follows the monotonic clock between two calls of `follow`, so that a
 * change of the system clock never lands in the middle of a burst.
 */
export class WallClock {
  private originUs: number;

  constructor(
    private readonly monotonicUs: () => number = () => performance.now() * 1000,
    private readonly systemUs: () => number = () => Date.now() * 1000,
  ) {
    this.originUs = systemUs() - monotonicUs();
  }

  nowUs(): number {
    return Math.round(this.originUs + this.monotonicUs());
  }

  /**
   * Takes over a step of the system clock: set by hand, or the machine slept (a monotonic clock stands still then).
   * @returns the step in microseconds, 0 when there was none
   */
  follow(): number {
    const originUs = this.systemUs() - this.monotonicUs();
    const stepUs = Math.round(originUs - this.originUs);
    if (Math.abs(stepUs) < stepToleranceUs) return 0;
    this.originUs = originUs;
    return stepUs;
  }
}
