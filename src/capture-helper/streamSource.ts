import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CaptureTool, captureToolArguments, isToolInterfaceName } from '../protocol/captureTools';
import { pcapStreamFacts, tcpdumpProgress, toolFailure, toolLosses } from '../protocol/captureTools';
import { streamCommand, type StreamPrograms } from '../protocol/captureToolStart';
import type { OpenedDevice, OpenOptions, PacketSource } from './packetSource';
import { CaptureFault } from '../protocol/captureFault';
import type { UserIds } from './privileges';

/** An installed tcpdump or dumpcap, whose pcap stream is passed on unread but for its header. */
export class StreamSource implements PacketSource {
  private child: ChildProcessWithoutNullStreams | null = null;
  private stderr = '';
  private gone: Promise<unknown> = Promise.resolve();
  private isClosing = false;
  private device = '';
  private takenAtStop = Infinity;
  private passedBytes = 0;

  constructor(
    readonly backend: CaptureTool,
    private readonly programs: StreamPrograms,
    private readonly invoker: UserIds | null,
  ) {}

  async open(...[options, output, onLost]: Parameters<PacketSource['open']>): Promise<OpenedDevice> {
    if (!isToolInterfaceName(options.interface)) {
      throw new CaptureFault('BINDING_MISSING', `${this.backend} does not take the name ${options.interface}.`);
    }
    this.device = options.interface;
    const words = captureToolArguments(this.backend, { ...options, nanoseconds: process.platform === 'linux' });
    const [program, ...args] = streamCommand(this.programs, words, this.invoker) ?? [];
    if (program === undefined)
      throw new CaptureFault('BINDING_MISSING', `${this.backend} needs setpriv, of util-linux.`);
    const env = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' };
    const child = (this.child = spawn(program, args, { stdio: 'pipe', cwd: '/', env, windowsHide: true }));
    const header = await this.readHeader(child, options);
    setImmediate(() => {
      // What nobody takes waits in the kernel, which counts what it has no room for.
      child.stdout.on('data', (bytes: Buffer) => {
        this.passedBytes += bytes.length;
        if (!output.pcap(bytes, () => child.stdout.resume())) child.stdout.pause();
      });
      child.stdout.resume();
      void this.gone.then(() => this.isClosing || onLost(this.failure(options)));
    });
    const capturePid = Number(/^capture (\d+)$/m.exec(this.stderr)?.[1] ?? child.pid);
    const dropCountsKnown = this.backend === 'tcpdump';
    return { ...pcapStreamFacts(header), timestampSource: 'kernel', dropCountsKnown, capturePid };
  }

  /** What came last; asks tcpdump for the next. */
  stats(): ReturnType<PacketSource['stats']> {
    if (this.backend === 'tcpdump') this.signal(process.platform === 'darwin' ? 'INFO' : 'USR1');
    const losses = toolLosses(this.stderr, this.device, this.child?.exitCode === null ? Infinity : this.takenAtStop);
    return { received: null, droppedByKernel: null, droppedByInterface: null, ...losses };
  }

  /** What came before may be under way for a second: the kernel hands packets to tcpdump in blocks. */
  async close(wantsRest: boolean): Promise<void> {
    this.isClosing = true;
    this.stderr = '';
    const untilMs = performance.now() + (this.backend === 'tcpdump' ? 1100 : 300);
    while (wantsRest && performance.now() < untilMs) {
      this.stats();
      await sleep(50);
      const progress = tcpdumpProgress(this.stderr, this.device);
      this.takenAtStop = Math.min(this.takenAtStop, progress?.taken ?? Infinity);
      if (progress !== null && progress.done >= this.takenAtStop) break;
    }
    this.signal('TERM');
    // Where its reader is behind, the rest of the stream and the last statistics come later.
    for (let passed = -1; passed !== this.passedBytes; await Promise.race([this.gone, sleep(400)])) {
      passed = this.passedBytes;
    }
  }

  /** The file header of pcap, which comes as soon as the device is open. It stays in the stream. */
  private readHeader(child: ChildProcessWithoutNullStreams, options: OpenOptions): Promise<Buffer> {
    this.gone = new Promise((resolve) => child.on('close', resolve));
    child.stdin.on('error', () => undefined);
    child.stderr.on('data', (text: Buffer) => (this.stderr = (this.stderr + text.toString()).slice(-8192)));
    return new Promise((resolve, reject) => {
      child.on('error', (error) => reject(new CaptureFault('BINDING_MISSING', error.message)));
      child.on('close', () => reject(this.failure(options)));
      child.stdout.on('readable', function read() {
        const header = child.stdout.read(24) as Buffer | null;
        if (header === null) return;
        child.stdout.off('readable', read);
        child.stdout.unshift(header);
        resolve(header);
      });
    });
  }

  private failure(options: OpenOptions): CaptureFault {
    const { code, message } = toolFailure(this.stderr, options.filter);
    return new CaptureFault(code, code === 'BAD_FILTER' ? message : `${options.interface}: ${message}`);
  }

  private signal(name: 'TERM' | 'USR1' | 'INFO'): void {
    if (this.invoker !== null || this.programs.sh === null) this.child?.kill(`SIG${name}`);
    else if (name === 'TERM') this.child?.stdin.end();
    else this.child?.stdin.write(`${name}\n`);
  }
}
