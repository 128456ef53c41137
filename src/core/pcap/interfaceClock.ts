/** Last second of the year 9999: later times of hostile files are held there, earlier than 1970 at 0. */
export const maxSeconds = 253_402_300_799;

/**
 * Turns the 64-bit time stamps of one pcapng interface into seconds and nanoseconds, exactly and, for the usual
 * resolutions, without BigInt. Plain data, so that a checkpoint can hold it.
 */
export interface InterfaceClock {
  /** Ticks a second as a number when plain arithmetic is exact (10^0 to 10^9), else 0. */
  readonly ticksPerSecond: number;
  /** The same, always. */
  readonly exactTicksPerSecond: bigint;
  /** `if_tsoffset`: seconds to add to each time. */
  readonly offsetSeconds: number;
}

/**
 * Clock of an interface from its options (draft-ietf-opsawg-pcapng section 4.2): `resolution` is the byte of
 * `if_tsresol`: negative power of 10, or of 2 when the top bit is set; 6 when the option is absent.
 */
export function interfaceClock(resolution: number, offsetSeconds: number): InterfaceClock {
  const exponent = resolution & 0x7f;
  const decimal = (resolution & 0x80) === 0;
  return {
    ticksPerSecond: decimal && exponent <= 9 ? 10 ** exponent : 0,
    exactTicksPerSecond: (decimal ? 10n : 2n) ** BigInt(exponent),
    offsetSeconds,
  };
}

/** True when the clock tells times apart that are less than a microsecond apart. */
export function finerThanMicroseconds(clock: InterfaceClock): boolean {
  return clock.exactTicksPerSecond > 1_000_000n;
}

/** Writes the time of the tick count `high` * 2^32 + `low` into `time`; finer parts than a nanosecond are cut. */
export function setTime(
  time: { seconds: number; nanoseconds: number },
  clock: InterfaceClock,
  high: number,
  low: number,
): void {
  const perSecond = clock.ticksPerSecond;
  if (perSecond > 0) {
    // Long division in 16-bit digits: every intermediate stays below 2^53.
    const top = Math.floor(high / perSecond);
    const upper = (high - top * perSecond) * 65536 + (low >>> 16);
    const middle = Math.floor(upper / perSecond);
    const lower = (upper - middle * perSecond) * 65536 + (low & 0xffff);
    const bottom = Math.floor(lower / perSecond);
    time.seconds = top * 4294967296 + middle * 65536 + bottom + clock.offsetSeconds;
    time.nanoseconds = (lower - bottom * perSecond) * (1e9 / perSecond);
  } else {
    const ticks = (BigInt(high) << 32n) | BigInt(low);
    const seconds = ticks / clock.exactTicksPerSecond;
    const rest = ticks - seconds * clock.exactTicksPerSecond;
    time.seconds = Number(seconds) + clock.offsetSeconds;
    time.nanoseconds = Number((rest * 1_000_000_000n) / clock.exactTicksPerSecond);
  }
  if (time.seconds < 0) {
    time.seconds = 0;
    time.nanoseconds = 0;
  } else if (time.seconds > maxSeconds) {
    time.seconds = maxSeconds;
    time.nanoseconds = 999_999_999;
  }
}
