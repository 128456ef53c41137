import * as vscode from 'vscode';
import { asNetworkTrafficError, errorActionTitles, errorMessage, errorPresentations, type ErrorAction } from './errors';
import type { Log } from './log';

/** Tells a person of failures: one notification each, with the buttons of its code. */
export class ErrorReporter {
  constructor(
    private readonly log: Log,
    private readonly actions: { showLog: () => void; howToAllow: () => void },
  ) {}

  /** Logs `error`, and shows it unless the person caused it. `retry` is offered where the error's code allows it. */
  report(error: unknown, retry?: () => unknown): void {
    const known = asNetworkTrafficError(error);
    const { actions, tone } = errorPresentations[known.code];
    const details =
      known.code === 'INTERNAL' && error instanceof Error && error.stack !== undefined ? error.stack : known.message;
    this.log(tone === 'error' ? 'error' : 'warn', `${known.code}: ${details} ${known.hint}`.trim());
    if (tone === 'silent') return;
    const offered = actions.filter((action) => action !== 'retry' || retry !== undefined);
    const show = tone === 'error' ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
    void show(errorMessage(known), ...offered.map((action) => errorActionTitles[action])).then((title) => {
      const chosen = offered.find((action) => errorActionTitles[action] === title);
      if (chosen !== undefined) this.run(chosen, retry);
    });
  }

  private run(action: ErrorAction, retry: (() => unknown) | undefined): void {
    switch (action) {
      case 'retry':
        retry?.();
        break;
      case 'showLog':
        this.actions.showLog();
        break;
      case 'howToAllow':
        this.actions.howToAllow();
        break;
    }
  }
}
