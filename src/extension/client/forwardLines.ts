import type { Readable } from 'node:stream';

/** Longest line that goes to the log, in characters; the rest of it is dropped. */
const maxLineLength = 2000;

/** Hands `line` each line of a stream of text, without holding more than one bounded line. */
export function forwardLines(stream: Readable | null, line: (text: string) => void): void {
  if (stream === null) return;
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, maxLineLength);
    for (const text of lines) if (text.trim() !== '') line(text.slice(0, maxLineLength));
  });
  stream.on('end', () => {
    if (rest.trim() !== '') line(rest);
  });
  stream.on('error', () => {
    // A broken pipe of a process that has ended; its end is told by its exit.
  });
}
