import '../common/translations';
import '../common/common.css';
import './finding.css';
import type { FindingPageState, FromFindingPage } from '../../src/protocol/findingPage';
import { isFindingPageState } from './findingGuard';
import { FindingView } from './findingView';
import { setFormatLocale } from '../common/format';
import { connectApi } from '../common/vscodeApi';

const root = document.getElementById('app');
if (!root) throw new Error('The page has no #app element.');
setFormatLocale(document.documentElement.lang || undefined);
const api = connectApi();
const post = (message: FromFindingPage): void => api.postMessage(message);
const view = new FindingView(root, post);
let newest: FindingPageState | null = null;

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  if (!isFindingPageState(event.data)) return;
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
