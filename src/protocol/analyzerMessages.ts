import type { FilterHelp } from './displayFilter';
import type { FlowRow, InterfaceInfo, PacketRow } from './capture';
import type { CaptureBackendChoice, CaptureErrorCode } from './captureWire';
import type { DoctorReport } from './doctor';
import type { ExclusionProblem, SilencedCount } from './exclusions';
import type { FilterSearch, SearchMode } from './filterSearch';
import type { Finding, FlowReference } from './finding';
import type { StopRules } from './liveCapture';
import type { MarkerKind } from './markers';
import type { FindQuery, FoundPacket } from './packetFind';
import type { PacketSort } from './packetSort';
import type { PacketTree } from './packetTree';
import type { PartOverview, PartQuery } from './partOverview';
import type { RuleSettings } from './ruleSettings';
import type { Snapshot } from './snapshot';
import type { BodyDocument, BodyPart, RequestPlace, StreamDocument, StreamForm, StreamTarget } from './streams';
import type { TablePage, TableQuery } from './tables';
import type { WhatIfResult } from './whatIf';

/** Extension host ⇄ analyzer process, over `child_process.fork` with `serialization: 'advanced'`. */
export const analyzerProtocolVersion = 1;

export interface ElevationOptions {
  /** Tried in this order; `direct` is always first. */
  methods: ('sudo -n' | 'pkexec' | 'sudo -A')[];
  /** Program that sudo -A asks for the password, and the variables that it needs; null where no askpass can be shown. */
  askpass: { program: string; environment: Record<string, string> } | null;
}

export interface StartCaptureRequest {
  type: 'startCapture';
  run: string;
  backend: CaptureBackendChoice;
  /** Destination of ssh to capture there; null for this machine. */
  remote: string | null;
  /** Empty: the one that is detected. */
  interfaces: string[];
  filter: string;
  snapLengthBytes: number;
  /** Also what is addressed to others. */
  promiscuous: boolean;
  bufferBytes: number;
  elevation: ElevationOptions;
  rules: RuleSettings;
  /** Existing directory, 0700, that the spool files go to. */
  spoolDirectory: string;
  spoolLimitBytes: number;
  /** Files that share the limit; when it is reached the oldest one goes. */
  spoolFiles: number;
  stop: StopRules;
}

export interface OpenFileRequest {
  type: 'openFile';
  run: string;
  path: string;
  rules: RuleSettings;
  /** It was seen to grow: its end is waited for longer. */
  growing?: boolean;
}

export interface ExportEvidenceRequest {
  type: 'exportEvidence';
  path: string;
  /** Of the finding: the comment of each of `packets`. */
  title: string;
  /** What the finding says: the comment of the whole file. */
  comment: string;
  /** Numbers. */
  packets: number[];
  flows: FlowReference[];
}

/** Of what exports are made; all but the analysis hold to a display filter. `share.pcap` is safe to share. */
export const exportKinds = [
  'packets.csv',
  'packets.json',
  'flows.csv',
  'analysis.json',
  'packets.pcap',
  'packets.pcapng',
  'share.pcap',
] as const;
export type ExportKind = (typeof exportKinds)[number];

/** What each request is answered with. */
export interface AnalyzerReplies {
  listInterfaces: InterfaceInfo[];
  doctor: DoctorReport;
  /** `unknown`: nothing on this machine can compile a filter without opening a device. */
  validateFilter: { verdict: 'valid' } | { verdict: 'invalid'; message: string } | { verdict: 'unknown' };
  /** Answered when the first packet could arrive (hello received), or failed. */
  startCapture: { interface: string };
  /** Answered at once; progress and the end come as events. */
  openFile: { sizeBytes: number };
  /** Live: after `end`; file: after reading was abandoned. */
  stop: Record<string, never>;
  /** `complete` is false when the answer was cut by a limit; with a sort, the list then holds the first packets only. */
  getPackets: { rows: PacketRow[]; matched: number; complete: boolean; search?: FilterSearch };
  /** Those that are still there, in order. */
  getPacketsByNumber: { rows: PacketRow[] };
  getFlows: { rows: FlowRow[]; total: number };
  completeFilter: FilterHelp;
  dissect: PacketTree;
  findPacket: { found: FoundPacket };
  getTable: TablePage;
  getOverview: PartOverview;
  /** TLS connections that there are keys of by now. */
  addKeyLog: { connections: number };
  followStream: StreamDocument;
  getBody: BodyDocument;
  saveBody: { bytes: number; rows: number };
  getCurl: { command: string };
  /** Writes the whole export to `path` (created 0600), reports its size and rows. */
  export: { bytes: number; rows: number; summary?: string };
  /** Like `export`: a pcapng file of the packets of one finding. */
  exportEvidence: { bytes: number; rows: number };
  /** Like `export`; `unknown` and `others`: packets of no known program, and of other ones, left out. */
  exportProgram: { bytes: number; rows: number; unknown: number; others: number };
  addMarker: Record<string, never>;
  clearFindings: Record<string, never>;
  /** What in each text has no effect. */
  setExclusions: { problems: ExclusionProblem[][] };
  /** Progress comes as events. */
  whatIf: WhatIfResult;
  cancelWhatIf: Record<string, never>;
  cancelSort: Record<string, never>;
  searchPackets: Record<string, never>;
}

