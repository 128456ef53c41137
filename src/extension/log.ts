export type LogLevel = 'info' | 'warn' | 'error';

/** Writes one line to the log of the extension. */
export type Log = (level: LogLevel, message: string) => void;
