import path from 'node:path';
import { maxBufferBytes, maxSnapLengthBytes, minBufferBytes, minSnapLengthBytes } from '../protocol/captureGuards';
import type { ElevationOptions } from '../protocol/analyzerMessages';
import type { HelloLine, HelperOutput, PacketLine, PcapLine, StartLine, StatsLine } from '../protocol/captureWire';
import { captureWireVersion, maxPcapLineBytes } from '../protocol/captureWire';
import type { CaptureFailure } from '../protocol/snapshot';
import { CaptureFileReader, NotACaptureError } from '../core/pcap/captureFileReader';
import { linkTypeName } from '../core/pcap/linkTypes';
import type { RawPacket } from '../core/pcap/rawPacket';
import { CaptureError } from './captureError';
import type { ElevationHost, ElevationStep, SilentExit, StepFailure } from './elevation';
import { classifySilentExit, died, interfaceGone, planElevation, said } from './elevation';
import { verifyHelper } from './helperIntegrity';
import { HelperProcess } from './helperProcess';
import { detectInterface, listOfLibpcap } from './interfaces';
import { pkexecAnswers } from './polkit';
import { capabilityBits, hasCapability } from './processStatus';
import { findRootsProgram } from './systemPrograms';

/** How long a helper may say nothing after its stdin was closed before it is killed, and take to end in all. */
const stopTimeoutMs = 1500;
const restTimeoutMs = 8000;
/** How long a killed one may take before nobody waits for it any more. */
const killTimeoutMs = 1000;

export interface HelperEvents {
  hello(line: HelloLine, elevation: string): void;
  /** The packet and its bytes are valid only during the call. */
  packet(packet: RawPacket): void;
  stats(line: StatsLine & { received: number }): void;
  warning(message: string): void;
}

export interface HelperSourceOptions {
  helperPath: string;
  runtimePath: string;
  /** Without an interface, that of the default route is taken, else the first that is up and has an address. */
  start: Omit<StartLine, 'interface'> & { interface: string | null };
  /** Given to each packet; 0 when absent. */
  interfaceIndex?: number;
  elevation: ElevationOptions;
  events: HelperEvents;
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** LINKTYPE_ numbers that `src/core/decode/linkLayer` takes apart. */
const decodableLinkTypes = new Set([
  ...[
    0, 1, 9, 10, 12, 14, 50, 101, 104, 105, 107, 108, 113, 119, 127, 129, 163, 166, 192, 204, 205, 206, 228, 229, 239,
  ],
  ...[242, 258, 276],
]);

type StepResult = { hello: HelloLine } | StepFailure;

/** One capture run: starts the helper in the first way that works and hands over what it captures. */
export class HelperSource {
  /** Settles when the run is over, also one that never began: null after a clean end. Never rejects. */
  readonly ended: Promise<CaptureFailure | null>;
  private settleEnded: (failure: CaptureFailure | null) => void = () => undefined;
  private process: HelperProcess | null = null;
  private hello: HelloLine | null = null;
  /** What went wrong, as the wire said it or as the wire broke; the exit of the process comes after it. */
  private failure: CaptureFailure | null = null;
  private endSeen = false;
  private packets = 0;
  private reader: CaptureFileReader | null = null;
  /** The piece of the stream that is being read. */
  private readonly piece = Buffer.allocUnsafe(maxPcapLineBytes);
  private interface = '';
  private started = false;
  private stopping = false;
  private abandon: (() => void) | null = null;

  constructor(private readonly options: HelperSourceOptions) {
    this.ended = new Promise((resolve) => {
      this.settleEnded = resolve;
    });
  }

  /**
   * Resolves when the device is open and packets may arrive; `events.hello` was called before.
   * @throws CaptureError
   */
  async start(): Promise<HelloLine> {
    if (this.started) throw new CaptureError('INTERNAL', 'A capture run cannot be started twice.');
    this.started = true;
    try {
      return await this.tryAll();
    } catch (error) {
      const failure = error instanceof CaptureError ? error : new CaptureError('INTERNAL', String(error));
      this.settleEnded(failure.toFailure());
      throw failure;
    }
  }

  /** Ends the run in whatever state it is; resolves when the helper is gone, or cannot be made to go. */
  async stop(): Promise<void> {
    this.stopping = true;
    const { process: helper } = this;
    if (helper === null) return;
    helper.send({ kind: 'stop' });
    helper.closeInput();
    if (this.hello === null) {
      // A dialog may be open. What cannot be killed finds its stdin closed when it gets to run.
      helper.kill('SIGTERM');
      this.abandon?.();
      return;
    }
    await this.reap(helper, this.hello.pid);
  }

