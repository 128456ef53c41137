import * as vscode from 'vscode';
import type { DoctorReport } from '../../protocol/doctor';
import type { DoctorPageState, FromDoctorPage } from '../../protocol/doctorPage';
import { commandIds, viewIds } from '../commandIds';
import type { Disposable } from '../disposable';
import { asNetworkTrafficError } from '../errors';
import type { Log } from '../log';
import { parseFromDoctorPage } from '../panels/pageMessages';
import { PagePanel } from '../panels/pagePanel';
import { doctorInWords } from './doctorWords';
import { t } from '../../protocol/l10n';

export interface DoctorPageOptions {
  extensionUri: vscode.Uri;
  log: Log;
  /** Looks at the machine. @throws NetworkTrafficError */
  examine: () => Promise<DoctorReport>;
  showLog: () => void;
}

/** What stands between this machine and a capture, on a page of its own. */
export class DoctorPage implements Disposable {
  private readonly panel: PagePanel<FromDoctorPage>;
  private report: DoctorReport | null = null;
  private examining = false;
  private error: string | null = null;

  constructor(private readonly options: DoctorPageOptions) {
    const { extensionUri, log } = options;
    this.panel = new PagePanel<FromDoctorPage>({
      extensionUri,
      log,
      view: 'doctor',
      viewType: viewIds.doctor,
      title: t('Permission to Capture'),
      buildState: () => this.state(),
      parse: parseFromDoctorPage,
      onMessage: (message) => this.act(message),
    });
  }

  /** Opens the page and looks anew. Returns what was found; undefined when it could not be found out. */
  async show(): Promise<DoctorReport | undefined> {
    this.panel.show();
    return this.examine();
  }

  dispose(): void {
    this.panel.dispose();
  }

  private state(): Omit<DoctorPageState, 'sequence'> {
    const { examining, error } = this;
    const report = this.report === null ? null : doctorInWords(this.report);
    return { type: 'doctor', report, examining, error, trusted: vscode.workspace.isTrusted };
  }

  private async examine(): Promise<DoctorReport | undefined> {
    // Looking runs programs of this machine, which an untrusted workspace may not ask for.
    if (this.examining || !vscode.workspace.isTrusted) return undefined;
    this.examining = true;
    this.error = null;
    this.panel.invalidate();
    try {
      this.report = await this.options.examine();
      return this.report;
    } catch (error) {
      this.error = asNetworkTrafficError(error).message;
      return undefined;
    } finally {
      this.examining = false;
      this.panel.invalidate();
    }
  }

  private act(message: FromDoctorPage): void {
    const command = this.report?.command ?? null;
    switch (message.type) {
      case 'again':
        void this.examine();
        break;
      case 'copyCommand':
        if (command !== null) void vscode.env.clipboard.writeText(command);
        break;
      case 'toTerminal':
        if (command !== null && vscode.workspace.isTrusted) typeInTerminal(command);
        break;
      case 'startCapture':
        void vscode.commands.executeCommand(commandIds.startCapture);
        break;
      case 'trust':
        void vscode.commands.executeCommand('workbench.trust.manage');
        break;
      case 'showLog':
        this.options.showLog();
        break;
      case 'ready':
      case 'drawn':
        break;
    }
  }
}

/** Whether it runs is the person's to say: nothing presses Enter. */
function typeInTerminal(command: string): void {
  const terminal = vscode.window.createTerminal(t('Network Traffic'));
  terminal.show();
  terminal.sendText(command.replace(/[\r\n]+/g, ' '), false);
}
