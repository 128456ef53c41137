import '../common/translations';
import '../common/common.css';
import './whatIf.css';
import type { WhatIfPageState } from '../../src/protocol/whatIfPage';
import { startPage } from '../common/page';
import { WhatIfView } from './whatIfView';

function isWhatIfPageState(value: unknown): value is WhatIfPageState {
  if (typeof value !== 'object' || value === null) return false;
  const state = value as Partial<Record<keyof WhatIfPageState, unknown>>;
  return state.type === 'whatIf' && typeof state.sequence === 'number' && Array.isArray(state.numbers);
}

startPage(isWhatIfPageState, (root, post) => new WhatIfView(root, post));
