/** The command line was wrong; the message says how. */
export class CommandError extends Error {}
