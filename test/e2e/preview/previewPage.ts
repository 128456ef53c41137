/** Runs inside the page, before the bundle: stands in for the editor around a webview. */
import { compileFilter } from '../../../src/core/filter/displayFilter';
import { completionsAt } from '../../../src/core/filter/filterCompletion';
import type { Finding } from '../../../src/protocol/finding';
import type { FindingPageState } from '../../../src/protocol/findingPage';
import type { PartOverview } from '../../../src/protocol/partOverview';
import type { Snapshot } from '../../../src/protocol/snapshot';
import type { TableName } from '../../../src/protocol/tables';
import type { ToWebview, ViewState } from '../../../src/protocol/webviewMessages';
import type { DoctorPageState } from '../../../src/protocol/doctorPage';
import type { WhatIfPageState } from '../../../src/protocol/whatIfPage';
import { busyState } from './busyStates';
import { findingStates } from './findingFixtures';
import { captureEditorStates, dashboardStates, fixturePacket, fixtureTableRow } from './fixtures';

import { fixtureTree, fixtureTsharkTree } from './packetFixtures';
import { doctorStates, whatIfStates } from './pageFixtures';

interface PreviewMessage {
  type: string;
  number?: number;
  text?: string;
  kind?: string;
  layout?: unknown;
  fields?: string[];
  request?: number;
  from?: number;
  count?: number;
  filter?: string;
  table?: TableName;
  search?: string;
  caret?: number;
  tshark?: boolean;
  packet?: number | null;
}

export interface PreviewApi {
  posted: PreviewMessage[];
  violations: string[];
  /** Sends a state and waits until the view says that it is drawn. */
  show(view: string, state: string): Promise<void>;
  /** Sends a state with this snapshot, and waits until the view says that it is drawn. */
  showSnapshot(snapshot: Snapshot, findings: Finding[]): Promise<void>;
  /** Sends the busiest state after `step` tenths of a second, and waits until the view says that it is drawn. */
  showBusy(step: number): Promise<void>;
  /** Sends a message as the panel does. */
  send(message: ToWebview): void;
  setTheme(variables: Record<string, string>, kind: string): void;
  /** Answers in place of the fixtures; true when it does. */
  answer?: (message: PreviewMessage) => boolean;
}

declare global {
  interface Window {
    preview: PreviewApi;
    acquireVsCodeApi: () => {
      postMessage(message: unknown): void;
      getState(): unknown;
      setState(state: unknown): void;
    };
  }
}

const posted: PreviewMessage[] = [];
const violations: string[] = [];
let uiState: unknown;
let sequence = 0;
let waiting: { sequence: number; done: () => void } | null = null;
const fixtureTotal = 19_137;

type PageState = ViewState | FindingPageState | DoctorPageState | WhatIfPageState;

const stateMakers: Record<string, Record<string, () => PageState>> = {
  finding: findingStates,
  dashboard: dashboardStates,
  'capture-editor': captureEditorStates,
  doctor: doctorStates,
  'what-if': whatIfStates,
};

const send = (message: ToWebview | PageState): void => window.postMessage(message, '*');

let last: PageState | null = null;

const shownState = (): Snapshot | null => (last !== null && 'snapshot' in last ? last.snapshot : null);

/** Figures of a part: half of each. */
function halfOf(snapshot: Snapshot): Omit<PartOverview, 'complete'> {
  const half = (value: number): number => Math.floor(value / 2);
  const { series, latency, loss, flows, talkers, conversations, recentPackets } = snapshot;
  return {
    packets: half(snapshot.packets),
    capturedBytes: half(snapshot.capturedBytes),
    originalBytes: half(snapshot.originalBytes),
    protocols: snapshot.protocols
      .slice(0, 4)
      .map((row) => ({ ...row, packets: half(row.packets), bytes: half(row.bytes) })),
    series: { ...series, packets: series.packets.map(half), bytesIn: series.bytesIn.map(half) },
    latency,
    loss,
    flows: { ...flows, total: half(flows.total) },
    talkers: talkers.slice(0, 3),
    conversations: conversations.slice(0, 3),
    recentPackets: recentPackets.slice(0, 5),
  };
}

