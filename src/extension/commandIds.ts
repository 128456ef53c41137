/** Every command of the extension. The manifest declares the same ones; a test holds the two together. */
export const commandIds = {
  startCapture: 'networkTraffic.startCapture',
  stopCapture: 'networkTraffic.stopCapture',
  restartCapture: 'networkTraffic.restartCapture',
  recoverCapture: 'networkTraffic.recoverCapture',
  captureOnSshHost: 'networkTraffic.captureOnSshHost',
  captureOptions: 'networkTraffic.captureOptions',
  openDashboard: 'networkTraffic.openDashboard',
  analyzeCaptureFile: 'networkTraffic.analyzeCaptureFile',
  exportCsv: 'networkTraffic.exportCsv',
  exportJson: 'networkTraffic.exportJson',
  exportPcap: 'networkTraffic.exportPcap',
  clearFindings: 'networkTraffic.clearFindings',
  showFinding: 'networkTraffic.showFinding',
  showRule: 'networkTraffic.showRule',
  silenceFinding: 'networkTraffic.silenceFinding',
  openExclusions: 'networkTraffic.openExclusions',
  filterApply: 'networkTraffic.filterApply',
  filterNot: 'networkTraffic.filterNot',
  filterAnd: 'networkTraffic.filterAnd',
  filterOr: 'networkTraffic.filterOr',
  filterAndNot: 'networkTraffic.filterAndNot',
  filterOrNot: 'networkTraffic.filterOrNot',
  openFilters: 'networkTraffic.openFilters',
  whatIf: 'networkTraffic.whatIf',
  doctor: 'networkTraffic.doctor',
  showLog: 'networkTraffic.showLog',
} as const;

export type CommandName = keyof typeof commandIds;

export const viewIds = {
  anomalies: 'networkTraffic.anomalies',
  dashboard: 'networkTraffic.dashboard',
  captureEditor: 'networkTraffic.captureEditor',
} as const;

/** Keys of `when` clauses. */
export const contextKeys = {
  /** State of the live capture: `idle` `authorising` `capturing` `stopping` `finished` `failed`. */
  state: 'networkTraffic.state',
  /** Whether the active session holds packets. */
  hasResults: 'networkTraffic.hasResults',
  /** Whether the active session holds findings. */
  hasFindings: 'networkTraffic.hasFindings',
} as const;
