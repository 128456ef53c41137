import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { HelloLine } from '../protocol/captureWire';
import { captureWireVersion } from '../protocol/captureWire';
import type { CaptureFailure } from '../protocol/snapshot';
import { isSshHost } from '../protocol/sshHost';
import { CaptureFileReader, NotACaptureError } from '../core/pcap/captureFileReader';
import type { RawPacket } from '../core/pcap/rawPacket';
import { CaptureError } from './captureError';
import type { CaptureFeed, FeedEvents } from './captureFeed';
import type { RemoteCapture } from './remoteCommand';
import { remoteCommand, remoteProgramMark, sshArguments } from './remoteCommand';
import { findSystemProgram } from './systemPrograms';

/** Connecting, a second host on the way, and a slow machine at the end. */
const helloTimeoutMs = 45_000;
/** How long ssh may take to end after its stdin was closed before it is killed. */
const stopTimeoutMs = 3000;
const maxStderrLength = 16 * 1024;
/** Length of the header of a pcap file, which tells the link type. */
const pcapHeaderBytes = 24;

/** A capture on another machine: tcpdump or dumpcap there, started by the system's ssh, with its own configuration. */
export class SshSource implements CaptureFeed {
  readonly ended: Promise<CaptureFailure | null>;
  private settleEnded: (failure: CaptureFailure | null) => void = () => undefined;
  private child: ChildProcess | null = null;
  private readonly reader = new CaptureFileReader((packet) => this.onPacket(packet));
  private head = new Uint8Array(0);
  private hello: HelloLine | null = null;
  private program: 'tcpdump' | 'dumpcap' = 'tcpdump';
  private said = '';
  private failure: CaptureFailure | null = null;
  private packets = 0;
  private droppedByKernel: number | null = null;
  private newestUs = 0;
  private stopping = false;
  private statsTimer: NodeJS.Timeout | null = null;
  private settleHello: ((result: HelloLine | CaptureFailure) => void) | null = null;

  /** @param host a destination of ssh */
  constructor(
    private readonly host: string,
    private readonly capture: RemoteCapture,
    private readonly events: FeedEvents,
    private readonly sshPath: string | null = findSsh(),
  ) {
    this.ended = new Promise((resolve) => {
      this.settleEnded = resolve;
    });
  }

  async start(): Promise<HelloLine> {
    try {
      return await this.connect();
    } catch (error) {
      const failure = error instanceof CaptureError ? error.toFailure() : internal(error);
      this.settleEnded(failure);
      throw CaptureError.from(failure);
    }
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const { child } = this;
    if (child === null) return;
    child.stdin?.end();
    if (this.hello === null) child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    await this.ended;
    clearTimeout(timer);
  }