/** Answers as the panel does, from the fixture rows. */
function answer(message: PreviewMessage): void {
  const { request = 0, from = 0, count = 0, filter = '' } = message;
  if (message.type === 'getPackets') {
    if (filter.includes('bad')) send({ type: 'requestFailed', request, message: 'Unknown field "bad" at position 1.' });
    else {
      const matched = filter === '' ? fixtureTotal : 812;
      const rows = Array.from({ length: Math.min(count, matched - from) }, (_, index) =>
        fixturePacket(from + index + 1),
      );
      send({ type: 'packets', request, rows, matched, complete: true });
    }
  }
  if (message.type === 'getTable') {
    const { table = 'flows', search = '' } = message;
    const matched = search === '' ? 618 : 7;
    const rows = Array.from({ length: Math.min(count, matched - from) }, (_, index) =>
      fixtureTableRow(table, from + index),
    );
    send({ type: 'table', request, rows, matched, total: 618, leftOut: table === 'dns' ? 12 : 0 });
  }
  if (message.type === 'getOverview') {
    const shown = shownState();
    if (shown !== null)
      send({ type: 'overview', request, part: { ...halfOf(shown), complete: !filter.includes('5') } });
  }
  if (message.type === 'findPacket') {
    const number = message.kind === 'number' ? Number(message.text) : (message.from ?? 0) + 6;
    send({ type: 'found', request, found: number <= fixtureTotal ? { number, position: number - 1 } : null });
  }
  if (message.type === 'completeFilter') {
    const compiled = compileFilter(filter);
    const { from: start, to, completions, valuesOf } = completionsAt(filter, message.caret ?? 0);
    const seen = valuesOf?.name === 'ip.addr' ? ['10.20.0.5', '192.0.2.80'] : [];
    const values = seen.map((text) => ({ text, detail: '12 times', kind: 'value' as const }));
    const fault = compiled.ok ? null : { message: compiled.message, position: compiled.position, end: compiled.end };
    send({ type: 'filterHelp', request, fault, from: start, to, completions: [...completions, ...values] });
  }
  if (message.type === 'dissect') {
    const tree = (message.tshark === true ? fixtureTsharkTree : fixtureTree)(message.number ?? 1);
    send({ type: 'packetTree', request, tree });
  }
  if (message.type === 'validateFilter')
    send({ type: 'filterVerdict', filter, error: filter.includes('bad') ? 'syntax error in filter expression' : null });
}

window.acquireVsCodeApi = () => ({
  postMessage(message) {
    const fields = structuredClone(message) as PreviewMessage & { sequence?: number };
    posted.push(fields);
    if (fields.type === 'drawn' && waiting !== null && fields.sequence === waiting.sequence) {
      waiting.done();
      waiting = null;
    }
    if (window.preview.answer?.(fields) !== true) setTimeout(() => answer(fields), 5);
  },
  getState: () => uiState,
  setState: (state) => {
    uiState = structuredClone(state);
  },
});

document.addEventListener('securitypolicyviolation', (event) =>
  violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`),
);

async function drawState(state: PageState): Promise<void> {
  last = state;
  sequence++;
  const drawn = new Promise<void>((done) => {
    waiting = { sequence, done };
  });
  send({ ...state, sequence });
  await drawn;
}

window.preview = {
  posted,
  violations,
  async show(view, state) {
    const make = stateMakers[view]?.[state];
    if (!make) throw new Error(`No fixture state ${view}/${state}`);
    await drawState(make());
  },
  async showSnapshot(snapshot, findings) {
    const state = dashboardStates['capturing']?.();
    if (state) await drawState({ ...state, snapshot, findings });
  },
  async showBusy(step) {
    const state = dashboardStates['capturing']?.();
    if (state) await drawState({ ...state, ...busyState(step) });
  },
  send,
  setTheme(variables, kind) {
    // As the editor does it: properties on the root, class and kind on the body.
    document.documentElement.removeAttribute('style');
    for (const [name, value] of Object.entries(variables)) document.documentElement.style.setProperty(name, value);
    document.body.classList.remove('vscode-dark', 'vscode-light', 'vscode-high-contrast', 'vscode-high-contrast-light');
    document.body.classList.add(kind);
    if (kind === 'vscode-high-contrast-light') document.body.classList.add('vscode-high-contrast');
    document.body.dataset['vscodeThemeKind'] = kind;
    document.body.dataset['vscodeThemeId'] = kind;
  },
};
