import type { PacketSort } from '../../src/protocol/packetSort';
import { parsePacketSort } from '../../src/protocol/packetSort';
import type { FromWebview } from '../../src/protocol/webviewMessages';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** What of the view survives a reload: how it is looked at, never what was captured. */
export interface UiState {
  /** Cards whose table twin is open. */
  tables: string[];
  scrollTop: number;
  /** Capture editor: chosen tab. */
  tab: string;
  /** Capture editor: chosen table. */
  table: string;
  /** Capture editor: display filter. Dashboard: capture filter being typed; null when untouched. */
  filterDraft: string | null;
  /** Dashboard: interface picked but not started yet; null when untouched, '' for auto-detect. */
  interfaceDraft: string | null;
  protocolUnit: 'bytes' | 'packets';
  /** Capture editor: height of the packet details, in percent of the window. */
  detailsPercent: number;
  /** Capture editor: numbers of marked packets. */
  marks: number[];
  /** Capture editor: order of the packets; null for that of the capture. */
  packetSort: PacketSort | null;
}

const initialUiState: UiState = {
  tables: [],
  scrollTop: 0,
  tab: '',
  table: '',
  filterDraft: null,
  interfaceDraft: null,
  protocolUnit: 'bytes',
  detailsPercent: 45,
  marks: [],
  packetSort: null,
};

/** Reads a stored UI state; anything that is not of the right kind falls back to its default. */
export function parseUiState(value: unknown): UiState {
  if (typeof value !== 'object' || value === null) return { ...initialUiState };
  const stored = value as Record<string, unknown>;
  const text = (name: string): string | null => (typeof stored[name] === 'string' ? stored[name] : null);
  return {
    tables: Array.isArray(stored['tables']) ? stored['tables'].filter((item) => typeof item === 'string') : [],
    scrollTop: typeof stored['scrollTop'] === 'number' && stored['scrollTop'] >= 0 ? stored['scrollTop'] : 0,
    tab: text('tab') ?? '',
    table: text('table') ?? '',
    filterDraft: text('filterDraft'),
    interfaceDraft: text('interfaceDraft'),
    protocolUnit: stored['protocolUnit'] === 'packets' ? 'packets' : 'bytes',
    detailsPercent: percentOf(stored['detailsPercent']),
    marks: Array.isArray(stored['marks'])
      ? stored['marks'].filter((item): item is number => Number.isSafeInteger(item))
      : [],
    packetSort: parsePacketSort(stored['packetSort']),
  };
}

function percentOf(value: unknown): number {
  return typeof value === 'number' && value >= 15 && value <= 80 ? value : initialUiState.detailsPercent;
}

export interface Host {
  post(message: FromWebview): void;
  readonly ui: Readonly<UiState>;
  saveUi(change: Partial<UiState>): void;
}

/** The editor behind a page that keeps nothing; may be called once in the life of a document. */
export function connectApi(): Pick<VsCodeApi, 'postMessage'> {
  return acquireVsCodeApi();
}

/** Connects to the editor; may be called once in the life of a document. */
export function connectHost(): Host {
  const api = acquireVsCodeApi();
  let ui = parseUiState(api.getState());
  return {
    post: (message) => api.postMessage(message),
    get ui() {
      return ui;
    },
    saveUi(change) {
      ui = { ...ui, ...change };
      api.setState(ui);
    },
  };
}