export type AnalyzerRequest =
  | { type: 'listInterfaces' }
  | { type: 'doctor' }
  | { type: 'validateFilter'; filter: string }
  | StartCaptureRequest
  | OpenFileRequest
  | { type: 'stop' }
  /** `from` is a 0-based position among the packets that match `filter` (all when empty). */
  /** `fields`: names of fields whose values each row has. */
  | {
      type: 'getPackets';
      from: number;
      count: number;
      filter: string;
      fields?: string[];
      sort?: PacketSort;
      search?: SearchMode;
    }
  /** Ends the search for the packets of a display filter, of which what was found stays, or goes on with it. */
  | { type: 'searchPackets'; filter: string; go: boolean }
  /** Requests that wait for a sort fail. */
  | { type: 'cancelSort' }
  /** Packets by number, not more than a page. */
  | { type: 'getPacketsByNumber'; numbers: number[] }
  | { type: 'getFlows'; from: number; count: number }
  /** What is wrong with a display filter, and what can stand at `caret` in it. */
  | { type: 'completeFilter'; filter: string; caret: number }
  /** Every field of the packet with this number. `tshark`: absolute path of the program that is to say them. */
  | { type: 'dissect'; number: number; tshark?: string }
  /** A new search ends the one before, which answers with nothing. */
  | ({ type: 'findPacket' } & FindQuery)
  | ({ type: 'getTable' } & TableQuery)
  /** What a snapshot shows, of a part of the recorded packets. A new one ends the one before, which fails. */
  | ({ type: 'getOverview' } & PartQuery)
  /** A file in the NSS Key Log Format: what it decrypts is in streams, bodies and the table of HTTP from then on. */
  | { type: 'addKeyLog'; path: string }
  | { type: 'followStream'; target: StreamTarget; form: StreamForm }
  /** Of the HTTP request whose head was whole with the packet. */
  | ({ type: 'getBody'; part: BodyPart } & RequestPlace)
  | ({ type: 'saveBody'; part: BodyPart; path: string } & RequestPlace)
  | ({ type: 'getCurl' } & RequestPlace)
  | { type: 'export'; kind: ExportKind; path: string; filter: string }
  | ExportEvidenceRequest
  /** The packets of some processes of a live capture, and of those that they started. */
  | { type: 'exportProgram'; processes: number[]; path: string }
  /** A moment on the time axis of a live capture: now. */
  | { type: 'addMarker'; kind: MarkerKind; text: string }
  | { type: 'clearFindings' }
  /** Contents of the exclusions files of the workspace; they hold for this process until the next such request. */
  | { type: 'setExclusions'; texts: string[] }
  /** What `rules` would change over the recorded packets of the run. A new one ends the one before. */
  | { type: 'whatIf'; rules: RuleSettings }
  /** The request that is under way answers with what it has, not complete. */
  | { type: 'cancelWhatIf' };

export type AnalyzerRequestType = AnalyzerRequest['type'];

export type AnalyzerErrorCode = CaptureErrorCode | 'BAD_REQUEST' | 'FILE_UNREADABLE' | 'NOT_A_CAPTURE' | 'TIMEOUT';

export interface AnalyzerError {
  code: AnalyzerErrorCode;
  message: string;
  hint: string;
}

export type ToAnalyzer = { id: number; request: AnalyzerRequest };

export type AnalyzerEvent =
  | { type: 'ready'; version: number; pid: number }
  | { type: 'snapshot'; snapshot: Snapshot }
  /** `ids`: all findings, worst first; `findings`: those of them that are new, or not as they were told before. */
  | { type: 'findings'; run: string; ids: string[]; findings: Finding[]; silenced: SilencedCount[] }
  /** `part`: 0 to 1. */
  | { type: 'sortProgress'; run: string; part: number }
  | { type: 'filterSearch'; run: string; search: FilterSearch }
  | { type: 'whatIfProgress'; run: string; packets: number; totalPackets: number }
  | { type: 'progress'; run: string; readBytes: number; totalBytes: number; packets: number }
  /** The file of a run that had finished has other bytes now. */
  | { type: 'fileChanged'; run: string }
  | { type: 'log'; level: 'info' | 'warn' | 'error'; message: string };

export type FromAnalyzer =
  | { id: number; ok: AnalyzerReplies[AnalyzerRequestType] }
  | { id: number; error: AnalyzerError }
  | { event: AnalyzerEvent };
