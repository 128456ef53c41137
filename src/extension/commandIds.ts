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
  compareCaptures: 'networkTraffic.compareCaptures',
  openReport: 'networkTraffic.openReport',
  exportCsv: 'networkTraffic.exportCsv',
  exportJson: 'networkTraffic.exportJson',
  exportPcap: 'networkTraffic.exportPcap',
  groupFindings: 'networkTraffic.groupFindings',
  filterFindings: 'networkTraffic.filterFindings',
  clearFindingsFilter: 'networkTraffic.clearFindingsFilter',
  clearFindings: 'networkTraffic.clearFindings',
  showFinding: 'networkTraffic.showFinding',
  openFindingDocument: 'networkTraffic.openFindingDocument',
  exportEvidence: 'networkTraffic.exportEvidence',
  markRight: 'networkTraffic.markRight',
  markWrong: 'networkTraffic.markWrong',
  openMarks: 'networkTraffic.openMarks',
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
  captureDebugRun: 'networkTraffic.captureDebugRun',
  captureTask: 'networkTraffic.captureTask',
  addKeyLog: 'networkTraffic.addKeyLog',
  toggleStreamForm: 'networkTraffic.toggleStreamForm',
  trainModel: 'networkTraffic.trainModel',
  chooseModel: 'networkTraffic.chooseModel',
  showModelCard: 'networkTraffic.showModelCard',
  doctor: 'networkTraffic.doctor',
  showLog: 'networkTraffic.showLog',
} as const;

export type CommandName = keyof typeof commandIds;

export const viewIds = {
  anomalies: 'networkTraffic.anomalies',
  dashboard: 'networkTraffic.dashboard',
  captureEditor: 'networkTraffic.captureEditor',
  finding: 'networkTraffic.finding',
  doctor: 'networkTraffic.doctorPage',
  whatIf: 'networkTraffic.whatIfPage',
} as const;

/** Keys of `when` clauses. */
export const contextKeys = {
  /** State of the live capture: `idle` `authorising` `capturing` `stopping` `finished` `failed`. */
  state: 'networkTraffic.state',
  /** Whether the active session holds packets. */
  hasResults: 'networkTraffic.hasResults',
  /** Whether the active session holds findings. */
  hasFindings: 'networkTraffic.hasFindings',
  /** Whether the tree shows only some of the findings. */
  findingsFiltered: 'networkTraffic.findingsFiltered',
} as const;
