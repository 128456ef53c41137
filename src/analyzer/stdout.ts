import { writeSync } from 'node:fs';

const blockLength = 256 * 1024;

/** The reader of standard output has gone (`| head`): not an error, there is just nobody to write to. */
export class OutputClosed extends Error {}

/** Standard output in large blocks, in order, without ever holding more than one block. */
export class Stdout {
  private parts: string[] = [];
  private length = 0;

  write(text: string): void {
    this.parts.push(text);
    this.length += text.length;
    if (this.length >= blockLength) this.flush();
  }

  /** @throws OutputClosed */
  flush(): void {
    const block = Buffer.from(this.parts.join(''), 'utf8');
    this.parts = [];
    this.length = 0;
    for (let written = 0; written < block.length;) {
      try {
        written += writeSync(1, block, written);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : null;
        if (code === 'EPIPE') throw new OutputClosed();
        if (code !== 'EAGAIN') throw error;
        // The other end of a non-blocking pipe is slow: wait a moment instead of holding the output in memory.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
  }
}
