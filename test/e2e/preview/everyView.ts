/** Every view with its states, for the gallery and for what holds everywhere. */
import type { Page } from 'playwright-core';
import { findingStates } from './findingFixtures';
import { captureEditorStates, dashboardStates } from './fixtures';
import { doctorStates, whatIfStates } from './pageFixtures';
import type { ViewName } from './previewHarness';

export interface ViewStates {
  view: ViewName;
  states: string[];
  /** Tabs to look at in a state; null for the page as it is. */
  tabs: (state: string) => (string | null)[];
  /** What a person does to come to a state, once it is shown. */
  lead?: Record<string, (page: Page) => Promise<void>>;
}

const only = (): null[] => [null];

export const everyView: readonly ViewStates[] = [
  { view: 'dashboard', states: Object.keys(dashboardStates), tabs: only },
  {
    view: 'capture-editor',
    states: Object.keys(captureEditorStates),
    tabs: (state) => (state === 'read' ? ['Packets', 'Tables', 'Findings', 'Overview'] : [null]),
    lead: { comments: lookAtComment, chosen: exportSelection },
  },
  { view: 'finding', states: Object.keys(findingStates), tabs: only },
  { view: 'doctor', states: Object.keys(doctorStates), tabs: only },
  { view: 'what-if', states: Object.keys(whatIfStates), tabs: only },
];

/** Comments in the list, and that of the chosen packet. */
async function lookAtComment(page: Page): Promise<void> {
  await page.getByRole('tab', { name: /^Packets/ }).click();
  const comment = page.getByRole('grid', { name: 'Packets' }).getByText('seen by the gateway').first();
  await comment.waitFor({ state: 'attached' });
  await page.locator('#panel-packets .row[aria-rowindex="3"] .cell').first().click();
  await page.getByText('Comment: seen by the gateway').waitFor();
}

/** Packets that a filter leaves, which are what is exported. */
async function exportSelection(page: Page): Promise<void> {
  await page.getByRole('tab', { name: /^Packets/ }).click();
  await page.getByRole('combobox', { name: 'Display filter' }).fill('tcp');
  await page.keyboard.press('Enter');
  await page.getByRole('group', { name: 'Export selection' }).waitFor();
}
