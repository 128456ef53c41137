import type { HelloLine, StatsLine } from '../protocol/captureWire';
import type { CaptureFailure } from '../protocol/snapshot';
import type { RawPacket } from '../core/pcap/rawPacket';

/** What the packets of one interface come through: the capture helper, or a remote program. */
export interface CaptureFeed {
  /** Settles when the feed is over, also one that never began: null after a clean end. Never rejects. */
  readonly ended: Promise<CaptureFailure | null>;
  /** Resolves when packets may arrive; `hello` was called before. @throws CaptureError */
  start(): Promise<HelloLine>;
  /** Ends the feed in whatever state it is. */
  stop(): Promise<void>;
}

export interface FeedEvents {
  /** @param elevation how it was started: `direct` `sudo -n` … */
  hello(line: HelloLine, elevation: string): void;
  /** The packet's bytes are valid during the call. */
  packet(packet: RawPacket): void;
  stats(line: StatsLine): void;
  warning(message: string): void;
}
