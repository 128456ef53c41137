import { exportKinds } from './analyzerMessages';
import type { InterfaceInfo, PacketRow } from './capture';
import type { FilterHelp, FilterUse, SavedFilter } from './displayFilter';
import type { FilterSearch, SearchMode } from './filterSearch';
import type { Finding } from './finding';
import type { FindQuery, FoundPacket } from './packetFind';
import type { PacketLayout } from './packetLayout';
import type { PacketSort } from './packetSort';
import type { PacketTree } from './packetTree';
import type { PartOverview, PartQuery } from './partOverview';
import type { Snapshot } from './snapshot';
import type { BodyPart, RequestPlace } from './streams';
import type { TablePage, TableQuery } from './tables';

/**
 * Extension ⇄ webview (design 4.2). One `state` message at a time is in flight: the view acknowledges each with
 * `drawn`, and the panel posts the newest again only after that and only while visible.
 */

/** What the dashboard and the capture editor draw; complete, never a delta. */
export interface ViewState {
  type: 'state';
  sequence: number;
  /** Null before the first run. */
  snapshot: Snapshot | null;
  findings: readonly Finding[];
  /** Dashboard only: choices for the controls. */
  interfaces: InterfaceInfo[];
  selectedInterface: string | null;
  filter: string;
  recentFilters: string[];
  /** False in an untrusted workspace: the start button explains instead of starting. */
  canCapture: boolean;
  /** Capture editor: how the packet list is wanted. */
  layout?: PacketLayout;
  /** Capture editor: which programs of Wireshark are there. */
  installed?: { tshark: boolean; wireshark: boolean };
  /** Dashboard: the view stands still while the capture goes on; what has come so far. Absent while it moves. */
  paused?: { packets: number };
}

/** A state on its way: a long list of findings goes only when it is another one. */
export interface StateMessage extends Omit<ViewState, 'findings'> {
  /** Null: those of the state before. The first state of a page has them. */
  findings: readonly Finding[] | null;
}

export interface PacketsMessage {
  type: 'packets';
  request: number;
  rows: PacketRow[];
  matched: number;
  complete: boolean;
  search?: FilterSearch;
}

export interface TableMessage extends TablePage {
  type: 'table';
  request: number;
}

/** Capture editor: display filters of the workspace and those used before. */
export interface SavedFiltersMessage {
  type: 'savedFilters';
  saved: SavedFilter[];
  /** Newest first. */
  recent: string[];
}

/** Capture editor: a display filter was chosen outside of the page, for example in its context menu. */
export interface UseFilterMessage {
  type: 'useFilter';
  filter: string;
  use: FilterUse;
}

/** What is chosen, as the charts show it. */
export interface OverviewMessage {
  type: 'overview';
  request: number;
  part: PartOverview;
}

/** A request of the view failed: bad display filter, file gone. */
export interface RequestFailedMessage {
  type: 'requestFailed';
  request: number;
  message: string;
}

export interface FilterVerdictMessage {
  type: 'filterVerdict';
  filter: string;
  /** Null: valid or not knowable here. */
  error: string | null;
}

export interface FoundMessage {
  type: 'found';
  request: number;
  found: FoundPacket;
}

/** Capture editor: what is known of the display filter that is being typed. */
export interface FilterHelpMessage extends FilterHelp {
  type: 'filterHelp';
  request: number;
}

/** Every field of one packet. */
export interface PacketTreeMessage {
  type: 'packetTree';
  request: number;
  tree: PacketTree;
}

/** Capture editor: shows the packets that match a display filter. */
export interface ShowPacketsMessage {
  type: 'showPackets';
  filter: string;
}

/** Capture editor: how far a sort has come. */
export interface SortProgressMessage {
  type: 'sortProgress';
  /** 0 to 1. */
  part: number;
}

/** Capture editor: how far the search for the packets of a display filter has come. */
export interface FilterSearchMessage {
  type: 'filterSearch';
  search: FilterSearch;
}

export type ToWebview =
  | SortProgressMessage
  | FilterSearchMessage
  | StateMessage
  | PacketsMessage
  | TableMessage
  | OverviewMessage
  | FoundMessage
  | RequestFailedMessage
  | FilterVerdictMessage
  | FilterHelpMessage
  | SavedFiltersMessage
  | UseFilterMessage
  | PacketTreeMessage
  | ShowPacketsMessage;

/** Of a picture in base64: some 12 MB of PNG. */
export const maxPictureLength = 16_000_000;

export const exportChoices = exportKinds;

export type FromWebview =
  /** The document is loaded and listens; sent again after each reload. */
  | { type: 'ready' }
  | { type: 'drawn'; sequence: number }
  /** Without an interface the helper picks one. */
  | { type: 'start'; interfaces: string[]; filter: string }
  | { type: 'stop' }
  | { type: 'restart' }
  | { type: 'captureOptions' }
  | { type: 'pauseView'; paused: boolean }
  | { type: 'validateFilter'; filter: string }
  | { type: 'refreshInterfaces' }
  | { type: 'openFinding'; id: string }
  /** `filter`: display filter that packets are held to. */
  | { type: 'export'; kind: (typeof exportChoices)[number]; filter?: string }
  | { type: 'showLog' }
  /** `png`: the dashboard as a picture, base64. */
  | { type: 'savePicture'; png: string }
  | { type: 'openReport' }
  | {
      type: 'getPackets';
      request: number;
      from: number;
      count: number;
      filter: string;
      fields?: string[];
      sort?: PacketSort;
      search?: SearchMode;
    }
  | { type: 'cancelSort' }
  /** Stops the search for the packets of a display filter, or goes on with it. */
  | { type: 'searchPackets'; filter: string; go: boolean }
  | ({ type: 'getTable'; request: number } & TableQuery)
  | ({ type: 'getOverview'; request: number } & PartQuery)
  | { type: 'completeFilter'; request: number; filter: string; caret: number }
  /** A display filter was applied: it counts as used. */
  | { type: 'filterApplied'; filter: string }
  | { type: 'saveFilter'; filter: string }
  | { type: 'editFilters' }
  | { type: 'followStream'; packet: number | null; filter: string }
  | ({ type: 'openBody'; part: BodyPart } & RequestPlace)
  | ({ type: 'saveBody'; part: BodyPart } & RequestPlace)
  | ({ type: 'copyCurl' } & RequestPlace)
  /** `tshark`: the installed tshark is to say what is in the packet. */
  | { type: 'dissect'; request: number; number: number; tshark?: boolean }
  | { type: 'openInWireshark'; packet: number | null; filter: string }
  | ({ type: 'findPacket'; request: number } & FindQuery)
  | { type: 'saveLayout'; layout: PacketLayout }
  | { type: 'copyText'; text: string };