  /** Waits for a helper whose stdin was closed, and kills it when it does not end by itself. */
  private async reap(helper: HelperProcess, pid: number): Promise<void> {
    const untilMs = performance.now() + restTimeoutMs;
    for (let heard = -1; heard !== helper.heardBytes && performance.now() < untilMs;) {
      heard = helper.heardBytes;
      if (await within(helper.exited, stopTimeoutMs)) return;
    }
    this.options.log('warn', 'The capture helper did not end by itself and is killed.');
    killProcess(pid);
    helper.kill('SIGKILL');
    if (!(await within(helper.exited, killTimeoutMs))) this.settleEnded(this.stopping ? null : this.failure);
  }

  private async tryAll(): Promise<HelloLine> {
    this.interface = this.options.start.interface ?? (await detectInterface(this.options));
    const steps = planElevation(await readHost(this.options.elevation), this.options, this.options.elevation);
    let last: CaptureFailure = died('There was no way to start the capture helper.');
    for (const step of steps) {
      if (this.stopping) break;
      if (step.method !== 'direct') {
        if (last.code === 'NOT_PERMITTED') await this.checkInterface();
        verifyHelper(path.dirname(this.options.helperPath));
      }
      this.options.log('info', `Starting the capture helper: ${step.method}`);
      const result = await this.tryStep(step);
      if ('hello' in result) return result.hello;
      last = result.failure;
      this.options.log('info', `${step.method}: ${last.code}, ${last.message}`);
      if (result.stop) break;
    }
    if (this.stopping) throw new CaptureError('CANCELLED', 'The capture was stopped before it began.');
    throw CaptureError.from(last);
  }

  private tryStep(step: ElevationStep): Promise<StepResult> {
    this.failure = null;
    return new Promise((resolve) => {
      let settled = false;
      const settle = (result: StepResult): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        this.abandon = null;
        resolve(result);
      };
      /** A step that was given up has no say any more, also when its dialog is answered late. */
      const hasSay = (): boolean => this.process === helper && (!settled || this.hello !== null);
      const giveUp = (failure: CaptureFailure): void => {
        helper.closeInput();
        helper.kill('SIGTERM');
        settle({ failure, stop: true });
      };
      const timer = setTimeout(() => {
        const seconds = step.helloTimeoutMs / 1000;
        const message = `The capture helper did not answer within ${seconds} seconds (${step.method}).`;
        giveUp({ code: 'HELPER_TIMEOUT', message, hint: '' });
      }, step.helloTimeoutMs);
      const helper = new HelperProcess(step, {
        line: (line) => {
          if (!hasSay()) return;
          this.onLine(line, step);
          if (this.hello !== null) settle({ hello: this.hello });
          else if (this.failure !== null) settle(this.stepFailure(this.failure, step));
        },
        protocolError: (reason) => {
          if (!hasSay()) return;
          this.refuse(reason);
          giveUp(protocolFailure(reason));
        },
        note: (message) => this.options.log('warn', `${step.method}: ${message}`),
      });
      this.process = helper;
      this.abandon = () => giveUp({ code: 'CANCELLED', message: 'The capture was stopped before it began.', hint: '' });
      void helper.exited.then((exit) => {
        settle(classifySilentExit(step, exit));
        if (this.process === helper && this.hello !== null) this.onExit(exit);
      });
      helper.send(this.startLine());
    });
  }

  private stepFailure(failure: CaptureFailure, step: ElevationStep): StepFailure {
    this.process?.closeInput();
    if (failure.code !== 'NOT_PERMITTED') return { failure, stop: true };
    if (step.method === 'direct' && process.getuid?.() !== 0) {
      const hint = 'Allow a way to ask for administrator rights in the setting networkTraffic.capture.elevation.';
      return { failure: { ...failure, hint }, stop: false };
    }
    const hint = 'Not even an administrator may capture here. In a container: run it with --cap-add=NET_RAW.';
    return { failure: { ...failure, hint }, stop: true };
  }

  private startLine(): StartLine {
    const { start } = this.options;
    return {
      ...start,
      interface: this.interface,
      snapLengthBytes: clamp(start.snapLengthBytes, minSnapLengthBytes, maxSnapLengthBytes),
      bufferBytes: clamp(start.bufferBytes, minBufferBytes, maxBufferBytes),
    };
  }

  private onLine(line: HelperOutput, step: ElevationStep): void {
    const { events } = this.options;
    switch (line.kind) {
      case 'hello':
        this.onHello(line, step);
        break;
      case 'packet':
        if (this.hello === null) this.refuse('packets came before hello');
        else events.packet(this.toRawPacket(line, this.hello.linkType));
        break;
      case 'pcap':
        if (this.hello === null) this.refuse('packets came before hello');
        else this.readStream(line);
        break;
      case 'stats':
        if (this.hello !== null) events.stats({ ...line, received: line.received ?? this.packets });
        break;
      case 'warning':
        events.warning(line.message);
        break;
      case 'error':
        this.failure ??= { code: line.code, message: line.message, hint: line.hint };
        break;
      case 'end':
        this.endSeen = true;
        break;
    }
  }

