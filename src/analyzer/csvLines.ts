import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { CsvFormatError, maxCsvLineLength } from '../core/features/csvRows';
import { fileErrorFrom } from './fileError';

/**
 * The lines of a text file, plain or `.gz`, some at a time, without their line ends; every byte as one character,
 * because the labels of official files are not UTF-8. `readBytes` counts (compressed) bytes read so far.
 * @throws FileError when the file cannot be read, CsvFormatError when a line is far longer than any row.
 */
export async function* readLines(file: string): AsyncGenerator<{ lines: string[]; readBytes: number }> {
  const input = createReadStream(file, { highWaterMark: 1 << 20 });
  const stream = /\.gz$/i.test(file) ? input.pipe(createGunzip({ chunkSize: 1 << 20 })) : input;
  if (stream !== input) input.on('error', (error) => stream.destroy(error));
  stream.setEncoding('latin1');
  let rest = '';
  try {
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > maxCsvLineLength) {
        throw new CsvFormatError(
          `${file}: a line is over ${maxCsvLineLength} characters, so this is no table of flows.`,
        );
      }
      yield { lines, readBytes: input.bytesRead };
    }
    if (rest !== '') yield { lines: [rest], readBytes: input.bytesRead };
  } catch (error) {
    if (error instanceof CsvFormatError) throw error;
    throw fileErrorFrom(error, file);
  } finally {
    input.destroy();
  }
}
