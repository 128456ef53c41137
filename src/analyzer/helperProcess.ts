import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { HelperInput, HelperOutput } from '../protocol/captureWire';
import { maxPcapLineBytes, maxWireLineBytes } from '../protocol/captureWire';
import { parseHelperOutput } from '../protocol/captureGuards';
import { LineSplitter } from '../protocol/lines';
import type { SilentExit } from './elevation';

const pcapStart = Buffer.from('{"kind":"pcap","data":"');
const maxPcapWireBytes = pcapStart.length + Math.ceil(maxPcapLineBytes / 3) * 4 + 2;
/** What is kept of stderr, and of text on stdout before the first line of the wire. */
const maxTextLength = 8192;
/** A grandchild that holds the pipes open must not keep us waiting after the child is gone. */
const pipesTimeoutMs = 2000;

export interface HelperProcessEvents {
  line(line: HelperOutput): void;
  /** The stream cannot be trusted any more; nothing is read after it. */
  protocolError(reason: string): void;
  /** Something odd that changes nothing. */
  note(message: string): void;
}

/** A started helper, or sudo or pkexec in front of one, and its end of the wire. */
export class HelperProcess {
  /** Settles once, when the program is gone and its output was read; never rejects. */
  readonly exited: Promise<SilentExit>;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: LineSplitter;
  private text = '';
  private anyLine = false;
  private broken = false;
  private unknownLines = 0;
  /** What has come on stdout so far. */
  heardBytes = 0;

  constructor(
    start: { program: string; args: readonly string[]; environment: Record<string, string> },
    private readonly events: HelperProcessEvents,
  ) {
    this.lines = new LineSplitter(
      maxWireLineBytes,
      (line) => this.onBytes(Buffer.from(line.buffer, line.byteOffset, line.byteLength)),
      () => this.fail(`a line is longer than ${maxWireLineBytes} bytes`),
    );
    // A session of its own: sudo finds no terminal to ask on, and a Ctrl-C of ours is not its Ctrl-C.
    this.child = spawn(start.program, start.args, {
      cwd: '/',
      env: start.environment,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    this.exited = this.watch();
  }

  send(line: HelperInput): void {
    if (this.child.stdin.writable) this.child.stdin.write(`${JSON.stringify(line)}\n`);
  }

  /** Ends the helper's stdin: the one way to stop it that works whatever user it runs as. */
  closeInput(): void {
    this.child.stdin.end();
  }

  /** Works on sudo and on a helper of ours; pkexec refuses it, which is only noted. */
  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  private watch(): Promise<SilentExit> {
    const { child } = this;
    return new Promise((resolve) => {
      let spawned = false;
      const exit = (spawnError: string | null): void => {
        this.lines.end();
        resolve({ code: child.exitCode, signal: child.signalCode, stderr: this.text, spawnError });
      };
      child.on('spawn', () => {
        spawned = true;
      });
      child.on('error', (error) => {
        if (spawned) this.events.note(error.message);
        else exit(error.message);
      });
      child.on('exit', () => setTimeout(() => exit(null), pipesTimeoutMs).unref());
      child.on('close', () => {
        if (spawned) exit(null);
      });
      // Of a child that could not be started the streams exist all the same, and of one that died stdin breaks.
      child.stdin.on('error', () => undefined);
      child.stdout.on('error', () => undefined);
      child.stderr.on('error', () => undefined);
      child.stdout.on('data', (chunk: Buffer) => {
        this.heardBytes += chunk.length;
        if (!this.broken) this.lines.push(chunk);
      });
      child.stderr.on('data', (chunk: Buffer) => this.keepText(chunk.toString('utf8')));
    });
  }

  /** A piece of a stream is most of what comes, and long: its line is as the helper writes it, so it needs no parser. */
  private onBytes(line: Buffer): void {
    const isPcap = line.length <= maxPcapWireBytes && line.subarray(0, pcapStart.length).equals(pcapStart);
    if (!isPcap || this.broken || line.at(-2) !== 0x22 || line.at(-1) !== 0x7d) {
      this.onLine(line.toString('utf8'));
      return;
    }
    this.anyLine = true;
    this.events.line({ kind: 'pcap', data: line.toString('latin1', pcapStart.length, line.length - 2) });
  }

  private onLine(text: string): void {
    if (this.broken || text === '') return;
    const parsed = parseHelperOutput(text);
    switch (parsed.verdict) {
      case 'line':
        this.anyLine = true;
        this.events.line(parsed.line);
        break;
      case 'unknown':
        this.anyLine = true;
        this.unknownLines += 1;
        if (this.unknownLines === 1) this.events.note(`the helper sends lines of an unknown kind: ${parsed.kind}`);
        break;
      case 'invalid':
        // Whatever stands before the helper may greet first, a PAM module for example.
        if (!this.anyLine && !text.startsWith('{')) this.keepText(`${text}\n`);
        else this.fail(parsed.reason);
        break;
    }
  }

  private fail(reason: string): void {
    if (this.broken) return;
    this.broken = true;
    this.events.protocolError(reason);
  }

  private keepText(text: string): void {
    this.text = (this.text + text).slice(-maxTextLength);
  }
}
