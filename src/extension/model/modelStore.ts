import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { modelChoiceName, parseModelChoice } from '../../protocol/modelChoice';
import { t } from '../../protocol/l10n';

/** Folders of models that this product made: time of the training, something random. */
const folderName = /^\d{8}T\d{6}-[0-9a-f]{8}$/;

/** Trained models that are kept; older ones go when a new one comes. */
const maxKept = 8;

/** A model that was trained here. */
export interface TrainedModel {
  folder: string;
  /** For a person: when it was trained, from what, how good it was. */
  label: string;
  detail: string;
}

/** What is remembered of a training, beside its files. */
interface TrainingNote {
  trained: string;
  data: string;
  mode: string;
  summary: string;
}

/**
 * Models that were trained here, below `globalStorage/models`, and which one is used: `choice.json` names its folder, and
 * every analysis that begins reads it. Without it, or when that model is refused, the shipped one is used.
 */
export class ModelStore {
  constructor(private readonly root: string) {}

  /** What the analysis process reads the choice from. */
  get choiceFile(): string {
    return path.join(this.root, modelChoiceName);
  }

  /** Folder of the model that is used; null for the shipped one. */
  get chosen(): string | null {
    try {
      return parseModelChoice(readFileSync(this.choiceFile, 'utf8'), this.root);
    } catch {
      return null;
    }
  }

  /** An empty folder for a training, readable by this user alone. */
  async create(now: Date): Promise<string> {
    const time = now.toISOString().slice(0, 19).replace(/[-:]/g, '');
    const folder = path.join(this.root, `${time}-${randomBytes(4).toString('hex')}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /** Remembers what a finished training was, and lets the oldest models go. */
  async keep(folder: string, note: TrainingNote): Promise<void> {
    await writeFile(path.join(folder, 'training.json'), JSON.stringify(note), { mode: 0o600 });
    const { chosen } = this;
    const old = this.folders().slice(maxKept);
    for (const name of old) if (path.join(this.root, name) !== chosen) await this.remove(path.join(this.root, name));
  }

  async remove(folder: string): Promise<void> {
    if (path.dirname(folder) !== this.root || !folderName.test(path.basename(folder))) return;
    await rm(folder, { recursive: true, force: true });
  }

  /** From the next analysis on this model is used; null for the shipped one. */
  async choose(folder: string | null): Promise<void> {
    if (folder === null) {
      await rm(this.choiceFile, { force: true });
      return;
    }
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    const text = JSON.stringify({ model: path.basename(folder) });
    // Whole or not at all: an analysis may be reading it.
    await writeFile(`${this.choiceFile}.new`, text, { mode: 0o600 });
    await rename(`${this.choiceFile}.new`, this.choiceFile);
  }

  /** Newest first. */
  list(): TrainedModel[] {
    return this.folders().flatMap((name) => {
      const folder = path.join(this.root, name);
      const note = readNote(folder);
      if (note === null) return [];
      return [{ folder, label: `${note.trained} (${note.mode})`, detail: t('{0}; from {1}', note.summary, note.data) }];
    });
  }

  private folders(): string[] {
    if (!existsSync(this.root)) return [];
    return readdirSync(this.root)
      .filter((name) => folderName.test(name))
      .sort()
      .reverse();
  }
}

function readNote(folder: string): TrainingNote | null {
  try {
    const note = JSON.parse(readFileSync(path.join(folder, 'training.json'), 'utf8')) as Partial<TrainingNote> | null;
    const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 300) : '');
    if (typeof note !== 'object' || note === null) return null;
    return { trained: text(note.trained), data: text(note.data), mode: text(note.mode), summary: text(note.summary) };
  } catch {
    return null;
  }
}
