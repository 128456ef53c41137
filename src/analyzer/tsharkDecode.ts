import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PacketTree } from '../protocol/packetTree';
import { excerptBefore, packetBytes } from './packetExcerpt';
import type { PacketStore } from './packetStore';
import { treeOfPdml } from './pdml';

/** tshark could not be run, or said nothing that can be used; the message says why. */
export class TsharkError extends Error {}

export interface TsharkLimits {
  /** A capture up to this size is read by tshark itself, so that its numbers and times of other packets are right. */
  wholeFileBytes: number;
  outputBytes: number;
  timeoutMs: number;
}

const usualLimits: TsharkLimits = {
  wholeFileBytes: 24 * 1024 * 1024,
  outputBytes: 32 * 1024 * 1024,
  timeoutMs: 30_000,
};
const maxErrorLength = 2000;

/**
 * Has an installed tshark take one packet apart. Of a large capture it gets the packet and what its conversation said
 * shortly before, in a file without a name that ends with it. One runs at a time; a new question ends the one before.
 */
export class TsharkDecoder {
  private current: AbortController | null = null;

  constructor(private readonly limits: TsharkLimits = usualLimits) {}

  /**
   * @param program absolute path of tshark
   * @param file the capture; null for one in several files
   * @throws TsharkError, FileError
   */
  async decode(program: string, store: PacketStore, file: string | null, number: number): Promise<PacketTree> {
    this.current?.abort();
    const abort = new AbortController();
    this.current = abort;
    const packet = await packetBytes(store, number);
    if (packet === null) throw new TsharkError(`There is no packet ${number} in this capture.`);
    const whole = file !== null && (await unpackedBytes(file)) <= this.limits.wholeFileBytes;
    const excerpt = whole ? null : await excerptBefore(store, number);
    if (abort.signal.aborted) throw new TsharkError('Another packet was chosen meanwhile.');
    const place = excerpt?.packets ?? number;
    const text = await this.run(program, tsharkArguments(whole ? file : '-', place), excerpt?.capture ?? [], abort);
    const tree = treeOfPdml(text, { number, ...packet });
    if (tree === null) throw new TsharkError('tshark said nothing of this packet.');
    if (excerpt !== null && excerpt.packets > 1) tree.fields.unshift(excerptNote(excerpt.packets));
    return tree;
  }

  /** Ends what runs. */
  cancel(): void {
    this.current?.abort();
  }

  private run(program: string, words: string[], input: readonly Uint8Array[], abort: AbortController): Promise<string> {
    const { outputBytes, timeoutMs } = this.limits;
    return new Promise((resolve, reject) => {
      const environment = { ...process.env };
      delete environment['ELECTRON_RUN_AS_NODE'];
      delete environment['NODE_OPTIONS'];
      const from = input.length === 0 ? null : namelessFile(input);
      const child = spawn(program, words, {
        env: environment,
        windowsHide: true,
        stdio: [from ?? 'ignore', 'pipe', 'pipe'],
      });
      if (from !== null) closeSync(from);
      const pieces: Buffer[] = [];
      let size = 0;
      let said = '';
      let verdict: string | null = null;
      const end = (reason: string): void => {
        verdict ??= reason;
        child.kill('SIGKILL');
      };
      const stop = (): void => end('Another packet was chosen meanwhile.');
      const timer = setTimeout(() => end(`tshark took longer than ${timeoutMs / 1000} s.`), timeoutMs);
      abort.signal.addEventListener('abort', stop);
      child.stdout?.on('data', (piece: Buffer) => {
        size += piece.length;
        if (size > outputBytes) end('tshark said more of this packet than can be shown.');
        else pieces.push(piece);
      });
      child.stderr?.on('data', (piece: Buffer) => {
        if (said.length < maxErrorLength) said += piece.toString('utf8');
      });
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        abort.signal.removeEventListener('abort', stop);
        finish();
      };
      child.on('error', (error) =>
        settle(() => reject(new TsharkError(`tshark could not be started: ${error.message}`))),
      );
      child.on('close', (code) =>
        settle(() => {
          if (verdict !== null) reject(new TsharkError(verdict));
          else if (size === 0) reject(new TsharkError(`tshark ended with ${code ?? 'a signal'}: ${lastLine(said)}`));
          else resolve(Buffer.concat(pieces, size).toString('utf8'));
        }),
      );
    });
  }
}

/** The whole command line: nothing of the capture and no setting gets into it. */
export function tsharkArguments(file: string, number: number): string[] {
  return ['-n', '-r', file, '-c', String(number), '-Y', `frame.number == ${number}`, '-T', 'pdml'];
}

/** tshark takes no pipe of Node's, which is a socket: an open file, read from its start, that has lost its name again. */
function namelessFile(blocks: readonly Uint8Array[]): number {
  const name = path.join(tmpdir(), `nta-${randomUUID()}`);
  const file = openSync(name, 'wx+', 0o600);
  try {
    rmSync(name);
  } catch {
    // Windows keeps the name while the file is open; its folder is the user's own, and is emptied.
  }
  let position = 0;
  for (const block of blocks) position += writeSync(file, block, 0, block.length, position);
  return file;
}

function excerptNote(packets: number): PacketTree['fields'][number] {
  return {
    name: '',
    label: 'Decoded in an excerpt',
    value: `this conversation's last ${packets} packets; numbers and times of other packets count within them`,
    raw: null,
    source: 0,
    offset: 0,
    lengthBytes: 0,
    children: [],
  };
}

/** Packets shrink to a fifth or less as a rule. */
const usualCompression = 5;

async function unpackedBytes(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => (/\.gz$/i.test(file) ? size * usualCompression : size),
    () => Number.POSITIVE_INFINITY,
  );
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}
