import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { StartLine } from '../../../src/protocol/captureWire';
import { captureWireVersion } from '../../../src/protocol/captureWire';
import type { DriverConfiguration, DriverEvent } from './captureDriver';
import type { TestNetwork } from './network';
import type { Stage } from './stage';
import type { TestUser } from './testUser';

type EventOf<Name extends DriverEvent['event']> = Extract<DriverEvent, { event: Name }>;

export const startLine = (changes: Partial<StartLine> = {}): StartLine => ({
  kind: 'start',
  version: captureWireVersion,
  backend: 'auto',
  interface: 'nta0',
  filter: '',
  snapLengthBytes: 65535,
  promiscuous: true,
  bufferBytes: 64 * 1024 * 1024,
  ...changes,
});

/** A running capture driver, in the client namespace, as root or as a test user. */
export class Driver {
  private readonly events = new Map<DriverEvent['event'], DriverEvent[]>();
  readonly exited: Promise<unknown>;
  private readonly child: ChildProcess;
  private wake: () => void = () => undefined;

  /** @param runtime the Node that runs the driver, and with it the helper */
  constructor(
    stage: Stage,
    network: TestNetwork,
    configuration: Partial<DriverConfiguration>,
    { user, runtime = process.execPath }: { user?: TestUser; runtime?: string } = {},
  ) {
    const complete: DriverConfiguration = {
      helperPath: stage.helperPath,
      start: startLine(),
      methods: [],
      answers: [],
      ...configuration,
    };
    const node = [runtime, stage.driverPath, JSON.stringify(complete)];
    const [program, args] = network.inClient(...(user === undefined ? node : user.command(node)));
    const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', HOME: '/', TMPDIR: stage.temporary };
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env: environment, cwd: '/' });
    this.exited = once(this.child, 'exit');
    this.child.stdin?.on('error', () => undefined);
    if (this.child.stdout === null) throw new Error('no stdout');
    createInterface(this.child.stdout).on('line', (line) => {
      // A killed driver ends in the middle of a line.
      if (!line.endsWith('}')) return;
      const event = JSON.parse(line) as DriverEvent;
      const same = this.events.get(event.event);
      if (same === undefined) this.events.set(event.event, [event]);
      else same.push(event);
      this.wake();
    });
  }

  all<Name extends DriverEvent['event']>(name: Name): EventOf<Name>[] {
    return (this.events.get(name) ?? []) as EventOf<Name>[];
  }

  /** The n-th event of a kind, as soon as it came. Rejects with the first of each kind that came instead. */
  async next<Name extends DriverEvent['event']>(name: Name, timeoutMs = 15_000, n = 1): Promise<EventOf<Name>> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const found = this.all(name)[n - 1];
      if (found !== undefined) return found;
      const left = until - performance.now();
      if (left <= 0)
        throw new Error(`no ${name} in time, but: ${JSON.stringify([...this.events].map(([, list]) => list[0]))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** What the run ended with, whether it began or not. */
  ended(timeoutMs = 40_000): Promise<EventOf<'ended'>> {
    return this.next('ended', timeoutMs);
  }

  stop(): void {
    this.child.stdin?.write('stop\n');
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  async dispose(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.kill();
      await this.exited;
    }
  }
}
