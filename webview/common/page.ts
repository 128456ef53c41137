/** What the pages that are no dashboard do alike: connect, listen, draw the newest state once a frame, say so. */
import { setFormatLocale } from './format';
import { connectApi } from './vscodeApi';

/** Starts a page inside `#app`; called once, by the entry of each bundle. */
export function startPage<State extends { sequence: number }>(
  isState: (value: unknown) => value is State,
  create: (root: HTMLElement, post: (message: unknown) => void) => { draw(state: State): void },
): void {
  const root = document.getElementById('app');
  if (!root) throw new Error('The page has no #app element.');
  setFormatLocale(document.documentElement.lang || undefined);
  const api = connectApi();
  const post = (message: unknown): void => api.postMessage(message);
  const view = create(root, post);
  let newest: State | null = null;
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (!isState(event.data)) return;
    const scheduled = newest !== null;
    newest = event.data;
    if (scheduled) return;
    requestAnimationFrame(() => {
      const state = newest;
      newest = null;
      if (state === null) return;
      try {
        view.draw(state);
      } finally {
        post({ type: 'drawn', sequence: state.sequence });
      }
    });
  });
  post({ type: 'ready' });
}
