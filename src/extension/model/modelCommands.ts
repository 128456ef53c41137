import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { commandIds } from '../commandIds';
import type { Disposable } from '../disposable';
import { NetworkTrafficError } from '../errors';
import type { Log } from '../log';
import { ModelStore } from './modelStore';
import { checkModel, timeLeft, train, trainingModes } from './trainingProcess';
import type { TrainingMode } from './trainingProcess';
import { t } from '../../protocol/l10n';

/** What a caller may say instead of a person. */
interface TrainingWish {
  folder: string;
  mode: TrainingMode;
  /** Whether the new model is used at once; asked for when left out. */
  use?: boolean;
}

const modeTexts: Readonly<Record<TrainingMode, string>> = {
  quick: t('At most 100,000 rows, one measurement: a few minutes'),
  medium: t('At most 600,000 rows, measured on unseen groups, times and tools'),
  full: t('All rows; some gigabytes of memory for the whole dataset'),
};

/** Training a model, choosing between models, and what the one in use is worth. */
export class ModelCommands implements Disposable {
  private readonly store: ModelStore;
  private readonly program: string;
  private readonly item: vscode.StatusBarItem;
  private readonly running = new Set<() => void>();

  constructor(
    private readonly extensionPath: string,
    storagePath: string,
    private readonly log: Log,
  ) {
    this.store = new ModelStore(path.join(storagePath, 'models'));
    this.program = path.join(extensionPath, 'dist', 'train.js');
    this.item = vscode.window.createStatusBarItem('networkTraffic.model', vscode.StatusBarAlignment.Left);
    this.item.name = t('Network Traffic: Model');
    this.item.command = commandIds.chooseModel;
    this.draw();
  }

  /** What the analysis process reads the choice of the model from. */
  get choiceFile(): string {
    return this.store.choiceFile;
  }

  /** Trains on a folder. Returns the folder of the new model; undefined when the person gave up. @throws NetworkTrafficError */
  async train(argument: unknown): Promise<string | undefined> {
    if (!vscode.workspace.isTrusted) {
      throw new NetworkTrafficError('BAD_REQUEST', t('A model can only be trained in a trusted workspace.'));
    }
    if (this.running.size > 0) throw new NetworkTrafficError('BAD_REQUEST', t('A model is being trained already.'));
    const wish = isWish(argument) ? argument : await askForTraining();
    if (wish === undefined) return undefined;
    const folder = await this.store.create(new Date());
    try {
      const summary = await this.runTraining(wish, folder);
      const refused = await checkModel(this.program, folder);
      if (refused !== null) throw new NetworkTrafficError('BAD_REQUEST', refused);
      await this.store.keep(folder, {
        trained: new Date().toLocaleString(),
        data: path.basename(wish.folder),
        mode: wish.mode,
        summary: summary.split('\n').filter((line) => /macro-F1/.test(line)).join('; '), // prettier-ignore
      });
      this.log('info', `A model was trained on ${wish.folder}:\n${summary}`);
    } catch (error) {
      await this.store.remove(folder);
      throw error;
    }
    if (wish.use ?? false) await this.use(folder);
    else if (wish.use === undefined) void this.offer(folder);
    return folder;
  }

  /** Lets the person choose between the shipped model and those trained here; or takes a folder, null for the shipped one. */
  async choose(argument: unknown): Promise<string | null | undefined> {
    if (argument === null || typeof argument === 'string') return this.use(argument);
    const { chosen } = this.store;
    const inUse = (folder: string | null): string => (folder === chosen ? t('$(check) in use') : '');
    const items = [
      {
        label: t('Shipped model'),
        description: inUse(null),
        detail: t('Comes with the extension'),
        folder: null as string | null,
      },
      ...this.store.list().map(({ folder, label, detail }) => ({ label, description: inUse(folder), detail, folder })),
    ];
    const title = t('Model That Scores Flows');
    const picked = await vscode.window.showQuickPick(items, { title, matchOnDetail: true });
    return picked === undefined ? undefined : this.use(picked.folder);
  }

  /** Opens the model card of the model in use. */
  async showCard(): Promise<vscode.Uri> {
    const own = this.store.chosen === null ? null : path.join(this.store.chosen, 'MODEL_CARD.md');
    const file = own !== null && existsSync(own) ? own : path.join(this.extensionPath, 'dist/models/MODEL_CARD.md');
    const uri = vscode.Uri.file(file);
    await vscode.commands.executeCommand('markdown.showPreview', uri);
    return uri;
  }

  dispose(): void {
    for (const cancel of this.running) cancel();
    this.item.dispose();
  }

  private async use(folder: string | null): Promise<string | null> {
    if (folder !== null) {
      const known = this.store.list().some((model) => model.folder === folder);
      const refused = known ? await checkModel(this.program, folder) : t('it was not trained here');
      if (refused !== null) throw new NetworkTrafficError('BAD_REQUEST', t('This model is not used: {0}', refused));
    }
    await this.store.choose(folder);
    this.draw();
    this.log('info', folder === null ? 'The shipped model is used.' : `The model ${folder} is used.`);
    return folder;
  }

  private async runTraining({ folder, mode }: TrainingWish, out: string): Promise<string> {
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: t('Training a model ({0})', mode),
      cancellable: true,
    };
    let cancelled: () => void = () => undefined;
    try {
      return await vscode.window.withProgress(options, (progress, token) => {
        const began = Date.now();
        let shown = 0;
        return train({
          program: this.program,
          data: folder,
          out,
          mode,
          onProgress: (share, what) => {
            const left = timeLeft(share, Date.now() - began);
            progress.report({ increment: 100 * (share - shown), message: left === '' ? what : `${what}, ${left}` });
            shown = share;
          },
          onCancel: (cancel) => {
            cancelled = cancel;
            this.running.add(cancel);
            token.onCancellationRequested(cancel);
          },
        });
      });
    } finally {
      this.running.delete(cancelled);
    }
  }

  private async offer(folder: string): Promise<void> {
    const [use, later] = [t('Use New Model'), t('Keep Current Model')];
    const answer = await vscode.window.showInformationMessage(t('The model is trained.'), use, later);
    if (answer === use) await this.use(folder);
  }

  /** A model of one's own is shown; the shipped one is the usual case. */
  private draw(): void {
    const { chosen } = this.store;
    if (chosen === null) {
      this.item.hide();
      return;
    }
    const model = this.store.list().find(({ folder }) => folder === chosen);
    this.item.text = t('$(beaker) Own model');
    this.item.tooltip = t(
      'Flows are scored by a model that was trained here: {0}. Holds for analyses that begin from now on.',
      model?.label ?? path.basename(chosen),
    );
    this.item.show();
  }
}

async function askForTraining(): Promise<TrainingWish | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: t('Folder with CSV Files of CICIDS2017'),
      openLabel: t('Train'),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  if (folder === undefined) return undefined;
  const items = trainingModes.map((mode) => ({ label: mode, detail: modeTexts[mode], mode }));
  const picked = await vscode.window.showQuickPick(items, { title: t('How Thorough?') });
  return picked === undefined ? undefined : { folder: folder.fsPath, mode: picked.mode };
}

function isWish(value: unknown): value is TrainingWish {
  if (typeof value !== 'object' || value === null) return false;
  const { folder, mode } = value as Partial<TrainingWish>;
  return (
    typeof folder === 'string' &&
    path.isAbsolute(folder) &&
    statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true &&
    trainingModes.some((known) => known === mode)
  );
}
