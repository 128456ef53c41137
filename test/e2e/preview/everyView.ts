/** Every view with its states, for the gallery and for what holds everywhere. */
import { findingStates } from './findingFixtures';
import { captureEditorStates, dashboardStates } from './fixtures';
import { doctorStates, whatIfStates } from './pageFixtures';
import type { ViewName } from './previewHarness';

export interface ViewStates {
  view: ViewName;
  states: string[];
  /** Tabs to look at in a state; null for the page as it is. */
  tabs: (state: string) => (string | null)[];
}

const only = (): null[] => [null];

export const everyView: readonly ViewStates[] = [
  { view: 'dashboard', states: Object.keys(dashboardStates), tabs: only },
  {
    view: 'capture-editor',
    states: Object.keys(captureEditorStates),
    tabs: (state) => (state === 'read' ? ['Packets', 'Tables', 'Findings', 'Overview'] : [null]),
  },
  { view: 'finding', states: Object.keys(findingStates), tabs: only },
  { view: 'doctor', states: Object.keys(doctorStates), tabs: only },
  { view: 'what-if', states: Object.keys(whatIfStates), tabs: only },
];