  private async connect(): Promise<HelloLine> {
    if (!isSshHost(this.host)) {
      throw new CaptureError('REMOTE', `"${this.host}" is no host to connect to.`, 'Type host or user@host.');
    }
    const { sshPath } = this;
    if (sshPath === null) throw new CaptureError('REMOTE', 'The program ssh is not installed.', '');
    const child = spawn(sshPath, sshArguments(this.host, remoteCommand(this.capture)), {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: environment(),
    });
    this.child = child;
    child.stdin?.on('error', () => undefined);
    child.stdout?.on('data', (chunk: Buffer) => this.onData(chunk));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.onStderr(text));
    child.on('error', (error) => this.end(internal(error)));
    child.on('close', (code) => this.end(this.failureOfExit(code)));
    const result = await new Promise<HelloLine | CaptureFailure>((resolve) => {
      this.settleHello = resolve;
      setTimeout(() => {
        if (this.hello !== null) return;
        this.failure ??= remote(`${this.host} did not answer within ${helloTimeoutMs / 1000} seconds.`);
        child.kill('SIGKILL');
      }, helloTimeoutMs).unref();
    });
    if ('code' in result) throw CaptureError.from(result);
    this.statsTimer = setInterval(() => this.sendStats(), 1000);
    return result;
  }

  private onData(chunk: Buffer): void {
    if (this.failure !== null) return;
    if (this.hello === null) {
      const head = new Uint8Array(Math.min(pcapHeaderBytes, this.head.length + chunk.length));
      head.set(this.head);
      head.set(chunk.subarray(0, head.length - this.head.length), this.head.length);
      this.head = head;
    }
    try {
      this.reader.push(chunk);
    } catch (error) {
      const text = error instanceof NotACaptureError ? 'What came is no capture' : String(error);
      this.refuse(`${text}: something on ${this.host} writes to the output of commands, such as a start-up file.`);
      return;
    }
    if (this.hello === null && this.head.length >= pcapHeaderBytes && this.reader.format !== null) this.sayHello();
    if (this.reader.damage !== null) this.refuse(`The stream is damaged: ${this.reader.damage.reason}.`);
  }

  private sayHello(): void {
    const linkType = this.reader.linkTypes[0] ?? 1;
    this.hello = {
      kind: 'hello',
      version: captureWireVersion,
      pid: this.child?.pid ?? 0,
      uid: null,
      interface: `${this.host}:${this.capture.interface ?? 'any'}`,
      linkType,
      snapLengthBytes: this.capture.snapLengthBytes,
      timestampSource: 'kernel',
      nanoseconds: this.reader.nanoseconds,
      backend: this.program,
      dropCountsKnown: this.program === 'tcpdump',
      capturePid: null,
    };
    this.events.hello(this.hello, 'ssh');
    this.settleHello?.(this.hello);
  }

  private onPacket(packet: RawPacket): void {
    // The header and the first packets may have come in one piece.
    if (this.hello === null) this.sayHello();
    this.packets += 1;
    this.newestUs = packet.seconds * 1e6 + Math.floor(packet.nanoseconds / 1000);
    this.events.packet(packet);
  }

  private onStderr(text: string): void {
    this.said = (this.said + text).slice(-maxStderrLength);
    if (this.said.includes(`${remoteProgramMark}dumpcap`)) this.program = 'dumpcap';
    for (const match of text.matchAll(/(\d+) packets? dropped by kernel/g)) this.droppedByKernel = Number(match[1]);
    const dumpcap = /Packets received\/dropped on interface .*?: \d+\/(\d+)/.exec(text);
    if (dumpcap !== null) this.droppedByKernel = Number(dumpcap[1]);
  }

  private sendStats(): void {
    const { packets: received, droppedByKernel } = this;
    const timeUs = this.newestUs;
    if (this.hello !== null)
      this.events.stats({ kind: 'stats', timeUs, received, droppedByKernel, droppedByInterface: null, shed: 0 });
  }

  private refuse(message: string): void {
    this.failure ??= { code: 'REMOTE', message, hint: '' };
    this.child?.stdin?.end();
    this.child?.kill('SIGTERM');
  }

  private end(failure: CaptureFailure | null): void {
    if (this.statsTimer !== null) clearInterval(this.statsTimer);
    this.statsTimer = null;
    this.sendStats();
    this.settleHello?.(failure ?? remote('The remote program ended before it captured anything.'));
    this.settleEnded(this.stopping ? null : failure);
  }

  private failureOfExit(code: number | null): CaptureFailure | null {
    if (this.stopping && this.hello === null)
      return { code: 'CANCELLED', message: 'The capture was stopped.', hint: '' };
    if (this.failure !== null) return this.failure;
    if (code === 0) return null;
    return classify(this.words(), code, this.host);
  }

  /** What ssh and the remote program said, without what we made them say. */
  private words(): string {
    // ssh draws a frame of @ around its warnings.
    const lines = this.said.split(/\r?\n/).map((line) => line.replaceAll(/^@+|@+$/g, '').trim());
    const noise = /^$|^tcpdump: (listening on|data link type|verbose output)|packets? (captured|received|dropped)/;
    return lines.filter((line) => !noise.test(line) && !line.startsWith(remoteProgramMark)).join('\n');
  }
}

/** What went wrong, from what was said; ssh's own failures end with 255 (ssh(1)). */
export function classify(words: string, code: number | null, host: string): CaptureFailure {
  const message = words === '' ? `ssh ended with code ${code ?? 'unknown'}.` : words;
  if (code === 255) return { code: 'REMOTE', message, hint: sshHint(words, host) };
  if (/syntax error|can't parse filter|Invalid capture filter/i.test(words)) {
    return { code: 'BAD_FILTER', message, hint: '' };
  }
  if (/No such device|There is no device named|SIOCGIF/i.test(words)) {
    return { code: 'NO_SUCH_INTERFACE', message, hint: '' };
  }
  if (/permission|not permitted/i.test(words)) {
    const hint = `Log in as root on ${host}, let your user run tcpdump with sudo without a password, or put it into the group wireshark.`;
    return { code: 'NOT_PERMITTED', message, hint };
  }
  return { code: 'REMOTE', message, hint: '' };
}

function sshHint(words: string, host: string): string {
  if (/REMOTE HOST IDENTIFICATION/i.test(words)) {
    return `Somebody may be in between. Ask who runs ${host} whether its key was changed, before the old one is removed.`;
  }
  if (/Host key verification failed|authenticity of host/i.test(words)) {
    return `Connect once in a terminal, check the key and accept it: ssh ${host}`;
  }
  if (/Permission denied/i.test(words)) {
    return 'Nobody can be asked for a password here: load a key into the SSH agent, or name one in the SSH configuration.';
  }
  return `Try it in a terminal: ssh ${host}`;
}

function findSsh(): string | null {
  return process.platform === 'win32' ? 'ssh.exe' : findSystemProgram('ssh');
}

/** No program that asks: there is nobody to answer on this pipe. */
function environment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, SSH_ASKPASS_REQUIRE: 'never' };
  delete env['ELECTRON_RUN_AS_NODE'];
  return env;
}

function remote(message: string): CaptureFailure {
  return { code: 'REMOTE', message, hint: '' };
}

function internal(error: unknown): CaptureFailure {
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), hint: '' };
}
