/**
 * Flags of V8 that the analysis process is started with. The heap: its tables are bounded far below; a leak ends it, not the
 * machine. The young generation: a quarter of the usual one, which is kept three times over; larger is hardly faster here.
 */
export const analyzerFlags: readonly string[] = ['--max-old-space-size=2048', '--max-semi-space-size=4'];

/**
 * What glibc is told of it (mallopt(3)); others do not read it. One arena, and what is free at its end given back from a megabyte on:
 * reading a large capture, the process is some 20 MB smaller, and no slower, since one thread allocates.
 */
export const analyzerEnvironment: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '1000000',
};
