import type { CaptureDamage, ConversationRow, LatencySummary, LossSummary, PacketRow, ProtocolCount } from './capture';
import type { CaptureErrorCode } from './captureWire';
import type { LiveFigures } from './liveCapture';
import type { Marker } from './markers';

export interface CaptureFailure {
  code: CaptureErrorCode;
  message: string;
  hint: string;
}

/** Why a run failed: a capture's reasons, and those of a file. */
export interface RunFailure {
  code: CaptureErrorCode | 'FILE_UNREADABLE' | 'NOT_A_CAPTURE';
  message: string;
  hint: string;
}

/** `idle` only before the first run; `authorising` while sudo, pkexec or a password box may be open. */
export type RunState = 'idle' | 'authorising' | 'capturing' | 'reading' | 'stopping' | 'finished' | 'failed';

export interface LiveSource {
  kind: 'live';
  /** Names of all its interfaces, joined by commas. */
  interface: string;
  filter: string;
  backend: string;
  timestampSource: 'kernel' | 'process';
  linkType: number;
  snapLengthBytes: number;
  /** Uid of the helper after the drop. */
  uid: number | null;
  /** How the helper was started: `direct` `sudo -n` `pkexec` `sudo -A`. */
  elevation: string;
}

export interface FileSource {
  kind: 'file';
  path: string;
  format: string;
  linkTypes: number[];
  sizeBytes: number;
  readBytes: number;
  damage: CaptureDamage | null;
  /** All of it was read, and another program may still be writing to it. */
  following?: boolean;
}

/** One value a bucket; every array has the same length, oldest first. NaN means nothing was measured in that bucket. */
export interface Series {
  bucketMs: number;
  /** Start of the first bucket, packet time, microseconds since 1970. */
  startUs: number;
  packets: Float64Array;
  /** Towards an address of this machine. */
  bytesIn: Float64Array;
  /** From an address of this machine. */
  bytesOut: Float64Array;
  /** Neither end is ours, or ours is unknown (files). */
  bytesOther: Float64Array;
  latencyP50Ms: Float64Array;
  latencyP95Ms: Float64Array;
  retransmittedSegments: Float64Array;
  /** Packets lost in our own capture (kernel drops known plus helper sheds). */
  captureLost: Float64Array;
}

/** How much our own capture lost: apart from loss on the wire. Null is unknown and is shown as unknown. */
export interface CaptureLoss {
  received: number | null;
  droppedByKernel: number | null;
  shedByHelper: number | null;
}

export interface TalkerRow {
  address: string;
  /** A name seen in the traffic (DNS answer, TLS server name), else null. */
  name: string | null;
  packets: number;
  bytesSent: number;
  bytesReceived: number;
  local: boolean;
}

/** A limit of the engine and how often it was hit (design: every buffer has a counter a person can see). */
export interface LimitCount {
  name: string;
  limit: number;
  hits: number;
}

/**
 * Everything a view needs to draw itself from nothing: complete and idempotent, never a delta (design 4.2).
 * Sent with structured clone, so typed arrays survive.
 */
export interface Snapshot {
  /** Identifier of the run; a message of an older run is dropped. */
  run: string;
  sequence: number;
  state: RunState;
  failure: RunFailure | null;
  source: LiveSource | FileSource | null;
  /** Packet time of the newest packet, microseconds since 1970; null before the first. */
  clockUs: number | null;
  firstUs: number | null;
  packets: number;
  capturedBytes: number;
  originalBytes: number;
  protocols: ProtocolCount[];
  series: Series;
  latency: LatencySummary;
  loss: LossSummary;
  captureLoss: CaptureLoss;
  /** Of a live capture that has begun; absent otherwise. */
  live?: LiveFigures;
  flows: { open: number; total: number; tcp: number; udp: number; other: number };
  talkers: TalkerRow[];
  conversations: ConversationRow[];
  recentPackets: PacketRow[];
  limits: LimitCount[];
  /** Odd things on the wire by name (`truncated-ip`, …) and how often. */
  notes: { name: string; count: number }[];
  /** Moments that somebody besides the network tells of, oldest first; absent without any. */
  markers?: Marker[];
  /** TLS connections that there are keys of; absent without any. */
  decryption?: { connections: number };
}
