/**
 * Flags of V8 that the analysis process is started with. The heap: its tables are bounded far below; a leak ends it, not the
 * machine. The young generation: half of the usual one, which is kept three times over; larger is hardly faster here.
 */
export const analyzerFlags: readonly string[] = ['--max-old-space-size=2048', '--max-semi-space-size=8'];
