import assert from 'node:assert/strict';
import { TrafficLab } from './support/trafficLab';
import { Workbench } from './support/workbench';

const themes = [
  { label: 'Dark Modern', name: 'dark', body: 'vscode-dark' },
  { label: 'Light Modern', name: 'light', body: 'vscode-light' },
  { label: 'Dark High Contrast', name: 'high-contrast', body: 'vscode-high-contrast' },
  { label: 'Light High Contrast', name: 'high-contrast-light', body: 'vscode-high-contrast-light' },
];

describe('the dashboard in every kind of colour theme', function () {
  this.timeout(90_000);
  let workbench: Workbench;
  let lab: TrafficLab;

  before(async () => {
    lab = await TrafficLab.create();
    workbench = await Workbench.open();
    lab.startTraffic();
    await workbench.startCapture(lab.place.interfaceName, lab.place.filter);
    await workbench.page.waitForTimeout(5000);
    await lab.scan(300);
    await workbench.showAnomalies();
    await workbench.treeItem(/\bscan of\b/i).waitFor({ timeout: 20_000 });
  });

  after(async () => {
    await workbench?.close();
    await lab?.close();
  });

  for (const theme of themes) {
    it(`is drawn in ${theme.label}`, async () => {
      await workbench.setColorTheme(theme.label);
      const dashboard = await workbench.webview(`body[data-view="dashboard"].${theme.body}`);
      await workbench.page.waitForTimeout(1500);
      await workbench.screenshot(`dashboard-${theme.name}`);
      const overflow = await dashboard.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `the page is ${overflow} px wider than its frame`);
      const [text, background] = await dashboard
        .locator('[data-tile="packets"] .tile-value')
        .evaluate((node) => [getComputedStyle(node).color, getComputedStyle(document.body).backgroundColor]);
      assert.notEqual(text, background);
    });
  }
});
