import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { HelperSourceOptions } from '../../../src/analyzer/helperSource';
import { captureWireVersion } from '../../../src/protocol/captureWire';
import type { DriverConfiguration, DriverEvent } from './captureDriver';
import type { TestNetwork } from './network';
import type { Stage } from './stage';
import type { TestUser } from './testUser';

type EventOf<Name extends DriverEvent['event']> = Extract<DriverEvent, { event: Name }>;

export const startLine = (changes: Partial<HelperStart> = {}): HelperStart => ({
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

type HelperStart = HelperSourceOptions['start'];

function cover(item: string): string {
  const [name, file = '/dev/null'] = item.split('=');
  return `mount --bind ${file} /usr/bin/${name} && `;
}

/** A running capture driver, in the client namespace, as root or as a test user. */
export class Driver {
  private readonly events = new Map<DriverEvent['event'], DriverEvent[]>();
  readonly exited: Promise<unknown>;
  private readonly child: ChildProcess;
  private wake: () => void = () => undefined;

  /**
   * @param runtime the Node that runs the driver, and with it the helper
   * @param variables put into the environment of the driver
   * @param hidden programs of /usr/bin that the driver does not find; `name=file` is another program there
   */
  constructor(
    stage: Stage,
    network: TestNetwork,
    configuration: Partial<DriverConfiguration>,
    {
      user,
      runtime = process.execPath,
      hidden = [],
      variables = {},
    }: { user?: TestUser; runtime?: string; hidden?: string[]; variables?: Record<string, string> } = {},
  ) {
    const complete: DriverConfiguration = {
      helperPath: stage.helperPath,
      start: startLine(),
      methods: [],
      answers: [],
      ...configuration,
    };
    const node = [runtime, stage.driverPath, JSON.stringify(complete)];
    const words = user === undefined ? node : user.command(node);
    const hide = hidden.map(cover).join('');
    // `ip netns exec` makes a mount namespace of its own.
    const [program, args] = network.inClient(
      ...(hide === '' ? words : ['sh', '-c', `${hide}exec "$@"`, 'sh', ...words]),
    );
    const usual = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', HOME: '/', TMPDIR: stage.temporary };
    const environment = { ...usual, ...variables };
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

  /** Of the driver itself. */
  get pid(): number {
    return this.child.pid ?? 0;
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
