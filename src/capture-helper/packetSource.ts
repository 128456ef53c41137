import type { CaptureFault } from '../protocol/captureFault';
import type { CaptureBackend, HelloLine, StartLine, StatsLine } from '../protocol/captureWire';
import type { OutputQueue } from './outputQueue';

export type OpenOptions = Omit<StartLine, 'kind' | 'version' | 'backend'>;

/** What only an open device tells. */
export type OpenedDevice = Pick<
  HelloLine,
  'linkType' | 'timestampSource' | 'nanoseconds' | 'dropCountsKnown' | 'capturePid'
>;

/** One way to get packets from the system: opened once, closed once, then thrown away with its process. */
export interface PacketSource {
  readonly backend: CaptureBackend;
  /**
   * Puts what it captures into `output`, nothing before the next turn of the event loop; `onLost` is told when the
   * capture ends by itself.
   * @throws CaptureFault; a source that failed to open must not be touched again.
   */
  open(
    options: OpenOptions,
    output: OutputQueue,
    onLost: (fault: CaptureFault) => void,
  ): OpenedDevice | Promise<OpenedDevice>;
  /** Called once a second, and once more after `close`. Null where the backend cannot know. */
  stats(): Pick<StatsLine, 'received' | 'droppedByKernel' | 'droppedByInterface'>;
  /** Settles when nothing more will come. @param wantsRest whether to wait for what was captured already */
  close(wantsRest: boolean): void | Promise<void>;
}