  private onHello(line: HelloLine, step: ElevationStep): void {
    const ownUid = process.getuid?.() ?? null;
    if (this.hello !== null) {
      this.refuse('it said hello twice');
    } else if (line.version !== captureWireVersion) {
      this.refuse(`it speaks version ${line.version} of the protocol, not ${captureWireVersion}`);
    } else if (ownUid !== 0 && line.uid !== ownUid) {
      this.refuse(
        `it runs as user ${line.uid ?? 'unknown'} instead of giving administrator rights up to user ${ownUid ?? 'unknown'}`,
      );
    } else if (!decodableLinkTypes.has(line.linkType)) {
      const kind = linkTypeName(line.linkType);
      const message = `${line.interface} delivers packets of a kind that cannot be analysed: ${kind}`;
      const hint = 'Choose an Ethernet, Wi-Fi, loopback or tunnel interface.';
      this.failure ??= { code: 'UNSUPPORTED_LINK_TYPE', message, hint };
    } else {
      this.hello = line;
      this.options.events.hello(line, step.method);
    }
  }

  /** What says this is not our helper: nothing of it is believed any more. */
  private refuse(reason: string): void {
    this.failure ??= protocolFailure(reason);
    this.process?.closeInput();
    if (this.process !== null && this.hello !== null) void this.reap(this.process, this.hello.pid);
  }

  private readStream(line: PcapLine): void {
    this.reader ??= new CaptureFileReader((packet) => {
      this.packets += 1;
      packet.interfaceIndex = this.options.interfaceIndex ?? 0;
      this.options.events.packet(packet);
    });
    try {
      const length = this.piece.write(line.data, 'base64');
      this.reader.push(this.piece.subarray(0, length));
    } catch (error) {
      if (!(error instanceof NotACaptureError)) throw error;
      this.refuse('its stream is not in the format of pcap');
    }
    if (this.reader.damage !== null) this.refuse(`its stream is damaged: ${this.reader.damage.reason}`);
  }

  /** libpcap asks the kernel for permission before it looks for the device: nobody should type a password for nothing. */
  private async checkInterface(): Promise<void> {
    const listed = await listOfLibpcap(this.options);
    if (listed === null || listed.some(({ name }) => name === this.interface)) return;
    throw new CaptureError('NO_SUCH_INTERFACE', `There is no interface ${this.interface}.`, 'Choose another one.');
  }

  private toRawPacket(line: PacketLine, linkType: number): RawPacket {
    this.packets += 1;
    const seconds = Math.floor(line.timeUs / 1e6);
    return {
      number: this.packets,
      seconds,
      nanoseconds: (line.timeUs - seconds * 1e6) * 1000 + (line.nanoseconds ?? 0),
      originalLength: line.originalLength,
      bytes: Buffer.from(line.data, 'base64'),
      linkType,
      interfaceIndex: this.options.interfaceIndex ?? 0,
    };
  }

  private onExit(exit: SilentExit): void {
    if (exit.stderr.trim() !== '') this.options.log('info', `The capture helper wrote: ${exit.stderr.trim()}`);
    this.settleEnded(this.stopping ? null : this.failureOfExit(exit));
  }

  private failureOfExit(exit: SilentExit): CaptureFailure | null {
    if (this.failure !== null) return this.failure;
    if (exit.code === 0 && this.endSeen) return null;
    if (exit.signal === 'SIGABRT' || exit.code === 134) return interfaceGone();
    const how = exit.signal === null ? `with code ${exit.code ?? 'unknown'}` : `by signal ${exit.signal}`;
    return died(`The capture helper ended ${how} in the middle of the capture${said(exit.stderr)}.`);
  }
}

function protocolFailure(reason: string): CaptureFailure {
  return {
    code: 'PROTOCOL',
    message: `The capture helper is not to be trusted: ${reason}.`,
    hint: 'Install the extension again.',
  };
}

async function readHost({ methods }: ElevationOptions): Promise<ElevationHost> {
  const isRoot = process.getuid?.() === 0;
  return {
    platform: process.platform,
    isRoot,
    sudoPath: findRootsProgram('sudo'),
    pkexecPath: findRootsProgram('pkexec'),
    pkexecAnswers: !isRoot && methods.includes('pkexec') && (await pkexecAnswers(process.env)),
    envPath: findRootsProgram('env'),
    setprivPath: process.platform === 'linux' ? findRootsProgram('setpriv') : null,
    canBoundRights: hasCapability('CapBnd', capabilityBits.setpcap),
    environment: process.env,
  };
}

/** After the drop the helper is a process of ours, so this works behind sudo and pkexec as well. */
function killProcess(pid: number): void {
  try {
    if (pid > 1) process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already, which is what was wanted.
  }
}

function clamp(value: number, minimum: number, maximum: number): number {
  return Math.min(Math.max(value, minimum), maximum);
}

async function within(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const inTime = await Promise.race([promise.then(() => true), timeout]);
  clearTimeout(timer);
  return inTime;
}
