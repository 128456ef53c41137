/** What every view does alike: connect, listen, draw the newest state once a frame, follow the theme, keep the scroll position. */
import type {
  PacketsMessage,
  RequestFailedMessage,
  FilterVerdictMessage,
  FoundMessage,
  SortProgressMessage,
  FilterSearchMessage,
  FilterHelpMessage,
  SavedFiltersMessage,
  UseFilterMessage,
  PacketTreeMessage,
  ShowPacketsMessage,
  TableMessage,
  ViewState,
} from '../../src/protocol/webviewMessages';
import { setUpCharts } from './chartSetup';
import { setFormatLocale } from './format';
import { parseToWebview } from './guards';
import { StateStore } from './stateStore';
import type { DrawParts } from './stateStore';
import { onThemeChange, readTheme } from './theme';
import type { ChartTheme } from './theme';
import { connectHost } from './vscodeApi';
import type { Host } from './vscodeApi';

export type ReplyMessage =
  | PacketsMessage
  | TableMessage
  | FoundMessage
  | SortProgressMessage
  | FilterSearchMessage
  | RequestFailedMessage
  | FilterVerdictMessage
  | FilterHelpMessage
  | SavedFiltersMessage
  | UseFilterMessage
  | PacketTreeMessage
  | ShowPacketsMessage;

export interface View {
  /** Draws what belongs together at once, and gives what may follow in later frames. */
  draw(state: ViewState, previous: ViewState | null, theme: ChartTheme): DrawParts;
  reply(message: ReplyMessage): void;
}

/** Starts a view inside `#app`; called once, by the entry of each bundle. */
export function startView(create: (root: HTMLElement, host: Host) => View): void {
  const root = document.getElementById('app');
  if (!root) throw new Error('The page has no #app element.');
  setFormatLocale(document.documentElement.lang || undefined);
  setUpCharts();
  const host = connectHost();
  const view = create(root, host);
  let theme = readTheme();
  let restored = false;
  const store = new StateStore({
    schedule: (callback) => requestAnimationFrame(callback),
    draw(state, previous) {
      const parts = view.draw(state, previous, theme);
      if (restored) return parts;
      restored = true;
      return [...parts, () => window.scrollTo(0, host.ui.scrollTop)];
    },
    drawn: (sequence) => host.post({ type: 'drawn', sequence }),
  });
  onThemeChange(() => {
    theme = readTheme();
    store.redraw();
  });
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const message = parseToWebview(event.data);
    if (message === null) return;
    if (message.type === 'state') store.accept(message);
    else view.reply(message);
  });
  let scrollTimer = 0;
  window.addEventListener('scroll', () => {
    window.clearTimeout(scrollTimer);
    scrollTimer = window.setTimeout(() => host.saveUi({ scrollTop: window.scrollY }), 200);
  });
  host.post({ type: 'ready' });
}
