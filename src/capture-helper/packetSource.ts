import type { CaptureBackend, CaptureErrorCode, HelloLine, InterfacesLine, StartLine } from '../protocol/captureWire';

export type ListedInterface = InterfacesLine['interfaces'][number];

/** `interface` is a device name; choosing one is done before. */
export type OpenOptions = Pick<StartLine, 'filter' | 'snapLengthBytes' | 'bufferBytes'> & { interface: string };

/** What only an open device tells. */
export type OpenedDevice = Pick<
  HelloLine,
  'linkType' | 'timestampSource' | 'nanoseconds' | 'dropCountsKnown' | 'capturePid'
>;

/** `bytes` is valid only during the call. */
export type OnPacket = (timeUs: number, originalLength: number, bytes: Buffer) => void;

/** One way to get packets from the system: opened once, closed once, then thrown away with its process. */
export interface PacketSource {
  readonly backend: CaptureBackend;
  listInterfaces(): ListedInterface[];
  /** @throws SourceError; a source that failed to open must not be touched again. */
  open(options: OpenOptions, onPacket: OnPacket): OpenedDevice;
  /** Called once a second. `droppedByKernel` is null when the backend cannot know. */
  stats(): { droppedByKernel: number | null };
  close(): void;
}

/** A failure with one of the wire's codes: becomes the `error` line. */
export class SourceError extends Error {
  constructor(
    readonly code: CaptureErrorCode,
    message: string,
    readonly hint = '',
  ) {
    super(message);
    this.name = 'SourceError';
  }
}
